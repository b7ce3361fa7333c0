"""Burns and refunds of one cart at once: a code is used once, a quote becomes one discount.

Each test has a control beside it: one guard is taken away, and what the test asserts is seen to
fail.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from mall import keys
from mall.http import Identity
from mall.ids import new_id
from mall.models import View
from mall.points.discounts import codes
from mall.points.discounts.views import (
    BurnDiscountRequest,
    DiscountView,
    QuoteDiscountRequest,
    ReversalView,
    ReverseDiscountRequest,
)
from mall.points.ledger.chain import verify
from mall.points.ledger.entry import Entry
from mall.points.program import Program, ProgramSettings
from mall.points.views import MemberReference
from mall.store.ledger import entries, head
from mall.store.program import Programs
from mall.writes import Write

from functions.points.burn_discount import burn_discount
from functions.points.quote_discount import quote_discount
from functions.points.reverse_discount import reverse_discount
from tests.builders import any_id
from tests.emulated import EmulatedMall, replayed
from tests.race.rivals import Outcomes, RivalStore, rivals

RIVALS = 12
AMOUNT = 1_000
POINTS = 4_000
SECRET = b"a signing secret of the tests"
SHOP = Identity("the-shop")
PROGRAM = Program(ProgramSettings.model_validate({"discounts": {"points": 1, "worth": 1}}))
Forgets = Callable[[Write], bool]


def _nothing(_: Write) -> bool:
    return False


def _either(*kinds: str) -> Forgets:
    """Picks the conditional writes to items of these kinds."""
    return lambda write: bool(write.condition) and write.key["sk"].startswith(kinds)


@dataclass
class Checkout:
    """A member at one partner's checkout."""

    mall: EmulatedMall
    member: str = field(init=False)

    def __post_init__(self) -> None:
        self.member = self.mall.member(POINTS)

    def rival(self, forgets: Forgets = _nothing, parties: int = RIVALS) -> None:
        """Let rivals meet at the first thing that each of them writes."""
        self.mall.use(self.mall.opened(RivalStore, parties=parties, forgets=forgets))

    def code(self) -> str:
        """The member's code."""
        code, store = new_id(), self.mall.store
        writes, _ = codes.issue(SECRET, self.member, code, head(store, self.member), store.now())
        store.transact(writes)
        return code

    def quote(self, cart: str = "", amount: int = AMOUNT) -> str:
        """A quote for a cart."""
        request = QuoteDiscountRequest(
            member=MemberReference(user_id=self.member),
            cart_id=cart or any_id(),
            amount=amount,
            currency="USD",
        )
        return quote_discount.story(request, SHOP, self.mall.store, PROGRAM, SECRET).quote_id

    def burn(self, quote: str, code: str, key: str) -> DiscountView:
        """Burn as the partner."""
        request = BurnDiscountRequest(quote_id=quote, member_code=code)
        store = self.mall.store
        return burn_discount.story(request, key, SHOP, store, Programs(store), SECRET)

    def reverse(self, discount: str, amount: int, key: str) -> ReversalView:
        """Refund a part of the cart as the partner."""
        request = ReverseDiscountRequest(amount=amount)
        return reverse_discount.story(discount, request, key, SHOP, self.mall.store)

    def chain(self) -> list[Entry]:
        """The member's entries, which follow from one another."""
        chain = [*entries(self.mall.store, self.member)]
        assert verify(chain).valid
        return chain

    def moved(self, kind: str) -> list[int]:
        """The points of the entries of a kind."""
        return [entry.points for entry in self.chain() if entry.kind == kind]


@pytest.fixture
def checkout(mall: EmulatedMall) -> Checkout:
    """A member with 4,000 points."""
    return Checkout(mall)


def _once_for_one_key(outcomes: Outcomes[View]) -> None:
    """All got the one answer, all but one as a replay."""
    assert not outcomes.refusals
    assert len({view.model_dump_json() for view in outcomes.answers}) == 1
    assert sum(map(replayed, outcomes.answers)) == RIVALS - 1


