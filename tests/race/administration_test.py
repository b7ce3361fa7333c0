"""Admins at work at once, on one product and while it sells: no change, price or unit is lost.

Each test has a control beside it: one guard is taken away, and what the test asserts is seen to
fail.
"""

from collections.abc import Callable, Sequence

import pytest
from mall import keys
from mall.catalog.requests import (
    ChangeProductRequest,
    CreateProductRequest,
    MoveStockRequest,
    PriceRequest,
)
from mall.catalog.views import StockView
from mall.store.shelf import read_product
from mall.writes import Write

from functions.catalog.change_product import change_product
from functions.catalog.create_product import create_product
from functions.catalog.move_stock import move_stock
from functions.catalog.publish_product import publish_product
from functions.catalog.set_price import set_price
from tests.audit import AuditFailed, scan
from tests.builders import any_id
from tests.emulated import ADMIN, PRICE, EmulatedMall
from tests.race.rivals import THREADS, Outcomes, RivalStore, rivals, to

BUYERS = 16
Forgets = Callable[[Write], bool]


def _nothing(_: Write) -> bool:
    return False


def _service(mall: EmulatedMall, units: int, *, shards: int = 4) -> str:
    """A published service with so many units, at PRICE."""
    request = CreateProductRequest.model_validate(
        {
            "name": "A massage", "type": "service", "category": "spa", "shards": shards,
            "price": {"points": PRICE, "cash": None},
        }
    )  # fmt: skip
    product = create_product.story(request, any_id(), ADMIN, mall.store).product_id
    if units:
        _move(mall, product, units, any_id())
    publish_product.story(product, mall.store)
    return product


def _move(mall: EmulatedMall, product: str, delta: int, key: str) -> StockView:
    request = MoveStockRequest(delta=delta, reason="counted anew")
    return move_stock.story(request, product, key, ADMIN, mall.store)


# --- stock ---------------------------------------------------------------------------------------


def should_keep_stock_true_while_units_come_go_and_are_sold(mall: EmulatedMall) -> None:
    """Case 76 of counted products: what is left and sold is what was moved."""
    product = _service(mall, 20)
    buyers = mall.members([10 * PRICE] * BUYERS)
    mall.use(mall.opened(RivalStore, parties=THREADS))

    def act(number: int) -> None:
        buyer = buyers[number % BUYERS]
        match number % 5:
            case 0:
                _move(mall, product, 7, f"in {number}")
            case 1:
                _move(mall, product, -3, f"out {number}")
            case 2:
                mall.place(buyer, product, f"key {number}")
                mall.cancel(buyer, f"key {number}", f"cancel {number}")
            case _:
                mall.place(buyer, product, f"key {number}")

    outcomes = rivals(150, act)
    assert set(outcomes.codes) <= {"sold_out", "insufficient_stock", "busy"}
    books = mall.audit()
    assert len(books.movements) > 30
    assert len(books.orders) > 50


def _race_for_the_last_units(
    mall: EmulatedMall, forgets: Forgets = _nothing
) -> Outcomes[StockView]:
    """Eight admins take three units each from a shard of ten."""
    product = _service(mall, 10, shards=1)
    mall.use(mall.opened(RivalStore, parties=8, forgets=forgets))
    return rivals(8, lambda n: _move(mall, product, -3, f"key {n}"), threads=8)


def should_never_take_more_than_there_is(mall: EmulatedMall) -> None:
    outcomes = _race_for_the_last_units(mall)
    assert len(outcomes.answers) == 3
    assert set(outcomes.codes) == {"insufficient_stock"}
    (shard,) = mall.audit().shards
    assert shard["available"] == 1


def should_be_seen_to_take_too_much_without_the_condition_on_a_shard(mall: EmulatedMall) -> None:
    """Control."""
    _race_for_the_last_units(mall, forgets=to("catalog", action="Update"))
    with pytest.raises(AuditFailed, match="holds -"):
        mall.audit()


