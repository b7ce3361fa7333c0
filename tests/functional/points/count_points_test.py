"""Counting entries from the stream: each once, and a page for whatever nobody may do."""

import random
from datetime import date
from typing import Any

import pytest
from mall import keys
from mall.points.ledger import Grant, credit
from mall.points.ledger.entry import IDLE, Entry, State, to_item
from mall.points.reports import counting
from mall.points.reports.counting import Counted, tally
from mall.points.reports.sums import Sums, of_entry, of_state, plus
from mall.store import Store, open_store, totals
from mall.store.totals import backwards, how_far
from mall.writes import put

from tests.builders import any_member, any_source
from tests.functional.points import books
from tests.functional.points.books import count, earn, redeem
from tests.functional.times import DAY, NOON, Time
from tests.stage import handler
from tests.streams import stream_event, stream_record


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was measured for alarms."""
    measured: list[str] = []
    monkeypatch.setattr("functions.points.count_points.measure", measured.append)
    return measured


def _counted() -> Sums:
    return plus(*(day.sums for day in backwards(open_store(), date(2027, 12, 31))))


def _naive(*chains: list[Entry]) -> Sums:
    total: Sums = {}
    for chain in chains:
        before = State()
        for entry in chain:
            total, before = plus(total, of_entry(before, entry)), entry.after
    return total


def should_count_each_entry_once_however_often_and_in_whatever_order_it_arrives() -> None:
    chains = []
    for member in (any_member(), any_member()):
        chains.append([*earn(member, 100), *redeem(member, 30), *earn(member, 7)])
    entries = [entry for chain in chains for entry in chain]
    for _ in range(4):
        count(*random.sample(entries, len(entries)))
    assert _counted() == _naive(*chains)
    assert _counted()["lot_never"] == 154


def should_catch_up_what_never_arrived() -> None:
    member = any_member()
    lost = [*earn(member, 100), *redeem(member, 30)]
    last = earn(member, 1)
    count(*last)
    assert _counted() == _naive([*lost, *last])


def should_count_a_long_chain_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two transactions' worth of entries, and some more."""
    monkeypatch.setattr(totals, "ENTRIES_MAX", 5)
    member = any_member()
    chain = books.earn_often(member, 1, 13)
    count(chain[-1])
    assert _counted() == _naive(chain)


