"""Revealing: when a seed may be known, by whom it can be checked, and what comes after it."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from mall import keys
from mall.clock import Millis, instant
from mall.lottery.taking import Taking
from mall.seeds import SeedVault
from mall.store import Store, open_store
from mall.writes import Write, update

from tests.functional.acts import ADMIN, any_member_with, available, call, everything
from tests.functional.lottery.games import any_lottery, any_points_prize, draw, try_to_draw
from tests.functional.lottery.scheduled_games import DRAWS_AT, any_scheduled, run_the_job
from tests.functional.lottery.seen import (
    all_draws,
    proof,
    reveal,
    seeds,
    shown,
    try_to_list_draws,
    try_to_see_seeds,
)
from tests.functional.times import DAY, HOUR, MINUTE, NOON, SECOND, Time

AFTER = 15 * MINUTE


def should_reveal_15_minutes_after_an_epoch_and_never_before(time: Time) -> None:
    lottery = any_lottery()
    time.set(NOON + DAY + AFTER - 1)
    assert (reveal()["revealed"], seeds(lottery)) == (0, {})
    time.set(NOON + DAY + AFTER)
    assert reveal()["revealed"] == 1
    assert [*seeds(lottery)] == [1]


def should_reveal_a_chain_that_leads_to_what_was_published(time: Time) -> None:
    lottery = any_lottery()
    time.set(NOON + 10 * DAY + AFTER)
    reveal()
    found = seeds(lottery)
    assert [*found] == [*range(1, 11)]
    chain = [shown(lottery)["commitment"]["server_seed_hash"], *found.values()]
    for before, seed in pairwise(chain):
        assert hashlib.sha256(bytes.fromhex(seed)).hexdigest() == before


def should_tell_where_each_epoch_stands(time: Time) -> None:
    lottery = any_lottery()
    time.set(NOON + DAY + AFTER)
    reveal()
    time.set(NOON + 2 * DAY)
    answer = try_to_see_seeds(lottery)
    states = [each["status"] for each in answer.body["epochs"]]
    assert states == ["revealed", "sealed", "running", *["ahead"] * 7]
    assert answer.body["epochs"][1]["reveals_at"] == instant(NOON + 2 * DAY + AFTER)
    assert answer.body["server_seed_hash"] == shown(lottery)["commitment"]["server_seed_hash"]


def should_tell_the_seed_of_one_epoch_or_when_it_is_revealed(time: Time) -> None:
    lottery = any_lottery()
    answer = try_to_see_seeds(lottery, epoch="1")
    assert (answer.status, answer.code) == (409, "seed_sealed")
    assert answer.body["reveals_at"] == instant(NOON + DAY + AFTER)
    time.set(NOON + DAY + AFTER)
    reveal()
    [epoch] = try_to_see_seeds(lottery, epoch="1").body["epochs"]
    assert epoch["server_seed"] == seeds(lottery)[1]
    assert try_to_see_seeds(lottery, epoch="11").code == "not_found"


def should_change_nothing_when_it_runs_again(time: Time) -> None:
    any_lottery()
    time.set(NOON + DAY + AFTER)
    reveal()
    before = everything()
    assert reveal() == {"lotteries": 1, "revealed": 0, "failed": 0}
    assert everything() == before


def should_wait_for_nothing_more_after_the_last_epoch(time: Time) -> None:
    any_lottery(closes_at=instant(NOON + DAY + SECOND))
    time.set(NOON + DAY + SECOND + AFTER)
    assert reveal() == {"lotteries": 1, "revealed": 1, "failed": 0}
    assert reveal() == {"lotteries": 0, "revealed": 0, "failed": 0}


def should_show_everybody_the_draws_of_an_epoch_that_is_revealed(time: Time) -> None:
    lottery, members = any_lottery(any_points_prize(5)), [any_member_with(100) for _ in range(3)]
    made = {draw(member, lottery)["draw_id"] for member in members}
    time.set(NOON + DAY + AFTER)
    reveal()
    draw(members[0], lottery)
    assert {each["draw_id"] for each in all_draws(lottery)} == made
    assert {each["draw_id"] for each in all_draws(lottery, limit="1")} == made
    assert try_to_list_draws(lottery).body["final"] is False
    [first, *_] = sorted(made)
    assert proof(lottery, first)["server_seed"] == seeds(lottery)[1]


def should_draw_nothing_with_a_seed_that_is_known_wherever_the_clock_goes(time: Time) -> None:
    lottery, member = any_lottery(), any_member_with(100)
    time.set(NOON + DAY + AFTER)
    reveal()
    time.set(NOON + MINUTE)
    answer = try_to_draw(member, lottery)
    assert (answer.status, answer.code) == (409, "lottery_closed")
    time.set(NOON + DAY + AFTER)
    draw(member, lottery)


def should_go_on_with_others_when_one_cannot_be_revealed(time: Time) -> None:
    first, second = any_lottery(), any_lottery()
    time.set(NOON + DAY + AFTER)
    broken = update("points", keys.sealed_seed(first), "SET #sealed = :no_seed", no_seed=b"x")
    open_store().transact([broken])
    with pytest.raises(RuntimeError, match="1 lotteries"):
        reveal()
    assert ([*seeds(first)], [*seeds(second)]) == ([], [1])


# --- at the same time ----------------------------------------------------------------------------


def _just_before(
    monkeypatch: pytest.MonkeyPatch,
    chosen: Callable[[Write], bool],
    happens: Callable[[], object],
    spoils: Callable[[Write], Write] = lambda write: write,
) -> None:
    """Let something happen right before the first transaction with such a write."""
    transact, waiting = Store.transact, [happens]

    def interrupted(store: Store, writes: Sequence[Write]) -> None:
        if waiting and any(map(chosen, writes)):
            waiting.pop()()
            writes = [spoils(write) for write in writes]
        transact(store, writes)

    monkeypatch.setattr(Store, "transact", interrupted)


def _reveal_at(time: Time, at: Millis) -> None:
    """Run the job in a function whose clock is elsewhere."""
    now = time.now
    time.set(at)
    reveal()
    time.set(now)


def _is_draw(write: Write) -> bool:
    return write.key["pk"].startswith("DRAWS#")


def _is_revelation(write: Write) -> bool:
    return write.key["sk"] == "REVEALED"


def _unconditional(write: Write) -> Write:
    return replace(write, condition="", values={}) if _is_revelation(write) else write


def should_refuse_a_draw_that_was_decided_before_its_seed_was_known(
    time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    lottery, member = any_lottery(), any_member_with(100)
    _just_before(monkeypatch, _is_draw, lambda: _reveal_at(time, NOON + DAY + AFTER))
    answer = try_to_draw(member, lottery)
    assert (answer.status, answer.code) == (409, "lottery_closed")
    assert available(member) == 100


def should_be_seen_to_draw_with_a_known_seed_without_the_condition(
    time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    lottery, member = any_lottery(), any_member_with(100)
    monkeypatch.setattr(Taking, "_hold_to_secrecy", lambda *_: None)
    _just_before(monkeypatch, _is_draw, lambda: _reveal_at(time, NOON + DAY + AFTER))
    assert try_to_draw(member, lottery).status == 201
    assert [*seeds(lottery)] == [1]


def should_never_take_back_what_is_known(time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    lottery = any_lottery()
    later = NOON + 3 * DAY + AFTER
    _just_before(monkeypatch, _is_revelation, lambda: _reveal_at(time, later))
    _reveal_at(time, NOON + DAY + AFTER)
    assert [*seeds(lottery)] == [1, 2, 3]


def should_be_seen_to_take_it_back_without_the_condition(
    time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    lottery = any_lottery()
    later = NOON + 3 * DAY + AFTER
    _just_before(monkeypatch, _is_revelation, lambda: _reveal_at(time, later), _unconditional)
    _reveal_at(time, NOON + DAY + AFTER)
    assert [*seeds(lottery)] == [1]


def should_make_known_no_seed_that_leads_elsewhere(
    time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    lottery = any_lottery()
    time.set(NOON + DAY + AFTER)
    monkeypatch.setattr(SeedVault, "open", lambda *_: bytes(32))
    with pytest.raises(RuntimeError, match="1 lotteries"):
        reveal()
    assert seeds(lottery) == {}


def should_die_between_telling_the_shards_and_the_seed_and_go_on(
    time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    lottery, member = any_lottery(), any_member_with(100)
    time.set(NOON + DAY + AFTER)

    def dies() -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killing:
        _just_before(killing, _is_revelation, dies)
        with pytest.raises(KeyboardInterrupt):
            reveal()
    assert seeds(lottery) == {}
    draw(member, lottery)
    assert reveal()["revealed"] == 1
    assert [*seeds(lottery)] == [1]


# --- other ends ----------------------------------------------------------------------------------


def should_reveal_everything_15_minutes_after_an_early_close(time: Time) -> None:
    lottery = any_lottery()
    time.set(NOON + HOUR)
    assert call("close_lottery", ADMIN, path={"lottery_id": lottery}).status == 200
    time.set(NOON + HOUR + AFTER - 1)
    assert (reveal()["revealed"], seeds(lottery)) == (0, {})
    time.set(NOON + HOUR + AFTER)
    assert reveal()["revealed"] == 1
    assert len(seeds(lottery)) == 10


def should_reveal_no_scheduled_lottery_that_has_not_drawn(time: Time) -> None:
    lottery = any_scheduled()
    time.set(DRAWS_AT + DAY)
    assert (reveal()["revealed"], seeds(lottery)) == (0, {})
    run_the_job()
    run_the_job()
    time.set(DRAWS_AT + DAY + AFTER - 1)
    assert (reveal()["revealed"], seeds(lottery)) == (0, {})
    time.set(DRAWS_AT + DAY + AFTER)
    assert reveal()["revealed"] == 1
    assert [*seeds(lottery)] == [1]
