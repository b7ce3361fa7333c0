"""Generate openapi.json, errors.md and the schemas of events from operations, models, refusals.

Run it with `python -m docs.reference.generate`. A test fails while the files differ from what the
code says, or when two models of one name would overwrite one another.
"""

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mall import errors
from mall.http import Operation as Handler
from mall.http import takes_key
from mall.http.problem import PROBLEM, Failure
from mall.orders import facts as order_facts
from mall.points.ledger.entry import KINDS
from mall.points.reports import facts

from infra.operations import OPERATIONS, Http, Operation

HERE = Path(__file__).parent
CONTRACT = HERE / "openapi.json"
CATALOGUE = HERE / "errors.md"
POINTS_EVENTS = HERE / "events" / "points.json"
ORDERS_EVENTS = HERE / "events" / "orders.json"
VERSION = "0.1.0"
_PROBLEM_REF = {"$ref": "#/components/schemas/Problem"}
_SCOPE = "aws.cognito.signin.user.admin"


class TwoModelsOneName(Exception):
    """Two different models have the same name; the contract could show only one of them."""


def contract() -> dict[str, Any]:
    """The OpenAPI 3.1 document of every HTTP operation."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {"Problem": _problem_schema()}
    for operation in OPERATIONS:
        if not isinstance(operation.trigger, Http):
            continue
        method, _, path = operation.trigger.route.partition(" ")
        handler = _handler(operation)
        found = _document(handler, operation.trigger.route)
        paths.setdefault(path, {})[method.lower()] = _described(operation, handler, found, path)
        _merge(schemas, found.get("components", {}).get("schemas", {}))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Points Mall",
            "version": VERSION,
            "description": "Members earn points, points expire, points redeem for products.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {
                "member": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "partner": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            },
        },
    }


def catalogue() -> str:
    """The error catalogue: every code with its status and what it means."""
    rows = sorted({(kind.status, kind.code, kind.title, _meaning(kind)) for kind in _refusals()})
    lines = [
        "# Errors",
        "",
        "Generated from the refusal tree. Every error a function gives is a problem document",
        "(RFC 9457, `application/problem+json`); `code` is stable, `detail` is for people.",
        "What API Gateway refuses before a function runs has a body of its own: go by its status.",
        "",
        "| status | code | title | when |",
        "|---|---|---|---|",
    ]
    lines += [f"| {s} | `{code}` | {title} | {when} |" for s, code, title, when in rows]
    return "\n".join(lines) + "\n"


def _refusals() -> Iterator[type[errors.Refusal]]:
    yield from errors.refusals()
    yield Failure


def _meaning(kind: type[errors.Refusal]) -> str:
    return " ".join((kind.__doc__ or "").split())


def _handler(operation: Operation) -> Handler[..., Any]:
    module = importlib.import_module(f"functions.{operation.domain}.{operation.name}")
    handler: Handler[..., Any] = getattr(module, operation.name)
    return handler


def _document(handler: Handler[..., Any], route: str) -> dict[str, Any]:
    text = handler.resolver(route).get_openapi_json_schema(title="Points Mall", version=VERSION)
    document: dict[str, Any] = json.loads(text)
    return document


def _described(
    operation: Operation, handler: Handler[..., Any], found: dict[str, Any], path: str
) -> dict[str, Any]:
    (methods,) = found["paths"].values()
    described: dict[str, Any] = next(iter(methods.values()))
    module = sys.modules[handler.story.__module__].__doc__ or ""
    success = described["responses"].pop("200")
    described["operationId"] = operation.name
    described["tags"] = [operation.domain]
    described["summary"] = (handler.story.__doc__ or "").strip().splitlines()[0]
    described["description"] = " ".join(module.partition(": ")[2].split())
    answered = _success(success, handler)
    described["responses"] = {str(s): answered for s in sorted({handler.status, *handler.also})}
    described["responses"] |= _refused(operation, handler, described, path)
    described["security"] = _security(operation)
    key = takes_key(handler.story)
    if key is not None:
        described.setdefault("parameters", []).append(_key_parameter(required=key))
    return described


def _success(found: dict[str, Any], handler: Handler[..., Any]) -> dict[str, Any]:
    if handler.status == 204:  # noqa: PLR2004 - No Content
        return {"description": "Done; there is nothing to say."}
    answered: dict[str, Any] = found | {"description": "Success"}
    return answered


def _refused(
    operation: Operation, handler: Handler[..., Any], described: dict[str, Any], path: str
) -> dict[str, Any]:
    kinds: set[type[errors.Refusal]] = {*handler.refuses, Failure}
    if "requestBody" in described:
        kinds |= {errors.Malformed, errors.Invalid}
    if described.get("parameters"):
        kinds.add(errors.Invalid)
    if operation.access != "anyone":
        kinds.add(errors.Forbidden)
    by_status: dict[int, list[str]] = {}
    for kind in kinds:
        by_status.setdefault(kind.status, []).append(kind.code)
    told = {
        str(status): {
            "description": ", ".join(f"`{code}`" for code in sorted(codes)),
            "content": {PROBLEM: {"schema": _PROBLEM_REF}},
        }
        for status, codes in sorted(by_status.items())
    }
    if operation.access != "anyone":
        told.setdefault("401", {"description": "No valid access token; answered by API Gateway."})
    return dict(sorted(told.items()))


def _security(operation: Operation) -> list[dict[str, list[str]]]:
    if operation.access == "anyone":
        return []
    if "/" in operation.access:
        return [{"partner": [operation.access]}]
    return [{"member": [_SCOPE]}]


def _key_parameter(*, required: bool) -> dict[str, Any]:
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "required": required,
        "description": "1 to 255 printable characters. Same key and body: the first answer again.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    }


def _merge(schemas: dict[str, Any], found: dict[str, Any]) -> None:
    for name, schema in found.items():
        if name in {"HTTPValidationError", "ValidationError", "ResponseValidationError"}:
            continue  # Powertools' own error body, which no operation answers
        if schemas.setdefault(name, schema) != schema:
            raise TwoModelsOneName(name)


def _problem_schema() -> dict[str, Any]:
    text = {"type": "string"}
    fault = {
        "type": "object",
        "properties": {"field": text, "message": text},
        "required": ["field", "message"],
    }
    return {
        "type": "object",
        "description": "RFC 9457; further members are facts, such as `available`.",
        "properties": {
            "type": text,
            "title": text,
            "status": {"type": "integer"},
            "code": {"type": "string", "enum": sorted({kind.code for kind in _refusals()})},
            "detail": text,
            "errors": {"type": "array", "items": fault},
        },
        "required": ["type", "title", "status", "code", "detail"],
    }


def points_events() -> str:
    """JSON schemas of the details of the points domain's events, by their detail type."""
    moved = facts.PointsMoved.model_json_schema()
    kinds = {f"points.{kind}": {"$ref": "#/$defs/PointsMoved"} for kind in KINDS}
    defined = {**moved.pop("$defs"), "PointsMoved": moved}
    defined["PointsExpiring"] = facts.PointsExpiring.model_json_schema()
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Events of {facts.SOURCE}, by detail type",
        "properties": {**kinds, facts.EXPIRING: {"$ref": "#/$defs/PointsExpiring"}},
        "$defs": dict(sorted(defined.items())),
    }
    return json.dumps(document, indent=1) + "\n"


def orders_events() -> str:
    """JSON schema of the detail of the orders domain's events, and when each is told."""
    stepped = order_facts.OrderStepped.model_json_schema()
    told = {
        kind: {"$ref": "#/$defs/OrderStepped", "description": meaning}
        for kind, meaning in order_facts.MEANINGS.items()
    }
    defined = {**stepped.pop("$defs"), "OrderStepped": stepped}
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Events of {order_facts.SOURCE}, by detail type",
        "properties": told,
        "$defs": dict(sorted(defined.items())),
    }
    return json.dumps(document, indent=1) + "\n"


def main() -> None:
    """Write all files."""
    CONTRACT.write_text(json.dumps(contract(), indent=1, ensure_ascii=False) + "\n")
    CATALOGUE.write_text(catalogue())
    POINTS_EVENTS.write_text(points_events())
    ORDERS_EVENTS.write_text(orders_events())


if __name__ == "__main__":
    main()
