"""Burning: a quote and the member's code become a discount, once.

The spend, the discount, the code that is used up and the cart's own item are one transaction. The
discount's id comes from the quote, so no quote becomes two; the cart's item lets no two quotes of
one cart become discounts side by side, whose sum nobody held against what is due.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mall import keys
from mall.clock import Millis
from mall.errors import CartDiscounted, QuoteUsed
from mall.points import ledger
from mall.points.discounts import codes
from mall.points.discounts.quoting import Quote, refuse_expired
from mall.points.discounts.views import DiscountView
from mall.points.ledger.entry import Entry, Lots, Source
from mall.points.ledger.writes import append
from mall.points.program import Program
from mall.writes import ABSENT, Item, Write, put

SOURCE = "discount"


@dataclass(frozen=True)
class Discount:
    """A discount as it stands. `left` are the points of its allocation that were not returned."""

    discount_id: str
    client: str
    member: str
    cart_id: str
    amount: int
    currency: str
    points: int
    discount: int
    burned_at: Millis
    left: Lots = field(default_factory=dict)
    refunded: int = 0
    points_returned: int = 0


@dataclass(frozen=True)
class Known:
    """What stands of a quote: the discount it became, the member's code, the cart's discount."""

    discount: Mapping[str, Any] | None
    code: Mapping[str, Any] | None
    cart: Mapping[str, Any] | None


@dataclass(frozen=True)
class Burn:
    """What a partner asks for: a quote that was signed for it, and a code that a member gave it."""

    client: str
    quote: Quote
    code: str

    @property
    def places(self) -> list[tuple[keys.Table, keys.Key]]:
        """Where what is `Known` of it stands, in that order."""
        return [
            ("points", keys.discount(self.quote.discount_id)),
            ("points", keys.discount_code(self.quote.member)),
            ("points", keys.cart(self.client, self.quote.cart_id)),
        ]


def burn(
    asked: Burn, known: Known, head: Entry | None, secret: bytes, program: Program, now: Millis
) -> tuple[list[Write], DiscountView]:
    """The writes of a discount, and its answer.

    Raises QuoteUsed, QuoteExpired, WrongMemberCode, CartDiscounted, AccountClosed and
    InsufficientPoints(available); so do the writes, where a rival was faster.
    """
    quote = asked.quote
    if known.discount:
        raise QuoteUsed()
    refuse_expired(quote, now)
    used = codes.use(secret, quote.member, asked.code, known.code, now)
    if known.cart:
        raise CartDiscounted()
    posting = ledger.open_posting(quote.member, head, now)
    program.note_activity(posting, posting.at)
    ledger.spend(
        posting, "discount", quote.points, Source(SOURCE, quote.discount_id), actor=asked.client
    )
    discount = Discount(
        discount_id=quote.discount_id,
        client=asked.client,
        member=quote.member,
        cart_id=quote.cart_id,
        amount=quote.amount,
        currency=quote.currency,
        points=quote.points,
        discount=quote.discount,
        burned_at=posting.at,
        left={lot: -points for lot, points in posting.entries[-1].lots.items()},
    )
    cart = {**keys.cart(asked.client, quote.cart_id), "discount_id": quote.discount_id}
    writes = [
        put("points", _to_item(discount), condition=ABSENT, refused=_quote_used),
        used,
        put("points", cart, condition=ABSENT, refused=_cart_discounted),
        *append(posting),
    ]
    return writes, _view(discount)


def _quote_used(_: Item | None) -> Exception:
    return QuoteUsed()


def _cart_discounted(_: Item | None) -> Exception:
    return CartDiscounted()


def _view(discount: Discount) -> DiscountView:
    return DiscountView(
        discount_id=discount.discount_id,
        points=discount.points,
        discount=discount.discount,
        currency=discount.currency,
    )


def _to_item(discount: Discount) -> dict[str, Any]:
    return {
        **keys.discount(discount.discount_id),
        "client": discount.client,
        "member": discount.member,
        "cart_id": discount.cart_id,
        "amount": discount.amount,
        "currency": discount.currency,
        "points": discount.points,
        "discount": discount.discount,
        "burned_at": discount.burned_at,
        "left": dict(discount.left),
        "refunded": discount.refunded,
        "points_returned": discount.points_returned,
    }


def from_item(item: Mapping[str, Any]) -> Discount:
    """The discount that an item of the points table holds."""
    return Discount(
        discount_id=item["pk"].partition("#")[2],
        client=item["client"],
        member=item["member"],
        cart_id=item["cart_id"],
        amount=item["amount"],
        currency=item["currency"],
        points=item["points"],
        discount=item["discount"],
        burned_at=item["burned_at"],
        left=item["left"],
        refunded=item["refunded"],
        points_returned=item["points_returned"],
    )
