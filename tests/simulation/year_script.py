"""A year of three programs as partners tell it: late, twice, out of order, refunds before purchase.

Leap day, the days on which clocks change, and both ends of the year are in it. The same seed gives
the same year.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

from tests.simulation.program_config import Configuration

HOUR = 3_600_000
DAY = 24 * HOUR
BEGINS = round(datetime(2027, 12, 30, tzinfo=UTC).timestamp() * 1000)
DAYS = 366
LATE_DAYS = 20
SEASON_DAYS = 25
MEMBERS = tuple(f"member-{n}" for n in range(25))
PURCHASES, ACTIVITIES, REDEMPTIONS = 78, 20, 20  # of each member
Document = dict[str, Any]


@dataclass(frozen=True, order=True)
class Act:
    """Something that a member or a partner does at an instant. `event` is what a partner tells."""

    at: int
    number: int
    member: str = field(compare=False)
    verb: str = field(compare=False)
    event: Document = field(compare=False, default_factory=dict)
    occurred_at: int = field(compare=False, default=0)
    points: int = field(compare=False, default=0)
    order: str = field(compare=False, default="")


def year(program: Configuration, seed: int) -> list[Act]:
    """Everything that happens in a program in a year, in the order in which it arrives."""
    chance = Random(seed)
    acts = [act for member in MEMBERS for act in _life(member, program, chance)]
    ends = BEGINS + (DAYS + 4) * DAY
    return sorted(
        Act(a.at, n, a.member, a.verb, a.event, a.occurred_at, a.points, a.order)
        for n, a in enumerate(chance.sample(acts, len(acts)))
        if a.at < ends
    )


def _life(member: str, program: Configuration, chance: Random) -> Iterator[Act]:
    """A member's year: six times a few weeks of shopping, and nothing for long in between."""
    seasons = [BEGINS + chance.randrange(DAYS * DAY) for _ in range(6)]

    def some_time() -> int:
        return chance.choice(seasons) + chance.randrange(SEASON_DAYS * DAY)

    for number in range(PURCHASES):
        event = _purchase(f"{member}-bought-{number}", program.settings["currency"], chance)
        yield from _told(member, event, some_time(), chance)
    for number in range(ACTIVITIES):
        event = {"event_id": f"{member}-did-{number}", "type": "review"}
        event["attributes"] = {"stars": chance.randint(1, 5)}
        yield from _tellings(member, event, some_time(), chance)
    for number in range(REDEMPTIONS):
        at, order = some_time(), f"{member}-order-{number}"
        yield Act(at, 0, member, "redeem", points=chance.randint(1, 400), order=order)
        if chance.random() < 0.4:
            later = at + chance.randrange(70 * DAY)
            yield Act(later, 0, member, "cancel", points=chance.randint(1, 400), order=order)


def _told(member: str, purchase: Document, at: int, chance: Random) -> Iterator[Act]:
    """A purchase, and for every fourth one or two refunds, which may overtake it."""
    yield from _tellings(member, purchase, at, chance)
    if chance.random() < 0.25:
        for number in range(chance.choice((1, 1, 2))):
            refunded_at = at + chance.choice((0, HOUR, chance.randrange(80 * DAY)))
            refund = _refund(purchase, f"{purchase['event_id']}-back-{number}", chance)
            yield from _tellings(member, refund, refunded_at, chance)


def _tellings(member: str, event: Document, at: int, chance: Random) -> Iterator[Act]:
    """An event arrives at once or up to 20 days late, and every sixth one arrives again."""
    for _ in range(chance.choice((1, 1, 1, 1, 1, 2))):
        late = chance.choice((0, chance.randrange(HOUR), chance.randrange(LATE_DAYS * DAY)))
        yield Act(at + late, 0, member, "tell", event, at)


def _purchase(event_id: str, currency: str, chance: Random) -> Document:
    lines = [
        {
            "sku": chance.choice(("bean", "leaf", "cup", "card")),
            "category": chance.choice(("coffee", "tea", "ware")),
            "product_type": chance.choice(("physical", "virtual")),
            "quantity": chance.randint(1, 3),
            "amount": chance.randint(1, 9_000),
        }
        for _ in range(chance.randint(1, 4))
    ]
    return {"event_id": event_id, "type": "purchase", "currency": currency, "lines": lines}


def _refund(purchase: Document, event_id: str, chance: Random) -> Document:
    refund = {
        "event_id": event_id,
        "type": "purchase_refunded",
        "refunds_event_id": purchase["event_id"],
    }
    if chance.random() < 0.4:
        return refund
    line = chance.choice(purchase["lines"])
    said = {name: line[name] for name in line if name != "sku" or chance.random() < 0.7}
    refund["lines"] = [{**said, "amount": chance.randint(1, line["amount"])}]
    return {**refund, "currency": purchase["currency"]}
