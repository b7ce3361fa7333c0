"""An event as it is stored: one item per event id of a partner, so that it counts once.

A purchase and all of its refunds meet on the purchase's item: whichever comes first makes it. A
refund has an item of its own too, which claims its id. Grants keep what they gave, to which lot
and by which rules; a refund is judged by that and never by today's rules.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mall import keys
from mall.clock import Millis, utc_day
from mall.errors import Invalid
from mall.points.earning.events import AttributeValue, EventRequest, EventStatus
from mall.points.ledger.movements import Grant
from mall.points.program.settings import REFUNDED
from mall.points.rules.evaluation import Explained
from mall.writes import Write, put_version

LineKey = tuple[str | None, str | None, str | None]  # SKU, category, product type


@dataclass(frozen=True)
class Line:
    """One line of a purchase: its amount in minor units, and the points it was given."""

    key: LineKey
    quantity: int
    amount: int
    points: int = 0


@dataclass(frozen=True)
class Refund:
    """A refund of a purchase. `lines` are amounts by line key; None: all of the purchase.

    `points` are owed back for it. `taken` is what the ledger took of them; the rest is a
    shortfall, was left to the member by the policy, or had expired unspent.
    """

    lines: tuple[tuple[LineKey, int], ...] | None
    currency: str = ""
    points: int = 0
    taken: int = 0


@dataclass(frozen=True)
class Event:
    """One event id. `type` is empty until the event itself, and not only a refund of it, came.

    `tier` and `first_purchase` are what they were at arrival, and `about` is the purchase that a
    refund takes back. `month` is the program month, yyyymm, that a grant counted in for the tier: a
    refund counts in the same, whatever the zone is by then.
    """

    client: str
    event_id: str
    member: str
    version: int = 0
    type: str = ""
    about: str = ""
    occurred_at: Millis = 0
    currency: str = ""
    lines: tuple[Line, ...] = ()
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)
    tier: str = ""
    first_purchase: bool = False
    status: EventStatus = "no_rule"
    granted: int = 0
    month: str = ""
    grant: Grant | None = None
    revision: int = 0
    explain: tuple[Explained, ...] = ()
    refunds: Mapping[str, Refund] = field(default_factory=dict)

    @property
    def arrived(self) -> bool:
        """Whether the event itself is known."""
        return bool(self.type)

    @property
    def amount(self) -> int:
        """The sum of the lines, in minor units."""
        return sum(line.amount for line in self.lines)

    @property
    def clawed_back(self) -> int:
        """Points owed back for the refunds that were judged so far."""
        return sum(refund.points for refund in self.refunds.values())


def line_key(sku: str | None, category: str | None, product_type: str | None) -> LineKey:
    """What a refund's line is matched by."""
    return (sku, category, product_type)


def amounts_by_line(event: EventRequest) -> tuple[tuple[LineKey, int], ...]:
    """What a refund's lines say, summed by what they are matched by."""
    sums: dict[LineKey, int] = {}
    for line in event.lines:
        key = line_key(line.sku, line.category, line.product_type)
        sums[key] = sums.get(key, 0) + line.amount
    return tuple(sums.items())


# --- items ---------------------------------------------------------------------------------------


def save(event: Event) -> Write:
    """The write of a new or changed event; Stale when a rival was at it.

    An event that can earn is found by its UTC day for a replay of rules.
    """
    item: dict[str, Any] = {
        **keys.event(event.client, event.event_id),
        "member": event.member,
        "type": event.type,
        "status": event.status,
        "granted": event.granted,
    }
    sometimes: dict[str, Any] = {
        "about": event.about,
        "occurred_at": event.occurred_at,
        "currency": event.currency,
        "lines": [[*line.key, line.quantity, line.amount, line.points] for line in event.lines],
        "attributes": dict(event.attributes),
        "tier": event.tier,
        "first_purchase": event.first_purchase,
        "lot": event.grant.lot if event.grant else "",
        "pending": event.grant.pending if event.grant else None,
        "month": event.month,
        "revision": event.revision,
        "explain": [_explained_item(each) for each in event.explain],
        "refunds": [_refund_item(key, refund) for key, refund in event.refunds.items()],
    }
    item |= {name: value for name, value in sometimes.items() if value}
    if event.arrived and event.type != REFUNDED:
        item["gsi1pk"] = keys.event_log(utc_day(event.occurred_at), event.event_id)
        item["gsi1sk"] = f"{event.occurred_at:015d}#{event.client}#{event.event_id}"
    return put_version("points", item, event.version)


def _explained_item(told: Explained) -> list[Any]:
    """What gave points is kept in words too; of a rule that was skipped the code must do."""
    words = [told.reason] if told.points or told.capped else []
    return [told.rule_id, told.version, told.points, told.capped, told.code, *words]


def _explained(item: Sequence[Any]) -> Explained:
    rule_id, version, points, cut, code, *words = item
    reason = words[0] if words else code.replace("_", " ")
    return Explained(rule_id, version, points, cut, code, reason)


def _refund_item(event_id: str, refund: Refund) -> list[Any]:
    lines = None if refund.lines is None else [[*key, amount] for key, amount in refund.lines]
    return [event_id, lines, refund.currency, refund.points, refund.taken]


def from_item(item: Mapping[str, Any]) -> Event:
    """The event that an item of the points table holds."""
    _, client, event_id = item["pk"].split("#")
    return Event(
        client=client,
        event_id=event_id,
        member=item["member"],
        version=item["version"],
        type=item["type"],
        about=item.get("about", ""),
        occurred_at=item.get("occurred_at", 0),
        currency=item.get("currency", ""),
        lines=tuple(Line((s, c, t), *rest) for s, c, t, *rest in item.get("lines", ())),
        attributes=item.get("attributes", {}),
        tier=item.get("tier", ""),
        first_purchase=item.get("first_purchase", False),
        status=item["status"],
        granted=item["granted"],
        month=item.get("month", ""),
        grant=Grant(item["lot"], item.get("pending")) if "lot" in item else None,
        revision=item.get("revision", 0),
        explain=tuple(map(_explained, item.get("explain", ()))),
        refunds=dict(map(_refund, item.get("refunds", ()))),
    )


def _refund(item: Sequence[Any]) -> tuple[str, Refund]:
    event_id, lines, currency, points, taken = item
    said = None if lines is None else tuple(((s, c, t), amount) for s, c, t, amount in lines)
    return event_id, Refund(said, currency, points, taken)


def known(client: str, event_id: str, member: str, item: Mapping[str, Any] | None) -> Event:
    """The event as stored, or an empty one of this member. Raises Invalid for another member's."""
    if item is None:
        return Event(client, event_id, member)
    found = from_item(item)
    if found.member != member:
        raise Invalid.of("member", "The event, or its purchase, is of a different member.")
    return found
