"""Imports point one way: functions to mall, infra to its own table, rooms to nothing outside."""

import ast

import pytest

from tests.unit.tidy.source import Module, beneath, modules

OURS = ("mall", "functions", "infra", "local", "bench", "docs", "tests")
MAY_IMPORT = {
    "mall": ("mall",),
    "functions": ("mall",),
    "infra": ("infra",),
}
DOORS = {
    "mall.store": "dynamodb",
    "mall.identity": "cognito-idp",
    "mall.events": "sqs events",
    "mall.outbox": "",
    "mall.secrets": "secretsmanager kms",
    "mall.seeds": "kms",
    "mall.http": "secretsmanager",
    "mall.bucket": "s3",
    "mall.exports": "",
    "mall.payments": "secretsmanager",
    "mall.uploads": "",
}
ENTRANCES = ("mall.http", "mall.queue", "mall.fifo", "mall.stream", "mall.schedule")
OUTSIDE = ("boto3", "botocore", "aws_lambda_powertools", "os", "time", "secrets", "socket")
# What computes without the outside: given the same, it says the same.
ROOMS = (
    "mall.points", "mall.lottery", "mall.orders", "mall.catalog", "mall.users", "mall.keys",
    "mall.errors", "mall.models", "mall.writes", "mall.cursor", "mall.receipts",
)  # fmt: skip
NOT_FOR_ROOMS = (
    *OUTSIDE,
    *DOORS,
    *ENTRANCES,
    "mall.settings",
    "mall.clock.Clock",
    "mall.ids.new_id",
)


def _module(module: Module) -> str:
    return str(module)


def _rooms() -> list[Module]:
    return [module for module in modules() if beneath(module.name, *ROOMS)]


@pytest.mark.parametrize(
    "module", modules("layers/common/python/mall", "functions", "infra"), ids=_module
)
def should_import_in_one_direction(module: Module) -> None:
    own = module.name.partition(".")[0]
    ours = {name for name in module.imports if beneath(name, *OURS)}
    assert {name for name in ours if not beneath(name, *MAY_IMPORT[own])} == set()


@pytest.mark.parametrize("module", modules("functions"), ids=_module)
def should_leave_the_outside_to_the_doors(module: Module) -> None:
    outside = {"boto3", "botocore", "os", "time"}
    assert {name for name in module.imports if beneath(name, *outside)} == set()


@pytest.mark.parametrize(
    "module",
    [each for each in modules("tests/simulation") if each.path.stem.startswith("naive_")],
    ids=_module,
)
def should_let_a_naive_reckoning_know_nothing_of_the_mall(module: Module) -> None:
    """What is held against the mall would agree with its mistakes if it were made of it."""
    ours = {*OURS} - {"tests"}
    assert {name for name in module.imports if beneath(name, *ours)} == set()


def should_know_every_room() -> None:
    assert {package for package in ROOMS if any(beneath(m.name, package) for m in _rooms())} == {
        *ROOMS
    }


@pytest.mark.parametrize("module", _rooms(), ids=_module)
def should_keep_rooms_pure(module: Module) -> None:
    assert {name for name in module.imports if beneath(name, *NOT_FOR_ROOMS)} == set()


@pytest.mark.parametrize("module", _rooms(), ids=_module)
def should_give_rooms_time_and_chance_as_arguments(module: Module) -> None:
    """A room may name `Random` as a type; it neither makes one nor asks for the time."""
    asked = {
        ast.unparse(node.func)
        for node in module.nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name)
    }
    forbidden = {"datetime.now", "datetime.utcnow", "date.today", "datetime.today", "Random"}
    assert asked & {*forbidden, "SystemRandom", "open", "print"} == set()


@pytest.mark.parametrize("module", modules("layers/common/python/mall"), ids=_module)
def should_speak_to_each_service_through_its_one_door(module: Module) -> None:
    door = next((door for door in DOORS if beneath(module.name, door)), "")
    spoken = {
        node.args[0].value
        for node in module.nodes
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"boto3.client", "boto3.resource"}
        and isinstance(node.args[0], ast.Constant)
    }
    assert spoken <= set(DOORS.get(door, "").split())
