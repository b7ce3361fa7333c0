"""What the discount operations take and show. Amounts are minor units of their currency."""

from typing import Annotated

from pydantic import Field

from mall.models import Request, ShortText, View
from mall.money import Currency
from mall.points.views import MemberReference

AMOUNT_MAX = 10**12
Amount = Annotated[int, Field(strict=True, ge=1, le=AMOUNT_MAX)]


class DiscountCodeView(View):
    """A code that lets a shop burn this member's points, once."""

    code: str
    expires_at: str


class QuoteDiscountRequest(Request):
    """A cart: whose it is, the partner's id of it, and what is due for it."""

    member: MemberReference
    cart_id: ShortText
    amount: Amount
    currency: Currency


class DiscountQuoteView(View):
    """What points can take off a cart; both numbers are 0 where nothing can be had."""

    quote_id: str
    points: int
    discount: int
    currency: str
    expires_at: str


class BurnDiscountRequest(Request):
    """A quote to act on, and the member's own one-time code."""

    quote_id: Annotated[str, Field(min_length=1, max_length=2048)]
    member_code: Annotated[str, Field(min_length=1, max_length=64)]


class DiscountView(View):
    """A discount that was given."""

    discount_id: str
    points: int
    discount: int
    currency: str


class ReverseDiscountRequest(Request):
    """What is refunded of the cart now: a part of the amount that was due."""

    amount: Amount


class ReversalView(View):
    """What a refund gave back: `points` by itself, `points_returned` with all before it."""

    discount_id: str
    points: int
    points_returned: int
    amount_left: int
