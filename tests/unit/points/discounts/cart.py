"""A cart at a partner's in a test: quoted, burned and refunded on one member's account."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from mall import keys
from mall.points.discounts import codes, quoting
from mall.points.discounts.burning import Burn, Discount, Known, burn, from_item
from mall.points.discounts.quoting import Quote
from mall.points.discounts.undoing import reverse
from mall.points.discounts.views import QuoteDiscountRequest, ReversalView
from mall.points.ledger.entry import from_item as entry_of
from mall.points.program import Program, ProgramSettings
from mall.points.views import MemberReference
from mall.writes import Write

from tests.builders import any_id
from tests.unit.points.account import Account

SECRET = b"a signing secret of the tests"
CLIENT = "the-shop"
MINUTE = 60_000


def any_program(currency: str = "USD", **terms: object) -> Program:
    """A program where a point is worth a minor unit, unless `terms` say otherwise."""
    discounts = {"points": 1, "worth": 1, **terms}
    document = {"currency": currency, "discounts": discounts}
    return Program(ProgramSettings.model_validate(document))


def any_request(amount: int = 1000, currency: str = "USD") -> QuoteDiscountRequest:
    """A cart of somebody's; whose it is was looked up already."""
    return QuoteDiscountRequest(
        member=MemberReference(user_id=any_id()),
        cart_id=any_id(),
        amount=amount,
        currency=currency,
    )


@dataclass
class Shop:
    """One partner and one member, who has an account and at most one code."""

    account: Account
    program: Program = field(default_factory=any_program)
    code: dict[str, Any] | None = None
    discount: dict[str, Any] | None = None
    cart: dict[str, Any] | None = None

    def quote(self, amount: int = 1000) -> Quote:
        """A quote for a cart of this amount due."""
        request = any_request(amount, self.program.settings.currency)
        return quoting.quote(
            request, self.account.member, any_id(), self._head, self.program, self.account.now
        )

    def issue(self) -> str:
        """A new code of the member's."""
        code = any_id()
        account = self.account
        [write], _ = codes.issue(SECRET, account.member, code, self._head, account.now)
        self.code = dict(write.item)
        return code

    def burn(self, quote: Quote, code: str) -> Discount:
        """The discount that a quote becomes."""
        asked = Burn(CLIENT, quote, code)
        known = Known(self.discount, self.code, self.cart)
        writes, _ = burn(asked, known, self._head, SECRET, self.program, self.account.now)
        self._commit(writes)
        items = {write.key["sk"]: dict(write.item) for write in writes}
        self.discount, self.cart, self.code = items["DISCOUNT"], items["CART"], None
        return from_item(self.discount)

    def refund(self, amount: int) -> ReversalView:
        """What a refund of a part of the cart gives back."""
        assert self.discount
        writes, view = reverse(from_item(self.discount), amount, self._head, self.account.now)
        self._commit(writes)
        self.discount.update(writes[0].values)
        if any(write.action == "Delete" for write in writes):
            self.cart = None
        return view

    @property
    def _head(self) -> Any:
        return self.account.chain[-1] if self.account.chain else None

    def _commit(self, writes: Sequence[Write]) -> None:
        entries = [w.item for w in writes if w.key["sk"].startswith(keys.ENTRY_PREFIX)]
        self.account.chain += map(entry_of, entries)
