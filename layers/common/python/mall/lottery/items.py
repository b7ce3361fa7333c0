"""A lottery as an item of the points table."""

from collections.abc import Mapping
from typing import Any

from mall import keys, money
from mall.catalog.product import VoucherTerms
from mall.lottery.lottery import Goods, Limits, Lottery
from mall.lottery.table import table_of
from mall.writes import Write, put, put_version

_PLAIN = (
    "kind", "name", "description", "cost", "opens_at", "closes_at", "status", "version", "shards",
    "anchor", "beacon", "created_at",
)  # fmt: skip
_FILLED = ("budget", "draws_at", "opened_at", "closed_at")


def to_item(lottery: Lottery) -> dict[str, Any]:
    """The lottery as it stands in the table; what is empty is left out."""
    plain = {name: getattr(lottery, name) for name in _PLAIN}
    filled = {name: getattr(lottery, name) for name in _FILLED}
    return {
        **keys.lottery(lottery.lottery_id),
        "gsi1pk": keys.lotteries(lottery.status),
        "gsi1sk": f"{lottery.created_at:013d}#{lottery.lottery_id}",
        **plain,
        **{name: value for name, value in filled.items() if value is not None},
        "limits": {name: n for name, n in vars(lottery.limits).items() if n is not None},
        "tables": [table.text() for table in lottery.tables],
        "goods": {name: _stored(goods) for name, goods in lottery.goods.items()},
    }


def from_item(item: Mapping[str, Any]) -> Lottery:
    """The lottery that an item of the points table holds."""
    return Lottery(
        lottery_id=item["pk"].partition("#")[2],
        **{name: item[name] for name in (*_PLAIN, *_FILLED) if name in item},
        limits=Limits(**item["limits"]),
        tables=tuple(map(table_of, item["tables"])),
        goods={name: _goods(stored) for name, stored in item["goods"].items()},
    )


def _stored(goods: Goods) -> list[Any]:
    terms = goods.voucher_terms
    return [
        goods.product_id, goods.name, goods.type, goods.sku, goods.counted, goods.shard,
        terms and [money.to_list(terms.worth), terms.valid_days],
    ]  # fmt: skip


def _goods(stored: list[Any]) -> Goods:
    product_id, name, type_, sku, counted, shard, terms = stored
    known = VoucherTerms(money.from_list(terms[0]), terms[1]) if terms else None
    return Goods(product_id, name, type_, sku, counted, shard, known)


def created(lottery: Lottery) -> Write:
    """The write of a new lottery."""
    return put("points", to_item(lottery), condition="attribute_not_exists(#pk)")


def changed(before: Lottery, after: Lottery) -> Write:
    """The write that makes the next version of a lottery. Stale when it was changed meanwhile."""
    return put_version("points", to_item(after), before.version)
