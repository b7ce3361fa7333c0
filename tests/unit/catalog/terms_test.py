"""Which terms of a product go together, and what a change makes of them."""

from typing import Any

import pytest
from mall.catalog.changes import delist, publish
from mall.catalog.product import MemberLimit, Price, Variant, VoucherTerms
from mall.catalog.terms import change_terms, faults, stock_mode_of
from mall.errors import Invalid
from mall.money import Money

from tests.builders import any_instant, any_product

NOW = any_instant()
SMALL, LARGE = Variant("S", "Small"), Variant("L", "Large")
WORTH = VoucherTerms(Money(500, "USD"), 30)


def _change(product: Any, **said: Any) -> Any:
    return change_terms(product, said, "the-admin", NOW)


def should_stock_coupons_by_their_codes_and_count_the_rest() -> None:
    assert stock_mode_of("coupon", None) == stock_mode_of("virtual", "direct") == "codes"
    assert stock_mode_of("physical", None) == stock_mode_of("service", "direct") == "direct"
    assert stock_mode_of("coupon", "queued") == "queued"
    assert stock_mode_of("discount", "unlimited") == "unlimited"


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"variants": (SMALL,) * 5, "shards": 64}, "shards"),
        ({"variants": (SMALL, SMALL)}, "variants"),
        ({"type": "coupon", "stock_mode": "unlimited"}, "stock_mode"),
        ({"type": "physical", "stock_mode": "codes"}, "stock_mode"),
        ({"stock_mode": "queued", "price": Price(5, Money(100, "EUR"))}, "price"),
        ({"type": "physical", "voucher": WORTH}, "voucher"),
        ({"type": "coupon", "voucher": WORTH}, "voucher"),
        ({"on_sale_from": 5, "on_sale_until": 5}, "on_sale_until"),
        ({"listed_from": 6, "listed_until": 5}, "listed_until"),
    ],
)
def should_name_the_field_that_does_not_go_with_the_others(
    terms: dict[str, Any], field: str
) -> None:
    named = [fault["field"] for fault in faults(any_product(**terms))]
    assert field in named


def should_find_nothing_wrong_with_terms_that_go_together() -> None:
    for terms in (
        {"type": "physical", "stock_mode": "unlimited", "shards": 64},
        {"type": "service", "voucher": WORTH, "stock_mode": "queued"},
        {"type": "coupon", "stock_mode": "queued", "variants": (SMALL, LARGE)},
        {"on_sale_from": 0, "on_sale_until": 1, "listed_from": 0, "listed_until": 1},
    ):
        assert list(faults(any_product(**terms))) == []


def should_change_what_was_said_and_nothing_else() -> None:
    product = any_product(sale_version=3, name="Old", tiers=("gold",))
    after = _change(product, name="New", limit_per_member=MemberLimit(2, "week"), tiers=())
    assert (after.name, after.limit_per_member, after.tiers) == ("New", MemberLimit(2, "week"), ())
    assert (after.sale_version, after.price_version) == (4, 1)
    assert (after.category, after.created_at) == (product.category, product.created_at)


def should_keep_the_currency_that_was_published() -> None:
    """Also over a time without cash; a draft may still change it, and all else of a price may."""
    dollars, dinars = Price(5, Money(500, "USD")), Price(5, Money(500, "KWD"))
    draft = _change(any_product(status="draft", price=dollars), price=dinars)
    shown = publish(_change(draft, price=dollars))
    free = delist(_change(shown, price=Price(5)))
    for product in (shown, free):
        with pytest.raises(Invalid) as refused:
            _change(product, price=dinars)
        assert [fault["field"] for fault in refused.value.faults] == ["price.cash.currency"]
        assert _change(product, price=Price(9, Money(700, "USD"))).price.cash_amount == 700
    first = _change(publish(any_product(status="draft", price=Price(5))), price=dinars)
    with pytest.raises(Invalid):
        _change(first, price=dollars)


def should_make_one_new_version_of_sale_and_price_alike() -> None:
    product = any_product(points=50, sale_version=3)
    after = _change(product, price=Price(70), name="New")
    assert (after.sale_version, after.price_version, after.price) == (4, 2, Price(70))
    assert (after.price_by, after.price_at) == ("the-admin", NOW)


def should_stay_as_it_is_when_nothing_differs() -> None:
    product = any_product(points=50, type="coupon", variants=(SMALL,))
    said = {"name": product.name, "price": Price(50), "type": "coupon", "variants": (SMALL,)}
    assert _change(product, **said) is product


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"type": "virtual"}, "type"),
        ({"stock_mode": "queued"}, "stock_mode"),
        ({"shards": 3}, "shards"),
        ({"variants": (LARGE,)}, "variants"),
        ({"variants": ()}, "variants"),
        ({"shards": 64, "variants": tuple(Variant(s, s) for s in "SABCD")}, "shards"),
        ({"on_sale_until": 10}, "on_sale_until"),
        ({"voucher": WORTH}, "voucher"),
    ],
)
def should_refuse_what_cannot_change_so(said: dict[str, Any], field: str) -> None:
    product = any_product(
        type="coupon", stock_mode="codes", shards=4, variants=(SMALL,), on_sale_from=10
    )
    with pytest.raises(Invalid) as wrong:
        _change(product, **said)
    assert [fault["field"] for fault in wrong.value.faults] == [field]


def should_let_shards_and_variants_become_more() -> None:
    product = any_product(shards=4, variants=(SMALL,))
    after = _change(product, shards=8, variants=(LARGE, Variant("S", "Tiny")))
    assert (after.shards, after.skus) == (8, ("L", "S"))
    with pytest.raises(Invalid, match="not acceptable"):
        _change(any_product(), variants=(SMALL,))
