"""Keys and clocks: what a repeated request gets, what a refused one leaves, what skew cannot do."""

import random

import pytest
from mall import keys
from mall.clock import Clock
from mall.errors import (
    IdempotencyKeyReused,
    InsufficientPoints,
    LimitReached,
    NotCancellable,
    NotOnSale,
    PriceChanged,
    Refusal,
    SoldOut,
)
from mall.store import Shelf, Store

from functions.catalog.delist_product import delist_product
from tests.audit import scan
from tests.builders import any_id
from tests.emulated import PRICE, EmulatedMall, replayed


def should_give_the_same_answer_to_the_same_request(mall: EmulatedMall) -> None:
    """Case 36: whatever became of the order since, the first answer stands, marked as a replay."""
    product, member = mall.product(codes=2), mall.member(2 * PRICE)
    first = mall.place(member, product, "key")
    mall.fulfil(member, "key")
    again = mall.place(member, product, "key")
    assert not replayed(first)
    assert replayed(again)
    assert again.model_dump() == first.model_dump()
    assert len(mall.audit().orders) == 1


def should_refuse_a_key_that_was_used_with_another_request(mall: EmulatedMall) -> None:
    """Case 37: also when the other request could not be served for itself."""
    product, other = mall.product(codes=2), mall.product(codes=1)
    member = mall.member(PRICE)
    mall.place(member, product, "key")
    for asked, quantity, points in (
        (product, 2, PRICE),
        (other, 1, PRICE),
        (product, 1, PRICE + 1),
    ):
        with pytest.raises(IdempotencyKeyReused):
            mall.place(member, asked, "key", quantity, points)
    assert len(mall.audit().orders) == 1


@pytest.mark.parametrize("later_s", [11 * 60, 2 * 86_400, 400 * 86_400])
def should_know_a_key_however_late(mall: EmulatedMall, later_s: int) -> None:
    """Case 40: after 11 minutes, 2 days, and when the points that paid would have expired."""
    product, member = mall.product(codes=2), mall.member(2 * PRICE)
    first = mall.place(member, product, "key")
    mall.ahead_s = later_s
    mall.shelf = Shelf(mall.store)
    assert mall.place(member, product, "key").model_dump() == first.model_dump()
    assert len(mall.audit().orders) == 1


def should_find_the_order_of_a_key_behind_every_refusal(mall: EmulatedMall) -> None:
    """Case 39: the retry of an order that left nothing: no points, no stock, no sale, no room."""
    product, member = mall.product(codes=1, shards=1, limit=1), mall.member(PRICE)
    first = mall.place(member, product, "key").model_dump()
    other = mall.member(PRICE)
    with pytest.raises(SoldOut):
        mall.place(other, product, "key")
    assert mall.place(member, product, "key").model_dump() == first
    mall.price(product, PRICE + 1)
    assert mall.place(member, product, "key").model_dump() == first
    delist_product.story(product, mall.store)
    assert mall.place(member, product, "key").model_dump() == first


def _refused(mall: EmulatedMall, why: type[Refusal]) -> tuple[str, str, int]:
    """A member, a product and a quantity for which a redemption is refused."""
    if why is InsufficientPoints:
        return mall.member(PRICE - 1), mall.product(codes=3), 1
    if why is SoldOut:
        return mall.member(3 * PRICE), mall.product(codes=0), 1
    if why is LimitReached:
        return mall.member(3 * PRICE), mall.product(codes=3, limit=1), 2
    product = mall.product(codes=3)
    if why is PriceChanged:
        mall.price(product, PRICE + 1)
    else:
        delist_product.story(product, mall.store)
    return mall.member(3 * PRICE), product, 1


@pytest.mark.parametrize(
    "why", [InsufficientPoints, SoldOut, LimitReached, PriceChanged, NotOnSale]
)
def should_leave_the_key_of_a_refused_request_unused(
    mall: EmulatedMall, why: type[Refusal]
) -> None:
    """Case 45: nothing was written, and the same key serves another request that can be served."""
    member, product, quantity = _refused(mall, why)
    before = [scan(mall.engine.dynamodb, table) for table in mall.tables.values()]
    with pytest.raises(why):
        mall.place(member, product, "key", quantity)
    assert [scan(mall.engine.dynamodb, table) for table in mall.tables.values()] == before
    mall.adjust(member, any_id(), PRICE)
    assert not replayed(mall.place(member, mall.product(codes=1), "key"))
    mall.audit()


def should_sell_out_with_the_last_code(mall: EmulatedMall) -> None:
    """Case 59: no code left is no unit left: `sold_out`, nothing taken, no order without a code."""
    product, member = mall.product(codes=2, shards=2), mall.member(5 * PRICE)
    for key in ("one", "two"):
        mall.place(member, product, key)
        mall.fulfil(member, key)
    with pytest.raises(SoldOut):
        mall.place(member, product, "three")
    assert mall.available(member) == 3 * PRICE
    books = mall.audit()
    assert {order.status for order in books.orders.values()} == {"fulfilled"}
    assert not books.pool


def should_serve_a_quantity_that_no_shard_holds(mall: EmulatedMall) -> None:
    """Case 82: 3 units on each of 10 shards: 5 at once are placed, again and again to the end."""
    product, member = mall.product(codes=30, shards=10), mall.member(100 * PRICE)
    for number in range(6):
        mall.place(member, product, f"key {number}", quantity=5)
    with pytest.raises(SoldOut):
        mall.place(member, product, "one too many")
    books = mall.audit()
    assert sum(shard["available"] for shard in books.shards) == 0
    mall.cancel(member, "key 3", "cancel")
    mall.audit()
    with pytest.raises(NotCancellable):
        mall.cancel(member, "key 3", "cancel it again")


def should_never_run_backwards_between_two_clocks(mall: EmulatedMall) -> None:
    """Case 86: two functions 2 s apart write one chain by turns: `at` never decreases."""
    product, member = mall.product(codes=20), mall.member(20 * PRICE)
    slow, fast = mall.opened(Store), mall.opened(Store)
    fast.clock = Clock(lambda: 2)
    taken_back = 0
    for number in range(12):
        mall.use(random.choice([slow, fast]) if number > 1 else [fast, slow][number])
        before = mall.audit().chains[keys.member(member)][-1].at
        taken_back += mall.store.now() < before
        mall.place(member, product, f"key {number}")
    assert taken_back, "no writer was behind the chain"
    times = [entry.at for entry in mall.audit().chains[keys.member(member)]]
    assert times == sorted(times)
    assert all(order.placed_at in times for order in mall.audit().orders.values())
