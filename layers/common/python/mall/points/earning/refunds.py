"""What refunds take back: the points that the refunded lines were given, and nothing else.

A purchase's grant was split over its lines. A refund's line takes from the lines with the same
SKU, category and product type (what the refund leaves out matches anything), in their order; its
amount takes the line's points in proportion, floored over all refunds of that line. An amount that
matches no line, or more than is left of them, takes in proportion to the whole purchase. Once all
of the purchase is refunded, all of the grant is owed back, so parts sum exactly. The result depends
on which refunds came, not on their order.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from mall.errors import Invalid
from mall.points import ledger
from mall.points.earning.events import EventRequest
from mall.points.earning.record import Event, Line, LineKey, Refund, amounts_by_line
from mall.points.ledger.entry import Entry, Source
from mall.points.ledger.posting import Posting
from mall.points.program import Program
from mall.points.program.settings import PURCHASE

REFUNDS_MAX = 100  # of one purchase: its item stays far below what DynamoDB stores
REFUND_LINES_MAX = 500
REFUND_BYTES_MAX = 150_000  # of their lines; DynamoDB stores 400 KB, and the purchase needs a part


def with_refund(known: Event, event: EventRequest) -> Event:
    """A purchase with one more refund, not judged yet. Raises Invalid."""
    _check(known, event)
    refund = Refund(amounts_by_line(event) if event.lines else None, event.currency or "")
    return replace(known, refunds={**known.refunds, event.event_id: refund})


def owed_back(purchase: Event) -> int:
    """The points that the refunds known by now take back in all.

    One that came before its purchase and names another currency takes nothing back; one that
    comes after it is refused.
    """
    meant = [r for r in purchase.refunds.values() if r.currency in ("", purchase.currency)]
    said = [refund.lines for refund in meant if refund.lines is not None]
    refunded = sum(amount for lines in said for _, amount in lines)
    if len(said) < len(meant) or refunded >= purchase.amount:
        return purchase.granted
    left = [line.amount for line in purchase.lines]
    unmatched = 0
    # The most particular lines choose first, whatever came first: the order must not matter.
    for key, amount in sorted(_sums(said), key=_particular):
        unmatched += _take(purchase.lines, left, key, amount)
    by_line = sum(
        line.points * (line.amount - rest) // line.amount
        for line, rest in zip(purchase.lines, left, strict=True)
        if line.amount
    )
    share = purchase.granted * unmatched // purchase.amount
    return min(purchase.granted, by_line + share)


def settle(purchase: Event, posting: Posting, history: Sequence[Entry], program: Program) -> Event:
    """Take back what the refunds known by now ask for and was not taken back yet.

    Raises AccountClosed.
    """
    due = owed_back(purchase) - purchase.clawed_back
    newest = next(reversed([*purchase.refunds]), None)
    if newest is None:
        return purchase
    taken = 0
    if due > 0 and purchase.grant:
        before = len(posting.entries)
        ledger.claw_back(
            posting, due, purchase.grant, program.settings.claw_back_policy,
            Source(PURCHASE, purchase.event_id), history=history,
            asked_before=purchase.clawed_back, actor=purchase.client,
        )  # fmt: skip
        taken = -sum(e.points for e in posting.entries[before:] if e.kind == "claw_back")
    refund = purchase.refunds[newest]
    counted = replace(refund, points=refund.points + max(0, due), taken=refund.taken + taken)
    return replace(purchase, refunds={**purchase.refunds, newest: counted})


def _check(known: Event, event: EventRequest) -> None:
    """Refuse a refund that cannot be of this purchase. Raises Invalid."""
    field, message = "", ""
    if known.arrived and known.type != PURCHASE:
        field, message = "refunds_event_id", f"This event is a {known.type}, not a purchase."
    elif known.arrived and event.currency not in (None, known.currency):
        field, message = "currency", f"The purchase was in {known.currency}."
    elif len(known.refunds) >= REFUNDS_MAX:
        field, message = "refunds_event_id", f"The purchase has {REFUNDS_MAX} refunds already."
    elif _line_count(known) + len(event.lines) > REFUND_LINES_MAX or _too_long(known, event):
        field = "lines"
        message = "The refunds of this purchase have too many lines, or too long ones."
    if field:
        raise Invalid.of(field, message)


def _line_count(known: Event) -> int:
    return sum(len(refund.lines or ()) for refund in known.refunds.values())


def _too_long(known: Event, event: EventRequest) -> bool:
    said = [key for refund in known.refunds.values() for key, _ in refund.lines or ()]
    said += [key for key, _ in amounts_by_line(event)]
    return sum(len((part or "").encode()) for key in said for part in key) > REFUND_BYTES_MAX


def _sums(said: Sequence[Sequence[tuple[LineKey, int]]]) -> Iterator[tuple[LineKey, int]]:
    sums: dict[LineKey, int] = {}
    for lines in said:
        for key, amount in lines:
            sums[key] = sums.get(key, 0) + amount
    return iter(sums.items())


def _particular(said: tuple[LineKey, int]) -> tuple[int, list[bool], list[str]]:
    missing = [part is None for part in said[0]]
    return sum(missing), missing, [part or "" for part in said[0]]


def _take(lines: Sequence[Line], left: list[int], key: LineKey, amount: int) -> int:
    """Take an amount from the lines that a key means; returns what found no line."""
    if not any(key):
        return amount
    for position, line in enumerate(lines):
        if all(said in (None, held) for said, held in zip(key, line.key, strict=True)):
            part = min(amount, left[position])
            left[position] -= part
            amount -= part
    return amount
