"""A redemption on its way: terms, shards, purse and payment, then one transaction.

A redemption of points alone reads the head of the member's chain and nothing else. What a product
asks for beyond that is read where it asks: the tier of one for certain tiers, the address of one
that is sent, the program's settings for cash and for limits by day, week or month.

The cash part is opened at the provider when everything else is decided and nothing is written. The
shards that are to serve and the limit are looked at before, in one round trip, so that nobody whom
they refuse makes the provider work; the transaction has the last word. If the function dies after
that, there is an intent that no order knows: nobody holds its secret, so nobody can pay it, a retry
is given the same one, and `reconcile_payments` cancels it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from aws_lambda_powertools.event_handler import Depends

from mall import keys
from mall.catalog import limits, selling, stock
from mall.catalog.product import SENT, Price, Product, existing, sku_of
from mall.catalog.quotes import Quote, quote_of
from mall.clock import Millis
from mall.errors import AddressRequired, BadQuote, Stale
from mall.money import Money
from mall.orders import placing
from mall.orders.items import from_item, waits
from mall.orders.order import Order
from mall.orders.provider import Intent, Provider
from mall.orders.queueing import stand_in_line
from mall.orders.views import OrderView, placed_view
from mall.payments import OpenProvider
from mall.points.ledger.entry import Entry
from mall.points.program import Program
from mall.secrets import SigningSecretWhenAsked
from mall.store import OpenShelf, OpenStore
from mall.store.client import Commit, Store
from mall.store.ledger import head
from mall.store.line import Line, OpenLine
from mall.store.program import OpenPrograms, Programs
from mall.store.shelf import Demand, Shelf, refuse_existing
from mall.store.standing import tier_of
from mall.users import addresses
from mall.writes import Item


@dataclass(frozen=True)
class Checkout:
    """What a redemption is served with. The provider and the secret are asked only when needed."""

    store: Store
    shelf: Shelf
    programs: Programs
    provider: Provider
    signing_secret: Callable[[], bytes]
    line: Line


def open_checkout(
    store: OpenStore, shelf: OpenShelf, programs: OpenPrograms, provider: OpenProvider,
    secret: SigningSecretWhenAsked, line: OpenLine,
) -> Checkout:  # fmt: skip
    """What this process serves redemptions with."""
    return Checkout(store, shelf, programs, provider, secret, line)


OpenCheckout = Annotated[Checkout, Depends(open_checkout)]


class Redemption:
    """One request to redeem. Over the tries of a commit it remembers what it need not ask again."""

    def __init__(self, asked: placing.Draft, checkout: Checkout) -> None:
        self._asked = asked
        self._request = asked.request
        self._checkout = checkout
        self._demand = Demand(keys.order(asked.order_id), asked.request.quantity)
        self._quote: Quote | None = None
        self._newest: Entry | None = None
        self._read = False
        self._address: Item | None = None
        self._intents: dict[Money, Intent] = {}

    def attempt(self, last: Stale | None) -> Commit[OrderView]:
        """Decide once, on what stands now; `last` is what went stale the time before.

        Raises every refusal of `place_order` but those of its key.
        """
        store, shelf = self._checkout.store, self._checkout.shelf
        now = store.now()
        product, price = shelf.agreed(
            self._request.product_id,
            lambda found: self._judge(found, now),
            fresh=isinstance(last, stock.SnapshotOld),
        )
        sku = self._quote.sku if self._quote else sku_of(product, self._request.sku)
        if product.stock_mode == "queued":
            return Commit([], self._stand_in_line(product, sku, price, now))
        short = isinstance(last, stock.ShardShort)
        taken = shelf.choose(self._demand, product, sku, short=short)
        if not self._read or (last and last.rival):  # else a shard was in the way, no revision
            self._newest, self._read = head(store, self._asked.member), True
        sale = placing.Sale(product, sku, price, taken, self._address_for(product))
        program = self._program_for(product, price)
        writes, order = placing.place(self._asked, sale, self._newest, program, now)
        if order.cash:
            if not self._intents:
                self._refuse_in_vain(product, order, taken)
            intent = self._intent(order, order.cash)
            writes, order = placing.payable(writes, order, intent, program)
        return Commit(writes, placed_view(order))

    def again(self, kept: Item) -> OrderView:
        """The answer given before under this key, from what stands there: an order, or what waits.

        Raises IdempotencyKeyReused for another request, and Busy.
        """
        if waits(kept):
            return self._checkout.line.again(kept, self._asked.request_hash)
        return placing.replay(self._asked, from_item(kept))

    def _stand_in_line(self, product: Product, sku: str, price: Price, now: Millis) -> OrderView:
        """Let the queue's consumer decide, on the terms agreed here."""
        selling.total(price, self._request.quantity)
        self._address_for(product)
        secret = self._checkout.signing_secret()
        asked = stand_in_line(
            self._asked, product, sku, price.points, now, secret, quoted=self._quote is not None
        )
        return self._checkout.line.join(asked, product)

    def _judge(self, found: Product | None, now: Millis) -> Price:
        """The price of a unit, and that the member may have so many of them sent."""
        quote = self._quoted()
        product = existing(found)
        if quote:
            price = selling.quoted(product, quote, now)
        else:
            seen = self._request.price
            price = selling.sellable(product, seen.price if seen else Price(0), now)
        if product.tiers and not quote:
            programs = self._checkout.programs
            tier = tier_of(self._checkout.store, self._asked.member, programs.current())
            selling.refuse_other_tiers(product, tier)
        if product.type == SENT and self._request.address_id is None:
            raise AddressRequired()
        selling.refuse_too_many(product, self._request.quantity)
        return price

    def _quoted(self) -> Quote | None:
        """The quote that the request goes by. Raises BadQuote for one of something else."""
        request = self._request
        if request.quote_id and self._quote is None:
            secret = self._checkout.signing_secret()
            quote = quote_of(request.quote_id, secret, self._asked.member)
            if not quote.is_for(request.product_id, request.sku, request.quantity):
                raise BadQuote("This quote is for something else.")
            self._quote = quote
        return self._quote

    def _address_for(self, product: Product) -> Item | None:
        """Where a product is sent, if it is. Raises Invalid for an address that is unknown."""
        chosen = self._request.address_id
        if product.type != SENT or chosen is None:
            return None
        if self._address is None:
            place = keys.address(self._asked.member, chosen)
            self._address = addresses.chosen(self._checkout.store.get("users", place))
        return self._address

    def _program_for(self, product: Product, price: Price) -> Program:
        """The program, as far as it matters here; points alone mostly do without it."""
        limit = product.limit_per_member
        by_period = limit is not None and limit.per != "ever"
        programs = self._checkout.programs
        return programs.current() if price.cash or by_period else programs.of_account(self._newest)

    def _refuse_in_vain(self, product: Product, order: Order, taken: stock.Plan) -> None:
        """Raise ShardShort, SnapshotOld or LimitReached before the provider is asked in vain.

        AlreadyDone for a repetition: else it would open another intent where that of the order is
        cancelled, or where it asks for other money.
        """
        limit = product.limit_per_member
        wanted: list[tuple[keys.Table, keys.Key]] = [("orders", self._demand.order)]
        for shard in taken if product.counted else ():
            wanted.append(("catalog", keys.stock(product.product_id, order.sku, shard)))
        if limit:
            counts = keys.limit(order.member, product.product_id, order.limit_period)
            wanted.append(("catalog", counts))
        placed, *found = self._checkout.store.get_many(wanted)
        refuse_existing(placed)
        counter = found.pop() if limit else None
        if product.counted:
            stock.refuse_short(product, taken, found)
        if limit:
            limits.refuse_full(limit, counter["units"] if counter else 0, order.quantity)

    def _intent(self, order: Order, cash: Money) -> Intent:
        """The intent that pays an order: one for the same money. Raises PaymentUnavailable."""
        if cash not in self._intents:
            opened = self._checkout.provider.open(order.order_id, order.member, cash)
            self._intents[cash] = opened
        return self._intents[cash]
