"""What a redemption costs, by the real story with a warm product snapshot.

Round trips are counted where requests leave, units are those that the engine reports. The engine
counts as DynamoDB documents it: a write of 1 KB in a transaction 2 units, an index entry 1, a
consistent read of 4 KB 1.
"""

import random
from collections.abc import Callable
from functools import partial
from random import Random

import pytest
from mall import keys
from mall.catalog.product import Price
from mall.catalog.quotes import Quote
from mall.clock import DAY_MS
from mall.errors import (
    AddressRequired,
    BadQuote,
    InsufficientPoints,
    Invalid,
    LimitReached,
    PaymentUnavailable,
    SoldOut,
    TierRequired,
)
from mall.orders.requests import PlaceOrderRequest
from mall.orders.views import OrderView
from mall.points import ledger
from mall.points.ledger import Grant
from mall.points.ledger.entry import IDLE, NEVER, Source, minute
from mall.points.ledger.writes import append
from mall.points.program import PROGRAM
from mall.writes import put

from tests.builders import any_id
from tests.emulated import PRICE, SECRET, EmulatedMall, replayed
from tests.meter import Bill, metered


@pytest.fixture(autouse=True)
def with_a_long_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is counted here is the cost of a warm function, however slow this machine may be."""
    monkeypatch.setattr("mall.store.program.PROGRAM_AGE_S_MAX", 3600.0)


CHEAPEST = Bill(round_trips=2, read_units=1.0, write_units=8.0)


def _warm(mall: EmulatedMall, codes: int = 10, limit: int | None = None, shards: int = 1) -> str:
    """A product that this process has looked at."""
    product = mall.product(codes=codes, limit=limit, shards=shards)
    mall.shelf.product(product)
    return product


def _bill(mall: EmulatedMall, redeem: Callable[[], OrderView]) -> tuple[OrderView, Bill]:
    with metered(mall.engine.dynamodb) as bill:
        view = redeem()
    return view, bill


def _refused(mall: EmulatedMall, why: type[Exception], redeem: Callable[[], OrderView]) -> Bill:
    with metered(mall.engine.dynamodb) as bill, pytest.raises(why):
        redeem()
    return bill


def should_cost_the_same_however_long_the_ledger_is(mall: EmulatedMall) -> None:
    """At 10, 1,000 and 20,000 entries: 2 round trips, 1 read unit, 8 write units."""
    member, product = mall.member(), _warm(mall)
    bills = {}
    for length in (10, 1_000, 20_000):
        mall.grow(member, length)
        mall.shelf.product(product)
        _, bills[length] = _bill(mall, lambda: mall.place(member, product, any_id()))
    assert bills == dict.fromkeys((10, 1_000, 20_000), CHEAPEST)


def should_cost_the_same_with_24_lots_and_the_longest_name(mall: EmulatedMall) -> None:
    """A member with as many lots as can live at once, and a name of 120 letters."""
    member = mall.member()
    posting = ledger.open_posting(member, None, mall.store.now())
    for month in range(24):
        lot = minute(posting.at + (month + 1) * 31 * DAY_MS)
        ledger.credit(posting, "adjust", 10_000, Grant(lot), Source("adjustment", any_id()))
    mall.store.transact(append(posting))
    product = mall.product(codes=3, shards=1, name="N" * 120)
    mall.shelf.product(product)
    _, bill = _bill(mall, lambda: mall.place(member, product, "key"))
    assert bill == CHEAPEST


def should_answer_a_duplicate_in_two_round_trips(mall: EmulatedMall) -> None:
    """Case 36: whether or not the purse could pay once more."""
    product = _warm(mall)
    for member in mall.members([PRICE, 10 * PRICE]):
        first = mall.place(member, product, "key")
        again, bill = _bill(mall, partial(mall.place, member, product, "key"))
        assert (again.model_dump(), replayed(again)) == (first.model_dump(), True)
        assert bill.round_trips == 2


def should_refuse_for_want_of_points_in_two_round_trips(mall: EmulatedMall) -> None:
    """The head, and the order that the request may be a repetition of."""
    member, product = mall.member(PRICE - 1), _warm(mall)
    bill = _refused(mall, InsufficientPoints, lambda: mall.place(member, product, "key"))
    assert bill.round_trips == 2


def should_find_sold_out_in_four_round_trips_and_a_crowd_in_one(mall: EmulatedMall) -> None:
    """The hint spares everybody after the first the head and the transaction."""
    member, product = mall.member(10 * PRICE), _warm(mall, codes=1, shards=8)
    mall.place(member, product, "the last unit")
    first = _refused(mall, SoldOut, lambda: mall.place(member, product, "key"))
    again = [_refused(mall, SoldOut, lambda: mall.place(member, product, "key")) for _ in range(9)]
    assert first.round_trips == 4
    assert [bill.round_trips for bill in again] == [2] * 7 + [1] * 2


class _FirstShard(Random):
    """Looks at shard 0 first."""

    def randrange(self, start: int, *_: object, **__: object) -> int:
        return 0


def should_redeem_through_another_shard_in_four_round_trips(
    mall: EmulatedMall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The only unit is on shard 1; shard 0 is tried first."""
    monkeypatch.setattr("mall.store.shelf.SystemRandom", _FirstShard)
    mall.use(mall.store)
    member, product = mall.member(PRICE), _warm(mall, codes=1, shards=2)
    _, bill = _bill(mall, lambda: mall.place(member, product, "key"))
    assert bill.round_trips == 4
    assert mall.order(member, "key").taken == {"1": 1}
    mall.audit()


