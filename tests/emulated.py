"""The mall on the emulator's services, driven in process: the real stories, on tables of their own.

Powertools keeps the event at hand in a class attribute, so threads cannot share a resolver: they
call the stories, with the request, the key and the caller that the entry wrapper would hand over.

The emulator's transactions are atomic and its conditions are checked, so a race is a race. It is
kinder than AWS in two ways: it never cancels a transaction for a conflict with another one, and it
never throttles. Those answers are made by tests/simulation/faults.py.
"""

import uuid
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any, TypeVar

import pytest
from mall import keys
from mall.catalog.requests import (
    CreateProductRequest,
    ImportCodesRequest,
    MoveStockRequest,
    PriceRequest,
)
from mall.catalog.views import ImportView
from mall.clock import DAY_MS, Clock, instant, utc_day
from mall.http import Identity
from mall.models import View
from mall.orders.items import from_item
from mall.orders.messages import FulfilOrder
from mall.orders.order import Order, order_id
from mall.orders.requests import PlaceOrderRequest
from mall.orders.views import OrderDetailView, OrderView
from mall.points import ledger
from mall.points.earning.events import EventRequest, EventView
from mall.points.ledger import Grant, Posting
from mall.points.ledger.entry import NEVER, Source, instant_of
from mall.points.ledger.lots import state_at
from mall.points.ledger.writes import append
from mall.points.program import PROGRAM
from mall.points.sweep import SweepBucket
from mall.points.views import AdjustmentView, AdjustRequest
from mall.secrets import CodeVault
from mall.store import Shelf, Store
from mall.store.checkout import Checkout
from mall.store.ledger import head
from mall.store.line import Line
from mall.store.program import Programs
from mall.store.redeeming import Till
from mall.writes import Write, put

from functions.catalog.create_product import create_product
from functions.catalog.import_codes import import_codes
from functions.catalog.move_stock import move_stock
from functions.catalog.publish_product import publish_product
from functions.catalog.set_price import set_price
from functions.orders.cancel_order import cancel_order
from functions.orders.fulfil_order import fulfil_order
from functions.orders.place_order import place_order
from functions.points.adjust_points import adjust_points
from functions.points.book_expiry import book_expiry
from functions.points.record_event import record_event
from tests.audit import Books, audit
from tests.builders import any_id
from tests.engine import Engine, PlainVault
from tests.provider import MemoryProvider
from tests.stage import make_tables
from tests.waiting import Waiting

S = TypeVar("S", bound=Store)

ADMIN = Identity("the-admin", frozenset({"admin"}))
PARTNER = Identity("the-shop")
SECRET = b"a signing secret of the tests"
PRICE = 50
_ENTRIES_PER_COMMIT = 90
# Stories without a caller open what they need themselves.
_OPENS = {
    "open_store": (
        "orders.fulfil_order", "orders.relay_orders", "orders.repair_outbox", "points.book_expiry",
    ),
    "open_outbox": ("orders.relay_orders", "orders.repair_outbox"),
    "code_vault": ("orders.fulfil_order",),
    "code_macs_secret": ("orders.fulfil_order",),
}  # fmt: skip


