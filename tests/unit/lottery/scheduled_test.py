"""A scheduled drawing's steps, and who wins what, without any table."""

import random
from dataclasses import replace

import pytest
from mall import keys
from mall.clock import DAY_MS
from mall.errors import LotteryFixed, LotteryNotClosed
from mall.lottery import scheduled
from mall.lottery.lottery import Lottery
from mall.lottery.ranking import Bucket, Ranked
from mall.lottery.scheduled import Progress, progress_of, saved
from mall.lottery.table import Prize, PrizeTable

from tests.builders import any_id, any_instant

LETTERS = len(keys.TICKET_LETTERS)
NOW = any_instant()
TABLE = PrizeTable(
    "the lottery",
    1,
    1,
    (
        Prize("car", "Car", "product", stock=1, product_id="car"),
        Prize("pen", "Pen", "points", stock=3, points=5),
    ),
)


def any_scheduled(**changed: object) -> Lottery:
    """A lottery whose drawing is due."""
    terms = {
        "lottery_id": "the lottery", "kind": "scheduled", "name": "Raffle", "cost": 10,
        "opens_at": NOW - 2 * DAY_MS, "closes_at": NOW - DAY_MS, "draws_at": NOW,
        "tables": (TABLE,), "status": "closing",
    }  # fmt: skip
    return Lottery(**{**terms, **changed})  # type: ignore[arg-type] # names checked at run time


def any_tickets(count: int) -> list[Ranked]:
    """Tickets, ranked."""
    return sorted(Ranked(random.randbytes(32), f"{any_id()}-1", any_id()) for _ in range(count))


def _listed(**changed: object) -> Progress:
    """A progress whose list is final."""
    progress = Progress("the lottery")
    for _ in range(LETTERS):
        bucket = Bucket(random.randbytes(32), random.randint(0, 9), random.randint(9, 99))
        progress = progress.summed(bucket, NOW)
    return replace(progress, **changed)  # type: ignore[arg-type] # names checked at run time


def should_know_the_hash_after_the_last_bucket_and_not_before() -> None:
    progress = Progress("the lottery")
    for number in range(LETTERS):
        assert (progress.stage, progress.list_hash, len(progress.buckets)) == (
            "listing",
            "",
            number,
        )
        progress = progress.summed(Bucket(b"", 1, 2), NOW)
    assert (progress.stage, progress.listed_at) == ("listed", NOW)
    assert (progress.purchases, progress.tickets) == (LETTERS, 2 * LETTERS)
    assert len(progress.list_hash) == 64


def should_know_the_winners_after_the_last_bucket_and_not_before() -> None:
    progress, best = _listed(), any_tickets(3)
    for number in range(LETTERS):
        assert (progress.stage, progress.ranked) == ("listed", number)
        progress = progress.ranked_on(best)
    assert (progress.stage, progress.best) == ("ranked", best)


def should_let_the_tickets_go_once_every_prize_was_given() -> None:
    progress = _listed(stage="ranked", best=any_tickets(3)).drawn()
    assert (progress.stage, progress.best) == ("drawn", ())


def should_be_read_as_it_was_saved() -> None:
    before = _listed(best=any_tickets(4), ranked=3, version=7, beacon="4711", beacon_at=NOW)
    assert progress_of("the lottery", saved(before).item) == replace(before, version=8)
    assert progress_of("the lottery", None) == Progress("the lottery")


@pytest.mark.parametrize(
    ("beacon", "value", "late_ms", "draws"),
    [
        ("", "", -1, False),
        ("", "", 0, True),
        ("Lotto", "", 0, False),
        ("Lotto", "4711", -1, False),
        ("Lotto", "4711", 0, True),
    ],
)
def should_draw_at_its_hour_with_the_beacon_it_waits_for(
    beacon: str, value: str, late_ms: int, draws: bool
) -> None:
    lottery, progress = any_scheduled(beacon=beacon), _listed(beacon=value)
    assert progress.draws(lottery, NOW + late_ms) == draws
    assert not replace(progress, stage="listing").draws(lottery, NOW + late_ms)
    assert not replace(progress, stage="ranked").draws(lottery, NOW + late_ms)


def should_refuse_a_beacon_in_order() -> None:
    open_, announced = Progress("the lottery"), any_scheduled(beacon="Lotto")
    with pytest.raises(LotteryFixed):
        scheduled.with_beacon(any_scheduled(), open_, "4711", NOW)
    with pytest.raises(LotteryNotClosed):
        scheduled.with_beacon(announced, open_, "4711", NOW)
    known = scheduled.with_beacon(announced, _listed(), "4711", NOW)
    assert (known.beacon, known.beacon_at) == ("4711", NOW)
    assert scheduled.with_beacon(announced, known, "4711", NOW + 1) == known
    with pytest.raises(LotteryFixed):
        scheduled.with_beacon(announced, known, "4712", NOW)


def should_give_every_unit_in_the_order_of_the_table() -> None:
    tickets = any_tickets(9)
    won = scheduled.winners(TABLE, tickets)
    assert [(w.rank, w.prize.prize_id, w.serial) for w in won] == [
        (1, "car", 1), (2, "pen", 1), (3, "pen", 2), (4, "pen", 3),
    ]  # fmt: skip
    assert [w.ticket for w in won] == tickets[:4]
    assert scheduled.most(TABLE) == 4


@pytest.mark.parametrize("count", [0, 1, 3])
def should_leave_the_last_units_when_tickets_are_few(count: int) -> None:
    won = scheduled.winners(TABLE, any_tickets(count))
    records = [{"prize": w.prize.prize_id, "fate": "awarded"} for w in won]
    left = scheduled.unclaimed(TABLE, records)
    assert sum(left.values()) == 4 - count
    assert left[1, 0] == (0 if count else 1)


def should_count_what_is_forfeited_among_what_nobody_got() -> None:
    records = [{"prize": "car", "fate": "forfeited"}, {"prize": "pen", "fate": "awarded"}]
    assert scheduled.unclaimed(TABLE, records) == {(1, 0): 1, (1, 1): 2}
