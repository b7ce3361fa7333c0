"""A store in memory: the tables as dictionaries, with the conditions and updates evaluated.

For plays of thousands of runs, where an engine over HTTP would take hours. It reads the same write
parts and expressions as the real store, one transaction at a time, and knows of DynamoDB only what
the mall uses; `tests/simulation/memory_test.py` holds it against the emulator's.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any, cast

from mall import keys
from mall.keys import Key, Table
from mall.store import Store
from mall.store.reads import Page
from mall.writes import Write

from tests.expressions import Item, Values, holds, updated


class MemoryStore(Store):
    """Tables of one test, for one thread. Everything that is written is kept as it was given."""

    def __init__(self) -> None:
        super().__init__(cast(Any, None), {}, pause=lambda _: None)
        self.items: dict[Table, dict[tuple[str, str], Item]] = {
            "points": {}, "orders": {}, "catalog": {}, "users": {},
        }  # fmt: skip

    # --- reads -----------------------------------------------------------------------------------

    def get(self, table: Table, key: Key) -> dict[str, Any] | None:
        """One item."""
        found = self.items[table].get((key["pk"], key["sk"]))
        return dict(found) if found is not None else None

    def get_many(
        self, wanted: Sequence[tuple[Table, Key]], *, consistent: bool = True
    ) -> list[dict[str, Any] | None]:
        """Items in the order of `wanted`."""
        del consistent
        return [self.get(table, key) for table, key in wanted]

    def query(  # noqa: PLR0913 - the facets of a DynamoDB query
        self, table: Table, condition: str, values: Values, *, index: str | None = None,
        newest_first: bool = False, limit: int | None = None, after: Item | None = None,
        only: str = "", consistent: bool = False,
    ) -> Page:  # fmt: skip
        """One page of items under a key condition, in the order of their sort keys."""
        del consistent
        pk, sk = keys.INDEX_KEYS[index] if index else ("pk", "sk")

        def order(item: Item) -> tuple[str, str, str]:
            return (item[sk], item["pk"], item["sk"])

        partition = values[_partition(condition, pk)]
        beside = [item for item in self.items[table].values() if item.get(pk) == partition]
        found = [item for item in beside if holds(condition, item, values)]
        found.sort(key=order, reverse=newest_first)
        if after:
            passed = order(after)
            found = [i for i in found if (order(i) < passed if newest_first else order(i) > passed)]
        last = None
        if limit is not None and len(found) > limit:
            found = found[:limit]
            last = {name: found[-1][name] for name in {"pk", "sk", pk, sk}}
        kept = [i for i in found if not only or holds(only, i, values)]
        return Page([dict(item) for item in kept], last)

    # --- writes ----------------------------------------------------------------------------------

    def transact(self, writes: Sequence[Write]) -> None:
        """Write all or nothing. Raises what the first refused write means."""
        places = [(w.table, w.key["pk"], w.key["sk"]) for w in writes]
        if len(set(places)) != len(places):
            raise ValueError(f"a transaction names one item twice: {sorted(places)}")
        if len(places) > 100:
            raise ValueError(f"a transaction of {len(places)} items")
        for write in writes:
            found = self._found(write)
            if write.condition and not holds(write.condition, found or {}, write.values):
                raise write.refused(found)
        for write in writes:
            self._write(write)

    def _found(self, write: Write) -> Item | None:
        return self.items[write.table].get((write.key["pk"], write.key["sk"]))

    def _write(self, write: Write) -> None:
        table, place = self.items[write.table], (write.key["pk"], write.key["sk"])
        if write.action == "Put":
            table[place] = dict(write.item)
        elif write.action == "Delete":
            table.pop(place, None)
        elif write.action == "Update":
            before = table.get(place, write.key)
            table[place] = updated(write.update, before, write.values)


@cache
def _partition(condition: str, pk: str) -> str:
    """The value that names the partition of a key condition. Raises ValueError without one."""
    named = re.match(rf"#{pk} = :(\w+)", condition)
    if not named:
        raise ValueError(f"{condition!r} names no {pk}")
    return named.group(1)
