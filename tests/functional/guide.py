"""A guide whose requests are sent as they stand there, in its order."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from infra.operations import Http
from tests.builders import any_id
from tests.events import Answer
from tests.functional.acts import ADMIN, call
from tests.stage import BY_NAME

GUIDES = Path(__file__).parents[2] / "docs" / "guides"
_REQUEST = re.compile(
    r"^```http\n(?P<method>[A-Z]+) (?P<path>[^\s?]+)\??(?P<query>\S*)\n(?P<body>.*?)```$",
    re.MULTILINE | re.DOTALL,
)
_NAMES = {o.trigger.route: o.name for o in BY_NAME.values() if isinstance(o.trigger, Http)}
_MADE = ("product_id", "lottery_id")


def asked_by(guide: str) -> Iterator[tuple[str, Answer]]:
    """Send every request of a guide as an admin: its operation, and the answer to it.

    `{product_id}` and `{lottery_id}`, in a path or a body, are those that were made last.
    """
    made: dict[str, str] = {}
    for request in _REQUEST.finditer((GUIDES / guide).read_text()):
        name = _NAMES[f"{request['method']} {request['path']}"]
        query = dict(part.split("=") for part in request["query"].split("&") if part)
        body = json.loads(_filled(request["body"], made)) if request["body"] else None
        answer = call(name, ADMIN, path=made, query=query, body=body, key=any_id())
        assert answer.status < 300, (request[0], answer.body)
        if name.startswith("create_"):
            made |= {each: answer.body[each] for each in _MADE if each in answer.body}
        yield name, answer


def _filled(text: str, made: Mapping[str, str]) -> str:
    for name, value in made.items():
        text = text.replace(f"{{{name}}}", value)
    return text
