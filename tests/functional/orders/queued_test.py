"""What is sold through the queue: taken in, settled together, refused with a reason, never lost."""

from collections.abc import Sequence
from typing import Any

import pytest
from mall.errors import Busy
from mall.events import Work
from mall.orders.queueing import RedeemQueued
from mall.settings import settings
from mall.store import Store
from mall.store.line import open_line, open_redemptions
from mall.store.redeeming import Till

from tests.builders import any_id
from tests.events import Answer, member_claims
from tests.functional.acts import (
    ADMIN,
    any_address,
    any_confirmed_member,
    any_member_with,
    any_product,
    any_product_request,
    available,
    by_quote,
    call,
    cancel,
    close_account,
    delist,
    deliver,
    everything,
    follow,
    fulfil,
    import_codes,
    kinds,
    order_of,
    place,
    quote,
    set_price,
    shelf_holds,
    try_to_order,
    try_to_place,
    waiting_messages,
)
from tests.functional.orders.afterlife import ask
from tests.functional.orders.lines import any_queued_product, join, settle, standing
from tests.functional.orders.memory import change, remembering
from tests.functional.times import DAY, MINUTE, NOON, SECOND, Time

QUEUED_ID_LENGTH = 26 + 1 + 16


def _history(member: str, order: str) -> list[tuple[str, str | None]]:
    return [(s["status"], s.get("reason")) for s in order_of(member, order)["history"]]


# --- made ----------------------------------------------------------------------------------------

CASH = {"points": 50, "cash": {"amount": 100, "currency": "EUR"}}


def should_take_no_price_in_cash() -> None:
    """Neither when it is made nor later: nobody pays at a provider while standing in line."""
    request = any_product_request(stock_mode="queued", price=CASH)
    made = call("create_product", ADMIN, body=request, key=any_id())
    assert (made.status, made.code) == (422, "invalid")
    product = any_queued_product(50)
    before = everything()
    path = {"product_id": product}
    priced = call("set_price", ADMIN, path=path, body=CASH)
    assert (priced.status, [fault["field"] for fault in priced.body["errors"]]) == (422, ["price"])
    assert call("change_product", ADMIN, path=path, body={"price": CASH}).status == 422
    assert everything() == before


# --- taken in ------------------------------------------------------------------------------------


