"""POST /v1/orders: the redemption, its refusals in the order they are told in, its retries."""

from typing import Any

import pytest
from mall import keys
from mall.catalog.stock import Plan
from mall.clock import instant
from mall.store import Store, open_store, sale

from tests.builders import any_id
from tests.events import Answer, member_claims
from tests.functional.acts import (
    any_confirmed_member,
    any_member_with,
    any_order_request,
    any_product,
    any_product_request,
    available,
    call,
    cancel,
    close_account,
    delist,
    everything,
    import_codes,
    kinds,
    place,
    publish,
    purchase,
    set_price,
    shelf_holds,
    statement,
    try_to_order,
    try_to_place,
)
from tests.functional.orders.memory import change, remembering
from tests.functional.precedence import Told, each_first
from tests.functional.times import DAY, MINUTE, NOON, SECOND, Time


def _stored(order_id: str) -> dict[str, Any]:
    return open_store().get("orders", keys.order(order_id)) or {}


def _held_by_shards(product: str, shards: int, sku: str = "default") -> Plan:
    items = [open_store().get("catalog", keys.stock(product, sku, n)) for n in range(shards)]
    return {n: item["available"] if item else 0 for n, item in enumerate(items)}


# --- a redemption --------------------------------------------------------------------------------


def should_redeem_points_for_a_product() -> None:
    member = any_member_with(120)
    product = any_product(50, codes=3, name="A cup of coffee", type="coupon")
    answer = try_to_place(member, product, 50, quantity=2)
    assert answer.status == 201
    assert "idempotent-replayed" not in answer.headers
    assert answer.body == {
        "order_id": answer.body["order_id"],
        "status": "placed",
        "product": {
            "product_id": product,
            "name": "A cup of coffee",
            "type": "coupon",
            "sku": "default",
        },
        "quantity": 2,
        "points": 100,
        "cash": None,
        "placed_at": instant(NOON),
    }
    assert kinds(member) == [("earn", 120), ("redeem", -100)]
    assert statement(member)[-1]["source"] == {"type": "order", "id": answer.body["order_id"]}
    assert shelf_holds(product) == 1


def should_take_the_sku_that_was_asked_for() -> None:
    variants = [{"sku": "S", "name": "Small"}, {"sku": "L", "name": "Large"}]
    member, product = any_member_with(50), any_product(codes=0, shards=1, variants=variants)
    import_codes(product, 1, sku="S")
    import_codes(product, 1, sku="L")
    body = any_order_request(product) | {"sku": "L"}
    answer = call("place_order", member_claims(member), body=body, key=any_id())
    assert (answer.status, answer.body["product"]["sku"]) == (201, "L")
    assert _held_by_shards(product, 1, "L") == {0: 0}
    assert _held_by_shards(product, 1, "S") == {0: 1}


def should_take_the_units_from_several_shards_when_no_single_one_holds_them() -> None:
    """Case 82: quantity 5 with 3 on each of 10 shards is placed."""
    member, product = any_member_with(40), any_product(1, codes=30, shards=10)
    assert set(_held_by_shards(product, 10).values()) == {3}
    order = place(member, product, 1, quantity=5)
    assert sorted(_stored(order["order_id"])["taken"].values()) == [2, 3]
    assert shelf_holds(product) == 25
    place(member, product, 1, quantity=20)
    assert try_to_place(member, product, 1, quantity=6).code == "sold_out"
    place(member, product, 1, quantity=5)
    assert set(_held_by_shards(product, 10).values()) == {0}


# --- refusals ------------------------------------------------------------------------------------

PRECEDENCE = [
    (403, "forbidden"),
    (400, "malformed"),
    (422, "invalid"),
    (400, "idempotency_key_required"),
    (404, "not_found"),
    (409, "not_on_sale"),
    (409, "price_changed"),
    (409, "tier_required"),
    (422, "address_required"),
    (409, "limit_reached"),
    (403, "account_closed"),
    (409, "insufficient_points"),
    (409, "sold_out"),
]


@each_first(PRECEDENCE)
def should_tell_the_first_refusal_and_write_nothing(told: Told, wrong: list[str]) -> None:
    """Each row is wrong in its own way and in every later one."""
    answer = _try_what_is(wrong)
    assert (answer.status, answer.code) == told
    assert answer.body["status"] == answer.status


