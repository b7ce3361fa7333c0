"""What a product is, and what each change makes of it."""

from dataclasses import replace

import pytest
from mall import keys
from mall.catalog.changes import bump_shard, delist, draft, publish, save_change
from mall.catalog.items import from_item, price_from, to_item
from mall.catalog.listing import Listed
from mall.catalog.product import MemberLimit, Price, Product, Variant, VoucherTerms, sku_of, visible
from mall.catalog.selling import price_of, sellable
from mall.catalog.terms import change_terms
from mall.errors import AlreadyDone, Invalid, NotFound, NotOnSale, PriceChanged, Stale
from mall.money import Money

from tests.builders import any_instant, any_product

NOW = any_instant()


def _priced(product: Product, price: Price, actor: str, now: int) -> Product:
    return change_terms(product, {"price": price}, actor, now)


def should_come_back_from_its_item() -> None:
    whole = any_product(
        price=Price(5, Money(250, "JPY")),
        currency="JPY",
        limit_per_member=MemberLimit(2, "week"),
        tiers=("gold",),
        voucher=VoucherTerms(Money(500, "USD"), 30),
        on_sale_from=1,
        on_sale_until=2,
        listed_from=0,
        listed_until=3,
        variants=(Variant("S", "Small"), Variant("L", "Large")),
        attributes={"roast": "dark"},
        image_urls=("/a", "/b"),
    )
    bare = any_product()
    assert from_item(to_item(whole)) == whole
    assert from_item(to_item(bare)) == bare
    assert "limit_per_member" not in to_item(bare)


@pytest.mark.parametrize(
    ("begin", "end", "now", "on"),
    [
        (None, None, 0, True),
        (10, None, 9, False),
        (10, None, 10, True),
        (None, 10, 9, True),
        (None, 10, 10, False),
        (0, 0, 0, False),
    ],
)
def should_be_on_sale_in_a_half_open_window(
    begin: int | None, end: int | None, now: int, on: bool
) -> None:
    product = any_product(status="published", on_sale_from=begin, on_sale_until=end)
    assert product.on_sale(now) is on
    assert not replace(product, status="draft").on_sale(now)
    assert not replace(product, status="delisted").on_sale(now)


def should_compare_the_currency_that_was_seen_where_it_was_sent() -> None:
    price = Price(5, Money(500, "KWD"))
    product = any_product(status="published", price=price)
    for currency in ("", "KWD"):
        assert sellable(product, Price(5, Money(500, currency)), NOW) == price
    with pytest.raises(PriceChanged):
        sellable(product, Price(5, Money(500, "USD")), NOW)


def should_tell_the_first_reason_not_to_sell() -> None:
    product = any_product(status="published", points=50)
    assert sellable(product, Price(50), NOW) == Price(50)
    with pytest.raises(PriceChanged) as changed:
        sellable(product, Price(49), NOW)
    assert changed.value.facts == {"price": {"points": 50, "cash": None, "version": 1}}
    with pytest.raises(PriceChanged):
        sellable(product, Price(50, Money(1, "")), NOW)
    with pytest.raises(NotOnSale):
        sellable(replace(product, status="delisted"), Price(49), NOW)
    with pytest.raises(NotFound):
        sellable(replace(product, status="draft"), Price(49), NOW)
    with pytest.raises(NotFound):
        sellable(None, Price(49), NOW)


def should_hide_drafts_and_show_the_rest() -> None:
    for status in ("published", "delisted"):
        product = any_product(status=status)
        assert visible(product, NOW) is product
    hidden = [any_product(status="draft"), any_product(status="published", listed_from=NOW + 1)]
    for unseen in (*hidden, any_product(status="published", listed_until=NOW), None):
        with pytest.raises(NotFound):
            visible(unseen, NOW)


def should_need_no_sku_where_there_is_only_one() -> None:
    plain = any_product()
    one = any_product(variants=(Variant("S", "Small"),))
    two = any_product(variants=(Variant("S", "Small"), Variant("L", "Large")))
    assert [sku_of(plain, None), sku_of(plain, "default"), sku_of(one, None)] == [
        "default",
        "default",
        "S",
    ]
    assert sku_of(two, "L") == "L"
    for product, sku in ((two, None), (two, "XL"), (plain, "S"), (one, "default")):
        with pytest.raises(Invalid) as wrong:
            sku_of(product, sku)
        assert wrong.value.faults[0]["field"] == "sku"


def should_bump_the_sale_version_with_each_change_and_with_nothing_else() -> None:
    draft = any_product(points=50)
    published = publish(draft)
    assert (published.status, published.sale_version) == ("published", 2)
    assert publish(published) == published
    dearer = _priced(published, Price(70), "the-admin", NOW)
    assert (dearer.price, dearer.price_version, dearer.sale_version) == (Price(70), 2, 3)
    assert (dearer.price_by, dearer.price_at) == ("the-admin", NOW)
    assert _priced(dearer, Price(70), "another", NOW + 1) == dearer
    gone = delist(dearer)
    assert (gone.status, gone.sale_version) == ("delisted", 4)
    assert delist(gone) == gone
    assert price_of(gone) == {"points": 70, "cash": None, "version": 2}


def should_write_a_change_only_over_what_it_was_made_of() -> None:
    before = any_product(status="published", sale_version=7)
    (write,) = save_change(before, delist(before), Listed())
    assert write.condition == "#sale_version = :before"
    assert (write.values["before"], write.values["sale_version"]) == (7, 8)
    assert isinstance(write.refused({}), Stale)


def should_keep_every_price_with_who_set_it_and_when() -> None:
    before = any_product(points=50)
    after = _priced(before, Price(0, Money(250, "JPY")), "the-admin", NOW)
    _, kept = save_change(before, after, Listed())
    assert kept.key == keys.price(before.product_id, 2)
    assert kept.condition == "attribute_not_exists(#pk)"
    assert price_from(kept.item) == after.price
    told = {name: kept.item[name] for name in ("version", "at", "actor")}
    assert told == {"version": 2, "at": NOW, "actor": "the-admin"}
    assert len(save_change(before, publish(before), Listed())) == 1


def should_find_all_products_by_status_in_order_of_their_creation() -> None:
    product = any_product(created_at=7)
    places = [to_item(replace(product, status=status)) for status in ("draft", "published")]
    assert [item["gsi1pk"] for item in places] == ["PRODUCTS#draft", "PRODUCTS#published"]
    assert {item["gsi1sk"] for item in places} == {f"0000000000007#{product.product_id}"}


def should_teach_a_shard_newer_versions_only() -> None:
    product = any_product(sale_version=3)
    write = bump_shard(product, "default", 1)
    assert write.condition == (
        "attribute_not_exists(#sale_version) OR #sale_version < :sale_version"
    )
    assert write.values["sale_version"] == 3
    assert isinstance(write.refused({"sale_version": 4}), AlreadyDone)


def should_make_a_draft_and_its_first_price_together() -> None:
    product: Product = any_product()
    item, price = draft(product)
    assert item.item == to_item(product)
    assert price.key == keys.price(product.product_id, 1)
    assert item.condition == "attribute_not_exists(#pk)"
