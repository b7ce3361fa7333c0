"""The contract, the error catalogue and the operations table say the same as the code."""

import importlib
import json
from pathlib import Path
from typing import Any

import pytest
from mall import errors
from mall.http import Operation as Handler
from mall.http import takes_key

from docs.reference import generate
from infra.operations import OPERATIONS, Http
from tests.contract import CONTRACT, Answered, declared, never_seen, note
from tests.stage import handler

FUNCTIONS = Path(__file__).parents[2] / "functions"
HTTP = [operation for operation in OPERATIONS if isinstance(operation.trigger, Http)]
TEXT = json.loads(CONTRACT.read_text())


def _described() -> dict[str, tuple[str, dict[str, Any]]]:
    """What the contract says of each operation: its route key, and all else."""
    return {
        described["operationId"]: (f"{method.upper()} {path}", described)
        for path, methods in TEXT["paths"].items()
        for method, described in methods.items()
    }


def should_be_generated_from_the_code_as_it_is() -> None:
    assert generate.contract() == TEXT
    assert generate.CATALOGUE.read_text() == generate.catalogue()


def should_describe_every_operation_at_its_route_and_no_other() -> None:
    routes = {name: route for name, (route, _) in _described().items()}
    assert routes == {
        operation.name: operation.trigger.route
        for operation in HTTP
        if isinstance(operation.trigger, Http)
    }


def should_have_one_file_and_one_line_for_each_operation() -> None:
    files = {(path.parent.name, path.stem) for path in FUNCTIONS.glob("*/*.py")}
    lines = [(operation.domain, operation.name) for operation in OPERATIONS]
    assert len(set(lines)) == len(lines)
    assert {pair for pair in files if pair[1] != "__init__"} == set(lines)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def should_find_the_handler_under_the_operations_name(operation: Any) -> None:
    found = handler(operation.name)
    assert found.story.__name__ == operation.name
    module = importlib.import_module(f"functions.{operation.domain}.{operation.name}")
    assert getattr(module, operation.name) is found
    assert isinstance(found, Handler) == isinstance(operation.trigger, Http)


@pytest.mark.parametrize("operation", HTTP, ids=lambda operation: operation.name)
def should_ask_for_a_token_and_a_key_where_the_handler_does(operation: Any) -> None:
    _, described = _described()[operation.name]
    assert bool(described["security"]) == (operation.access != "anyone")
    keys = {
        parameter["name"]: parameter["required"]
        for parameter in described.get("parameters", [])
        if parameter["in"] == "header"
    }
    required = takes_key(handler(operation.name).story)
    assert keys == ({} if required is None else {"Idempotency-Key": required})


@pytest.mark.parametrize("operation", HTTP, ids=lambda operation: operation.name)
def should_tell_every_refusal_of_the_handler(operation: Any) -> None:
    listed = {(a.status, a.code) for a in declared() if a.operation == operation.name}
    wanted = {(kind.status, kind.code) for kind in handler(operation.name).refuses}
    assert wanted <= listed


def should_name_every_code_of_the_refusal_tree_in_the_problem_schema() -> None:
    codes = TEXT["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]
    assert set(codes) == {kind.code for kind in errors.refusals()} | {"internal"}


def should_refuse_every_unknown_field_of_a_request() -> None:
    bodies = {
        described["requestBody"]["content"]["application/json"]["schema"]["$ref"].split("/")[-1]
        for _, described in _described().values()
        if "requestBody" in described
    }
    for name in bodies:
        assert TEXT["components"]["schemas"][name]["additionalProperties"] is False, name


def should_notice_two_models_of_one_name() -> None:
    schemas: dict[str, Any] = {"A": {"type": "string"}}
    generate._merge(schemas, {"A": {"type": "string"}, "B": {"type": "integer"}})
    assert set(schemas) == {"A", "B"}
    with pytest.raises(generate.TwoModelsOneName):
        generate._merge(schemas, {"A": {"type": "integer"}})


# --- the check that every answer is reached ------------------------------------------------------


def should_fail_a_test_that_gets_what_the_contract_does_not_list() -> None:
    note("get_order", 404, "not_found")
    for operation, status, code in (
        ("get_order", 404, "sold_out"),
        ("get_order", 201, None),
        ("get_nothing", 200, None),
    ):
        with pytest.raises(AssertionError, match=operation):
            note(operation, status, code)


def should_miss_each_answer_that_no_test_gets() -> None:
    assert never_seen(declared()) == []
    reached = Answered("get_order", 404, "not_found")
    assert never_seen(declared() - {reached}) == [reached]
    broken = Answered("get_order", 500, "internal")
    assert broken in declared()
    assert never_seen(declared() - {broken}) == []
