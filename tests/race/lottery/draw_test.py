"""Rivals at one lottery: on the last prize, the guaranteed one, the budget, limits, and one key.

Each test has a control beside it: one guard is taken away, and what the test asserts is seen to
fail.
"""

from collections.abc import Callable
from functools import partial

import pytest
from mall import keys
from mall.lottery.draw_views import DrawView
from mall.lottery.draws import Draw
from mall.writes import Write

from tests.emulated import EmulatedMall, replayed
from tests.gaming import NOTHING, Arcade
from tests.race.rivals import THREADS, Outcomes, RivalStore, rivals

Forgets = Callable[[Write], bool]
CUP = {
    "prize_id": "cup", "name": "Cup", "kind": "points", "points": 100, "weight": 1_000_000,
    "stock": 1, "substitute": "nothing",
}  # fmt: skip


def _nothing(_: Write) -> bool:
    return False


def _at(sort_key: str) -> Forgets:
    """Picks the conditional writes to items with this sort key."""
    return lambda write: bool(write.condition and write.key["sk"] == sort_key)


def _race(
    arcade: Arcade, lottery: str, members: list[str], forgets: Forgets = _nothing
) -> Outcomes[DrawView]:
    """All members draw at once, through one warm process, having decided on the same snapshot."""
    mall = arcade.mall
    mall.use(mall.opened(RivalStore, parties=len(members), forgets=forgets))
    arcade.anew()
    arcade.warm(lottery)
    return rivals(len(members), lambda n: arcade.draw(members[n], lottery), threads=len(members))


def _prizes(outcomes: Outcomes[DrawView]) -> list[str]:
    return sorted(view.outcome.prize_id for view in outcomes.answers)


@pytest.fixture
def arcade(mall: EmulatedMall) -> Arcade:
    """Lotteries of this test's mall."""
    return Arcade(mall)


# --- the last prize ------------------------------------------------------------------------------


def _race_for_the_cup(arcade: Arcade, forgets: Forgets = _nothing) -> tuple[str, list[str]]:
    lottery = arcade.open(CUP, NOTHING, budget=3_200, shards=4)
    outcomes = _race(arcade, lottery, arcade.mall.members([10] * THREADS), forgets)
    assert not outcomes.refusals
    return lottery, _prizes(outcomes)


def should_give_the_last_prize_once(arcade: Arcade) -> None:
    """Case 62: the others get the committed substitute."""
    lottery, prizes = _race_for_the_cup(arcade)
    assert prizes == ["cup"] + ["nothing"] * (THREADS - 1)
    arcade.audit(lottery)


def should_be_seen_to_give_it_twice_without_the_shards_condition(arcade: Arcade) -> None:
    """Control."""
    lottery, prizes = _race_for_the_cup(arcade, forgets=_at("SHARD"))
    assert prizes.count("cup") > 1
    with pytest.raises(AssertionError):
        arcade.audit(lottery)


# --- the guaranteed prize ------------------------------------------------------------------------


def _race_for_pity(arcade: Arcade, forgets: Forgets = _nothing) -> list[Draw]:
    sure = CUP | {"weight": 1, "stock": None, "substitute": None}
    rarely = NOTHING | {"weight": 1_000_000_000}
    pity = {"draws": 5, "prize_id": "cup"}
    lottery = arcade.open(sure, rarely, budget=3_200, pity=pity)
    [member] = arcade.mall.members([1_000])
    outcomes = _race(arcade, lottery, [member] * 6, forgets)
    assert not outcomes.refusals
    for _ in range(9):
        arcade.draw(member, lottery)
    return arcade.audit(lottery)


def should_fire_pity_at_each_fifth_draw(arcade: Arcade) -> None:
    """Case 65: parallel draws neither skip nor repeat it."""
    draws = _race_for_pity(arcade)
    assert [draw.nonce for draw in draws if draw.prize == "cup"] == [5, 10, 15]


def should_be_seen_to_repeat_nonces_without_chain_and_counter(arcade: Arcade) -> None:
    """Control."""

    def forgets(write: Write) -> bool:
        return bool(write.key["sk"].startswith("ENTRY"))

    with pytest.raises(AssertionError):
        _race_for_pity(arcade, forgets)


# --- prizes that are gone ------------------------------------------------------------------------


def _race_until_gone(arcade: Arcade, forgets: Forgets = _nothing) -> tuple[str, Outcomes[DrawView]]:
    """Three cups over four shards, in a lottery that closes when they are gone."""
    cups = CUP | {"stock": 3}
    lottery = arcade.open(cups, NOTHING, budget=3_200, shards=4, when_gone="close")
    return lottery, _race(arcade, lottery, arcade.mall.members([10] * THREADS), forgets)


