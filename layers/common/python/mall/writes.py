"""Write parts: what a decision wants written, as plain data.

Expressions name attributes `#so` and values `:so`; the store fills in both, so no reserved word
matters. `refused` says what a failed condition means, given the item that stands there now: a
refusal for the caller, `Stale` to decide again, or `AlreadyDone` for a receipt that exists.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mall.errors import AlreadyDone, Stale
from mall.keys import Key, Table

Item = Mapping[str, Any]
Refused = Callable[[Item | None], Exception]


def stale(_: Item | None) -> Exception:
    """Somebody was faster: decide again."""
    return Stale()


def already_done(item: Item | None) -> Exception:
    """The receipt exists: answer from it (or read it, when the engine did not hand it over)."""
    return AlreadyDone(item) if item else Stale()


@dataclass(frozen=True)
class Write:
    """One item of a transaction. `item` for Put, `update` for Update, neither for the others."""

    action: Literal["Put", "Update", "Delete", "ConditionCheck"]
    table: Table
    key: Key
    item: Item = field(default_factory=dict)
    update: str = ""
    condition: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    refused: Refused = stale


ABSENT = "attribute_not_exists(#pk)"


def put(
    table: Table, item: Item, *, condition: str = "", refused: Refused = stale, **values: Any
) -> Write:
    """Write a whole item; with `condition=ABSENT`, only if its key is free."""
    key: Key = {"pk": item["pk"], "sk": item["sk"]}
    return Write("Put", table, key, item=item, condition=condition, values=values, refused=refused)


def put_version(table: Table, item: Item, version: int, *, refused: Refused = stale) -> Write:
    """Write the version after `version` (0: none) of a whole item, if that is what stands there."""
    key: Key = {"pk": item["pk"], "sk": item["sk"]}
    return Write(
        "Put",
        table,
        key,
        item={**item, "version": version + 1},
        condition="#version = :version" if version else ABSENT,
        values={"version": version} if version else {},
        refused=refused,
    )


def update(
    table: Table,
    key: Key,
    expression: str,
    *,
    condition: str = "",
    refused: Refused = stale,
    more: Mapping[str, Any] | None = None,
    **values: Any,
) -> Write:
    """Change attributes of an item, under a condition; `values` and `more` fill in the names."""
    named = {**values, **(more or {})}
    return Write(
        "Update", table, key, update=expression, condition=condition, values=named, refused=refused
    )


def changed(table: Table, before: Item, after: Item, /, *, condition: str, **values: Any) -> Write:
    """Make one state of an item the other, naming what differs and nothing else.

    What others keep on the item beside that state stays. Stale when the condition fails.
    """
    sets = {name: value for name, value in after.items() if before.get(name) != value}
    gone = sorted(before.keys() - after.keys())
    clauses = ["SET " + ", ".join(f"#{name} = :{name}" for name in sets)] if sets else []
    clauses += ["REMOVE " + ", ".join(f"#{name}" for name in gone)] if gone else []
    key: Key = {"pk": before["pk"], "sk": before["sk"]}
    return update(table, key, " ".join(clauses), condition=condition, more=sets, **values)


def delete(
    table: Table, key: Key, *, condition: str = "", refused: Refused = stale, **values: Any
) -> Write:
    """Remove an item; with `condition="attribute_exists(#pk)"`, only if it stands."""
    return Write("Delete", table, key, condition=condition, values=values, refused=refused)


def check(
    table: Table, key: Key, condition: str, *, refused: Refused = stale, **values: Any
) -> Write:
    """Write nothing to an item and hold a transaction to what it must be, or be absent."""
    return Write("ConditionCheck", table, key, condition=condition, values=values, refused=refused)