class EmulatedMall:
    """A mall of one test: four tables, the stories as calls, and the audit."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.begin_anew()

    def begin_anew(self) -> None:
        """Empty tables, a client that remembers no failures, and no story told yet."""
        self.engine = replace(self.engine, dynamodb=self.engine.connect())
        prefix = f"{uuid.uuid4().hex[:12]}-"
        make_tables(self.engine.dynamodb, prefix)
        self.tables: dict[keys.Table, str] = {
            "points": f"{prefix}points",
            "orders": f"{prefix}orders",
            "catalog": f"{prefix}catalog",
            "users": f"{prefix}users",
        }
        self.ahead_s = 0
        self.opened_at = instant(Clock().now() - 1000)
        self.vault: CodeVault = PlainVault()
        self.provider = MemoryProvider()
        self.waiting = Waiting()
        self.use(self.opened(Store))

    def opened(self, kind: type[S], **facets: Any) -> S:
        """A store of this kind on the mall's tables, living at its clock."""
        store = kind(self.engine.dynamodb, self.tables, **facets)
        store.clock = Clock(lambda: self.ahead_s)
        store.patience_s = 600.0  # rivals wait for one another, on a machine of any speed
        return store

    def use(self, store: Store) -> None:
        """Let every story that follows work through this store, and remember nothing."""
        self.store = store
        self.shelf = Shelf(store)
        self.programs = Programs(store)
        self.line = Line(store, lambda: self.waiting)
        self.till = Till(store, self.shelf, self.programs)

    def audit(self) -> Books:
        """The books, or AuditFailed."""
        return audit(
            self.engine.dynamodb, {str(table): name for table, name in self.tables.items()}
        )

    # --- what stands there before a test ---------------------------------------------------------

    def members(self, points: Iterable[int]) -> list[str]:
        """Confirmed members who hold these points."""
        store, made = self.opened(Store), []
        writes: list[Write] = []
        for held in points:
            member = any_id()
            made.append(member)
            profile = {**keys.profile(member), "status": "confirmed"}
            writes += [put("users", profile), *self._gift(member, held)]
        for first in range(0, len(writes), 99):
            store.transact(writes[first : first + 99])
        return made

    def member(self, points: int = 0) -> str:
        """One confirmed member."""
        return self.members([points])[0]

    def _gift(self, member: str, points: int) -> list[Write]:
        if not points:
            return []
        now = self.store.now()
        posting = ledger.open_posting(member, None, now)
        grant = Grant(PROGRAM.lot(now))
        ledger.credit(posting, "adjust", points, grant, Source("adjustment", any_id()))
        return append(posting)

    def grow(self, member: str, length: int) -> None:
        """Append valid entries to a member's chain until it has `length` of them."""
        store = Store(self.engine.connect(checked=False), self.tables)
        newest = head(store, member)
        written: list[Future[None]] = []
        with ThreadPoolExecutor(4) as writers:
            while (have := newest.revision if newest else 0) < length:
                posting = ledger.open_posting(member, newest, self.store.now())
                for number in range(min(_ENTRIES_PER_COMMIT, length - have)):
                    self._move(posting, back=number % 3 == 2)
                written.append(writers.submit(store.transact, append(posting)))
                newest = posting.entries[-1]
        for each in written:
            each.result()

    def _move(self, posting: Posting, *, back: bool) -> None:
        source = Source("adjustment", any_id())
        if back:
            ledger.spend(posting, "adjust", PRICE, source)
        else:
            ledger.credit(posting, "adjust", PRICE, Grant(NEVER), source)

    def let_expire(self, member: str) -> None:
        """Go on to a day after what is given today expired; the sweep came last a day before."""
        now = self.store.now()
        gone_at = instant_of(PROGRAM.lot(now)) or now
        self.ahead_s += (gone_at - now) // 1000 + 25 * 3600
        before = utc_day(self.store.now() - 2 * DAY_MS)
        swept = {**keys.sweep(keys.due_bucket(member)), "day": before}
        self.opened(Store).transact([put("points", swept)])

    def product(
        self, codes: int = 0, *, shards: int = 4, limit: int | None = None, name: str = "A cup",
        stock_mode: str = "direct", **terms: object,
    ) -> str:  # fmt: skip
        """A published product with codes, at PRICE."""
        product_id = self.create(
            any_id(), shards=shards, limit=limit, name=name, stock_mode=stock_mode, **terms
        )
        if codes:
            self.bring(product_id, any_id(), [f"code {n}" for n in range(codes)])
        publish_product.story(product_id, self.store)
        return product_id

    # --- the stories -----------------------------------------------------------------------------

    def create(
        self, key: str, *, shards: int = 4, limit: int | None = None, name: str = "A cup",
        stock_mode: str = "direct", **terms: object,
    ) -> str:  # fmt: skip
        """Create a product as an admin."""
        request = CreateProductRequest.model_validate(
            {
                "name": name, "type": "coupon", "category": "cafe", "shards": shards,
                "price": {"points": PRICE, "cash": None}, "limit_per_member": limit,
                "stock_mode": stock_mode, **terms,
            }
        )  # fmt: skip
        return create_product.story(request, key, ADMIN, self.store).product_id

    def bring(self, product_id: str, key: str, codes: Sequence[str]) -> ImportView:
        """Import codes as an admin."""
        request = ImportCodesRequest(codes=tuple(codes))
        return import_codes.story(request, product_id, key, ADMIN, self.store, SECRET, self.vault)

    def stock(self, product_id: str, units: int) -> None:
        """Put units on a product's shelf as an admin, where no codes do."""
        request = MoveStockRequest(delta=units, reason="delivered")
        move_stock.story(request, product_id, any_id(), ADMIN, self.store)

    def price(self, product_id: str, points: int) -> None:
        """Change a price as an admin."""
        set_price.story(PriceRequest(points=points), product_id, ADMIN, self.store)

    def place(
        self, member: str, product_id: str, key: str, quantity: int = 1, points: int = PRICE
    ) -> OrderView:
        """Redeem as a member."""
        request = PlaceOrderRequest.model_validate(
            {"product_id": product_id, "quantity": quantity, "price": {"points": points}}
        )
        return self.redeem(member, request, key)

    def redeem(self, member: str, request: PlaceOrderRequest, key: str) -> OrderView:
        """Send any request to redeem, as a member."""
        checkout = Checkout(
            self.store, self.shelf, self.programs, self.provider, lambda: SECRET, self.line
        )
        return place_order.story(request, key, Identity(member), checkout)

    def settle(self) -> None:
        """Settle whatever waits for a queued product, line by line."""
        for line in self.waiting.batches():
            self.till.settle(line)

    def cancel(self, member: str, key: str, cancel_key: str) -> OrderDetailView:
        """Cancel, as a member, the order that `key` placed."""
        order = order_id(member, key)
        return cancel_order.story(
            order, cancel_key, Identity(member), self.store, self.provider, lambda: SECRET
        )

    def fulfil(self, member: str, key: str) -> None:
        """Deliver the fulfilment message of the order that `key` placed."""
        fulfil_order.story(FulfilOrder(order_id=order_id(member, key), version=1))

    def sent(self) -> list[str]:
        """The orders that the fulfilment queue was asked to fulfil since this was asked last."""
        orders: list[str] = []
        sqs, url = self.engine.sqs, self.engine.queue_url
        while True:
            answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
            messages = answer.get("Messages", [])
            for message in messages:
                orders.append(FulfilOrder.model_validate_json(message["Body"]).order_id)
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            if not messages:
                return orders

    def find_order(self, member: str, key: str) -> dict[str, Any] | None:
        """The order that `key` placed, as it is stored; None if it placed none."""
        return self.store.get("orders", keys.order(order_id(member, key)))

    def order(self, member: str, key: str) -> Order:
        """The order that `key` placed."""
        item = self.find_order(member, key)
        assert item, f"{member} placed no order with {key}"
        return from_item(item)

    def purchase(
        self, member: str, event_id: str, amount: int, key: str | None = None
    ) -> EventView:
        """Tell of a purchase as a partner."""
        lines = [{"quantity": 1, "amount": amount}]
        return self._event(member, event_id, key, type="purchase", currency="USD", lines=lines)

    def refund(
        self, member: str, event_id: str, purchase: str, key: str | None = None
    ) -> EventView:
        """Tell of a whole refund as a partner."""
        kind = "purchase_refunded"
        return self._event(member, event_id, key, type=kind, refunds_event_id=purchase)

    def _event(self, member: str, event_id: str, key: str | None, **facts: object) -> EventView:
        event = EventRequest.model_validate(
            {
                "event_id": event_id,
                "member": {"user_id": member},
                "occurred_at": self.opened_at,
                **facts,
            }
        )
        return record_event.story(event, PARTNER, self.store, self.programs, key)

    def adjust(self, member: str, key: str, points: int) -> AdjustmentView:
        """Adjust a member's points as an admin."""
        request = AdjustRequest(user_id=member, points=points, reason="for a test")
        return adjust_points.story(request, key, ADMIN, self.store, PROGRAM)

    def sweep(self, member: str) -> None:
        """Sweep the bucket that a member's expiries are in."""
        book_expiry.story(SweepBucket(bucket=keys.due_bucket(member)))

    def available(self, member: str) -> int:
        """What a member can spend now."""
        newest = head(self.store, member)
        if newest is None:
            return 0
        return state_at(newest.after, self.store.now()).available


def replayed(view: View) -> bool:
    """Whether an answer says that it was given before."""
    return view._replayed


@pytest.fixture
def mall(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> EmulatedMall:
    """A mall with empty tables; stories that open a store or an outbox themselves open its own."""
    made = EmulatedMall(engine)
    opened: dict[str, Callable[[], object]] = {
        "open_store": lambda: made.store,
        "open_outbox": lambda: engine.outbox,
        "code_vault": lambda: made.vault,
        "code_macs_secret": lambda: SECRET,
    }
    for name, modules in _OPENS.items():
        for module in modules:
            monkeypatch.setattr(f"functions.{module}.{name}", opened[name])
    return made
