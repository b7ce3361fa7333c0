"""Recording an event: what it gives or takes, in one transaction, once per event id.

A grant is decided in two steps. `judge` evaluates the rules on the member's standing and says which
counters the grant is held against; with those read, `record` cuts, posts and writes everything: the
event, the entry, the standing, the counters, and for a refund the purchase. Whatever the order of
arrival, the end is the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from mall.clock import Millis, millis
from mall.errors import AccountClosed, Invalid
from mall.points import ledger
from mall.points.earning import refunds
from mall.points.earning.counters import Counters
from mall.points.earning.events import EventRequest, EventStatus, EventView, ExplainView
from mall.points.earning.record import Event, Line, line_key, save
from mall.points.earning.standing import Standing
from mall.points.earning.standing import save as save_standing
from mall.points.ledger.entry import Entry, Source, is_due, minute
from mall.points.ledger.posting import Posting
from mall.points.ledger.writes import append
from mall.points.program import Program
from mall.points.program.settings import PURCHASE
from mall.points.referring import Purchase, Referred, reward
from mall.points.rules import event_facts as rules
from mall.points.rules.evaluation import (
    Evaluation,
    Explained,
    capped,
    counted,
    evaluate,
    explain,
    rules_named,
)
from mall.points.rules.rule_set import RuleSet
from mall.writes import Write

_RULES_NAMED_MAX = 4  # on a ledger entry; the event has them all


@dataclass(frozen=True)
class Snapshot:
    """What stands there when an event arrives.

    `own` is the item of the event's id, `purchase` the one that a refund is about (the same item
    otherwise), `history` the member's entries since the grant where its lot is gone, `referred`
    the invitation that a purchase may reward.
    """

    own: Event
    purchase: Event
    standing: Standing
    head: Entry | None
    history: Sequence[Entry] = ()
    referred: Referred | None = None


@dataclass(frozen=True)
class Judged:
    """What the rules say of an event, before caps."""

    tier: str
    first_purchase: bool
    evaluation: Evaluation


@dataclass
class Recorded:
    """What recording an event came to: the member's posting, the other writes, the answer."""

    posting: Posting
    view: EventView
    others: list[Write] = field(default_factory=list)

    @property
    def writes(self) -> list[Write]:
        """All writes, of one transaction."""
        return [*self.others, *append(self.posting)]


def duplicate(snapshot: Snapshot, event: EventRequest, now: Millis) -> EventView | None:
    """The answer to an event whose id arrived before, or None for a new one.

    Raises Invalid when that was another event: of another type, or about another purchase.
    """
    own = snapshot.own
    if not own.arrived:
        return None
    if (own.type, own.about) != (event.type, event.refunds_event_id or ""):
        raise Invalid.of("event_id", "This id was used for another event.")
    return view(own, snapshot.purchase, now, "duplicate")


def needs_history(purchase: Event, now: Millis) -> bool:
    """Whether the entries since a grant are needed: its lot has expired, or it was asked back."""
    granted = purchase.grant
    return granted is not None and (purchase.clawed_back > 0 or is_due(granted.lot, minute(now)))


def judge(
    event: EventRequest, standing: Standing, rule_set: RuleSet, program: Program, now: Millis
) -> Judged:
    """What the rules say of an event of a member, as the member stands now."""
    tier = standing.tier(program, now)
    first = event.type == PURCHASE and standing.purchases == 0
    seen = rules.Facts(
        event_type=event.type,
        occurred_at=millis(event.occurred_at),
        calendar=program.calendar,
        currency=event.currency,
        lines=tuple(
            rules.Line(line.amount, line.sku, line.category, line.product_type, line.quantity)
            for line in event.lines
        ),
        attributes=event.attributes,
        tier_id=tier.tier_id,
        tier_multiplier=tier.multiplier,
        first_purchase=first,
        program_version=program.version,
    )
    return Judged(tier.tier_id, first, evaluate(rule_set, seen))


