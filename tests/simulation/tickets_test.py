"""Purchases of tickets, in random order and over days, against limits that are counted once."""

import pytest
from mall.lottery import shards

from tests.simulation.tickets_play import sold

RUNS = 100
STEPS = 40


def should_sell_what_the_limits_allow_in_whichever_shards_there_is_room() -> None:
    """Room among all may be left in one shard, and room today in another."""
    for seed in range(RUNS):
        with sold(seed) as play:
            play.run(STEPS)


def should_be_seen_to_fail_when_shards_hold_more_than_their_share(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Control: every shard believes that the whole limit is its own."""
    monkeypatch.setattr(shards, "share", lambda whole, _shards, _number: whole)
    failed = 0
    for seed in range(20):
        try:
            with sold(seed) as play:
                play.run(STEPS)
        except AssertionError:
            failed += 1
    assert failed > 5
