"""Vouchers that several want at once: issued once, used once, and never used and refunded.

Each test has a control beside it: one guard is taken away, and what the test asserts is seen to
fail.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from mall.errors import Busy
from mall.http import Identity
from mall.models import View
from mall.orders.order import order_id
from mall.orders.requests import BurnVoucherRequest, RefundRequest, UnburnVoucherRequest
from mall.points.program import PROGRAM
from mall.writes import Write

from functions.orders.burn_voucher import burn_voucher
from functions.orders.refund_order import refund_order
from functions.orders.unburn_voucher import unburn_voucher
from tests.audit import scan
from tests.emulated import PRICE, SECRET, EmulatedMall, replayed
from tests.race.rivals import Outcomes, RivalStore, rivals

RIVALS = 12
SHOP = Identity("the-shop")
OPERATOR = Identity("the-operator", frozenset({"operator"}))
Forgets = Callable[[Write], bool]


def _nothing(_: Write) -> bool:
    return False


def _of(kind: str) -> Forgets:
    """Picks the conditional writes to items of this kind."""
    return lambda write: bool(write.condition) and write.key["sk"] == kind


@dataclass
class Checkout:
    """Members with vouchers, and a shop where they are used."""

    mall: EmulatedMall

    def buyers(self, count: int) -> list[str]:
        """Members who have ordered a voucher each, with the key "key"."""
        product = self.mall.product(type="discount", stock_mode="unlimited")
        buyers = self.mall.members([PRICE] * count)
        for buyer in buyers:
            self.mall.place(buyer, product, "key")
        return buyers

    def issued(self, count: int) -> list[str]:
        """The same, with their vouchers."""
        buyers = self.buyers(count)
        for buyer in buyers:
            self.mall.fulfil(buyer, "key")
        return buyers

    def code(self, buyer: str) -> str:
        """The code of a buyer's voucher."""
        order = self.mall.order(buyer, "key")
        assert order.voucher
        return self.mall.vault.open(order.product_id, order.voucher.sealed)

    def rival(self, parties: int, forgets: Forgets = _nothing) -> None:
        """Let rivals meet at the first thing that each of them writes."""
        self.mall.use(self.mall.opened(RivalStore, parties=parties, forgets=forgets))

    def burn(self, code: str, key: str, cart: str = "cart") -> View:
        """Burn as the shop."""
        request = BurnVoucherRequest(code=code, cart_id=cart)
        return burn_voucher.story(request, key, SHOP, self.mall.store, SECRET)

    def unburn(self, code: str, key: str) -> View:
        """Give back as the shop."""
        request = UnburnVoucherRequest(code=code, cart_id="cart")
        return unburn_voucher.story(request, key, SHOP, self.mall.store, SECRET)

    def refund(self, buyer: str) -> View:
        """Refund a buyer's order whole, as an operator."""
        request, order = RefundRequest(reason="broken"), order_id(buyer, "key")
        return refund_order.story(order, request, order, OPERATOR, self.mall.store, PROGRAM)

    def vouchers(self) -> list[Mapping[str, Any]]:
        """Every voucher that stands."""
        items = scan(self.mall.engine.dynamodb, self.mall.tables["orders"])
        return [item for item in items if item["sk"] == "VOUCHER"]


@pytest.fixture
def checkout(mall: EmulatedMall) -> Checkout:
    """A mall with a shop."""
    return Checkout(mall)


# --- issuing -------------------------------------------------------------------------------------


