"""Scheduled drawings: closed in time, the list published, winners drawn once, prizes given."""

import hashlib
import hmac
from typing import Any

import pytest
from mall.clock import instant
from mall.lottery.fairness import framed
from mall.models import MAX_INTEGER
from mall.seeds import seed_vault
from mall.store import open_store
from mall.store.lotteries import open_seed, read_lottery
from mall.store.program import open_programs
from mall.store.scheduled_drawing import Drawings

from tests.events import member_claims
from tests.functional.acts import (
    any_member_with,
    any_product,
    available,
    call,
    close_account,
    everything,
    give,
    kinds,
    order_of,
    shelf_holds,
)
from tests.functional.lottery.games import any_lottery, any_points_prize, draw
from tests.functional.lottery.scheduled_games import (
    CLOSES_AT,
    DRAWS_AT,
    any_scheduled,
    buy,
    close_the_list,
    draw_the_winners,
    enter_beacon,
    listed,
    points_for,
    run_the_job,
    winners,
)
from tests.functional.lottery.seen import shown
from tests.functional.times import DAY, Time

# --- the drawing ---------------------------------------------------------------------------------


def should_give_each_winner_the_prize(time: Time) -> None:
    members = [any_member_with(100) for _ in range(3)]
    lottery = any_scheduled(points_for(2), budget=200)
    for member in members:
        buy(member, lottery)
    close_the_list(time)
    draw_the_winners(time)
    won = winners(lottery)
    assert [(each["rank"], each["fate"]) for each in won] == [(1, "awarded"), (2, "awarded")]
    lucky = {each["member_id"] for each in won}
    assert len(lucky) == 2
    for member in members:
        assert available(member) == (190 if member in lucky else 90)
        assert (kinds(member)[-1] == ("lottery_prize", 100)) == (member in lucky)
    assert shown(lottery)["status"] == "closed"


def should_give_the_prizes_in_the_order_of_the_table(time: Time) -> None:
    member = any_member_with(1_000)
    prizes = (points_for(1, 50, "first"), points_for(2, 20, "second"))
    lottery = any_scheduled(*prizes, budget=90)
    buy(member, lottery, 10)
    close_the_list(time)
    draw_the_winners(time)
    told = [(w["rank"], w["prize_id"], w["serial"], w["name"], w["kind"]) for w in winners(lottery)]
    assert told == [
        (1, "first", 1, "First", "points"),
        (2, "second", 1, "Second", "points"),
        (3, "second", 2, "Second", "points"),
    ]
    assert len({w["ticket_id"] for w in winners(lottery)}) == 3
    assert available(member) == 1_000 - 100 + 90


@pytest.mark.parametrize("beacon", ["", "4711"])
def should_rank_by_what_anyone_can_compute(beacon: str, time: Time) -> None:
    lottery = any_scheduled(points_for(5, 1), beacon="Lotto numbers" if beacon else None)
    tickets = []
    for _ in range(4):
        bought = buy(any_member_with(100), lottery, 3)
        tickets += [f"{bought['purchase_id']}-{number}" for number in (1, 2, 3)]
    close_the_list(time)
    if beacon:
        enter_beacon(lottery, beacon)
    list_hash = listed(lottery).body["listing"]["list_hash"]
    draw_the_winners(time)
    seed = open_seed(open_store(), seed_vault(), read_lottery(open_store(), lottery), 1)
    assert hashlib.sha256(seed).hexdigest() == shown(lottery)["commitment"]["server_seed_hash"]
    scores = {}
    for ticket in tickets:
        message = framed("ticket", lottery, list_hash, beacon, ticket)
        scores[ticket] = hmac.new(seed, message, hashlib.sha256).hexdigest()
    best = sorted(tickets, key=lambda ticket: scores[ticket])[:5]
    told = [(w["ticket_id"], w["score"]) for w in winners(lottery)]
    assert told == [(ticket, scores[ticket]) for ticket in best]


def should_publish_the_hash_of_the_list_before_it_draws(time: Time) -> None:
    lottery = any_scheduled()
    buy(any_member_with(100), lottery)
    close_the_list(time)
    assert (shown(lottery)["status"], winners(lottery)) == ("closing", [])
    listing = listed(lottery).body["listing"]
    time.set(DRAWS_AT - 1)
    run_the_job()
    assert winners(lottery) == []
    draw_the_winners(time)
    assert len(winners(lottery)) == 1
    assert listed(lottery).body["listing"] == listing


def should_wait_for_the_beacon(time: Time) -> None:
    lottery = any_scheduled(beacon="Lotto numbers of Saturday")
    buy(any_member_with(100), lottery)
    close_the_list(time)
    draw_the_winners(time)
    assert (shown(lottery)["status"], winners(lottery)) == ("closing", [])
    assert enter_beacon(lottery).status == 200
    run_the_job()
    assert len(winners(lottery)) == 1
    answer = call("list_winners", path={"lottery_id": lottery})
    assert answer.body["beacon"]["value"] == "4711"


@pytest.mark.parametrize("times", [2, 5])
def should_come_to_one_result_however_often_it_is_triggered(times: int, time: Time) -> None:
    """Case 69."""
    lottery = any_scheduled(points_for(3))
    for _ in range(3):
        buy(any_member_with(100), lottery, 2)
    close_the_list(time)
    draw_the_winners(time)
    before = everything()
    for _ in range(times):
        assert run_the_job() == {"done": 0, "waiting": 0, "failed": 0}
    drawings = Drawings(open_store(), seed_vault(), open_programs(), 100)
    assert drawings.go_on(lottery)
    assert everything() == before


