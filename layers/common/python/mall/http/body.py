"""Reading a body: one guarded place where JSON becomes a value, whatever was sent."""

import json
from typing import Any

from mall import errors

_JSON = "application/json"


def refuse_other_types(event: dict[str, Any]) -> None:
    """Refuse a body that says it is not JSON: it would only be misread. Raises Malformed."""
    kind = event["headers"].get("content-type", _JSON)
    if event.get("body") and not kind.strip().lower().startswith(_JSON):
        raise errors.Malformed("Send JSON with Content-Type: application/json.")
    event["headers"]["content-type"] = _JSON  # Powertools knows no other spelling


def read_json(text: str) -> dict[str, Any]:
    """A JSON object, or Malformed: bad syntax, bad UTF-8, absurd numbers or depth, names twice."""
    try:
        value = json.loads(text, object_pairs_hook=_once_each, parse_constant=_no_constant)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise errors.Malformed("The body is not JSON that can be read.") from error
    if not isinstance(value, dict):
        raise errors.Malformed("The body must be a JSON object.")
    return value


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a name appears twice")
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
