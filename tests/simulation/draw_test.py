"""Draws against a lottery told the slow way, in random order, with deaths around each commit."""

import pytest
from mall.lottery import shards
from mall.lottery.shards import Seen

from tests.simulation.draw_play import played

RUNS = 120
STEPS = 60


@pytest.mark.parametrize("first", range(0, RUNS, RUNS // 4))
def should_draw_as_a_lottery_told_the_slow_way(first: int) -> None:
    """Prizes, refusals and balances agree after each step."""
    for seed in range(first, first + RUNS // 4):
        with played(seed) as play:
            play.run(STEPS)


def _fails() -> int:
    failed = 0
    for seed in range(20):
        try:
            with played(seed) as play:
                play.run(STEPS)
        except (AssertionError, IndexError):
            failed += 1
    return failed


def should_be_seen_to_fail_when_shards_hold_more_than_their_share(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Control: every shard believes that the whole limit is its own."""
    monkeypatch.setattr(shards, "share", lambda whole, _shards, _number: whole)
    assert _fails() > 5


def should_be_seen_to_fail_when_a_prize_is_never_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: what ran out is looked for in vain."""
    monkeypatch.setattr(Seen, "gone", lambda _self, _place: False)
    assert _fails() > 5
