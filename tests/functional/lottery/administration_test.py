"""What admins do with lotteries: create, look at, change and open them, and what they are told."""

from collections.abc import Callable
from typing import Any

import pytest
from mall.clock import instant

from tests.events import Answer, member_claims
from tests.functional.acts import (
    ADMIN,
    any_draft,
    any_member_with,
    any_product,
    call,
    everything,
    shelf_holds,
)
from tests.functional.lottery.games import (
    NOTHING,
    any_draft_lottery,
    any_lottery,
    any_lottery_request,
    any_points_prize,
    draw,
    open_lottery,
    try_to_create,
)
from tests.functional.times import DAY, HOUR, NOON, SECOND, Time

Changes = dict[str, Any]


def _change(lottery: str, request: object) -> Answer:
    return call("change_lottery", ADMIN, path={"lottery_id": lottery}, body=request)


def _lottery(lottery: str) -> dict[str, Any]:
    answer = call("get_admin_lottery", ADMIN, path={"lottery_id": lottery})
    assert answer.status == 200, answer.body
    shown: dict[str, Any] = answer.body
    return shown


def _faults(answer: Answer) -> list[str]:
    assert answer.status == 422, answer.body
    return [fault["field"] for fault in answer.body["errors"]]


def _codes(product: str, stock: int | None, **changed: object) -> dict[str, Any]:
    prize = {
        "prize_id": "code", "name": "Code", "kind": "coupon", "weight": 1, "stock": stock,
        "product_id": product, "substitute": "nothing",
    } | changed  # fmt: skip
    return {name: value for name, value in prize.items() if value is not None}


# --- creating ------------------------------------------------------------------------------------


def should_create_a_draft_once_for_one_key() -> None:
    request = any_lottery_request(any_points_prize(50), NOTHING)
    first, again = (try_to_create(request, "key") for _ in range(2))
    assert (first.status, again.body) == (201, first.body)
    assert first.body["status"] == "draft"
    assert again.headers["idempotent-replayed"] == "true"
    assert try_to_create(any_lottery_request(), "key").code == "idempotency_key_reused"


def should_ask_for_a_key() -> None:
    assert call("create_lottery", ADMIN, body=any_lottery_request()).code == (
        "idempotency_key_required"
    )


def should_show_odds_and_what_a_draw_wins() -> None:
    """One in ten by the weights; with the tenth draw at the latest it comes more often."""
    prizes = [any_points_prize(100), NOTHING | {"weight": 9}]
    plain = _lottery(any_draft_lottery(*prizes))["tables"][0]
    assert [prize["odds"] for prize in plain["prizes"]] == ["0.1", "0.9"]
    assert (plain["points_per_draw"], plain["points_most"]) == ("10", 100)
    sure = _lottery(any_draft_lottery(*prizes, pity={"draws": 2, "prize_id": "points"}))
    [table] = sure["tables"]
    assert [prize["odds"] for prize in table["prizes"]] == ["0.1", "0.9"]
    assert [prize["share"] for prize in table["prizes"]] == ["0.526315789", "0.473684211"]


def should_show_no_odds_of_a_scheduled_lottery() -> None:
    prize = any_points_prize(5, weight=None, stock=3)
    prize.pop("weight")
    draws_at = instant(NOON + 10 * DAY)
    lottery = _lottery(any_draft_lottery(prize, kind="scheduled", draws_at=draws_at))
    [table] = lottery["tables"]
    assert (table["prizes"][0]["odds"], table["points_per_draw"]) == (None, None)
    assert lottery["draws_at"] == draws_at


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"budget": 49, "when_gone": "close"}, ["when_gone", "budget"]),
        ({"prizes": [any_points_prize(weight=0)]}, ["prizes.0.weight"]),
        ({"cost": 1.5, "limits": {"member_total": 0}}, ["cost", "limits.member_total"]),
    ],
)
def should_name_every_fault_with_its_field(changes: Changes, fields: list[str]) -> None:
    before = everything()
    answer = try_to_create(any_lottery_request(any_points_prize()) | changes)
    assert _faults(answer) == fields
    assert everything() == before


def should_name_what_is_wrong_with_a_product() -> None:
    """Of another type; with several SKUs; an end that the prize does not have."""
    sized = any_draft(
        variants=[{"sku": "s", "name": "S"}, {"sku": "m", "name": "M"}], type="coupon"
    )
    voucher = any_draft(type="discount", stock_mode="unlimited")
    prizes = [
        _codes(sized, 1, prize_id="a"),
        _codes(sized, 1, prize_id="b", sku="xl"),
        _codes(voucher, 1, prize_id="c"),
        _codes(sized, None, prize_id="d", sku="m", substitute=None),
    ]
    answer = try_to_create(any_lottery_request(*prizes, NOTHING))
    assert _faults(answer) == ["prizes.0.sku", "prizes.1.sku", "prizes.2.kind", "prizes.3.stock"]


