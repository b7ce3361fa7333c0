"""Counting under rivals: two batches of the same members, the same batch twice, counters that die.

Each race has a control beside it: the guard is taken away, and what the test asserts is seen to
fail.
"""

import random
from collections.abc import Callable
from datetime import date

import pytest
from mall.errors import Busy
from mall.points.calendar import Calendar
from mall.points.reports.counting import labels
from mall.points.reports.sums import Sums, accounts, entries, of_state, plus
from mall.store.ledger import head
from mall.store.totals import backwards, count, how_far
from mall.writes import Write

from tests.emulated import EmulatedMall
from tests.race.rivals import RivalStore, rivals

RIVALS = 8
MEMBERS, LENGTH = 20, 6
Forgets = Callable[[Write], bool]


def _nothing(_: Write) -> bool:
    return False


def _how_far(write: Write) -> bool:
    """Picks the condition on how far a member was counted."""
    return bool(write.condition and write.key["sk"] == "COUNTED")


def _race(mall: EmulatedMall, forgets: Forgets = _nothing) -> list[str]:
    """Everybody moved; eight counters get the same members at once, each in another order."""
    members = mall.members([100] * MEMBERS)
    for member in members:
        mall.grow(member, LENGTH)
    store = mall.opened(RivalStore, parties=RIVALS, forgets=forgets)
    mall.use(store)
    label = labels(Calendar(), store.now())

    def act(_: int) -> None:
        for _ in range(2):
            assert count(store, random.sample(members, MEMBERS), label) == []

    outcomes = rivals(RIVALS, act)
    assert not outcomes.refusals
    return members


def _booked(mall: EmulatedMall) -> Sums:
    today = Calendar().date(mall.store.now())
    return plus(*(day.sums for day in backwards(mall.store, date(today.year, 12, 31))))


def _counted_once(mall: EmulatedMall, members: list[str]) -> None:
    heads = [head(mall.store, member) for member in members]
    states = [newest.after for newest in heads if newest]
    booked = _booked(mall)
    assert entries(booked) == MEMBERS * LENGTH
    assert accounts(booked) == plus(*map(of_state, states))
    assert {known.revision for known in how_far(mall.store, members)} == {LENGTH}


def should_count_each_entry_once_however_many_counters_get_it(mall: EmulatedMall) -> None:
    members = _race(mall)
    _counted_once(mall, members)


def should_be_seen_to_count_twice_without_the_condition(mall: EmulatedMall) -> None:
    """Control."""
    members = _race(mall, forgets=_how_far)
    with pytest.raises(AssertionError):
        _counted_once(mall, members)


def should_miss_nothing_that_moves_while_it_is_counted(mall: EmulatedMall) -> None:
    """Half the rivals move the members, half count them; one count in the end finds the rest."""
    members = mall.members([100] * 4)
    label = labels(Calendar(), mall.store.now())

    def act(number: int) -> None:
        for step in range(4):
            if number % 2:
                mall.adjust(random.choice(members), f"{number} {step}", 10)
            else:
                count(mall.store, members, label)

    assert {type(refusal) for refusal in rivals(RIVALS, act).refusals} <= {Busy}
    count(mall.store, members, label)
    heads = [head(mall.store, member) for member in members]
    assert accounts(_booked(mall)) == plus(*(of_state(h.after) for h in heads if h))
    assert entries(_booked(mall)) == sum(h.revision for h in heads if h)
