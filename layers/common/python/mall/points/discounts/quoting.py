"""A quote: what one member's points take off one cart at one partner's, for some minutes.

It is signed and kept nowhere: quoting writes nothing. The id of the discount that it can become is
in it, so it becomes one at most. It is honoured until it expires, whatever the program says by
then.
"""

from dataclasses import asdict, dataclass

from mall import cursor
from mall.clock import Millis, instant
from mall.errors import AccountClosed, BadCursor, BadQuote, Invalid, QuoteExpired
from mall.points.discounts.terms import offer, terms_of
from mall.points.discounts.views import DiscountQuoteView, QuoteDiscountRequest
from mall.points.ledger.entry import Entry
from mall.points.ledger.lots import state_at
from mall.points.program import Program

_MINUTE_MS = 60_000


@dataclass(frozen=True)
class Quote:
    """What was quoted. `amount` is what was due, `discount` what comes off it for `points`."""

    discount_id: str
    member: str
    cart_id: str
    amount: int
    currency: str
    points: int
    discount: int
    expires_at: Millis


def quote(
    request: QuoteDiscountRequest, member: str, discount_id: str, head: Entry | None,
    program: Program, now: Millis,
) -> Quote:  # fmt: skip
    """What the member's points can take off the cart. Raises NotOffered, Invalid, AccountClosed."""
    terms = terms_of(program.settings)
    if request.currency != program.settings.currency:
        raise Invalid.of("currency", f"Discounts are in {program.settings.currency}.")
    if head and head.after.closed:
        raise AccountClosed()
    offered = offer(terms, request.amount, state_at(head.after, now).available if head else 0)
    return Quote(
        discount_id=discount_id,
        member=member,
        cart_id=request.cart_id,
        amount=request.amount,
        currency=request.currency,
        points=offered.points,
        discount=offered.discount,
        expires_at=now + terms.quote_minutes * _MINUTE_MS,
    )


def signed(secret: bytes, client: str, quoted: Quote) -> DiscountQuoteView:
    """The quote as its partner gets it; nobody else can use it, or change it."""
    return DiscountQuoteView(
        quote_id=str(cursor.issue(secret, _scope(client), asdict(quoted))),
        points=quoted.points,
        discount=quoted.discount,
        currency=quoted.currency,
        expires_at=instant(quoted.expires_at),
    )


def accept(secret: bytes, client: str, quote_id: str) -> Quote:
    """The quote that was signed for this partner. Raises BadQuote, also where it gives nothing."""
    try:
        found = cursor.accept(secret, _scope(client), quote_id)
    except BadCursor as error:
        raise BadQuote() from error
    quoted = Quote(**found) if found else None
    if quoted is None or not quoted.points:
        raise BadQuote("This quote takes nothing off.")
    return quoted


def refuse_expired(quoted: Quote, now: Millis) -> None:
    """Raise QuoteExpired once a quote's minutes are over."""
    if now >= quoted.expires_at:
        raise QuoteExpired()


def _scope(client: str) -> str:
    return f"discount-quote:{client}"