def should_do_nothing_before_its_time(time: Time) -> None:
    lottery = any_scheduled()
    time.set(CLOSES_AT - 1)
    assert run_the_job() == {"done": 0, "waiting": 0, "failed": 0}
    assert shown(lottery)["status"] == "open"


def should_close_and_draw_at_once_when_it_comes_late(time: Time) -> None:
    lottery = any_scheduled()
    buy(any_member_with(100), lottery)
    time.set(DRAWS_AT + 30 * DAY)
    assert run_the_job() == {"done": 1, "waiting": 0, "failed": 0}
    assert len(winners(lottery)) == 1


def should_go_on_in_the_next_run_when_the_time_of_one_is_up(time: Time) -> None:
    """A run whose time is up closes nothing, begins no bucket and gives no prize."""
    lotteries = [any_scheduled(), any_lottery(closes_at=instant(DRAWS_AT))]
    buy(any_member_with(100), lotteries[0])
    time.set(DRAWS_AT)
    store, before = open_store(), everything()
    for lottery in lotteries:
        assert not Drawings(store, seed_vault(), open_programs(), 0).go_on(lottery)
        assert everything() == before
    for lottery in lotteries:
        assert Drawings(store, seed_vault(), open_programs(), 100).go_on(lottery)


# --- what is won, and what is not ----------------------------------------------------------------


def _code_prize(product: str, stock: int) -> dict[str, Any]:
    return {
        "prize_id": "code", "name": "Code", "kind": "coupon", "product_id": product,
        "stock": stock,
    }  # fmt: skip


def should_order_a_product_that_is_won(time: Time) -> None:
    """And what nobody won goes back: two tickets, three units."""
    product = any_product(codes=5, type="coupon")
    lottery, member = any_scheduled(_code_prize(product, 3)), any_member_with(100)
    assert shelf_holds(product) == 2
    buy(member, lottery, 2)
    close_the_list(time)
    draw_the_winners(time)
    assert [w["serial"] for w in winners(lottery)] == [1, 2]
    orders = call("list_orders", member_claims(member)).body["items"]
    assert [(o["status"], o["points"], o["quantity"]) for o in orders] == [("placed", 0, 1)] * 2
    assert order_of(member, orders[0]["order_id"])["history"][0]["reason"] == "prize"
    assert shelf_holds(product) == 3


def should_end_without_winners_when_nobody_bought(time: Time) -> None:
    product = any_product(codes=3, type="coupon")
    lottery = any_scheduled(_code_prize(product, 3), points_for(1))
    time.set(DRAWS_AT)
    assert run_the_job()["done"] == 1
    assert (winners(lottery), shown(lottery)["status"]) == ([], "closed")
    assert shelf_holds(product) == 3


def should_forfeit_what_a_closed_account_wins(time: Time) -> None:
    """Nobody else gets it: whoever would, would have to be drawn after others knew who won."""
    product, member = any_product(codes=1, type="coupon"), any_member_with(100)
    lottery = any_scheduled(points_for(1), _code_prize(product, 1))
    buy(member, lottery, 2)
    close_account(member)
    close_the_list(time)
    draw_the_winners(time)
    assert [w["fate"] for w in winners(lottery)] == ["forfeited", "forfeited"]
    assert kinds(member)[-1][0] == "close"
    assert (shelf_holds(product), shown(lottery)["status"]) == (1, "closed")


def should_forfeit_points_that_an_account_cannot_hold(time: Time) -> None:
    member, other, lottery = (
        any_member_with(100),
        any_member_with(100),
        any_scheduled(points_for(2)),
    )
    buy(member, lottery)
    buy(other, lottery)
    give(member, MAX_INTEGER - 90)
    close_the_list(time)
    draw_the_winners(time)
    assert {w["member_id"]: w["fate"] for w in winners(lottery)} == {
        member: "forfeited",
        other: "awarded",
    }
    assert available(member) == MAX_INTEGER


# --- the job -------------------------------------------------------------------------------------


def should_close_instant_lotteries_that_are_over(time: Time) -> None:
    product = any_product(codes=2, type="coupon")
    prize = _code_prize(product, 2) | {"weight": 1, "substitute": "points"}
    lottery = any_lottery(prize, any_points_prize(1, weight=2**52))
    draw(any_member_with(100), lottery)
    time.forward(10 * DAY)
    assert run_the_job() == {"done": 1, "waiting": 0, "failed": 0}
    assert (shown(lottery)["status"], shelf_holds(product)) == ("closed", 2)


def should_draw_the_others_when_one_fails(time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    lotteries = [any_scheduled() for _ in range(3)]
    for lottery in lotteries:
        buy(any_member_with(100), lottery)
    time.set(DRAWS_AT)
    go_on = Drawings.go_on

    def fails(drawings: Drawings, lottery_id: str) -> bool:
        if lottery_id == lotteries[0]:
            raise ValueError("something of this lottery")
        return go_on(drawings, lottery_id)

    with monkeypatch.context() as broken:
        broken.setattr(Drawings, "go_on", fails)
        with pytest.raises(RuntimeError, match="1 lotteries"):
            run_the_job()
    assert [len(winners(lottery)) for lottery in lotteries] == [0, 1, 1]
    run_the_job()
    assert len(winners(lotteries[0])) == 1