def should_burn_once_for_one_key(checkout: Checkout) -> None:
    """Case 38."""
    quote, code = checkout.quote(), checkout.code()
    checkout.rival()
    outcomes = rivals(RIVALS, lambda _: checkout.burn(quote, code, "key"))
    _once_for_one_key(Outcomes(outcomes.answers, outcomes.refusals))
    assert checkout.moved("discount") == [-AMOUNT]


def should_burn_a_quote_once_whatever_the_keys(checkout: Checkout) -> None:
    quote, code = checkout.quote(), checkout.code()
    checkout.rival()
    outcomes = rivals(RIVALS, lambda n: checkout.burn(quote, code, f"key {n}"))
    assert (len(outcomes.answers), set(outcomes.codes)) == (1, {"quote_used"})
    assert checkout.moved("discount") == [-AMOUNT]


def _race_of_quotes(checkout: Checkout, forgets: Forgets = _nothing) -> Outcomes[DiscountView]:
    """As many quotes, each of another cart, and one code for all."""
    quotes, code = [checkout.quote(amount=100) for _ in range(RIVALS)], checkout.code()
    checkout.rival(forgets)
    return rivals(RIVALS, lambda n: checkout.burn(quotes[n], code, f"key {n}"))


def should_use_a_code_once_whatever_it_is_for(checkout: Checkout) -> None:
    outcomes = _race_of_quotes(checkout)
    assert (len(outcomes.answers), set(outcomes.codes)) == (1, {"wrong_member_code"})
    assert checkout.moved("discount") == [-100]


def should_be_seen_to_use_a_code_often_without_the_conditions(checkout: Checkout) -> None:
    """Control: neither the code's condition nor that of the revision."""
    outcomes = _race_of_quotes(checkout, forgets=_either("DISCOUNTCODE", "ENTRY"))
    assert len(outcomes.answers) > 1


def should_give_a_cart_one_discount(checkout: Checkout) -> None:
    """Each of the rivals has a quote of the same cart, and a code that is good when it is used."""
    quotes, code = [checkout.quote("the cart") for _ in range(RIVALS)], checkout.code()
    checkout.rival(forgets=_either("DISCOUNTCODE"))
    outcomes = rivals(RIVALS, lambda n: checkout.burn(quotes[n], code, f"key {n}"))
    assert len(outcomes.answers) == 1
    assert set(outcomes.codes) <= {"cart_discounted", "wrong_member_code"}
    assert checkout.moved("discount") == [-AMOUNT]


def _race_of_refunds(checkout: Checkout, forgets: Forgets = _nothing) -> Outcomes[ReversalView]:
    """12 refunds of 300 of a cart of 1,000."""
    discount = checkout.burn(checkout.quote(), checkout.code(), "key").discount_id
    checkout.rival(forgets)
    return rivals(RIVALS, lambda n: checkout.reverse(discount, 300, f"key {n}"))


def should_never_refund_more_than_the_cart(checkout: Checkout) -> None:
    """Case 26: three of them fit."""
    outcomes = _race_of_refunds(checkout)
    assert (len(outcomes.answers), set(outcomes.codes)) == (3, {"refund_exceeds"})
    assert {refusal.facts["amount_left"] for refusal in outcomes.refusals} == {100}
    assert checkout.moved("refund") == [300, 300, 300]


def should_be_seen_to_refund_more_without_the_conditions(checkout: Checkout) -> None:
    """Control: neither the discount's own condition nor that of the revision."""
    outcomes = _race_of_refunds(checkout, forgets=_either("DISCOUNT", "ENTRY"))
    assert len(outcomes.answers) > 3


def should_refund_once_for_one_key(checkout: Checkout) -> None:
    """Case 38: the refund of the whole cart, which leaves nothing for whoever comes second."""
    discount = checkout.burn(checkout.quote(), checkout.code(), "key").discount_id
    checkout.rival()
    outcomes = rivals(RIVALS, lambda _: checkout.reverse(discount, AMOUNT, "key"))
    _once_for_one_key(Outcomes(outcomes.answers, outcomes.refusals))
    assert checkout.moved("refund") == [AMOUNT]
    assert checkout.mall.store.get("points", keys.discount(discount)) is not None
