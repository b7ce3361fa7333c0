"""The store in memory refuses what the emulator's DynamoDB refuses, and keeps what it keeps."""

from collections.abc import Mapping
from random import Random
from typing import Any

import pytest
from mall.errors import Stale
from mall.keys import Key, Table
from mall.store import Store
from mall.writes import Write, check, delete, put, update

from tests.audit import scan
from tests.emulated import EmulatedMall
from tests.memory import MemoryStore

WRITES = 400
TABLE: Table = "points"
_CONDITIONS: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("", {}),
    ("attribute_not_exists(#pk)", {}),
    ("attribute_exists(#pk)", {}),
    ("#n = :n", {"n": 3}),
    ("#n >= :n AND #m < :m", {"n": 2, "m": 4}),
    ("attribute_not_exists(#n) OR #n <= :n", {"n": 3}),
    ("#n > :n OR (#t <> :t AND attribute_exists(#m))", {"n": 5, "t": "a"}),
    ("NOT #n = :n", {"n": 2}),
    ("#n BETWEEN :low AND :high", {"low": 2, "high": 4}),
    ("begins_with(#t, :t) AND contains(#t, :u)", {"t": "a", "u": "b"}),
)
_UPDATES: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("SET #n = :a", {"a": 4}),
    ("SET #n = if_not_exists(#n, :zero) + :a, #t = :b", {"a": 2, "b": "ab", "zero": 0}),
    ("SET #m = if_not_exists(#m, :zero) - :a", {"a": 1, "zero": 0}),
    ("ADD #n :a", {"a": -1}),
    ("SET #t = :b ADD #m :a", {"a": 2, "b": "b"}),
    ("SET #n = :a REMOVE #t, #m", {"a": 1}),
    ("REMOVE #n", {}),
)


def _any_write(chance: Random) -> Write:
    key: Key = {"pk": chance.choice("xy"), "sk": chance.choice("123")}
    condition, values = chance.choice(_CONDITIONS)
    action = chance.choice(("put", "update", "update", "update", "delete", "check"))
    if action == "put":
        said = {name: value for name, value in _facts(chance).items() if chance.random() < 0.7}
        return put(TABLE, {**key, **said}, condition=condition, **values)
    if action == "delete":
        return delete(TABLE, key, condition=condition, **values)
    if action == "check":
        return check(TABLE, key, condition or "attribute_exists(#pk)", **values)
    expression, more = chance.choice(_UPDATES)
    return update(TABLE, key, expression, condition=condition, more={**values, **more})


def _facts(chance: Random) -> dict[str, Any]:
    return {
        "n": chance.randrange(6),
        "m": chance.randrange(6),
        "t": chance.choice(["a", "b", "ab"]),
    }


def _any_transaction(chance: Random) -> list[Write]:
    wanted = [_any_write(chance) for _ in range(chance.choice((1, 1, 2, 3)))]
    return list({(write.key["pk"], write.key["sk"]): write for write in wanted}.values())


def _outcome(store: Store, writes: list[Write]) -> str:
    try:
        store.transact(writes)
    except Stale:
        return "refused"
    return "written"


def _sorted(items: Any) -> list[dict[str, Any]]:
    return sorted((dict(item) for item in items), key=lambda item: (item["pk"], item["sk"]))


def should_write_and_refuse_as_the_engine_does(mall: EmulatedMall) -> None:
    chance, memory = Random(20261122), MemoryStore()
    outcomes = set()
    for number in range(WRITES):
        writes = _any_transaction(chance)
        outcome = _outcome(memory, writes)
        assert outcome == _outcome(mall.store, writes), (number, writes)
        outcomes.add(outcome)
    assert outcomes == {"refused", "written"}
    assert _sorted(memory.items[TABLE].values()) == _sorted(
        scan(mall.engine.dynamodb, mall.tables[TABLE])
    )


@pytest.mark.parametrize("newest_first", [False, True])
def should_find_as_the_engine_does(mall: EmulatedMall, newest_first: bool) -> None:
    memory = MemoryStore()
    for number in range(12):
        item = {
            "pk": "x",
            "sk": f"{number:02d}",
            "n": number % 3,
            "gsi1pk": "g",
            "gsi1sk": str(number),
        }
        for store in (memory, mall.store):
            store.transact([put(TABLE, item)])
    asked: list[dict[str, Any]] = [
        {"condition": "#pk = :pk", "values": {"pk": "x"}, "limit": 5},
        {"condition": "#pk = :pk AND #sk >= :sk", "values": {"pk": "x", "sk": "04"}},
        {"condition": "#pk = :pk", "values": {"pk": "x", "n": 1}, "only": "#n = :n"},
        {"condition": "#gsi1pk = :g", "values": {"g": "g"}, "index": "by_time", "limit": 4},
    ]
    for said in asked:
        pages = []
        for store in (memory, mall.store):
            first = store.query(TABLE, **said, newest_first=newest_first)
            more = store.query(TABLE, **said, newest_first=newest_first, after=first.last)
            pages.append((first.items, more.items if first.last else []))
        assert pages[0] == pages[1], said


def should_refuse_what_the_engine_could_not_take() -> None:
    key: Key = {"pk": "x", "sk": "1"}
    with pytest.raises(ValueError, match="twice"):
        MemoryStore().transact([put(TABLE, {**key}), delete(TABLE, key)])
    with pytest.raises(ValueError, match="transaction of"):
        MemoryStore().transact([put(TABLE, {"pk": "x", "sk": str(n)}) for n in range(101)])
    with pytest.raises(ValueError, match="cannot read"):
        MemoryStore().transact([delete(TABLE, key, condition="#a.#b = :c")])
