"""When a seed may be known: by the lottery's own times, and not a millisecond before."""

from dataclasses import replace

import pytest
from mall.clock import DAY_MS, HOUR_MS, Millis
from mall.lottery import fairness
from mall.lottery.lottery import Lottery, Status
from mall.lottery.revealing import (
    Revealed,
    WrongSeed,
    ended,
    made_known,
    revealable,
    reveals_at,
    status_of,
)
from mall.lottery.table import Prize, PrizeTable

NOON: Millis = 1_795_348_800_000
AFTER: Millis = 15 * 60_000
LAST = bytes(range(32))
TABLE = PrizeTable("l", 1, 1, (Prize("nothing", "Nothing", "nothing", weight=1),))
INSTANT = Lottery(
    lottery_id="l",
    kind="instant",
    name="Wheel",
    cost=10,
    opens_at=NOON,
    closes_at=NOON + 2 * DAY_MS + HOUR_MS,
    tables=(TABLE,),
    status="open",
    anchor=fairness.before(LAST, 3),
)
SCHEDULED = replace(
    INSTANT, kind="scheduled", draws_at=NOON + 3 * DAY_MS, anchor=fairness.before(LAST, 1)
)


@pytest.mark.parametrize(
    ("epoch", "ends_at"),
    [(1, NOON + DAY_MS), (2, NOON + 2 * DAY_MS), (3, NOON + 2 * DAY_MS + HOUR_MS)],
)
def should_reveal_15_minutes_after_the_end_of_an_epoch(epoch: int, ends_at: Millis) -> None:
    assert reveals_at(INSTANT, epoch) == ends_at + AFTER
    assert revealable(INSTANT, ends_at + AFTER - 1) == epoch - 1
    assert revealable(INSTANT, ends_at + AFTER) == epoch


def should_reveal_all_15_minutes_after_an_early_close() -> None:
    closed_at = NOON + HOUR_MS
    closed = replace(INSTANT, status="closed", closed_at=closed_at)
    assert revealable(closed, closed_at + AFTER - 1) == 0
    assert revealable(closed, closed_at + AFTER) == 3


@pytest.mark.parametrize("status", ["open", "closing", "drawing"])
def should_keep_the_seed_of_what_has_not_drawn(status: Status) -> None:
    lottery = replace(SCHEDULED, status=status)
    assert revealable(lottery, NOON + 99 * DAY_MS) == 0


def should_reveal_a_scheduled_lottery_15_minutes_after_it_has_drawn() -> None:
    closed_at = NOON + 4 * DAY_MS  # a day late
    closed = replace(SCHEDULED, status="closed", closed_at=closed_at)
    assert revealable(closed, closed_at + AFTER - 1) == 0
    assert revealable(closed, closed_at + AFTER) == 1


def should_have_nothing_to_reveal_before_it_opens() -> None:
    assert revealable(replace(INSTANT, status="draft", anchor=b""), NOON + 99 * DAY_MS) == 0


def should_know_every_earlier_seed_by_the_newest() -> None:
    known = Revealed(2, fairness.before(LAST, 1))
    assert known.seeds() == {2: fairness.before(LAST, 1), 1: fairness.before(LAST, 2)}
    assert (known.of(1), known.of(3)) == (fairness.before(LAST, 2), None)
    assert LAST.hex()[:8] not in repr(known)


def should_tell_where_an_epoch_stands() -> None:
    known, now = Revealed(1, fairness.before(LAST, 2)), NOON + 2 * DAY_MS
    assert [status_of(INSTANT, n, known, now) for n in (1, 2, 3)] == [
        "revealed", "sealed", "running"
    ]  # fmt: skip
    assert status_of(INSTANT, 3, known, now - 1) == "ahead"


def should_make_known_the_newest_alone_and_only_forwards() -> None:
    second = fairness.before(LAST, 1)
    [write] = made_known(INSTANT, Revealed(), 2, second)
    assert (write.item["epoch"], write.item["seed"]) == (2, second)
    assert made_known(INSTANT, Revealed(2, second), 2, second) == []
    assert made_known(INSTANT, Revealed(3, LAST), 2, second) == []


def should_wait_for_nothing_more_with_the_last_one() -> None:
    _, waiting = made_known(INSTANT, Revealed(), 3, LAST)
    assert (waiting.key["sk"], waiting.update) == ("SEED", "REMOVE #gsi1pk, #gsi1sk")


def should_make_known_no_seed_that_leads_elsewhere() -> None:
    for epoch, seed in ((3, bytes(32)), (2, LAST)):
        with pytest.raises(WrongSeed) as refused:
            made_known(INSTANT, Revealed(), epoch, seed)
        assert seed.hex() not in str(refused.value)


def should_tell_a_shard_of_each_epoch_once() -> None:
    assert ended("l", 0, {"open": 1}, 2)
    assert ended("l", 0, {"open": 1, "revealed": 1}, 2)
    assert ended("l", 0, {"open": 1, "revealed": 2}, 2) == []
    assert ended("l", 0, None, 2) == []