def should_answer_one_key_at_the_same_time_from_its_order_and_not_as_sold_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Cases 38 and 39: the same key takes the last unit right after it was looked up."""
    monkeypatch.setattr("mall.store.line._LEFT_AGE_S_MAX", 0.0)
    member, product = any_member_with(50), any_queued_product(50, codes=1)
    get = Store.get
    rivals: list[str] = []

    def looked_up(store: Store, *place: Any, **how: Any) -> Any:
        found = get(store, *place, **how)
        if place[0] == "orders" and not rivals:
            rivals.append("runs")
            rivals.append(join(member, product, key="k")["order_id"])
            assert settle() == []
        return found

    monkeypatch.setattr(Store, "get", looked_up)
    again = [try_to_place(member, product, key="k") for _ in range(2)]
    assert [answer.status for answer in again] == [202, 202]
    assert "idempotent-replayed" in again[1].headers
    assert {answer.body["order_id"] for answer in again} == {rivals[1]}


def should_take_a_redemption_in_and_keep_its_place_alone() -> None:
    member, product = any_member_with(120), any_queued_product(50)
    before = everything()
    answer = try_to_place(member, product, 50, quantity=2)
    assert (answer.status, answer.body["status"]) == (202, "queued")
    assert (answer.body["points"], answer.body["quantity"]) == (100, 2)
    assert len(answer.body["order_id"]) == QUEUED_ID_LENGTH
    now = everything()
    [kept] = [item for item in now["orders"] if item not in before["orders"]]
    assert kept["pk"] == f"ORDER#{answer.body['order_id'].partition('-')[0]}"
    assert kept["ttl"] == (NOON + 14 * DAY) // 1000
    assert now | {"orders": before["orders"]} == before
    [message] = standing()
    assert (message.order_id, message.member) == (answer.body["order_id"], member)


def should_send_no_personal_data_to_the_queue() -> None:
    member = any_member_with(120)
    address = any_address(member)
    product = any_queued_product(50, codes=0, type="physical")
    _stock(product, 3)
    body = {"product_id": product, "quantity": 1, "price": {"points": 50}, "address_id": address}
    assert try_to_order(member, body).status == 202
    [message] = standing()
    assert "Byron" not in message.model_dump_json()
    assert message.address_id == address


def _stock(product: str, units: int) -> None:
    body = {"delta": units, "reason": "delivered"}
    answer = call("move_stock", ADMIN, path={"product_id": product}, body=body, key=any_id())
    assert answer.status == 200, answer.body


@pytest.mark.parametrize(
    ("points", "quantity", "status", "code"),
    [(49, 1, 409, "price_changed"), (50, 3, 409, "limit_reached"), (50, 4, 409, "limit_reached")],
)
def should_refuse_at_once_what_can_be_seen_at_once(
    points: int, quantity: int, status: int, code: str
) -> None:
    member, product = any_member_with(500), any_queued_product(50, limit_per_member=2)
    answer = try_to_place(member, product, points, quantity)
    assert (answer.status, answer.code) == (status, code)
    assert standing() == []


def should_refuse_at_once_what_is_off_sale() -> None:
    member, product = any_member_with(500), any_queued_product(50)
    delist(product)
    assert try_to_place(member, product).code == "not_on_sale"


def should_let_nobody_stand_in_line_for_what_is_sold_out() -> None:
    member, product = any_member_with(500), any_queued_product(50, codes=1)
    answer = try_to_place(member, product, quantity=2)
    assert (answer.status, answer.code) == (409, "sold_out")
    assert standing() == []


def should_be_busy_when_the_queue_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the same request under the key is taken in."""
    member, product, key = any_member_with(50), any_queued_product(50), any_id()
    with monkeypatch.context() as patch:
        patch.setenv("MALL_REDEMPTIONS_QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/1/gone")
        settings.cache_clear()
        open_redemptions.cache_clear()
        answer = try_to_place(member, product, key=key)
    settings.cache_clear()
    open_redemptions.cache_clear()
    assert (answer.status, answer.code) == (503, "busy")
    assert try_to_place(member, product, key=key).status == 202


# --- settled -------------------------------------------------------------------------------------


def should_place_what_was_taken_in() -> None:
    member, product = any_member_with(120), any_queued_product(50)
    order = join(member, product, quantity=2)
    assert settle() == []
    shown = order_of(member, order["order_id"])
    assert (shown["status"], shown["points"], shown["placed_at"]) == (
        "placed",
        100,
        order["placed_at"],
    )
    assert _history(member, order["order_id"]) == [("queued", None), ("placed", None)]
    assert (available(member), shelf_holds(product)) == (20, 1)
    assert kinds(member)[-1] == ("redeem", -100)


def should_settle_a_line_together() -> None:
    product = any_queued_product(50, codes=10, shards=1)
    members = [any_member_with(50) for _ in range(4)]
    orders = {member: join(member, product)["order_id"] for member in members}
    assert settle() == []
    assert {order_of(m, o)["status"] for m, o in orders.items()} == {"placed"}
    assert shelf_holds(product) == 6


def should_deliver_its_codes_as_of_any_order() -> None:
    member, product = any_member_with(50), any_queued_product(50)
    order = join(member, product)["order_id"]
    settle()
    assert fulfil(order, version=2) == []
    assert len(order_of(member, order)["delivery"]["codes"]) == 1


def should_send_goods_to_the_address_that_was_named() -> None:
    member = any_member_with(50)
    address = any_address(member)
    product = any_queued_product(50, codes=0, type="physical")
    _stock(product, 3)
    body = {"product_id": product, "quantity": 1, "price": {"points": 50}, "address_id": address}
    order = try_to_order(member, body).body["order_id"]
    assert settle() == []
    assert order_of(member, order)["status"] == "placed"
    copies = [item for item in everything()["users"] if order in item["sk"]]
    assert [copy["address_id"] for copy in copies] == [address]