def _race_of_one_key(mall: EmulatedMall, forgets: Forgets = _nothing) -> Sequence[StockView]:
    """Eight requests with one key add five units."""
    product = _service(mall, 0, shards=1)
    mall.use(mall.opened(RivalStore, parties=8, forgets=forgets))
    return rivals(8, lambda _: _move(mall, product, 5, "one key"), threads=8).answers


def should_move_stock_once_under_one_key(mall: EmulatedMall) -> None:
    """Case 38."""
    answers = _race_of_one_key(mall)
    assert [view.stock_left for view in answers] == [5] * 8
    assert [movement["delta"] for movement in mall.audit().movements] == [5]


def should_be_seen_to_move_twice_without_the_receipt(mall: EmulatedMall) -> None:
    """Control."""
    _race_of_one_key(mall, forgets=to("catalog", action="Put"))
    shards = [i for i in scan(mall.engine.dynamodb, mall.tables["catalog"]) if i["sk"] == "STOCK"]
    assert sum(shard["available"] for shard in shards) > 5


# --- terms and prices ----------------------------------------------------------------------------


def _race_of_changes(mall: EmulatedMall, forgets: Forgets = _nothing) -> int:
    """Eight admins add an attribute each, all seen; how many of their changes are kept."""
    product = _service(mall, 0, shards=1)
    names = ("name", "description", "category", "tiers", "image_urls", "limit_per_member")
    said = ("New", "Hot.", "sauna", ["gold"], ["/cup.svg"], 3)
    mall.use(mall.opened(RivalStore, parties=len(names), forgets=forgets))

    def act(number: int) -> None:
        request = ChangeProductRequest.model_validate({names[number]: said[number]})
        change_product.story(request, product, ADMIN, mall.store)

    assert not rivals(len(names), act, threads=len(names)).refusals
    after = read_product(mall.store, product)
    assert after
    facts = (
        after.name, after.description, after.category, list(after.tiers), list(after.image_urls),
        after.limit_per_member.units if after.limit_per_member else None,
    )  # fmt: skip
    return after.sale_version - 2 if facts == said else -1


def should_keep_what_each_of_several_admins_changes(mall: EmulatedMall) -> None:
    assert _race_of_changes(mall) == 6


def should_be_seen_to_lose_versions_without_the_condition_on_the_product(
    mall: EmulatedMall,
) -> None:
    """Control."""
    assert _race_of_changes(mall, forgets=_saves_a_product) < 6


def _saves_a_product(write: Write) -> bool:
    return write.key["sk"] == "PRODUCT" and write.action != "ConditionCheck"


def _race_of_prices(mall: EmulatedMall, forgets: Forgets = _nothing) -> list[tuple[int, int]]:
    """Eight admins set eight prices; the versions kept with their points, oldest first."""
    product = _service(mall, 0, shards=1)
    mall.use(mall.opened(RivalStore, parties=8, forgets=forgets))

    def act(number: int) -> None:
        request = PriceRequest(points=100 + number)
        set_price.story(request, product, ADMIN, mall.store)

    assert not rivals(8, act, threads=8).refusals
    values = {"pk": keys.product(product)["pk"], "prefix": keys.PRICE_PREFIX}
    kept = mall.store.query("catalog", "#pk = :pk AND begins_with(#sk, :prefix)", values).items
    now = read_product(mall.store, product)
    assert now
    assert (now.price_version, now.price.points) == (kept[-1]["version"], kept[-1]["points"])
    return [(item["version"], item["points"]) for item in kept]


def should_keep_every_price_in_the_order_in_which_they_held(mall: EmulatedMall) -> None:
    kept = _race_of_prices(mall)
    assert [version for version, _ in kept] == list(range(1, 10))
    assert {points for _, points in kept} == {PRICE, *range(100, 108)}


def should_be_seen_to_lose_prices_without_the_condition_on_the_product(mall: EmulatedMall) -> None:
    """Control."""

    def forgets(write: Write) -> bool:
        return _saves_a_product(write) or write.key["sk"].startswith(keys.PRICE_PREFIX)

    with pytest.raises(AssertionError):
        assert len(_race_of_prices(mall, forgets)) == 9