# --- looking -------------------------------------------------------------------------------------


def should_list_lotteries_newest_first(time: Time) -> None:
    made = []
    for _ in range(3):
        made.append(any_draft_lottery())
        time.forward(SECOND)
    open_lottery(made[1])
    first = call("list_admin_lotteries", ADMIN, query={"limit": "2"})
    assert first.status == 200
    cursor = first.body["next_cursor"]
    rest = call("list_admin_lotteries", ADMIN, query={"limit": "2", "cursor": cursor})
    listed = [item["lottery_id"] for item in first.body["items"] + rest.body["items"]]
    assert (listed, rest.body["next_cursor"]) == (made[::-1], None)
    opened = call("list_admin_lotteries", ADMIN, query={"status": "open"}).body["items"]
    assert [(item["lottery_id"], item["status"]) for item in opened] == [(made[1], "open")]


@pytest.mark.parametrize(
    ("query", "refused"),
    [({"cursor": "of nowhere"}, (400, "bad_cursor")), ({"status": "won"}, (422, "invalid"))],
)
def should_refuse_to_list_what_there_is_not(
    query: dict[str, str], refused: tuple[int, str]
) -> None:
    answer = call("list_admin_lotteries", ADMIN, query=query)
    assert (answer.status, answer.code) == refused


@pytest.mark.parametrize("name", ["get_admin_lottery", "open_lottery"])
def should_not_find_what_never_was(name: str) -> None:
    assert call(name, ADMIN, path={"lottery_id": "nothing"}).code == "not_found"


def should_not_change_what_never_was() -> None:
    assert _change("nothing", any_lottery_request()).code == "not_found"


# --- changing ------------------------------------------------------------------------------------


def should_make_a_draft_anew() -> None:
    lottery = any_draft_lottery()
    request = any_lottery_request(any_points_prize(5), name="Another", cost=7, shards=3)
    changed = _change(lottery, request)
    assert (changed.status, changed.body) == (200, _lottery(lottery))
    shown = changed.body
    assert (shown["name"], shown["cost"], shown["shards"]) == ("Another", 7, 3)
    before = everything()
    assert _change(lottery, request).body == shown
    assert everything() == before


def should_refuse_a_draft_with_faults() -> None:
    lottery = any_draft_lottery()
    answer = _change(lottery, any_lottery_request(pity={"draws": 2, "prize_id": "none"}))
    assert _faults(answer) == ["pity.prize_id"]


def should_give_an_open_lottery_another_table_from_the_next_epoch(time: Time) -> None:
    """Case 66: the units of both are set aside, and each day is drawn from its own table."""
    product, member = any_product(codes=5, type="coupon"), any_member_with(100)
    lottery = any_lottery()
    answer = _change(lottery, any_lottery_request(_codes(product, 5, weight=10**9), NOTHING))
    assert answer.status == 200, answer.body
    assert [(t["version"], t["from_epoch"]) for t in answer.body["tables"]] == [(1, 1), (2, 2)]
    assert shelf_holds(product) == 0
    assert draw(member, lottery)["proof"]["table_version"] == 1
    time.forward(DAY)
    made = draw(member, lottery)
    assert (made["proof"]["table_version"], made["outcome"]["kind"]) == (2, "coupon")


def should_publish_the_same_table_once() -> None:
    lottery, request = any_lottery(), any_lottery_request(NOTHING | {"name": "Nope"})
    first = _change(lottery, request)
    before = everything()
    assert _change(lottery, request).body == first.body
    assert everything() == before


@pytest.mark.parametrize(
    ("at", "opens_at", "epoch"),
    [
        (NOON + DAY - 60 * SECOND, NOON, 2),
        (NOON + DAY - 59 * SECOND, NOON, 3),
        (NOON, NOON + HOUR, 1),
        (NOON, NOON + 59 * SECOND, 2),
    ],
)
def should_announce_a_table_a_minute_ahead(time: Time, at: int, opens_at: int, epoch: int) -> None:
    lottery = any_lottery(opens_at=instant(opens_at))
    time.set(at)
    changed = any_lottery_request(NOTHING | {"name": "Nope"}, opens_at=instant(opens_at))
    assert _change(lottery, changed).body["tables"][1]["from_epoch"] == epoch