@pytest.fixture
def few_members(monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction counts 3 members."""
    for limited in (totals, counting):
        monkeypatch.setattr(limited, "MEMBERS_MAX", 3)


def should_count_more_members_than_a_transaction_takes(few_members: None) -> None:
    chains = [earn(any_member(), 5) for _ in range(8)]
    count(*(chain[0] for chain in chains))
    assert _counted()["entries_earn"] == 8
    assert {known.revision for known in how_far(open_store(), [c[0].member for c in chains])} == {1}


def should_note_which_entries_are_of_which_day(time: Time) -> None:
    member = any_member()
    earn(member, 100)
    time.forward(DAY)
    redeem(member, 30)
    count(*redeem(member, 20))
    found = [
        open_store().get("points", keys.moved(day, member)) for day in ("20261122", "20261123")
    ]
    assert [(item["first"], item["last"]) for item in found if item] == [(1, 1), (2, 3)]
    days = {day.day: day.sums for day in backwards(open_store(), date(2026, 12, 1))}
    assert days["20261123"] == {"lot_never": -50, "entries_redeem": 2, "points_redeem": -50}


def should_count_what_is_found_very_late_for_the_oldest_open_day(time: Time) -> None:
    member = any_member()
    entries = earn(member, 100)
    time.forward(100 * DAY)
    count(*entries)
    [day] = backwards(open_store(), date(2027, 12, 31))
    assert day.day == "20270131"


def should_never_return_to_a_day_that_a_chain_has_left(time: Time) -> None:
    """The program moves its zone to the west: what follows is still of the later day."""
    member = any_member()
    time.set(NOON + 11 * 3_600_000)
    _set_zone("Pacific/Auckland")
    count(*earn(member, 100))
    _set_zone("Pacific/Honolulu")
    time.forward(3000)
    count(*earn(member, 1))
    assert [day.day for day in backwards(open_store(), date(2026, 12, 1))] == ["20261123"]


def _set_zone(zone: str) -> None:
    settings = f'{{"zone": "{zone}"}}'
    open_store().transact([put("points", {**keys.PROGRAM, "settings": settings, "version": 1})])


@pytest.mark.parametrize("kind", ["MODIFY", "REMOVE"])
def should_page_when_an_entry_is_changed_or_removed(
    kind: Any, pages: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    named: list[object] = []
    log = "functions.points.count_points.logger.error"
    monkeypatch.setattr(log, lambda _, **facts: named.append(facts["member"]))
    member = any_member()
    [entry] = earn(member, 100)
    record = stream_record(None, to_item(entry), kind)
    handler("count_points")(stream_event(record), None)
    assert pages == ["LedgerTampered"]
    assert named == [member]


def should_page_and_not_count_on_when_the_chain_does_not_go_on(pages: list[str]) -> None:
    member, other = any_member(), any_member()
    count(*earn(member, 100))
    books.remove(member, 1)
    forged = earn(member, 1_000)
    count(*forged, *earn(other, 5))
    assert pages == ["LedgerTampered"]
    assert _counted()["points_earn"] == 105


def should_page_for_an_entry_that_links_to_nothing(pages: list[str]) -> None:
    member = any_member()
    [entry] = earn(member, 100)
    books.rewrite(member, 1, prev_hash=b"x" * 32)
    count(entry)
    assert (pages, _counted()) == (["LedgerTampered"], {})


class _Dying(Exception):
    """The process is gone."""


@pytest.mark.parametrize("after", range(4))
def should_count_once_wherever_it_dies(
    after: int, few_members: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before or after any of its transactions, and told again."""
    chains = [earn(any_member(), 5) for _ in range(5)]
    entries = [chain[0] for chain in chains]
    write, calls = Store.transact, 0

    def dying(store: Store, writes: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == after // 2 + 1 and not after % 2:
            raise _Dying
        write(store, writes)
        if calls == after // 2 + 1:
            raise _Dying

    with monkeypatch.context() as killing:
        killing.setattr(Store, "transact", dying)
        with pytest.raises(_Dying):
            count(*entries)
    count(*entries)
    assert _counted() == _naive(*chains)


def should_keep_an_update_within_what_dynamodb_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many lots: what an expression cannot hold goes to the day's other shards, then waits."""
    monkeypatch.setattr(counting, "_TERMS_MAX", 4)
    monkeypatch.setattr(counting, "_DAY_TERMS_MAX", 4 * keys.TOTALS_SHARDS)
    chains = []
    for number in range(5):
        lots = [f"{30_000_000 + number * 8 + n}" for n in range(8)]
        chains.append(books.earn_in(any_member(), 5, lots))
    count(*(chain[-1] for chain in chains))
    assert _counted() == _naive(*chains)
    assert of_state(State(lots={"30000000": 5}))["lot_30000000"] == _counted()["lot_30000000"]
    assert len(books.totals_of("20261122")) > 4


def should_stay_below_4_kb_with_the_longest_names() -> None:
    """DynamoDB's limit of an expression, at the real number of terms."""
    posting = books.post(any_member())
    lots = [f"{30_000_000 + n}{IDLE}" for n in range(70)]
    for lot in lots:
        credit(posting, "earn", 5, Grant(lot, f"{lot[:8]}|{lot}"), any_source("purchase"))
    known = tally(Counted(posting.member), posting.entries, lambda _: "20261122")
    assert known
    added = [write for write in counting.writes([known]) if write.update.startswith("ADD")]
    assert max(write.update.count("#") for write in added) == counting._TERMS_MAX
    assert max(len(write.update) for write in added) <= 4096