def _try_what_is(wrong: list[str]) -> Answer:
    member = any_confirmed_member() if "insufficient_points" in wrong else any_member_with(500)
    product = _any_product_that(wrong)
    if "account_closed" in wrong:
        close_account(member)
    if "not_on_sale" in wrong:
        delist(product)
    seen = 49 if "price_changed" in wrong else 50
    asked = "unknown" if "not_found" in wrong else product
    body: object = any_order_request(asked, seen, 2)
    if "invalid" in wrong:
        body = any_order_request(asked, seen, 0)
    before = everything()
    answer = call(
        "place_order",
        None if "forbidden" in wrong else member_claims(member),
        body="{" if "malformed" in wrong else body,
        key=None if "idempotency_key_required" in wrong else any_id(),
    )
    assert everything() == before
    return answer


def _any_product_that(wrong: list[str]) -> str:
    product = any_product(
        codes=0,
        type="physical" if "address_required" in wrong else "coupon",
        tiers=["gold"] if "tier_required" in wrong else [],
        limit_per_member=1 if "limit_reached" in wrong else None,
    )
    if "sold_out" not in wrong:
        import_codes(product, 9)
    return product


def should_say_how_many_points_there_are() -> None:
    answer = try_to_place(any_member_with(49), any_product(50))
    assert (answer.code, answer.body["available"]) == ("insufficient_points", 49)


def should_say_what_the_limit_is() -> None:
    member, product = any_member_with(200), any_product(limit_per_member=2)
    assert try_to_place(member, product, quantity=3).body["limit"] == 2


def should_count_the_limit_over_all_orders_and_free_it_when_one_is_cancelled() -> None:
    """Case 42, one after the other."""
    member, product = any_member_with(200), any_product(limit_per_member=2)
    place(member, product)
    order = place(member, product)
    before = everything()
    answer = try_to_place(member, product)
    assert (answer.status, answer.code, answer.body["limit"]) == (409, "limit_reached", 2)
    assert everything() == before
    place(any_member_with(50), product)
    cancel(member, order["order_id"])
    place(member, product)


@pytest.mark.parametrize("codes", [0, 2])
def should_take_nothing_when_too_few_are_left(codes: int) -> None:
    """Case 59: no code left is sold out, and nothing is taken."""
    member, product = any_member_with(500), any_product(codes=codes)
    before = everything()
    assert try_to_place(member, product, quantity=codes + 1).code == "sold_out"
    assert everything() == before
    assert available(member) == 500


def should_sell_the_last_unit_once_and_leave_the_other_buyers_points_alone() -> None:
    """Case 35, one after the other."""
    product, first, second = any_product(codes=1), any_member_with(50), any_member_with(50)
    place(first, product)
    answer = try_to_place(second, product)
    assert (answer.status, answer.code) == (409, "sold_out")
    assert kinds(second) == [("earn", 50)]


def should_look_again_when_units_come_in_right_after_it_was_sold_out() -> None:
    member, product = any_member_with(100), any_product(codes=1)
    assert try_to_place(member, product, quantity=2).code == "sold_out"
    import_codes(product, 1)
    place(member, product, quantity=2)


def should_sell_what_came_into_shards_that_this_process_does_not_know_yet() -> None:
    """Its snapshot of the product is older than they are, so its shards are not all there is."""
    member, product = any_member_with(150), any_product(codes=1, shards=1)
    assert try_to_place(member, product, quantity=3).code == "sold_out"
    with remembering(product):
        change(product, shards=3)
        import_codes(product, 2)
    place(member, product, quantity=3)