def should_close_when_all_prizes_are_gone(arcade: Arcade) -> None:
    """Case 68: whoever comes later is refused, and pays nothing."""
    lottery, outcomes = _race_until_gone(arcade)
    assert _prizes(outcomes).count("cup") == 3
    assert set(outcomes.codes) == {"lottery_closed"}
    arcade.audit(lottery)


def should_be_seen_to_go_on_without_the_shards_condition(arcade: Arcade) -> None:
    """Control."""
    _, outcomes = _race_until_gone(arcade, forgets=_at("SHARD"))
    assert _prizes(outcomes).count("cup") > 3


# --- the budget ----------------------------------------------------------------------------------


def _race_for_the_budget(
    arcade: Arcade, forgets: Forgets = _nothing
) -> tuple[str, Outcomes[DrawView]]:
    """A budget for eight of the prizes, of which no shard holds a whole number."""
    sure = CUP | {"stock": None, "substitute": None}
    lottery = arcade.open(sure, budget=850, shards=4)
    members = arcade.mall.members([10] * THREADS)
    return lottery, _race(arcade, lottery, members, forgets)


def should_keep_the_budget(arcade: Arcade) -> None:
    """Case 70: all of it can be won, over shards, and never more."""
    lottery, outcomes = _race_for_the_budget(arcade)
    assert (len(outcomes.answers), set(outcomes.codes)) == (8, {"lottery_closed"})
    arcade.audit(lottery)


def should_be_seen_to_pass_the_budget_without_the_shards_condition(arcade: Arcade) -> None:
    """Control."""
    lottery, outcomes = _race_for_the_budget(arcade, forgets=_at("SHARD"))
    assert len(outcomes.answers) > 8
    with pytest.raises(AssertionError):
        arcade.audit(lottery)


# --- limits --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"program_per_day": 10}, "daily_limit_reached"),
        ({"program_total": 10}, "limit_reached"),
    ],
)
def should_keep_the_programs_limits(arcade: Arcade, limits: dict[str, int], code: str) -> None:
    """Exactly ten draws, though no shard knows of the others."""
    lottery = arcade.open(limits=limits, shards=4)
    outcomes = _race(arcade, lottery, arcade.mall.members([10] * THREADS))
    assert (len(outcomes.answers), set(outcomes.codes)) == (10, {code})
    arcade.audit(lottery)


@pytest.mark.parametrize("limit", ["program_per_day", "program_total"])
def should_be_seen_to_pass_the_programs_limits_without_the_condition(
    arcade: Arcade, limit: str
) -> None:
    """Control."""
    lottery = arcade.open(limits={limit: 10}, shards=4)
    members = arcade.mall.members([10] * THREADS)
    assert len(_race(arcade, lottery, members, _at("SHARD")).answers) > 10


@pytest.mark.parametrize("limit", ["member_per_day", "member_total"])
def should_keep_a_members_limits(arcade: Arcade, limit: str) -> None:
    lottery = arcade.open(limits={limit: 3})
    [member] = arcade.mall.members([1_000])
    assert len(_race(arcade, lottery, [member] * 8).answers) == 3
    arcade.audit(lottery)


@pytest.mark.parametrize("limit", ["member_per_day", "member_total"])
def should_be_seen_to_pass_a_members_limits_without_the_counters_condition(
    arcade: Arcade, limit: str
) -> None:
    """Control; the draws are free, so that nobody is held up at the ledger."""
    lottery = arcade.open(limits={limit: 3}, cost=0)
    [member] = arcade.mall.members([1_000])
    assert len(_race(arcade, lottery, [member] * 8, _at(keys.PLAYED_SK)).answers) > 3


# --- one key -------------------------------------------------------------------------------------


def should_draw_once_for_one_key(arcade: Arcade) -> None:
    """Case 64: everybody gets the same outcome, and one of them paid."""
    lottery = arcade.open(CUP | {"stock": None, "substitute": None}, NOTHING, budget=3_200)
    [member] = arcade.mall.members([10])
    mall = arcade.mall
    mall.use(mall.opened(RivalStore, parties=8))
    arcade.anew()
    arcade.warm(lottery)
    act = partial(arcade.draw, member, lottery, "the key")
    outcomes = rivals(8, lambda _: act(), threads=8)
    assert not outcomes.refusals
    assert len({view.model_dump_json() for view in outcomes.answers}) == 1
    assert sum(map(replayed, outcomes.answers)) == 7
    assert len(arcade.audit(lottery)) == 1
