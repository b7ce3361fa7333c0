"""Rivals at the checkout: on a limit by day, on a price in cash, on an address book.

Each test has a control beside it: one guard is taken away, and what the test asserts is seen to
fail. Quotes have no race: they are not used up, and each order by one is an order like any other.
"""

from collections.abc import Callable

from mall import keys
from mall.http import Identity
from mall.money import Money
from mall.orders.provider import Intent
from mall.orders.requests import PlaceOrderRequest
from mall.orders.views import OrderView
from mall.users.addresses import ADDRESSES_MAX, AddressRequest, AddressView
from mall.writes import Write

from functions.users.create_address import create_address
from tests.builders import any_id
from tests.emulated import PRICE, EmulatedMall, replayed
from tests.provider import MemoryProvider
from tests.race.rivals import THREADS, Outcomes, RivalStore, rivals

Forgets = Callable[[Write], bool]


def _nothing(_: Write) -> bool:
    return False


def _at(prefix: str) -> Forgets:
    """Picks the conditional writes to items whose sort key begins so."""
    return lambda write: bool(write.condition and write.key["sk"].startswith(prefix))


# --- a limit by day ------------------------------------------------------------------------------


def _race_for_the_day(mall: EmulatedMall, forgets: Forgets = _nothing) -> Outcomes[OrderView]:
    product = mall.product(codes=40, shards=8, limit_per_member={"units": 3, "per": "day"})
    member = mall.member(40 * PRICE)
    mall.programs.current()
    mall.use(mall.opened(RivalStore, parties=8, forgets=forgets))
    return rivals(8, lambda n: mall.place(member, product, f"key {n}"), threads=8)


def should_keep_the_limit_of_a_day(mall: EmulatedMall) -> None:
    """Case 42: eight in parallel, three a day."""
    outcomes = _race_for_the_day(mall)
    assert (len(outcomes.answers), outcomes.codes) == (3, ["limit_reached"] * 5)
    mall.audit()


def should_be_seen_to_pass_the_limit_of_a_day_without_its_condition(mall: EmulatedMall) -> None:
    """Control."""
    outcomes = _race_for_the_day(mall, forgets=_at("LIMIT#"))
    assert len(outcomes.answers) == 8


# --- a price in cash -----------------------------------------------------------------------------


class _Forgetful(MemoryProvider):
    """A provider that opens an intent whenever it is asked to."""

    def open(self, order_id: str, member: str, money: Money) -> Intent:
        self._opened.clear()
        return super().open(order_id, member, money)


def _race_to_pay(mall: EmulatedMall, provider: MemoryProvider) -> Outcomes[OrderView]:
    price = {"points": PRICE, "cash": {"amount": 250, "currency": "USD"}}
    product, member = mall.product(codes=THREADS, shards=8, price=price), mall.member(PRICE)
    mall.provider = provider
    mall.use(mall.opened(RivalStore, parties=THREADS))
    seen = {"points": PRICE, "cash_amount": 250}
    request = PlaceOrderRequest.model_validate(
        {"product_id": product, "quantity": 1, "price": seen}
    )
    return rivals(THREADS, lambda _: mall.redeem(member, request, "the key"))


def should_let_one_key_be_paid_once(mall: EmulatedMall) -> None:
    """Case 38: 32 requests with one key are one order with one intent."""
    outcomes = _race_to_pay(mall, MemoryProvider())
    assert not outcomes.refusals
    assert len({view.model_dump_json() for view in outcomes.answers}) == 1
    assert sum(map(replayed, outcomes.answers)) == THREADS - 1
    assert len(mall.provider.intents) == 1
    mall.audit()


def should_hand_out_one_secret_whatever_the_provider_forgets(mall: EmulatedMall) -> None:
    """Control: many intents, and still only the order's own can be paid by anybody."""
    outcomes = _race_to_pay(mall, _Forgetful())
    assert len(mall.provider.intents) > 1
    secrets = {view.payment.client_secret for view in outcomes.answers if view.payment}
    assert len(secrets) == 1
    mall.audit()


# --- an address book -----------------------------------------------------------------------------


def _race_for_the_last_lines(
    mall: EmulatedMall, forgets: Forgets = _nothing
) -> tuple[int, Outcomes[AddressView]]:
    """Eight addresses at once, into a book with room for two."""
    member = mall.member()
    request = AddressRequest.model_validate(
        {
            "recipient": "Ada Lovelace", "phone": "+12025550123", "line1": any_id(),
            "city": "Nottingham", "postal_code": "NG15", "country": "GB",
        }
    )  # fmt: skip

    def add(_: int) -> AddressView:
        return create_address.story(request, Identity(member), mall.store)

    for number in range(ADDRESSES_MAX - 2):
        add(number)
    mall.use(mall.opened(RivalStore, parties=8, forgets=forgets))
    outcomes = rivals(8, add, threads=8)
    book = {"pk": keys.person(member), "addresses": keys.ADDRESS_PREFIX}
    condition = "#pk = :pk AND begins_with(#sk, :addresses)"
    return len(list(mall.store.query_all("users", condition, book))), outcomes


def should_fill_an_address_book_to_its_end_and_no_further(mall: EmulatedMall) -> None:
    held, outcomes = _race_for_the_last_lines(mall)
    assert (held, len(outcomes.answers)) == (ADDRESSES_MAX, 2)
    assert outcomes.codes == ["too_many_addresses"] * 6


def should_be_seen_to_overfill_an_address_book_without_its_condition(mall: EmulatedMall) -> None:
    """Control."""
    held, _ = _race_for_the_last_lines(mall, forgets=_at("PROFILE"))
    assert held > ADDRESSES_MAX
