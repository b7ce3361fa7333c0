"""Purchases and their refunds: they meet on one item, so that they cannot miss one another.

The item holds the purchase, what it gave and to which lot, and every refund that arrived, before
or after it. Whatever the order of arrival, the end is the same: granted once, clawed back once per
refund, by the amount stored at earning.

A partial refund takes back its share, floored over all refunds so far, so that whole refunds sum
exactly to the grant. Refunds beyond the purchase take back no more than it gave.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mall import keys
from mall.clock import Millis, millis
from mall.errors import Invalid
from mall.points import ledger
from mall.points.ledger import Grant, Posting
from mall.points.ledger.entry import Entry, Source
from mall.points.ledger.writes import append
from mall.points.program import BaseRule, Program
from mall.points.views import EventRequest, EventStatus, EventView, ExplainView
from mall.writes import ABSENT, Write

_DAY_MS = 86_400_000
REFUNDS_MAX = 100  # of one purchase: its item stays far below what DynamoDB stores


@dataclass(frozen=True)
class Refund:
    """A refund of a purchase: `amount` in minor units (None: all of it), `points` owed back for it.

    `taken` is what the ledger took of them; the rest is a shortfall or had expired unspent.
    """

    amount: int | None
    currency: str = ""
    points: int = 0
    taken: int = 0


@dataclass(frozen=True)
class Purchase:
    """A purchase and its refunds. `amount` is 0 and `lot` empty until the purchase arrives."""

    client: str
    event_id: str
    member: str
    version: int = 0
    amount: int = 0
    currency: str = ""
    granted: int = 0
    lot: str = ""
    revision: int = 0
    explain: tuple[ExplainView, ...] = ()
    status: EventStatus | None = None
    refunds: Mapping[str, Refund] = field(default_factory=dict)

    @property
    def arrived(self) -> bool:
        """Whether the purchase itself, and not only a refund of it, is known."""
        return self.amount > 0

    @property
    def clawed_back(self) -> int:
        """Points taken back so far."""
        return sum(refund.points for refund in self.refunds.values())

    @property
    def owed_back(self) -> int:
        """Points that the refunds known by now take back in all.

        One that came before its purchase and names another currency takes nothing back; one that
        comes after it is refused.
        """
        meant = [r for r in self.refunds.values() if r.currency in ("", self.currency)]
        if any(refund.amount is None for refund in meant):
            return self.granted
        refunded = sum(refund.amount or 0 for refund in meant)
        return self.granted * min(refunded, self.amount) // self.amount


def purchase_id(event: EventRequest) -> str:
    """The event id of the purchase that an event is about."""
    return event.refunds_event_id or event.event_id


def check_time(event: EventRequest, program: Program, now: Millis) -> None:
    """Refuse an event from the future, or one older than the program accepts. Raises Invalid."""
    occurred = millis(event.occurred_at)
    if occurred > now:
        raise Invalid(faults=[{"field": "occurred_at", "message": "This is in the future."}])
    if occurred < now - program.event_age_days_max * _DAY_MS:
        message = f"This is more than {program.event_age_days_max} days ago."
        raise Invalid(faults=[{"field": "occurred_at", "message": message}])


def points_for(rule: BaseRule, event: EventRequest) -> tuple[int | None, ExplainView]:
    """What the base rule gives for a purchase, floored once on its total; None if not meant."""
    if event.currency != rule.currency:
        reason = f"the rule earns on {rule.currency}, this purchase is in {event.currency}"
        given = None
    else:
        given = event.amount // rule.per_amount * rule.points
        reason = f"{rule.points} for every whole {rule.per_amount} of {event.amount} minor units"
    view = ExplainView(rule_id=rule.rule_id, version=rule.version, points=given or 0, reason=reason)
    return given, view


def lot_is_gone(known: Purchase, program: Program, now: Millis) -> bool:
    """Whether the grant's lot has expired, so that the entries since it are needed to judge it."""
    return known.lot <= program.calendar.day(now)


def duplicate(known: Purchase, event: EventRequest) -> EventView | None:
    """The answer to an event that arrived before, or None for a new one."""
    if event.type == "purchase":
        return _view(known, event, "duplicate") if known.arrived else None
    return _view(known, event, "duplicate") if event.event_id in known.refunds else None


def record(
    known: Purchase, event: EventRequest, head: Entry | None, history: Sequence[Entry],
    program: Program, now: Millis,
) -> tuple[list[Write], EventView]:  # fmt: skip
    """The writes of a new event, and its answer.

    `known` is the purchase as stored, or an empty one; `history` are the member's entries from
    the grant on. Raises Invalid, AccountClosed, PointsLimit; the writes mean Stale.
    """
    posting = ledger.open_posting(known.member, head, now, program.calendar)
    if event.type == "purchase":
        after = _granted(known, event, posting, program)
    else:
        _check_refund(known, event)
        refund = Refund(event.amount if event.lines else None, event.currency or "")
        after = replace(known, refunds={**known.refunds, event.event_id: refund})
    if after.arrived:
        after = _settled(after, posting, history, program)
    writes = [_save(after), *append(posting, program.calendar)]
    return writes, _view(after, event)