def should_add_two_units_for_a_limit_per_member(mall: EmulatedMall) -> None:
    """The counter in the member's own partition, and no further round trip."""
    member, product = mall.member(5 * PRICE), _warm(mall, limit=3)
    for key in ("the first makes the counter", "the second finds it"):
        _, bill = _bill(mall, partial(mall.place, member, product, key))
        assert bill == Bill(2, 1.0, CHEAPEST.write_units + 2)


def should_add_two_units_for_an_expiry_still_to_be_booked(mall: EmulatedMall) -> None:
    """One more entry, and no further round trip."""
    member, product = mall.member(), _warm(mall)
    now = mall.store.now()
    posting = ledger.open_posting(member, None, now)
    for lot in (PROGRAM.lot(now), NEVER):
        ledger.credit(posting, "adjust", PRICE, Grant(lot), Source("adjustment", any_id()))
    mall.store.transact(append(posting))
    mall.let_expire(member)
    _, bill = _bill(mall, lambda: mall.place(member, product, "key"))
    assert bill == Bill(2, 1.0, CHEAPEST.write_units + 2)
    assert [e.kind for e in mall.audit().chains[keys.member(member)]][2:] == ["expire", "redeem"]


def should_read_the_program_only_where_activity_keeps_points_alive(mall: EmulatedMall) -> None:
    """One read more for a member who holds idle points, and only when it is not remembered."""
    member, product = mall.member(), _warm(mall)
    posting = ledger.open_posting(member, None, mall.store.now())
    idle = minute(posting.at + 31 * DAY_MS) + IDLE
    ledger.credit(posting, "adjust", 2 * PRICE, Grant(idle), Source("adjustment", any_id()))
    mall.store.transact(append(posting))
    for key, bill in (("cold", Bill(3, 2.0, 8.0)), ("warm", CHEAPEST)):
        assert _bill(mall, partial(mall.place, member, product, key))[1] == bill


def _asked(product: str, **said: object) -> PlaceOrderRequest:
    request = {"product_id": product, "quantity": 1, "price": {"points": PRICE}} | said
    return PlaceOrderRequest.model_validate(request)


def _terms(mall: EmulatedMall, **terms: object) -> str:
    """A product with such terms that this process has looked at, and the program in its memory."""
    product = mall.product(shards=1, **{"type": "service", **terms})  # type: ignore[arg-type] # names checked at run time
    if terms.get("stock_mode") != "unlimited":
        mall.stock(product, 10)
    mall.shelf.product(product)
    mall.programs.current()
    return product


