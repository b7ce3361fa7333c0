"""The audit of the tables: what it must find, seen on books that do not add up."""

from dataclasses import replace
from typing import Any

import pytest
from mall.lottery.lottery import Goods, Lottery, Status
from mall.lottery.shards import Shard
from mall.lottery.table import Prize, PrizeTable
from mall.orders.order import Order, Step, Voucher

from tests.audit import Books, findings
from tests.builders import any_order

NOTHING = Books({}, {}, {}, (), {}, (), (), (), (), (), ())


def _limited(units: int, most: int) -> tuple[Books, Order]:
    """Books of a member who keeps so many units of a product, and its limit now."""
    order = replace(
        any_order(), points=0, quantity=units, limit_period="ever", taken={}, restocked=0
    )
    counter = {
        "pk": f"MEMBER#{order.member}", "sk": f"LIMIT#{order.product_id}#ever", "units": units,
    }  # fmt: skip
    product: dict[str, Any] = {"limit_per_member": [most, "ever"], "sale_version": 1}
    books = replace(
        NOTHING,
        orders={order.order_id: order},
        products={order.product_id: product},
        limits=[counter],
    )
    return books, order


def should_find_who_has_more_than_the_limit() -> None:
    books, order = _limited(3, most=2)
    assert [order.member in finding for finding in findings(books)] == [True]
    assert findings(_limited(2, most=2)[0]) == []


def should_leave_members_what_they_redeemed_under_a_higher_limit() -> None:
    books, order = _limited(3, most=2)
    assert findings(books, lowered={order.product_id: 3}) == []
    assert len(findings(books, lowered={order.product_id: 2})) == 1
    assert len(findings(books, lowered={"another": 3})) == 1


def _fulfilled(voucher: Voucher | None) -> Order:
    order = replace(any_order(), points=0, product_type="service", taken={}, limit_period="")
    steps = [Step(order.placed_at, status, "system") for status in ("fulfilling", "fulfilled")]
    return replace(order, history=(*order.history, *steps), voucher=voucher)


@pytest.mark.parametrize(
    ("issued", "finds"), [(["a"], 0), ([], 1), (["b"], 1), (["a", "b"], 1), (["a", "a"], 1)]
)
def should_find_vouchers_that_their_order_does_not_know(issued: list[str], finds: int) -> None:
    order = _fulfilled(Voucher("a", b"sealed"))
    vouchers = [{"pk": f"VOUCHER#{mac}", "order_id": order.order_id} for mac in issued]
    books = replace(NOTHING, orders={order.order_id: order}, vouchers=vouchers)
    assert len(findings(books)) == finds


def _prized(status: Status, back: int, won: int) -> Books:
    """Books of a lottery that set five cups aside, of which some were won and some went back."""
    cup = Prize("cup", "Cup", "product", weight=1, stock=5, product_id="p")
    lottery = Lottery(
        "l", "instant", "Wheel", 0, 0, 1, (PrizeTable("l", 1, 1, (cup,)),), status=status,
        goods={"p#": Goods("p", "Cup", "physical", "default", counted=True)},
    )  # fmt: skip
    order = replace(any_order(), points=0, limit_period="", product_id="p", sku="default")
    orders = {str(n): replace(order, quantity=1, taken={"0": 1}) for n in range(won)}
    log: list[dict[str, Any]] = [{"sku": "default", "delta": 9}]
    log += [{"sku": "default", "delta": delta, "lottery_id": "l"} for delta in (-5, back)]
    stock = {"pk": "STOCK#p#default#00", "available": 4 + back, "sale_version": 1}
    return replace(
        NOTHING,
        orders=orders,
        products={"p": {"sale_version": 1}},
        shards=[stock],
        movements=[{"pk": "PRODUCT#p", **line} for line in log],
        lotteries=[lottery],
        lottery_shards={"l": [Shard(0, {"given_1_0": won})]},
    )


@pytest.mark.parametrize(
    ("status", "back", "won", "finds"),
    [("open", 0, 2, 0), ("closing", 3, 2, 0), ("closed", 3, 2, 0), ("closed", 2, 2, 1)],
)
def should_find_units_that_a_closed_lottery_still_holds(
    status: Status, back: int, won: int, finds: int
) -> None:
    assert len(findings(_prized(status, back, won))) == finds


def should_find_units_of_a_lottery_that_went_nowhere() -> None:
    books = _prized("open", 0, 2)
    lost = [{**books.shards[0], "available": 3}]
    assert len(findings(replace(books, shards=lost))) == 1
    assert len(findings(replace(books, orders={}))) == 1