def should_let_a_placed_one_be_cancelled() -> None:
    member, product = any_member_with(50), any_queued_product(50)
    order = join(member, product)["order_id"]
    settle()
    assert cancel(member, order).status == 200
    assert (available(member), shelf_holds(product)) == (50, 3)


# --- refused with a reason -----------------------------------------------------------------------


def should_reject_whoever_cannot_pay_and_serve_the_others() -> None:
    product = any_queued_product(50, codes=3, shards=1)
    poor, rich = any_confirmed_member(), any_member_with(50)
    refused, served = join(poor, product)["order_id"], join(rich, product)["order_id"]
    assert settle() == []
    assert _history(poor, refused)[-1] == ("rejected", "insufficient_points")
    assert order_of(rich, served)["status"] == "placed"
    assert shelf_holds(product) == 2


def should_reject_by_the_new_price_and_keep_that_of_a_quote() -> None:
    """Cases 46 and 81: an old price is never charged, but for the one that was promised."""
    member, product = any_member_with(500), any_queued_product(50)
    quoted = try_to_order(member, by_quote(product, quote(member, product))).body["order_id"]
    seen = join(member, product)["order_id"]
    set_price(product, 70)
    assert settle() == []
    assert _history(member, seen)[-1] == ("rejected", "price_changed")
    assert order_of(member, quoted)["points"] == 50
    assert order_of(member, quoted)["status"] == "placed"


def should_reject_what_went_off_sale_meanwhile() -> None:
    member, product = any_member_with(500), any_queued_product(50)
    order = join(member, product)["order_id"]
    delist(product)
    settle()
    assert _history(member, order)[-1] == ("rejected", "not_on_sale")


def should_reject_what_is_sold_out_by_then() -> None:
    product = any_queued_product(50, codes=1, shards=2)
    members = [any_member_with(50) for _ in range(3)]
    orders = [join(member, product)["order_id"] for member in members]
    settle()
    reasons = [_history(m, o)[-1] for m, o in zip(members, orders, strict=True)]
    assert sorted(reasons, key=str) == [
        ("placed", None),
        ("rejected", "sold_out"),
        ("rejected", "sold_out"),
    ]
    assert sum(map(available, members)) == 100


def should_count_the_limit_of_the_day_on_which_it_was_asked_for(time: Time) -> None:
    limit = {"units": 1, "per": "day"}
    member, product = any_member_with(500), any_queued_product(50, limit_per_member=limit)
    first, second = join(member, product)["order_id"], join(member, product)["order_id"]
    time.forward(24 * 60 * MINUTE)
    settle()
    outcomes = {_history(member, each)[-1] for each in (first, second)}
    assert outcomes == {("placed", None), ("rejected", "limit_reached")}


def should_reject_for_a_closed_account() -> None:
    """Case 84."""
    member, product = any_member_with(50), any_queued_product(50)
    order = join(member, product)["order_id"]
    close_account(member)
    settle()
    assert _history(member, order)[-1] == ("rejected", "account_closed")


# --- asked again ---------------------------------------------------------------------------------


def should_answer_a_repetition_as_before_whether_decided_or_not() -> None:
    """Cases 36 and 39."""
    member, product, key = any_member_with(50), any_queued_product(50), any_id()
    first = try_to_place(member, product, key=key)
    waiting = try_to_place(member, product, key=key)
    assert waiting.body["order_id"] == first.body["order_id"]
    settle()
    decided = try_to_place(member, product, key=key)
    assert (decided.status, decided.body) == (202, first.body)
    assert decided.headers["idempotent-replayed"] == "true"
    assert available(member) == 0


def should_answer_a_repetition_of_what_took_the_last_unit() -> None:
    """Case 39: neither sold out nor another price is told to whoever was served."""
    member, product, key = any_member_with(50), any_queued_product(50, codes=1), any_id()
    first = try_to_place(member, product, key=key)
    settle()
    assert try_to_place(member, product, key=key).body == first.body
    delist(product)
    assert try_to_place(member, product, key=key).body == first.body


