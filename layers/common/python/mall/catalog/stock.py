"""Stock: units of a SKU over 1..N shards, each an item and a partition of its own.

A redemption takes from one random shard, so rivals rarely meet; when that one is short, it looks
at all of them and takes from as few as hold the quantity. Nothing ever overwrites a count: every
change is a relative one, conditioned on what it takes.
"""

from collections.abc import Mapping, Sequence
from random import Random

from mall import keys
from mall.catalog.product import Product
from mall.errors import InsufficientStock, SoldOut, Stale, StockFollowsCodes, StockUnlimited
from mall.writes import ABSENT, Item, Refused, Write, check, put, update

Plan = Mapping[int, int]  # shard number -> units taken from it, > 0


class ShardShort(Stale):
    """The shard holds less than was wanted: look at all of them."""

    rival = False


class SnapshotOld(Stale):
    """The shard knows a newer sale version than the product snapshot: read the product again."""

    rival = False


# Conditions of taking units from a shard, in the order in which a refusal is told:
#
#   product changed ──▶ product written (v2) ──▶ shard 00 knows v2 ──▶ … ──▶ admin call answers
#
# _CURRENT  a writer with an old snapshot (v1) must not sell from a shard that knows v2. A writer
#           with v2 may sell from a shard that still knows v1, and teaches it v2: so a change that
#           died half-way blocks nothing.
# _UNTAUGHT the same for what is not counted: its shard exists to know the version and nothing else,
#           so one that no change has reached yet knows none and blocks nothing.
# _ENOUGH   the count never goes below zero.
_CURRENT = "#sale_version <= :sale_version"
_UNTAUGHT = f"{ABSENT} OR {_CURRENT}"
_ENOUGH = "#available >= :units"


def any_shard(product: Product, units: int, random: Random) -> Plan:
    """All units from one random shard."""
    return {random.randrange(product.shards): units}


def plan(available: Mapping[int, int], units: int, random: Random) -> Plan:
    """Which shards serve `units`, given what each holds: one random shard that can, else several.

    Raises SoldOut when all of them together cannot.
    """
    if sum(available.values()) < units:
        raise SoldOut()
    alone = [shard for shard, held in available.items() if held >= units]
    if alone:
        return {random.choice(alone): units}
    taken: dict[int, int] = {}
    for shard in sorted(available, key=lambda s: -available[s]):
        part = min(units - sum(taken.values()), available[shard])
        if part:
            taken[shard] = part
    return taken


def take(product: Product, sku: str, taken: Plan) -> list[Write]:
    """Write parts that take units. They mean ShardShort or SnapshotOld when refused.

    Of an unlimited product nothing is taken: its shard is only held to the sale version.
    """
    if not product.counted:
        return [
            check(
                "catalog",
                keys.stock(product.product_id, sku, shard),
                _UNTAUGHT,
                refused=lambda _: SnapshotOld(),
                sale_version=product.sale_version,
            )
            for shard in taken
        ]
    return [
        update(
            "catalog",
            keys.stock(product.product_id, sku, shard),
            "SET #available = #available - :units, #sale_version = :sale_version",
            condition=f"{_CURRENT} AND {_ENOUGH}",
            refused=_why_not(product),
            units=units,
            sale_version=product.sale_version,
        )
        for shard, units in taken.items()
    ]


def refuse_newer(product: Product, looked: Sequence[Item | None]) -> None:
    """Raise SnapshotOld where a shard that was looked at knows a newer sale than the snapshot.

    The product may have more shards by now, so that what these hold together is not all there is.
    """
    if any(shard and shard["sale_version"] > product.sale_version for shard in looked):
        raise SnapshotOld()


def refuse_short(product: Product, taken: Plan, looked: Sequence[Item | None]) -> None:
    """Raise ShardShort or SnapshotOld where shards, as they were looked at, would refuse `take`."""
    refuse_newer(product, looked)
    for units, shard in zip(taken.values(), looked, strict=True):
        if shard is None or shard["available"] < units:
            raise ShardShort()


def _why_not(product: Product) -> Refused:
    def why_not(shard: Item | None) -> Exception:
        newer = shard is not None and shard["sale_version"] > product.sale_version
        return SnapshotOld() if newer else ShardShort()

    return why_not


def give_back(product_id: str, sku: str, taken: Plan) -> list[Write]:
    """Write parts that return units to the shards they came from."""
    return [
        update(
            "catalog",
            keys.stock(product_id, sku, shard),
            "ADD #available :units",
            units=units,
        )
        for shard, units in taken.items()
    ]


def add(product: Product, sku: str, shard: int, units: int) -> Write:
    """Write part that adds units to a shard, making it when it is the first stock there."""
    return update(
        "catalog",
        keys.stock(product.product_id, sku, shard),
        "SET #sale_version = if_not_exists(#sale_version, :sale_version) ADD #available :units",
        units=units,
        sale_version=product.sale_version,
    )


def spread(units: int, held: Mapping[int, int], among: int) -> Plan:
    """Where new units go: evenly to so many of the shards, those that hold least."""
    emptiest = sorted(held, key=lambda shard: held[shard])[: max(1, min(among, units))]
    each, rest = divmod(units, len(emptiest))
    return {shard: each + (place < rest) for place, shard in enumerate(emptiest)}


def plan_movement(
    product: Product, held: Mapping[int, int], delta: int, among: int, random: Random
) -> Plan:
    """Which shards give, or get, how many units of a movement; what comes goes to `among` shards.

    Raises StockUnlimited, StockFollowsCodes, InsufficientStock(stock_left).
    """
    if not product.counted:
        raise StockUnlimited()
    if delta > 0 and product.by_codes:
        raise StockFollowsCodes()
    if delta > 0:
        return spread(delta, held, among)
    if sum(held.values()) < -delta:
        raise InsufficientStock(stock_left=sum(held.values()))
    return plan(held, -delta, random)


def move(product: Product, moved: Plan, logged: Item) -> list[Write]:
    """Write parts of a movement with its line in the log: id, instant, SKU, delta, reason, actor.

    Of what is taken, each shard means ShardShort or SnapshotOld when refused.
    """
    line = keys.movement(product.product_id, logged["at"], logged["movement_id"])
    sku = logged["sku"]
    parts = (
        take(product, sku, moved)
        if logged["delta"] < 0
        else [add(product, sku, shard, units) for shard, units in moved.items()]
    )
    return [put("catalog", {**line, **logged}, condition=ABSENT), *parts]
