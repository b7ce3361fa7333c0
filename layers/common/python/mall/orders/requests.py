"""What the orders' operations take. The code of a voucher is in the body only, never answered."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from mall.catalog.product import Price
from mall.catalog.quotes import ProductId, Quantity, WantedSku
from mall.models import MAX_INTEGER, NO_CONTROLS, Points, Request, ShortText
from mall.money import Currency, MinorUnits, Money

_TrackingNumber = Annotated[str, Field(min_length=1, max_length=80, pattern=NO_CONTROLS)]
_VoucherCode = Annotated[str, Field(min_length=1, max_length=64, repr=False)]


class PriceSeen(Request):
    """The price of one unit as the member saw it; an unsaid currency is the product's."""

    points: Annotated[int, Field(strict=True, ge=0, le=MAX_INTEGER)]
    cash_amount: Annotated[int, Field(strict=True, ge=0, le=MAX_INTEGER)] | None = None
    cash_currency: Currency | None = None

    @property
    def price(self) -> Price:
        """The plain value; a currency that was not sent is empty."""
        seen = Money(self.cash_amount, self.cash_currency or "") if self.cash_amount else None
        return Price(self.points, seen)


class PlaceOrderRequest(Request):
    """A redemption of one product, at the price seen or by a quote."""

    product_id: ProductId
    sku: WantedSku | None = None
    quantity: Quantity
    price: PriceSeen | None = None
    quote_id: Annotated[str, Field(min_length=1, max_length=1000)] | None = None
    address_id: Annotated[str, Field(min_length=1, max_length=64)] | None = None

    @model_validator(mode="after")
    def _priced_once(self) -> Self:
        if (self.price is None) == (self.quote_id is None):
            raise ValueError("send either the price seen or a quote_id")
        return self


class SetAddressRequest(Request):
    """Which of the member's addresses the goods go to."""

    address_id: Annotated[str, Field(min_length=1, max_length=64)]


class CancelRequest(Request):
    """Why the merchant cancels; the reason is shown to the member."""

    reason: ShortText
    merchant_fault: bool = False


class FailFulfilmentRequest(Request):
    """Why goods cannot be shipped; the reason is shown to the member."""

    reason: ShortText


class ShipRequest(Request):
    """Who carries the goods, under which number."""

    carrier: ShortText
    tracking_number: _TrackingNumber


class RefundRequest(Request):
    """What to give back: points, minor units of the order's currency, or both; all if neither."""

    points: Points | None = None
    cash_amount: MinorUnits | None = None
    reason: ShortText
    merchant_fault: bool = False


class ReturnLine(Request):
    """So many units of a SKU of the order."""

    sku: WantedSku
    quantity: Quantity


class ReturnRequest(Request):
    """Why the order is sent back, and what of it; all of it where no lines are named."""

    reason: ShortText
    lines: Annotated[tuple[ReturnLine, ...], Field(min_length=1, max_length=20)] | None = None


class AcceptReturnRequest(Request):
    """Whether the goods that came back can be sold again. `returned` is how many units of the order
    have come back in all, these included; it may be left out the first time.
    """

    restock: bool
    returned: Quantity | None = None


class ValidateVoucherRequest(Request):
    """A code that somebody shows, the cart that it is for, and what is due for that."""

    code: _VoucherCode
    cart_id: ShortText | None = None
    amount: MinorUnits | None = None


class BurnVoucherRequest(Request):
    """A code to use for a cart, and what is due for that."""

    code: _VoucherCode
    cart_id: ShortText
    amount: MinorUnits | None = None


class UnburnVoucherRequest(Request):
    """A code that was used, and the cart that it was used for."""

    code: _VoucherCode
    cart_id: ShortText