def should_answer_a_repetition_as_before_whatever_has_changed_while_it_waits(time: Time) -> None:
    """Cases 36 and 39: its message may still be placed, so no refusal is told for good."""
    product = any_queued_product(50, codes=1, shards=1)
    member, key = any_member_with(50), any_id()
    join(any_member_with(50), product)
    first = try_to_place(member, product, key=key)
    [other, waiting] = standing()
    settle(other)
    time.forward(10 * SECOND)
    _expect_again(member, product, key, first)
    set_price(product, 70)
    _expect_again(member, product, key, first)
    delist(product)
    _expect_again(member, product, key, first)
    assert all(message == waiting for message in standing())


def _expect_again(member: str, product: str, key: str, first: Answer) -> None:
    again = try_to_place(member, product, key=key)
    assert (again.status, again.body) == (202, first.body)
    assert again.headers["idempotent-replayed"] == "true"


def should_refuse_another_body_while_it_waits() -> None:
    """Case 37, also where the other one could be refused for itself."""
    product = any_queued_product(50, limit_per_member=2)
    member, key = any_member_with(150), any_id()
    join(member, product, key=key)
    for quantity in (2, 3):
        other = try_to_place(member, product, quantity=quantity, key=key)
        assert (other.status, other.code) == (422, "idempotency_key_reused")


def should_send_again_what_died_before_it_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    member, product, key = any_member_with(50), any_queued_product(50), any_id()
    with monkeypatch.context() as dying:
        dying.setattr(Work, "send_in_order", _die)
        assert try_to_place(member, product, key=key).status == 500
    assert standing() == []
    assert try_to_place(member, product, key=key).status == 202
    assert settle() == []
    assert available(member) == 0


def _die(*_: object) -> None:
    raise RuntimeError


def should_burn_the_key_of_a_rejected_one() -> None:
    """Case 45: a 202 burns its key, whatever it came to."""
    member, product, key = any_confirmed_member(), any_queued_product(50), any_id()
    first = join(member, product, key=key)
    settle()
    assert try_to_place(member, product, key=key).body == first
    assert order_of(member, first["order_id"])["status"] == "rejected"


def should_refuse_another_body_once_it_is_decided() -> None:
    """Case 37."""
    member, product, key = any_member_with(150), any_queued_product(50), any_id()
    join(member, product, key=key)
    settle()
    other = try_to_place(member, product, quantity=2, key=key)
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    ordinary = try_to_place(member, any_product(50), key=key)
    assert (ordinary.status, ordinary.code) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("codes", [0, 1])
def should_place_nothing_else_under_the_key_of_what_waits(codes: int) -> None:
    """Cases 37 and 45: a 202 burns its key, whatever way the other product is sold, or sold out."""
    member, product, key = any_member_with(150), any_queued_product(50), any_id()
    first = try_to_place(member, product, key=key)
    ordinary = any_product(50, codes)
    other = try_to_place(member, ordinary, key=key)
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    _expect_again(member, product, key, first)
    assert settle() == []
    assert (available(member), shelf_holds(product), shelf_holds(ordinary)) == (100, 2, codes)
    assert order_of(member, first.body["order_id"])["status"] == "placed"
    _expect_again(member, product, key, first)


def should_let_nobody_stand_in_line_under_the_key_of_an_order() -> None:
    """Case 37, the other way round."""
    member, product, key = any_member_with(150), any_queued_product(50), any_id()
    placed = place(member, any_product(50), key=key)
    other = try_to_place(member, product, key=key)
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert standing() == []
    assert order_of(member, placed["order_id"])["status"] == "placed"


def should_tell_nobody_of_what_waits() -> None:
    member, product = any_member_with(50), any_queued_product(50)
    join(member, product)
    [waiting] = [item for item in everything()["orders"] if item["pk"].startswith("ORDER#")]
    assert follow("relay_orders", waiting) == []
    assert waiting_messages("fulfil") == []
    assert call("list_admin_orders", ADMIN).body["items"] == []


# --- while it waits ------------------------------------------------------------------------------