def _check_refund(known: Purchase, event: EventRequest) -> None:
    """Refuse a refund that cannot be of this purchase. Raises Invalid."""
    if known.arrived and event.currency not in (None, known.currency):
        message = f"The purchase was in {known.currency}."
        raise Invalid(faults=[{"field": "currency", "message": message}])
    if len(known.refunds) >= REFUNDS_MAX:
        message = f"The purchase has {REFUNDS_MAX} refunds already."
        raise Invalid(faults=[{"field": "refunds_event_id", "message": message}])


def _granted(known: Purchase, event: EventRequest, posting: Posting, program: Program) -> Purchase:
    points, why = points_for(program.base_rule, event)
    lot = program.expiry_day(millis(event.occurred_at))
    source = Source("purchase", known.event_id)
    revision = 0
    if points:
        rules = f"{why.rule_id}:{why.version}"
        ledger.credit(posting, "earn", points, Grant(lot), source, rules=rules, actor=known.client)
        revision = next(e.revision for e in posting.entries if e.kind == "earn")
    return replace(
        known,
        amount=event.amount,
        currency=event.currency or "",
        granted=points or 0,
        lot=lot,
        revision=revision,
        explain=(why,),
        status="no_rule" if points is None else "granted",
    )


def _settled(
    after: Purchase, posting: Posting, history: Sequence[Entry], program: Program
) -> Purchase:
    """Take back what the refunds known by now ask for and was not taken back yet."""
    due = after.owed_back - after.clawed_back
    taken = 0
    if due > 0:
        source = Source("purchase", after.event_id)
        policy = program.claw_back_policy
        ledger.claw_back(
            posting, due, Grant(after.lot), policy, source,
            history=history, asked_before=after.clawed_back, actor=after.client,
        )  # fmt: skip
        taken = -sum(entry.points for entry in posting.entries if entry.kind == "claw_back")
    newest = next(reversed([*after.refunds]), None)
    if newest is None:
        return after
    refund = after.refunds[newest]
    counted = replace(refund, points=refund.points + due, taken=refund.taken + taken)
    return replace(after, refunds={**after.refunds, newest: counted})


def _view(known: Purchase, event: EventRequest, status: EventStatus | None = None) -> EventView:
    refund = known.refunds.get(event.event_id) if event.type == "purchase_refunded" else None
    return EventView(
        event_id=event.event_id,
        status=status or ("clawed_back" if refund else known.status or "no_rule"),
        points=-refund.taken if refund else known.granted,
        pending=0,
        explain=[_why_taken(refund)] if refund else list(known.explain),
    )


def _why_taken(refund: Refund) -> ExplainView:
    reason = f"{refund.points} points are owed back for this refund, {refund.taken} were taken"
    return ExplainView(rule_id="claw_back", version=1, points=-refund.taken, reason=reason)


# --- items ---------------------------------------------------------------------------------------


def _save(after: Purchase) -> Write:
    item: dict[str, Any] = {
        **keys.purchase(after.client, after.event_id),
        "member": after.member,
        "version": after.version + 1,
        "amount": after.amount,
        "currency": after.currency,
        "granted": after.granted,
        "lot": after.lot,
        "revision": after.revision,
        "explain": [view.model_dump() for view in after.explain],
        "status": after.status or "",
        "refunds": [
            [key, r.amount, r.currency, r.points, r.taken] for key, r in after.refunds.items()
        ],
    }
    condition = "#version = :version" if after.version else ABSENT
    return Write(
        "Put",
        "points",
        {"pk": item["pk"], "sk": item["sk"]},
        item=item,
        condition=condition,
        values={"version": after.version} if after.version else {},
    )


def from_item(client: str, event_id: str, member: str, item: Mapping[str, Any] | None) -> Purchase:
    """The purchase as stored, or an empty one of this member; another member's is Invalid."""
    if item is None:
        return Purchase(client, event_id, member)
    if item["member"] != member:
        message = "The purchase and its refund name different members."
        raise Invalid(faults=[{"field": "member", "message": message}])
    return Purchase(
        client=client,
        event_id=event_id,
        member=member,
        version=item["version"],
        amount=item["amount"],
        currency=item["currency"],
        granted=item["granted"],
        lot=item["lot"],
        revision=item["revision"],
        explain=tuple(ExplainView(**view) for view in item["explain"]),
        status=item["status"] or None,
        refunds={key: Refund(*refund) for key, *refund in item["refunds"]},
    )
