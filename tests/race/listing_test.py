"""Admins who change one product at once leave exactly the rows of what it is in the end.

The control takes away the condition that fences rows by the product's sale version: then an admin
who was overtaken writes rows of a product that is no more.
"""

from collections.abc import Callable, Sequence
from typing import Any

from mall import keys
from mall.catalog.items import from_item
from mall.catalog.listing import listing_of, rows
from mall.store import Store
from mall.writes import Write

from functions.catalog.delist_product import delist_product
from functions.catalog.publish_product import publish_product
from tests.emulated import EmulatedMall
from tests.race.rivals import rivals

ADMINS = 8
CHANGES = 32


class OvertakenStore(Store):
    """A store at which whoever first writes rows is overtaken by somebody's whole call."""

    def __init__(
        self, *args: Any, overtake: Callable[[], None], fenced: bool = True, **facets: Any
    ) -> None:
        super().__init__(*args, **facets)
        self._overtake: Callable[[], None] | None = overtake
        self._fenced = fenced

    def transact(self, writes: Sequence[Write]) -> None:
        if any(write.key["pk"].startswith("LIST#") for write in writes):
            overtake, self._overtake = self._overtake, None
            if overtake:
                overtake()
        kept = [write for write in writes if self._fenced or write.action != "ConditionCheck"]
        super().transact(kept)


def _standing(mall: EmulatedMall) -> dict[tuple[str, str], dict[str, Any]]:
    """Every row of every list that stands in the table."""
    pages = mall.engine.dynamodb.get_paginator("scan").paginate(
        TableName=mall.tables["catalog"], ConsistentRead=True
    )
    found = [(i["pk"]["S"], i["sk"]["S"]) for page in pages for i in page["Items"]]
    wanted: list[tuple[keys.Table, keys.Key]] = [
        ("catalog", keys.Key(pk=pk, sk=sk)) for pk, sk in found if pk.startswith("LIST#")
    ]
    items = [item for item in mall.store.get_many(wanted) if item]
    return {(item["pk"], item["sk"]): item for item in items}


def _due(mall: EmulatedMall, product: str) -> dict[tuple[str, str], dict[str, Any]]:
    """The rows that the product should have, being what it is."""
    item = mall.store.get("catalog", keys.product(product))
    assert item
    return rows(product, listing_of(from_item(item)))


def _overtaken(mall: EmulatedMall, *, fenced: bool) -> str:
    """One admin sets 70; before the rows of that are written, another one sets 90."""
    product, calm = mall.product(), mall.store

    def overtake() -> None:
        mall.store = calm
        mall.price(product, 90)

    store = mall.opened(OvertakenStore, overtake=overtake, fenced=fenced)
    mall.store = store
    mall.price(product, 70)
    mall.store = calm
    return product


def should_let_an_overtaken_admin_write_no_row(mall: EmulatedMall) -> None:
    product = _overtaken(mall, fenced=True)
    assert _standing(mall) == _due(mall, product)
    assert {row["points"] for row in _standing(mall).values()} == {90}


def should_see_rows_of_the_past_without_the_fence(mall: EmulatedMall) -> None:
    """The control."""
    product = _overtaken(mall, fenced=False)
    assert _standing(mall) != _due(mall, product)
    assert 70 in {row["points"] for row in _standing(mall).values()}


def should_leave_the_rows_of_the_last_state_alone(mall: EmulatedMall) -> None:
    """Prices, delisting and publishing by eight admins at once; whoever is busy tries again."""
    product = mall.product()

    def act(number: int) -> None:
        match number % 4:
            case 0:
                delist_product.story(product, mall.store)
            case 1:
                publish_product.story(product, mall.store)
            case _:
                mall.price(product, 50 + number)

    busy = rivals(CHANGES, act, threads=ADMINS).codes
    assert set(busy) <= {"busy"}
    publish_product.story(product, mall.store)
    assert _standing(mall) == _due(mall, product) != {}