def should_show_that_it_waits_to_its_own_member_only() -> None:
    member, product = any_member_with(50), any_queued_product(50)
    order = join(member, product)["order_id"]
    assert order_of(member, order) == {"order_id": order, "status": "queued"}
    others = (
        (any_confirmed_member(), order),
        (member, order[:-1] + ("a" if order[-1] != "a" else "b")),
        (member, order.partition("-")[0]),
        (member, any_id()),
    )
    for asking, asked in others:
        answer = call("get_order", member_claims(asking), path={"order_id": asked})
        assert (answer.status, answer.code) == (404, "not_found")


def should_not_cancel_what_waits() -> None:
    member, product = any_member_with(50), any_queued_product(50)
    order = join(member, product)["order_id"]
    answer = cancel(member, order)
    assert (answer.status, answer.code) == (409, "not_cancellable")
    assert answer.body["order_status"] == "queued"
    assert cancel(any_confirmed_member(), order).status == 404


def should_not_return_what_waits() -> None:
    member, product = any_member_with(50), any_queued_product(50)
    order = join(member, product)["order_id"]
    before = everything()
    answer = ask("request_return", order, {"reason": "too big"}, claims=member_claims(member))
    assert (answer.status, answer.code) == (409, "wrong_status")
    assert answer.body["order_status"] == "queued"
    assert everything() == before
    other = member_claims(any_confirmed_member())
    answer = ask("request_return", order, {"reason": "too big"}, claims=other)
    assert (answer.status, answer.code) == (404, "not_found")


def should_list_what_is_decided() -> None:
    member, product = any_member_with(50), any_queued_product(50)
    first, second = join(member, product)["order_id"], join(member, product)["order_id"]
    assert call("list_orders", member_claims(member)).body["items"] == []
    settle()
    items = call("list_orders", member_claims(member)).body["items"]
    assert {item["order_id"] for item in items} == {first, second}
    assert {item["status"] for item in items} == {"placed", "rejected"}


# --- delivered twice, failed, given up -----------------------------------------------------------


def should_settle_once_what_is_delivered_twice() -> None:
    member, product = any_member_with(500), any_queued_product(50)
    join(member, product)
    [message] = standing()
    assert settle(message, message) == []
    before = everything()
    assert settle(message) == []
    assert everything() == before
    assert available(member) == 450


def _break_for(
    member: str, patch: pytest.MonkeyPatch, error: type[Exception] = RuntimeError
) -> None:
    """Let every line in which this member stands fail."""
    whole = Till.settle

    def settle_others(till: Till, line: Sequence[RedeemQueued]) -> None:
        if any(asked.member == member for asked in line):
            raise error()
        whole(till, line)

    patch.setattr(Till, "settle", settle_others)


def _three_in_line() -> tuple[list[str], list[RedeemQueued]]:
    product = any_queued_product(50, codes=5, shards=1)
    members = [any_member_with(50) for _ in range(3)]
    for member in members:
        join(member, product)
    return members, standing()


def _statuses(messages: list[RedeemQueued]) -> list[str]:
    return [order_of(each.member, each.order_id)["status"] for each in messages]


def should_send_back_what_fails_and_all_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    members, line = _three_in_line()
    with monkeypatch.context() as patch:
        _break_for(members[1], patch)
        assert settle(*line) == ["1", "2"]
    assert _statuses(line) == ["placed", "queued", "queued"]
    assert settle(*line[1:], tries=2) == []
    assert _statuses(line) == ["placed"] * 3


@pytest.mark.parametrize(("tries", "seconds"), [(1, 5), (2, 10), (3, 20), (4, 40)])
def should_let_a_line_rest_longer_after_each_try(
    monkeypatch: pytest.MonkeyPatch, tries: int, seconds: int
) -> None:
    members, line = _three_in_line()
    rested: list[tuple[str, int]] = []
    monkeypatch.setattr("mall.received.hide", lambda _, handle, s: rested.append((handle, s)))
    _break_for(members[1], monkeypatch)
    assert settle(*line, tries=tries) == ["1", "2"]
    assert rested == [("handle 1", seconds), ("handle 2", seconds)]