def should_cost_the_same_for_what_is_never_sold_out(mall: EmulatedMall) -> None:
    """The shard is held to the sale version instead of being counted down."""
    member, product = mall.member(PRICE), _terms(mall, stock_mode="unlimited")
    _, bill = _bill(mall, lambda: mall.place(member, product, "key"))
    assert bill == CHEAPEST


@pytest.mark.parametrize("points", [PRICE, 0])
def should_add_the_providers_call_and_a_look_at_the_shard_for_cash(
    mall: EmulatedMall, points: int
) -> None:
    """The program is remembered, as it is in a process that sells for cash. What a read of several
    items takes, the emulator does not say.
    """
    price = {"points": points, "cash": {"amount": 250, "currency": "USD"}}
    member, product = mall.member(PRICE), _terms(mall, price=price)
    request = _asked(product, price={"points": points, "cash_amount": 250})
    view, bill = _bill(mall, lambda: mall.redeem(member, request, "key"))
    assert (bill.round_trips, bill.write_units) == (3, CHEAPEST.write_units)
    assert (view.status, mall.provider.calls) == ("pending_payment", ["open"])


def should_call_no_provider_and_write_nothing_for_what_is_sold_out(mall: EmulatedMall) -> None:
    """Head, the shard, all shards, and the order: whoever comes first opens no intent either."""
    price = {"points": PRICE, "cash": {"amount": 250, "currency": "USD"}}
    product, member = mall.product(shards=1, type="service", price=price), mall.member(2 * PRICE)
    mall.stock(product, 1)
    request = _asked(product, price={"points": PRICE, "cash_amount": 250})
    mall.redeem(member, request, "key")
    refused = _refused(mall, SoldOut, lambda: mall.redeem(member, request, "another"))
    assert (refused.round_trips, refused.write_units) == (4, 0)
    assert mall.provider.calls == ["open"]


def should_add_a_look_at_the_limit_before_the_provider_is_asked(mall: EmulatedMall) -> None:
    """So a refusal for the limit costs no call at the provider. It is one look with the shard."""
    price = {"points": PRICE, "cash": {"amount": 250, "currency": "USD"}}
    product = _terms(mall, price=price, limit_per_member=1)
    member = mall.member(2 * PRICE)
    request = _asked(product, price={"points": PRICE, "cash_amount": 250})
    _, bill = _bill(mall, lambda: mall.redeem(member, request, "key"))
    assert bill.round_trips == 3
    assert bill.write_units == CHEAPEST.write_units + 2
    refused = _refused(mall, LimitReached, lambda: mall.redeem(member, request, "another"))
    assert (refused.round_trips, refused.write_units) == (3, 0)
    assert mall.provider.calls == ["open"]


def should_cost_no_more_by_a_quote(mall: EmulatedMall) -> None:
    """Cases 46 to 49: the token says it all."""
    member, product = mall.member(PRICE), _terms(mall, tiers=["gold"])
    quoted = Quote(member, product, "default", 1, Price(PRICE), mall.store.now() + 60_000)
    request = PlaceOrderRequest(product_id=product, quantity=1, quote_id=quoted.token(SECRET))
    _, bill = _bill(mall, lambda: mall.redeem(member, request, "key"))
    assert bill == CHEAPEST


def should_add_two_units_for_a_limit_by_period(mall: EmulatedMall) -> None:
    limit = {"units": 3, "per": "day"}
    member, product = mall.member(PRICE), _terms(mall, limit_per_member=limit)
    _, bill = _bill(mall, lambda: mall.place(member, product, "key"))
    assert bill == Bill(2, 1.0, CHEAPEST.write_units + 2)


def should_add_a_read_and_the_copy_of_the_address_for_what_is_sent(mall: EmulatedMall) -> None:
    member, product = mall.member(PRICE), _terms(mall, type="physical")
    address = {**keys.address(member, "home"), "address_id": "home", "line1": "12 Byron Row"}
    mall.store.transact([put("users", address)])
    request = _asked(product, address_id="home")
    _, bill = _bill(mall, lambda: mall.redeem(member, request, "key"))
    assert bill == Bill(3, 2.0, CHEAPEST.write_units + 2)


