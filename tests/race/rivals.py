"""Rivals: threads that meet before they write, and a store from which a guard can be taken.

    rivals(32, lambda n: mall.place(member, product, f"key {n}"))

`RivalStore(parties=32)` lets nobody write before 32 threads have read and decided, so these act on
the same snapshot: the worst case, every time. `meets` tells which transactions wait for the
others. `forgets` names writes whose condition is dropped: with it a control shows that the test
sees the damage.
"""

import re
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from mall.errors import Refusal
from mall.keys import Table
from mall.store import Store
from mall.writes import Write

T = TypeVar("T")
THREADS = 32
_MEETING_S_MAX = 30.0
_NAMED = re.compile(r":(\w+)")
_ALWAYS = "attribute_exists(#pk) OR attribute_not_exists(#pk)"


class RivalStore(Store):
    """A store at which rivals meet, which may forget a guard, and which knows what it wrote."""

    def __init__(
        self,
        *args: Any,
        parties: int = 0,
        meets: Callable[[Sequence[Write]], bool] = bool,
        forgets: Callable[[Write], bool] = lambda _: False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._meets = meets
        self._meeting = threading.Barrier(parties) if parties else None
        self._met = threading.local()
        self._forgets = forgets
        self.written: list[Write] = []

    def transact(self, writes: Sequence[Write]) -> None:
        """Wait for the rivals, once; then write without what is forgotten."""
        if self._meets(writes):
            self._meet()
        super().transact([unguarded(w) if self._forgets(w) else w for w in writes])
        self.written += writes

    def _meet(self) -> None:
        meeting = self._meeting
        if meeting and not getattr(self._met, "yet", False):
            self._met.yet = True
            with suppress(threading.BrokenBarrierError):  # a rival had nothing to write
                meeting.wait(_MEETING_S_MAX)
            self._meeting = None


def at_once(_: float) -> None:
    """A pause that is none: rivals commit fewer times in all than each of them tries."""


def unguarded(write: Write) -> Write:
    """The write without its condition, and without the values that only the condition used.

    A mere check is nothing without one: it gets a condition that always holds.
    """
    if write.action == "ConditionCheck":
        return replace(write, condition=_ALWAYS, values={})
    used = set(_NAMED.findall(write.update))
    values = {name: value for name, value in write.values.items() if name in used}
    return replace(write, condition="", values=values)


def to(*tables: Table, action: str = "") -> Callable[[Write], bool]:
    """Picks the conditional writes to these tables, of one action or of any."""
    return lambda write: bool(
        write.condition and write.table in tables and action in ("", write.action)
    )


@dataclass(frozen=True)
class Outcomes(Generic[T]):
    """What the rivals got: answers, and refusals."""

    answers: Sequence[T]
    refusals: Sequence[Refusal]

    @property
    def codes(self) -> list[str]:
        """The codes of the refusals, sorted."""
        return sorted(refusal.code for refusal in self.refusals)


def rivals(count: int, act: Callable[[int], T], threads: int = THREADS) -> Outcomes[T]:
    """Let `count` acts race on real threads. A failure that is no refusal is raised."""
    answers: list[T] = []
    refusals: list[Refusal] = []

    def attempt(number: int) -> None:
        try:
            answers.append(act(number))
        except Refusal as refusal:
            refusals.append(refusal)

    with ThreadPoolExecutor(min(threads, count)) as pool:
        list(pool.map(attempt, range(count)))
    return Outcomes(answers, refusals)
