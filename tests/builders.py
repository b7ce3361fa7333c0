"""Random values for tests: `any_<thing>()` is valid, and different each time.

A test names only what it is about; everything else is somebody's business and random. The runner
seeds `random` per test and prints the seed, so a failure comes back.
"""

import random
import string
from datetime import UTC, datetime, timedelta

from mall.catalog.product import Price, Product
from mall.clock import Millis, millis
from mall.orders.order import Order, Step
from mall.points.calendar import Calendar, Day
from mall.points.ledger.entry import (
    GENESIS,
    IDLE,
    KINDS,
    NEVER,
    Entry,
    Kind,
    Lot,
    Note,
    Source,
    State,
    Totals,
    instant_of,
    minute,
    sealed,
)

_ID_ALPHABET = string.ascii_lowercase + "234567"
_ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "America/Havana", "Pacific/Auckland",
    "Pacific/Honolulu", "Asia/Kathmandu", "Australia/Lord_Howe",
)  # fmt: skip
_FIRST_INSTANT = datetime(2024, 1, 1, tzinfo=UTC)


def any_id() -> str:
    """An id of the shape that the mall makes: 26 characters of base32."""
    return "".join(random.choices(_ID_ALPHABET, k=26))


def any_member() -> str:
    """A member's id."""
    return any_id()


def any_source(type_: str = "") -> Source:
    """What caused a movement."""
    return Source(type_ or random.choice(["order", "purchase", "adjustment"]), any_id())


def any_points(most: int = 10_000) -> int:
    """An amount of points, 1 to `most`."""
    return random.randint(1, most)


def any_zone() -> str:
    """A time zone, on either side of UTC, with and without daylight saving."""
    return random.choice(_ZONES)


def any_calendar() -> Calendar:
    """A program's calendar."""
    return Calendar(any_zone())


def any_instant() -> Millis:
    """A millisecond of the years 2024 to 2027."""
    return millis(_FIRST_INSTANT) + random.randrange(4 * 365 * 86_400_000)


def any_day() -> Day:
    """A program day of the years 2024 to 2027."""
    return (_FIRST_INSTANT + timedelta(days=random.randrange(4 * 365))).strftime("%Y%m%d")


def lot(day: str, zone: str = "UTC") -> Lot:
    """The lot that is gone when a program day begins: "20260301", "20260301i" if idle, "never".

    Of a pending grant, "20260115|20260301", it is the key: the days of activation and of expiry.
    """
    if "|" in day:
        activation, _, lasts = day.partition("|")
        return f"{lot(activation, zone)}|{lot(lasts, zone)}"
    if day == NEVER:
        return NEVER
    return minute(Calendar(zone).begins(day[:8])) + day[8:]


def day_of(key: Lot, zone: str = "UTC") -> str:
    """The day of a lot or pending key, as `lot` takes it."""
    if "|" in key:
        activation, _, lasts = key.partition("|")
        return f"{day_of(activation, zone)}|{day_of(lasts, zone)}"
    ends_at = instant_of(key)
    return NEVER if ends_at is None else Calendar(zone).day(ends_at) + key[8:]


def any_days(count: int) -> dict[Day, int]:
    """Days, each with some points; in order."""
    days: set[Day] = set()
    while len(days) < count:
        days.add(any_day())
    return {day: any_points() for day in sorted(days)}


def any_lot() -> Lot:
    """A lot: gone at some minute, sometimes idle, sometimes `never`."""
    key = minute(any_instant())
    return random.choice([key, key, key + IDLE, NEVER])


def any_lots(count: int | None = None) -> dict[Lot, int]:
    """Lots, each with some points; `count` of them, or a few."""
    wanted = random.randint(0, 6) if count is None else count
    return {lot(day, any_zone()): points for day, points in any_days(wanted).items()}


def any_pending(count: int | None = None) -> dict[str, int]:
    """Grants that are not active yet."""
    return {f"{key}|{any_lot()}": points for key, points in any_lots(count).items()}


def any_totals() -> Totals:
    """Lifetime sums."""
    return Totals(*(any_points() for _ in range(5)))


def any_state() -> State:
    """An account's state as an entry could hold it; debt stands only beside no lots."""
    lots = any_lots()
    return State(
        lots=lots,
        pending=any_pending(),
        debt=0 if lots else random.choice([0, any_points()]),
        shortfall=random.choice([0, any_points()]),
        totals=any_totals(),
        closed=random.choice([False, False, True]),
    )


def any_kind() -> Kind:
    """A kind of movement."""
    return random.choice(KINDS)


def any_note() -> Note:
    """A reference to a free text."""
    return Note(any_id(), random.randbytes(16))


def any_entry(**fixed: object) -> Entry:
    """A sealed entry of random fields, of no chain in particular; `fixed` names what is not."""
    fields: dict[str, object] = {
        "member": any_member(),
        "revision": random.randint(1, 5_000),
        "at": any_instant(),
        "kind": any_kind(),
        "points": random.choice([-1, 1]) * any_points(),
        "source": any_source(),
        "lots": {key: random.choice([-1, 1]) * n for key, n in any_lots().items()},
        "pending": {key: -n for key, n in any_pending().items()},
        "after": any_state(),
        "prev_hash": random.choice([GENESIS, random.randbytes(32)]),
        "renewed": random.choice(["", minute(any_instant()) + IDLE]),
        "rules": random.choice(["", "base:1"]),
        "actor": random.choice(["", any_member()]),
        "note": random.choice([None, any_note()]),
    }
    return sealed(Entry(**{**fields, **fixed}))  # type: ignore[arg-type] # names checked at run time


def any_product(points: int = 0, **fixed: object) -> Product:
    """A product of codes, a draft with 4 shards; `fixed` names what is not.

    `points` is its price, where that is points alone.
    """
    fields: dict[str, object] = {
        "product_id": any_id(),
        "name": f"Coupon {any_id()[:6]}",
        "type": random.choice(["coupon", "virtual"]),
        "category": random.choice(["cafe", "cinema"]),
        "price": Price(points or any_points()),
        "stock_mode": "codes",
    }
    return Product(**{**fields, **fixed})  # type: ignore[arg-type] # names checked at run time


def any_order() -> Order:
    """An order that was just placed."""
    placed_at = any_instant()
    return Order(
        order_id=any_id(),
        member=any_member(),
        product_id=any_id(),
        product_name=f"Coupon {any_id()[:6]}",
        product_type=random.choice(["coupon", "virtual"]),
        sku="default",
        quantity=2,
        points=2 * any_points(),
        placed_at=placed_at,
        request_hash=random.randbytes(16),
        taken={"0": 2},
        limit_period=random.choice(["", "ever", "202611"]),
        spent_revision=random.randint(2, 5_000),
        history=(Step(placed_at, "placed", "member"),),
    )