def should_give_up_at_the_last_try_and_serve_those_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    members, line = _three_in_line()
    _break_for(members[1], monkeypatch)
    assert settle(*line, tries=5) == []
    assert _statuses(line) == ["placed", "rejected", "placed"]
    assert _history(members[1], line[1].order_id)[-1] == ("rejected", "failed")
    assert available(members[1]) == 50


def should_keep_each_line_to_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    members, line = _three_in_line()
    others, other_line = _three_in_line()
    _break_for(members[0], monkeypatch)
    assert settle(line[0], *other_line, *line[1:]) == ["0", "4", "5"]
    assert _statuses(other_line) == ["placed"] * 3
    assert [available(member) for member in others] == [0, 0, 0]


@pytest.mark.parametrize("body", ["", "{", "{}", '{"order_id": 7}', "null"])
def should_send_back_what_it_cannot_read(body: str) -> None:
    _, line = _three_in_line()
    assert settle(line[0], body, line[1]) == ["1", "2"]
    assert _statuses(line) == ["placed", "queued", "queued"]


def should_keep_the_line_when_the_store_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    _, line = _three_in_line()

    def busy(*_: object) -> None:
        raise Busy()

    with monkeypatch.context() as patch:
        patch.setattr(Store, "transact", busy)
        assert settle(*line) == ["0", "1", "2"]
    assert settle(*line, tries=2) == []
    assert _statuses(line) == ["placed"] * 3


def should_reject_nobody_for_a_store_that_is_busy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """However often: rivals and throttling are nobody's own fault. It pages, and the line waits."""
    _, line = _three_in_line()

    def busy(*_: object) -> None:
        raise Busy()

    with monkeypatch.context() as patch:
        patch.setattr(Store, "transact", busy)
        assert settle(*line, tries=60) == ["0", "1", "2"]
    assert '"LineHeldUp":[1.0]' in capsys.readouterr().out
    assert _statuses(line) == ["queued"] * 3
    assert settle(*line, tries=61) == []
    assert _statuses(line) == ["placed"] * 3


def should_serve_the_others_while_the_rivals_of_one_win(monkeypatch: pytest.MonkeyPatch) -> None:
    members, line = _three_in_line()
    _break_for(members[0], monkeypatch, Busy)
    assert settle(*line, tries=10) == ["0"]
    assert _statuses(line) == ["queued", "placed", "placed"]


def should_reject_dead_letters_once_and_page(capsys: pytest.CaptureFixture[str]) -> None:
    members, line = _three_in_line()
    settle(line[0])
    capsys.readouterr()
    bodies = [each.model_dump_json() for each in line]
    assert deliver("reject_unredeemed", *bodies, *bodies) == []
    assert capsys.readouterr().out.count('"RedemptionFailed":[1.0]') == 2
    assert _statuses(line) == ["placed", "rejected", "rejected"]
    assert [available(member) for member in members] == [0, 50, 50]
    assert settle(*line) == []
    assert _statuses(line) == ["placed", "rejected", "rejected"]


def should_keep_a_dead_letter_that_it_cannot_read() -> None:
    _, line = _three_in_line()
    assert deliver("reject_unredeemed", "{", line[0].model_dump_json()) == ["0"]
    assert _statuses(line)[0] == "rejected"


def should_take_in_whoever_wants_what_came_into_shards_that_are_not_known_yet() -> None:
    """Its snapshot of the product is older than they are, so its shards are not all there is."""
    member, product = any_member_with(150), any_queued_product(50, codes=1, shards=1)
    assert try_to_place(member, product, quantity=3).code == "sold_out"
    with remembering(product):
        change(product, shards=3)
        import_codes(product, 2)
    open_line.cache_clear()
    assert try_to_place(member, product, quantity=3).status == 202
    assert settle() == []
    assert available(member) == 0


def should_serve_the_others_while_the_units_left_are_remembered(time: Time) -> None:
    """A second later at most, what was stocked can be redeemed."""
    member, product = any_member_with(500), any_queued_product(50, codes=1)
    assert try_to_place(member, product, quantity=2).code == "sold_out"
    time.forward(2 * SECOND)
    assert try_to_place(member, product).status == 202
