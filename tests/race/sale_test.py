"""A sale that changes while it runs: a new price, a product pulled, codes that come in.

Each test has a control beside it: one guard is taken away, and what the test asserts is seen to
fail.
"""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest
from mall.catalog.product import Product
from mall.catalog.requests import ChangeProductRequest
from mall.catalog.views import ImportView
from mall.errors import Refusal
from mall.store import Shelf, Store
from mall.writes import Write

from functions.catalog.change_product import change_product
from functions.catalog.delist_product import delist_product
from tests.audit import AuditFailed
from tests.emulated import ADMIN, PRICE, EmulatedMall
from tests.race.rivals import THREADS, Outcomes, RivalStore, rivals, to

BUYERS = 24
Forgets = Callable[[Write], bool]


def _nothing(_: Write) -> bool:
    return False


@dataclass(frozen=True)
class Attempt:
    """A redemption at the old price: whether the change had been answered, and what it got."""

    after_the_change: bool
    code: str


class OldShelf(Shelf):
    """Snapshots that never age: they are as old as they are, unless a fresh one is asked for."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._first: dict[str, Product | None] = {}

    def product(self, product_id: str, *, fresh: bool = False) -> Product | None:
        if product_id not in self._first or fresh:
            self._first.setdefault(product_id, super().product(product_id, fresh=True))
            return super().product(product_id, fresh=fresh)
        return self._first[product_id]


def _race_of_change_and_sale(
    mall: EmulatedMall, change: Callable[[str], object], forgets: Forgets = _nothing
) -> Sequence[Attempt]:
    """32 threads redeem at the old price; one of them changes the sale after a quarter of it."""
    product = mall.product(codes=240, shards=16)
    buyers = mall.members([10 * PRICE] * BUYERS)
    mall.use(mall.opened(RivalStore, forgets=forgets))
    mall.shelf = OldShelf(mall.store)
    mall.place(buyers[0], product, "the one that warms the snapshot")
    changed = threading.Event()

    def act(number: int) -> Attempt:
        if number == 60:
            change(product)
            changed.set()
        after = changed.is_set()
        try:
            mall.place(buyers[number % BUYERS], product, f"key {number}")
        except Refusal as refusal:
            return Attempt(after, refusal.code)
        return Attempt(after, "placed")

    return rivals(200, act).answers


def _late(attempts: Sequence[Attempt]) -> Counter[str]:
    return Counter(attempt.code for attempt in attempts if attempt.after_the_change)


def _end_the_sale(mall: EmulatedMall, product: str) -> None:
    request = ChangeProductRequest.model_validate({"on_sale_until": mall.opened_at})
    change_product.story(request, product, ADMIN, mall.store)


CHANGES = [
    pytest.param(lambda mall: lambda product: mall.price(product, PRICE + 1), "price_changed"),
    pytest.param(
        lambda mall: lambda product: delist_product.story(product, mall.store), "not_on_sale"
    ),
    pytest.param(lambda mall: lambda product: _end_the_sale(mall, product), "not_on_sale"),
]


@pytest.mark.parametrize(("change", "code"), CHANGES)
def should_sell_nothing_by_the_old_terms_once_the_change_is_answered(
    mall: EmulatedMall, change: Callable[[EmulatedMall], Callable[[str], object]], code: str
) -> None:
    """Case 81 in the small, and harder: not even a snapshot that never ages sells any more."""
    attempts = _race_of_change_and_sale(mall, change(mall))
    late = _late(attempts)
    assert set(late) == {code}, late
    assert late[code] > THREADS
    assert any(attempt.code == "placed" for attempt in attempts)
    mall.audit()


def _guards_a_shard(write: Write) -> bool:
    return bool(write.condition) and write.key["sk"] == "STOCK"


@pytest.mark.parametrize(("change", "code"), CHANGES)
def should_be_seen_to_sell_by_the_old_terms_without_the_version_condition(
    mall: EmulatedMall, change: Callable[[EmulatedMall], Callable[[str], object]], code: str
) -> None:
    """Control."""
    late = _late(_race_of_change_and_sale(mall, change(mall), forgets=_guards_a_shard))
    with pytest.raises(AssertionError):
        assert set(late) == {code}


def should_keep_stock_true_while_codes_come_in(mall: EmulatedMall) -> None:
    """Redemptions, fulfilments and an import at once: stock is what came in less what went."""
    product = mall.product(codes=40, shards=8)
    buyers = mall.members([10 * PRICE] * BUYERS)
    mall.use(mall.opened(RivalStore, parties=THREADS))

    def act(number: int) -> None:
        if number % 20 == 0:
            mall.bring(product, f"import {number}", [f"more {number} {n}" for n in range(10)])
        else:
            mall.place(buyers[number % BUYERS], product, f"key {number}")
            mall.fulfil(buyers[number % BUYERS], f"key {number}")

    outcomes = rivals(160, act)
    assert set(outcomes.codes) <= {"sold_out", "busy"}
    books = mall.audit()
    assert len(books.codes) == 40 + 80
    assert len(books.orders) > 80


def _brings_codes(writes: Sequence[Write]) -> bool:
    return any(write.key["sk"] == "CODE" for write in writes)


def _race_of_imports(mall: EmulatedMall, forgets: Forgets = _nothing) -> Outcomes[ImportView]:
    """Two imports of the same 20 codes under two keys."""
    product = mall.product(shards=1)
    mall.use(mall.opened(RivalStore, parties=2, meets=_brings_codes, forgets=forgets))
    return rivals(2, lambda n: mall.bring(product, f"key {n}", [f"code {i}" for i in range(20)]))


def should_bring_in_a_code_once(mall: EmulatedMall) -> None:
    """Two imports of the same codes at once: each code adds one unit, for one of the two."""
    outcomes = _race_of_imports(mall)
    assert not outcomes.refusals
    assert sorted(view.imported for view in outcomes.answers) == [0, 20]
    assert len(mall.audit().codes) == 20


def should_be_seen_to_add_stock_twice_without_the_condition_on_a_code(mall: EmulatedMall) -> None:
    """Control."""
    _race_of_imports(mall, forgets=to("catalog"))
    with pytest.raises(AuditFailed, match=r"20 units of .* 40"):
        mall.audit()