def should_tell_the_refusals_of_the_checkout_in_so_many_round_trips(mall: EmulatedMall) -> None:
    """As the table in docs/concepts/redemption.md has them."""
    member = mall.member(PRICE)
    exclusive, goods = _terms(mall, tiers=["gold"]), _terms(mall, type="physical")
    priced = _terms(mall, price={"points": PRICE, "cash": {"amount": 250, "currency": "USD"}})
    in_cash = {"points": PRICE, "cash_amount": 250}
    mall.provider.down = True
    for request, why, round_trips in (
        (_asked(goods, price=None, quote_id="forged"), BadQuote, 2),
        (_asked(exclusive), TierRequired, 4),
        (_asked(goods), AddressRequired, 2),
        (_asked(goods, address_id="unknown"), Invalid, 3),
        (_asked(priced, price=in_cash), PaymentUnavailable, 3),
    ):
        bill = _refused(mall, why, partial(mall.redeem, member, request, any_id()))
        assert (why, bill.round_trips, bill.write_units) == (why, round_trips, 0)


def should_add_a_read_for_certain_tiers(mall: EmulatedMall) -> None:
    member, product = mall.member(PRICE), _terms(mall, tiers=["base"])
    _, bill = _bill(mall, lambda: mall.place(member, product, "key"))
    assert bill == Bill(3, 2.0, CHEAPEST.write_units)


# --- a grant -------------------------------------------------------------------------------------

GRANT = Bill(round_trips=4, read_units=2.0, write_units=7.0)


def should_grant_at_the_same_cost_however_long_the_ledger_is(mall: EmulatedMall) -> None:
    """At 10 and 1,000 entries: profile, event and standing, head, and one transaction."""
    member, bills = mall.member(), {}
    for length in (10, 1_000):
        mall.grow(member, length)
        mall.purchase(member, any_id(), 1_000)  # the month's lot is there, and its marker
        mall.programs.current()
        with metered(mall.engine.dynamodb) as bill:
            mall.purchase(member, any_id(), 1_000)
        bills[length] = bill
    assert bills == dict.fromkeys((10, 1_000), GRANT)


def should_answer_a_duplicate_event_without_writing(mall: EmulatedMall) -> None:
    """Case 43."""
    member, event_id = mall.member(), any_id()
    mall.purchase(member, event_id, 1_000)
    mall.programs.current()
    with metered(mall.engine.dynamodb) as bill:
        assert mall.purchase(member, event_id, 1_000).status == "duplicate"
    assert (bill.round_trips, bill.write_units) == (3, 0)


def should_take_a_quantity_from_several_shards_at_two_units_each(mall: EmulatedMall) -> None:
    """Case 82: 5 units with 3 on each of 10 shards: two shards serve, in one transaction."""
    member, product = mall.member(5 * PRICE), _warm(mall, codes=30, shards=10)
    _, bill = _bill(mall, lambda: mall.place(member, product, "key", quantity=5))
    assert bill.round_trips == 4
    assert bill.write_units == CHEAPEST.write_units + 2
    assert sorted(mall.order(member, "key").taken.values()) == [2, 3]
    mall.audit()


def should_be_seen_to_count_a_read_more(mall: EmulatedMall) -> None:
    """Control: a story that reads one item too many has another bill."""
    member, product = mall.member(PRICE), _warm(mall)

    def redeem() -> OrderView:
        mall.store.get("users", keys.profile(member))
        return mall.place(member, product, "key")

    _, bill = _bill(mall, redeem)
    assert bill == Bill(3, CHEAPEST.read_units + 1, CHEAPEST.write_units)


def should_be_seen_to_count_a_bigger_entry(mall: EmulatedMall) -> None:
    """Control: an entry beyond 1 KB has another bill."""
    posting = ledger.open_posting(any_id(), None, mall.store.now())
    source = Source("adjustment", "".join(random.choices("abc", k=1200)))
    ledger.credit(posting, "adjust", PRICE, Grant(NEVER), source)
    with metered(mall.engine.dynamodb) as bill:
        mall.store.transact(append(posting))
    assert bill.write_units == 2  # one item alone is no transaction: 1 unit for each KB