@pytest.mark.parametrize(
    ("changes", "fixed"),
    [
        ({"name": "Another"}, "name"),
        ({"cost": 1, "shards": 3}, "cost"),
        ({"limits": {"member_total": 1}}, "limits"),
        ({"budget": 60, "prizes": [any_points_prize()]}, "budget"),
    ],
)
def should_keep_what_was_published(changes: Changes, fixed: str) -> None:
    lottery = any_lottery()
    before = everything()
    answer = _change(lottery, any_lottery_request() | changes)
    assert (answer.status, answer.code, answer.body["fixed"]) == (409, "lottery_fixed", fixed)
    assert everything() == before


def _in_the_last_epoch(time: Time) -> str:
    lottery = any_lottery()
    time.forward(9 * DAY)
    return lottery


def _closed(time: Time) -> str:
    lottery = any_lottery()
    assert call("close_lottery", ADMIN, path={"lottery_id": lottery}).status == 200
    return lottery


@pytest.mark.parametrize(("made", "fixed"), [(_in_the_last_epoch, "prizes"), (_closed, "status")])
def should_refuse_a_table_that_nothing_would_be_drawn_from(
    time: Time, made: Callable[[Time], str], fixed: str
) -> None:
    answer = _change(made(time), any_lottery_request(NOTHING | {"name": "Nope"}))
    assert (answer.status, answer.body["fixed"]) == (409, fixed)


def should_keep_the_prizes_of_a_scheduled_lottery() -> None:
    prize = {"prize_id": "p", "name": "P", "kind": "points", "points": 5, "stock": 1}
    terms = {"kind": "scheduled", "draws_at": instant(NOON + 10 * DAY)}
    lottery = any_lottery(prize, **terms)
    assert _change(lottery, any_lottery_request(prize, **terms)).status == 200
    answer = _change(lottery, any_lottery_request(prize | {"stock": 2}, **terms))
    assert (answer.status, answer.body["fixed"]) == (409, "prizes")


def should_refuse_a_table_that_the_budget_cannot_pay() -> None:
    lottery = any_lottery(any_points_prize(), budget=60)
    answer = _change(lottery, any_lottery_request(any_points_prize(61), budget=60))
    assert _faults(answer) == ["prizes.0.points"]


def should_refuse_a_table_for_which_there_is_too_little_stock() -> None:
    product, lottery = any_product(codes=2, type="coupon"), any_lottery()
    before = everything()
    answer = _change(lottery, any_lottery_request(_codes(product, 3), NOTHING))
    assert (answer.status, answer.code) == (409, "insufficient_stock")
    assert answer.body["stock_left"] == 2
    assert everything() == before


def should_end_the_row_of_tables() -> None:
    lottery = any_lottery()
    for version in range(2, 21):
        request = any_lottery_request(NOTHING | {"name": f"Nothing {version}"})
        assert _change(lottery, request).status == 200
    assert _faults(_change(lottery, any_lottery_request())) == ["prizes"]


# --- opening -------------------------------------------------------------------------------------


def should_open_once_however_often_it_is_asked() -> None:
    product = any_product(codes=3, type="coupon")
    lottery = any_lottery(_codes(product, 2), NOTHING)
    before = everything()
    again = open_lottery(lottery)
    assert (again.status, again.body) == (200, _lottery(lottery))
    assert len(again.body["server_seed_hash"]) == 64
    assert everything() == before
    assert shelf_holds(product) == 1


def should_set_the_units_of_two_prizes_of_one_sku_aside() -> None:
    """Named with its SKU and without."""
    product = any_product(codes=5, type="coupon")
    named = _codes(product, 2, prize_id="named", sku="default")
    lottery = any_lottery(_codes(product, 2), named, NOTHING)
    assert shelf_holds(product) == 1
    assert call("close_lottery", ADMIN, path={"lottery_id": lottery}).status == 200
    assert shelf_holds(product) == 5


def should_refuse_to_open_without_enough_stock() -> None:
    product = any_product(codes=1, type="coupon")
    lottery = any_draft_lottery(_codes(product, 2), NOTHING)
    before = everything()
    answer = open_lottery(lottery)
    assert (answer.code, answer.body["stock_left"]) == ("insufficient_stock", 1)
    assert everything() == before


def should_refuse_to_open_what_is_over(time: Time) -> None:
    lottery = any_draft_lottery()
    time.forward(10 * DAY)
    assert _faults(open_lottery(lottery)) == ["closes_at"]


def should_not_open_again_what_has_closed(time: Time) -> None:
    answer = open_lottery(_closed(time))
    assert (answer.status, answer.code) == (409, "lottery_fixed")


def should_let_nobody_but_admins_in() -> None:
    answer = call(
        "change_lottery",
        member_claims("somebody"),
        path={"lottery_id": "any"},
        body=any_lottery_request(),
    )
    assert (answer.status, answer.code) == (403, "forbidden")