def should_tell_a_crowd_at_once_for_half_a_second(time: Time) -> None:
    """A crowd is told from memory; its retries are still answered, and then all look again."""
    member, product = any_member_with(150), any_product(codes=1)
    order = place(member, product, key="k")
    for _ in range(9):
        assert try_to_place(member, product).code == "sold_out"
    import_codes(product, 1)
    assert try_to_place(member, product).code == "sold_out"
    assert place(member, product, key="k") == order
    time.forward(SECOND // 2)
    place(member, product)


def should_sell_what_is_left_to_whoever_wants_no_more() -> None:
    member, product = any_member_with(100), any_product(codes=1)
    assert try_to_place(member, product, quantity=2).code == "sold_out"
    place(member, product)


def should_answer_a_retry_though_it_is_remembered_as_sold_out() -> None:
    member, product = any_member_with(100), any_product(codes=1)
    order = place(member, product, key="k")
    for _ in range(2):
        assert try_to_place(member, product, key="other").code == "sold_out"
        assert place(member, product, key="k") == order
        assert try_to_place(member, product, quantity=2, key="k").status == 422


def should_answer_one_key_at_the_same_time_from_its_order_and_not_as_sold_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Cases 38 and 39: a batch of reads is no snapshot, so the key is looked up after the units."""
    member, product = any_member_with(100), any_product(codes=1)
    assert try_to_place(member, product, quantity=2).code == "sold_out"
    import_codes(product, 1)
    get_many = Store.get_many
    rivals: list[str] = []

    def apart(store: Store, wanted: Any, **how: Any) -> Any:
        orders = [place for place in wanted if place[0] == "orders"]
        found = get_many(store, orders, **how) if orders else []
        if not rivals:
            rivals.append("runs")
            rivals.append(place(member, product, quantity=2, key="k")["order_id"])
        return [*found, *get_many(store, wanted[len(orders) :], **how)]

    monkeypatch.setattr(Store, "get_many", apart)
    answer = try_to_place(member, product, quantity=2, key="k")
    assert (answer.status, answer.body["order_id"]) == (201, rivals[-1])
    assert available(member) == 0


def should_not_show_a_draft_to_a_buyer() -> None:
    request = any_product_request()
    claims = member_claims("the-admin", "admin")
    draft = call("create_product", claims, body=request, key="k").body["product_id"]
    assert try_to_place(any_member_with(50), draft).code == "not_found"


@pytest.mark.parametrize("sku", [None, "XL"])
def should_ask_for_the_sku_where_there_are_several(sku: str | None) -> None:
    variants = [{"sku": "S", "name": "Small"}, {"sku": "L", "name": "Large"}]
    member, product = any_member_with(50), any_product(codes=0, variants=variants)
    before = everything()
    body = any_order_request(product) | {"sku": sku}
    answer = call("place_order", member_claims(member), body=body, key=any_id())
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", ["sku"])
    assert everything() == before


@pytest.mark.parametrize("value", [0, -1, 1.5, 1.0, "1", True, None, 21, 2**53, [1]])
def should_refuse_a_quantity_that_is_no_small_positive_integer(value: object) -> None:
    """Cases 3 and 4: 422, and nothing is written."""
    _refuse_value("quantity", {"quantity": value})


@pytest.mark.parametrize("value", [-50, 50.0, 50.5, "50", False, None, 2**53])
def should_refuse_a_price_that_is_no_integer_or_negative(value: object) -> None:
    """Cases 3 and 4: 422, and nothing is written."""
    _refuse_value("price.points", {"price": {"points": value}})
    if value is not None:  # which says that there is no cash
        _refuse_value("price.cash_amount", {"price": {"points": 50, "cash_amount": value}})


@pytest.mark.parametrize("seen", [{"points": 0}, {"points": 50, "cash_amount": 1}])
def should_refuse_a_price_that_was_never_asked(seen: dict[str, int]) -> None:
    member, product = any_member_with(500), any_product()
    before = everything()
    answer = try_to_order(member, any_order_request(product) | {"price": seen})
    assert (answer.status, answer.code) == (409, "price_changed")
    assert answer.body["price"] == {"points": 50, "cash": None, "version": 1}
    assert everything() == before


@pytest.mark.parametrize("amount", [0, None])
def should_take_no_cash_in_any_spelling(amount: int | None) -> None:
    seen = {"points": 50, "cash_amount": amount}
    answer = try_to_order(any_member_with(50), any_order_request(any_product()) | {"price": seen})
    assert (answer.status, answer.body["cash"]) == (201, None)


def should_refuse_a_total_that_no_client_could_read() -> None:
    product = any_product(2**52, codes=0)
    answer = try_to_order(any_confirmed_member(), any_order_request(product, 2**52, quantity=2))
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", ["quantity"])


@pytest.mark.parametrize("name", ["member", "user_id", "status", "points"])
def should_refuse_a_field_that_it_does_not_know(name: str) -> None:
    _refuse_value(name, {name: "x"})


def _refuse_value(field: str, changed: dict[str, object]) -> None:
    member, product = any_member_with(500), any_product(codes=0)
    before = everything()
    body = any_order_request(product) | changed
    answer = call("place_order", member_claims(member), body=body, key=any_id())
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", [field])
    assert everything() == before


@pytest.mark.parametrize(
    ("quantity", "status"),
    [("1e400", 422), ("NaN", 400), ("Infinity", 400), ("9" * 5000, 400), ("1e0", 422)],
)
def should_refuse_a_number_that_json_or_an_integer_cannot_be(quantity: str, status: int) -> None:
    """Case 4, in the spellings that only text can have."""
    member, product = any_member_with(500), any_product(codes=0)
    before = everything()
    body = f'{{"product_id": "{product}", "quantity": {quantity}, "price": {{"points": 50}}}}'
    answer = call("place_order", member_claims(member), body=body, key=any_id())
    assert answer.status == status
    assert everything() == before


@pytest.mark.parametrize("key", ["", "k" * 256, "caf\u00e9", "a\nb", "a\x7f"])
def should_refuse_a_key_that_cannot_be_one(key: str) -> None:
    answer = _try_with(key)
    assert (answer.status, answer.code) == (400, "idempotency_key_required")


@pytest.mark.parametrize("key", ["k", "k" * 255, "a key, with ~ all of !\"#$%&'()*+"])
def should_take_any_printable_key(key: str) -> None:
    assert _try_with(key).status == 201


def _try_with(key: str) -> Answer:
    member, product = any_member_with(50), any_product(codes=1)
    return call("place_order", member_claims(member), body=any_order_request(product), key=key)


# --- the same key again --------------------------------------------------------------------------


def should_answer_a_retry_as_before() -> None:
    """Case 36: same key, same body, same answer, marked."""
    member, product = any_member_with(100), any_product()
    first = try_to_place(member, product, key="k")
    before = everything()
    again = try_to_place(member, product, key="k")
    assert (again.status, again.body) == (first.status, first.body)
    assert again.headers["idempotent-replayed"] == "true"
    assert everything() == before


def should_take_a_body_for_the_same_whatever_its_spelling() -> None:
    member, product = any_member_with(100), any_product()
    claims = member_claims(member)
    call("place_order", claims, body=any_order_request(product), key="k")
    body = f'{{ "price": {{"points": 50}}, "quantity": 1,\n "product_id": "{product}"}}'
    assert call("place_order", claims, body=body, key="k").status == 201


def should_refuse_another_body_under_the_same_key() -> None:
    """Case 37, and before whatever else would be wrong with that body."""
    member, product = any_member_with(100), any_product()
    place(member, product, key="k")
    before = everything()
    for other in (
        try_to_place(member, product, quantity=2, key="k"),
        try_to_place(member, product, quantity=9, key="k"),
        try_to_place(member, product, 51, key="k"),
        try_to_place(member, "unknown", key="k"),
    ):
        assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert everything() == before


def should_answer_the_retry_of_the_order_that_emptied_the_purse_and_the_shelf() -> None:
    """Case 39: nothing is left, and the retry still gets the original."""
    member, product = any_member_with(50), any_product(codes=1)
    order = place(member, product, key="k")
    assert try_to_place(any_member_with(50), product).code == "sold_out"
    assert place(member, product, key="k") == order
    assert (available(member), shelf_holds(product)) == (0, 0)


def should_answer_a_retry_whatever_became_of_the_product_and_the_order() -> None:
    member, product = any_member_with(100), any_product()
    order = place(member, product, key="k")
    cancel(member, order["order_id"])
    set_price(product, 70)
    assert place(member, product, key="k") == order
    delist(product)
    assert place(member, product, key="k") == order
    close_account(member)
    assert place(member, product, key="k") == order


@pytest.mark.parametrize("later", [11 * MINUTE, 2 * DAY, 500 * DAY])
def should_place_one_order_however_late_the_retry_comes(later: int, time: Time) -> None:
    """Case 40: after 11 minutes, after 2 days, and when all points have expired."""
    member, product = any_member_with(200), any_product()
    order = place(member, product, key="k")
    time.forward(later)
    assert place(member, product, key="k") == order
    assert kinds(member)[:2] == [("earn", 200), ("redeem", -50)]
    assert len(statement(member)) == 2


def should_keep_the_keys_of_two_members_apart() -> None:
    """Case 41: the same key of another member is independent."""
    product, one, other = any_product(), any_member_with(50), any_member_with(50)
    first, second = place(one, product, key="k"), place(other, product, key="k")
    assert first["order_id"] != second["order_id"]
    assert (available(one), available(other)) == (0, 0)


def should_not_burn_the_key_of_a_refused_request(time: Time) -> None:
    """Case 45, for each refusal that can pass."""
    member, product = any_confirmed_member(), any_product(codes=0, limit_per_member=1)
    assert try_to_place(member, product, quantity=2, key="k").code == "limit_reached"
    assert try_to_place(member, product, 49, key="k").code == "price_changed"
    assert try_to_place(member, product, key="k").code == "insufficient_points"
    delist(product)
    time.forward(5 * SECOND)  # else this process remembers the product as on sale
    assert try_to_place(member, product, key="k").code == "not_on_sale"
    publish(product)
    purchase(member, 50)
    assert try_to_place(member, product, key="k").code == "sold_out"
    import_codes(product, 1)
    time.forward(SECOND)
    place(member, product, key="k")


# --- price and sale, and what this process remembers of them -------------------------------------


def should_tell_the_new_price_to_whoever_saw_the_old_one() -> None:
    member, product = any_member_with(200), any_product(50)
    place(member, product, 50)
    changed = set_price(product, 70)
    answer = try_to_place(member, product, 50)
    assert (answer.status, answer.code) == (409, "price_changed")
    assert answer.body["price"] == changed["price"] == {"points": 70, "cash": None, "version": 2}


def should_charge_the_new_price_though_the_old_one_is_remembered() -> None:
    """No refusal comes from a remembered snapshot alone."""
    member, product = any_member_with(200), any_product(50)
    place(member, product, 50)
    set_price(product, 70)
    assert place(member, product, 70)["points"] == 70


def should_sell_again_what_is_remembered_as_delisted() -> None:
    member, product = any_member_with(50), any_product()
    delist(product)
    assert try_to_place(member, product).code == "not_on_sale"
    publish(product)
    place(member, product)


def should_not_sell_what_is_remembered_as_on_sale_and_was_delisted() -> None:
    member, product = any_member_with(100), any_product()
    place(member, product)
    delist(product)
    assert try_to_place(member, product).code == "not_on_sale"
    assert available(member) == 50


def should_outlive_a_price_change_that_died_before_the_shards(
    monkeypatch: pytest.MonkeyPatch, time: Time
) -> None:
    """A shard that knows an older version serves the new one, and learns it."""
    member, product = any_member_with(300), any_product(50, shards=1)
    place(member, product, 50)
    with monkeypatch.context() as dying:
        dying.setattr(sale, "_teach", lambda *_: None)
        set_price(product, 70)
    time.forward(5 * SECOND)  # a snapshot is remembered no longer
    assert try_to_place(member, product, 50).code == "price_changed"
    assert place(member, product, 70)["points"] == 70
    shard = open_store().get("catalog", keys.stock(product, "default", 0)) or {}
    assert shard["sale_version"] == 3


def should_sell_within_the_half_open_window_only(time: Time) -> None:
    begin, end = NOON + DAY, NOON + 2 * DAY
    product = any_product(1, on_sale_from=instant(begin), on_sale_until=instant(end))
    member = any_member_with(10)
    for at, code in ((begin - 1, "not_on_sale"), (begin, ""), (end - 1, ""), (end, "not_on_sale")):
        time.set(at)
        answer = try_to_place(member, product, 1)
        assert (answer.code or "") == code