def _race_of_fulfilments(checkout: Checkout, forgets: Forgets = _nothing) -> Counter[str]:
    """Each order's message delivered twice at once; how many vouchers each order has then."""
    buyers = checkout.buyers(RIVALS // 2)
    checkout.rival(RIVALS, forgets)

    def deliver(number: int) -> None:
        with suppress(Busy):
            checkout.mall.fulfil(buyers[number // 2], "key")

    rivals(RIVALS, deliver)
    for buyer in buyers:
        checkout.mall.fulfil(buyer, "key")
    return Counter(item["order_id"] for item in checkout.vouchers())


def should_issue_one_voucher_however_often_the_message_comes(checkout: Checkout) -> None:
    """Case 60."""
    assert set(_race_of_fulfilments(checkout).values()) == {1}
    for voucher in checkout.mall.audit().vouchers:
        order = checkout.mall.audit().orders[voucher["order_id"]].voucher
        assert order
        assert voucher["pk"] == f"VOUCHER#{order.mac}"


def should_be_seen_to_issue_two_without_the_condition_on_the_order(checkout: Checkout) -> None:
    """Control."""
    assert max(_race_of_fulfilments(checkout, forgets=_of("ORDER")).values()) > 1


# --- burning -------------------------------------------------------------------------------------


def _race_of_burns(checkout: Checkout, keys: int, forgets: Forgets = _nothing) -> Outcomes[View]:
    [buyer] = checkout.issued(1)
    code = checkout.code(buyer)
    checkout.rival(RIVALS, forgets)
    return rivals(RIVALS, lambda n: checkout.burn(code, f"key {n % keys}"))


def should_burn_once_for_one_key(checkout: Checkout) -> None:
    """Case 38."""
    outcomes = _race_of_burns(checkout, keys=1)
    assert not outcomes.refusals
    assert len({view.model_dump_json() for view in outcomes.answers}) == 1
    assert sum(map(replayed, outcomes.answers)) == RIVALS - 1


def should_burn_once_whatever_the_keys(checkout: Checkout) -> None:
    outcomes = _race_of_burns(checkout, keys=RIVALS)
    assert (len(outcomes.answers), set(outcomes.codes)) == (1, {"voucher_used"})


def should_be_seen_to_burn_often_without_the_condition(checkout: Checkout) -> None:
    """Control."""
    assert len(_race_of_burns(checkout, keys=RIVALS, forgets=_of("VOUCHER")).answers) > 1


def _race_of_returns(checkout: Checkout, forgets: Forgets = _nothing) -> Outcomes[View]:
    """As many keys give one burned voucher back."""
    [buyer] = checkout.issued(1)
    code = checkout.code(buyer)
    checkout.burn(code, "burn")
    checkout.rival(RIVALS, forgets)
    return rivals(RIVALS, lambda n: checkout.unburn(code, f"key {n}"))


def should_give_back_once_whatever_the_keys(checkout: Checkout) -> None:
    outcomes = _race_of_returns(checkout)
    assert (len(outcomes.answers), set(outcomes.codes)) == (1, {"voucher_not_used"})


def should_be_seen_to_give_back_often_without_the_condition(checkout: Checkout) -> None:
    """Control."""
    assert len(_race_of_returns(checkout, forgets=_of("VOUCHER")).answers) > 1


# --- burning against refunding -------------------------------------------------------------------


def _race_of_burn_and_refund(
    checkout: Checkout, forgets: Forgets = _nothing
) -> tuple[Outcomes[View], Counter[tuple[str, int]]]:
    """Each voucher burned and refunded at once; its state and the points its member has then."""
    buyers = checkout.issued(RIVALS // 2)
    codes = {buyer: checkout.code(buyer) for buyer in buyers}
    checkout.rival(RIVALS, forgets)

    def act(number: int) -> View:
        buyer = buyers[number // 2]
        if number % 2:
            return checkout.refund(buyer)
        return checkout.burn(codes[buyer], buyer)

    outcomes = rivals(RIVALS, act)
    states = {item["member"]: item["state"] for item in checkout.vouchers()}
    available = checkout.mall.available
    return outcomes, Counter((states[buyer], available(buyer)) for buyer in buyers)


def should_never_burn_a_voucher_and_refund_its_order(checkout: Checkout) -> None:
    """One wins: burned and kept, or void and refunded."""
    outcomes, ends = _race_of_burn_and_refund(checkout)
    assert set(ends) <= {("burned", 0), ("void", PRICE)}
    assert len(outcomes.answers) == RIVALS // 2
    assert set(outcomes.codes) <= {"voucher_used", "voucher_void"}
    checkout.mall.audit()


def should_be_seen_to_do_both_without_the_condition_on_the_voucher(checkout: Checkout) -> None:
    """Control."""
    outcomes, ends = _race_of_burn_and_refund(checkout, forgets=_of("VOUCHER"))
    assert len(outcomes.answers) > RIVALS // 2
    assert set(ends) & {("burned", PRICE), ("void", PRICE)}