def grant(
    snapshot: Snapshot, event: EventRequest, judged: Judged, counters: Counters,
    program: Program, now: Millis,
) -> Recorded:  # fmt: skip
    """Record an event that can earn. Raises AccountClosed, PointsLimit; the writes mean Stale."""
    posting = _open(snapshot, now)
    evaluation = capped(judged.evaluation, counters.room())
    occurred_at = millis(event.occurred_at)
    after = replace(
        snapshot.own,
        type=event.type,
        occurred_at=occurred_at,
        currency=event.currency or "",
        lines=_lines(event, evaluation),
        attributes=event.attributes,
        tier=judged.tier,
        first_purchase=judged.first_purchase,
        status="no_rule" if evaluation.no_rule else "granted",
        granted=evaluation.points,
        month=program.calendar.day(occurred_at)[:6],
        explain=explain(evaluation),
    )
    if after.granted:
        after = _post(after, posting, evaluation, program)
    if event.type == PURCHASE:  # what else was asked back before it came is no purchase
        after = refunds.settle(after, posting, (), program)
    bought = Purchase(after.amount, after.currency, occurred_at)
    rewarded = reward(snapshot.referred, bought, posting, program)
    after = replace(after, explain=(*after.explain, *rewarded.told))
    earned = after.granted - after.clawed_back
    standing = snapshot.standing.counting(earned, after.month)
    if event.type == PURCHASE:
        standing = replace(standing, purchases=standing.purchases + 1)
    answer = view(after, after, posting.at)
    filled = counters.take(counted(evaluation), now)
    return Recorded(
        posting, answer, [save(after), save_standing(standing), *filled, *rewarded.writes]
    )


def take_back(snapshot: Snapshot, event: EventRequest, program: Program, now: Millis) -> Recorded:
    """Record a refund: it claims its id and meets its purchase, which may not have come yet.

    Raises Invalid, AccountClosed; the writes mean Stale.
    """
    posting = _open(snapshot, now)
    before = snapshot.purchase
    after = refunds.with_refund(before, event)
    own = replace(
        snapshot.own,
        type=event.type,
        about=event.about,
        occurred_at=millis(event.occurred_at),
        status="clawed_back",
    )
    writes = [save(own)]
    if after.arrived:
        after = refunds.settle(after, posting, snapshot.history, program)
        taken = before.clawed_back - after.clawed_back
        standing = snapshot.standing.counting(taken, after.month)
        writes.append(save_standing(standing))
    answer = view(own, after, posting.at)
    return Recorded(posting, answer, [*writes, save(after)])


def _open(snapshot: Snapshot, now: Millis) -> Posting:
    posting = ledger.open_posting(snapshot.own.member, snapshot.head, now)
    if posting.state.closed:
        raise AccountClosed()
    return posting


def _lines(event: EventRequest, evaluation: Evaluation) -> tuple[Line, ...]:
    return tuple(
        Line(line_key(said.sku, said.category, said.product_type), said.quantity, said.amount, part)
        for said, part in zip(event.lines, evaluation.lines, strict=True)
    )


def _post(after: Event, posting: Posting, evaluation: Evaluation, program: Program) -> Event:
    """Append the grant's entry; what it gave goes to the lot of its time."""
    program.note_activity(posting, after.occurred_at)
    given = program.landing(program.grant(after.occurred_at), posting.state)
    source = Source(after.type, after.event_id)
    named = rules_named(evaluation).split()
    more = [f"+{len(named) - _RULES_NAMED_MAX}"] if len(named) > _RULES_NAMED_MAX else []
    text = " ".join([*named[:_RULES_NAMED_MAX], *more])
    ledger.credit(posting, "earn", after.granted, given, source, rules=text, actor=after.client)
    revision = next(e.revision for e in posting.entries if e.kind == "earn")
    return replace(after, grant=given, revision=revision)


def view(own: Event, purchase: Event, now: Millis, status: EventStatus | None = None) -> EventView:
    """The answer to an event, from what is stored."""
    refund = purchase.refunds.get(own.event_id)
    waits = own.grant and own.grant.pending and not is_due(own.grant.pending, minute(now))
    if own.about and refund:
        reason = f"{refund.points} points are owed back for this refund, {refund.taken} were taken"
        told = [Explained("claw_back", 1, -refund.taken, 0, "clawed_back", reason)]
    else:
        told = list(own.explain)
    return EventView(
        event_id=own.event_id,
        status=status or own.status,
        points=-refund.taken if own.about and refund else own.granted,
        pending=max(0, own.granted - own.clawed_back) if waits else 0,
        explain=[ExplainView(**vars(each)) for each in told],
    )
