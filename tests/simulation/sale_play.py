"""Plays a mall's sales against the naive mall: orders, payments, webhooks, jobs, clock, faults.

A run is drawn from its seed. Whatever is done may die before or after its commit, lose a race on
the way, or meet a provider that is down; then it is done again in the very same way, as clients,
queues and schedules do. After each step everything must be as the naive mall has it.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import groupby
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from mall import keys
from mall.catalog import changes, stock
from mall.catalog.items import to_item
from mall.catalog.product import MemberLimit, Price, Product
from mall.errors import Refusal, Stale
from mall.http import Identity
from mall.money import Money
from mall.orders.items import from_item
from mall.orders.messages import FulfilOrder, RefundPayment
from mall.orders.order import Order, order_id
from mall.orders.requests import (
    AcceptReturnRequest,
    CancelRequest,
    PlaceOrderRequest,
    RefundRequest,
    ReturnRequest,
    ShipRequest,
)
from mall.points import ledger
from mall.points.ledger import Grant
from mall.points.ledger.entry import NEVER, Source, minute
from mall.points.ledger.lots import state_at
from mall.points.ledger.writes import append
from mall.points.program import PROGRAM
from mall.store import Shelf
from mall.store.checkout import Checkout
from mall.store.ledger import head
from mall.store.program import Programs
from mall.store.sale import change_product
from mall.store.settling import settle_order
from mall.writes import Write, put

from functions.orders.accept_return import accept_return
from functions.orders.cancel_for_merchant import cancel_for_merchant
from functions.orders.cancel_order import cancel_order
from functions.orders.cancel_unpaid_orders import cancel_unpaid_orders
from functions.orders.complete_order import complete_order
from functions.orders.fulfil_order import fulfil_order
from functions.orders.place_order import place_order
from functions.orders.refund_order import refund_order
from functions.orders.refund_payment import refund_payment
from functions.orders.request_return import request_return
from functions.orders.ship_order import ship_order
from tests.memory import MemoryStore
from tests.provider import MemoryProvider
from tests.simulation.naive_ledger import NaiveLedger
from tests.simulation.naive_mall import Goods, NaiveMall

GOODS: Mapping[str, Goods] = {
    "coupon": Goods(50, 0, 3, "coupon", limit=2),
    "mug": Goods(30, 500, 4, "physical"),
    "lesson": Goods(0, 700, None, "service"),
    "voucher": Goods(80, 250, 2, "discount", limit=3),
}
START = 1_795_348_800_000
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
PAY_MS = PROGRAM.settings.payment_timeout_minutes * MINUTE
OPERATOR = Identity("the-operator", frozenset({"operator"}))
MEMBERS = ("ada" * 8, "bob" * 8)
_WEIGHTS: Mapping[str, int] = {
    "buy": 26, "again": 4, "pay": 20, "webhook": 14, "cancel": 9, "cancel_for_merchant": 3,
    "unpaid": 5, "fulfil": 14, "ship": 6, "complete": 4, "ask_return": 5, "take_return": 4,
    "refund": 14, "hand_over": 8, "wait": 10, "reprice": 3, "silence": 3,
}  # fmt: skip
_FAULTS = ("before", "after", "stale")
FAULT_RATE = 0.15


class Killed(BaseException):
    """The function died."""


class MortalStore(MemoryStore):
    """Tables of which the next transaction may kill who writes it, or lose a race first."""

    fault = ""
    forgets: keys.Table | None = None

    def transact(self, writes: Sequence[Write]) -> None:
        """Write, with whatever befalls the writer."""
        fault, self.fault = (self.fault, "") if writes else ("", self.fault)
        if fault == "before":
            raise Killed
        if fault == "stale":
            raise Stale
        forgotten = [replace(w, condition="") if w.table == self.forgets else w for w in writes]
        super().transact(forgotten)
        if fault == "after":
            raise Killed


class Vault:
    """Seals nothing: what is sealed is not what this is about."""

    def seal(self, product_id: str, code: str) -> bytes:
        """The code, as bytes."""
        return f"{product_id} {code}".encode()


class Play:
    """One run: the mall, the naive mall, and what has happened so far."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.now = START
        self.store = MortalStore()
        self.store.clock = SimpleNamespace(now=lambda: self.now)  # type: ignore[assignment] # a clock that stands
        self.till = MemoryProvider()
        self.died = False
        self.alarms: list[str] = []
        self.seen: Counter[str] = Counter()
        self.trace: list[str] = []
        self.asked: dict[str, tuple[str, PlaceOrderRequest]] = {}
        self.naive = NaiveMall(
            {member: NaiveLedger(START) for member in MEMBERS},
            {name: Goods(**vars(goods)) for name, goods in GOODS.items()},
        )
        self._furnish()
        shelf, programs = Shelf(self.store), Programs(self.store)
        self.checkout = Checkout(self.store, shelf, programs, self.till, lambda: b"secret", None)  # type: ignore[arg-type] # nothing is queued

    def _furnish(self) -> None:
        """Members with points of two lots, and goods on their shelves."""
        for member in MEMBERS:
            posting = ledger.open_posting(member, None, START)
            soon = minute(START + 2 * DAY)
            for lot in (soon, NEVER):
                points = self.chance.randrange(0, 200)
                if points:
                    source = Source("adjustment", lot)
                    ledger.credit(posting, "adjust", points, Grant(lot), source)
                    self.naive.purses[member].earn(lot, points, lot)
            address = {**keys.address(member, "home"), "address_id": "home", "city": "Berlin"}
            self.store.transact([*append(posting), put("users", address)])
        for name, goods in self.naive.goods.items():
            self._stock(_product(name, goods), goods.left or 0)

    def _stock(self, product: Product, units: int) -> None:
        self.store.transact([put("catalog", to_item(product))])
        for shard in range(product.shards):
            mine = len(range(shard, units, product.shards))
            self.store.transact([changes.bump_shard(product, "default", shard)])
            if mine:
                self.store.transact([stock.add(product, "default", shard, mine)])
        for number in range(units if product.by_codes else 0):
            mac = f"{number:032x}"
            code = {**keys.code(product.product_id, mac), "sku": "default", "import_id": "i"}
            pool = keys.pool(product.product_id, "default")
            free = {"pk": pool, "sk": mac, "sealed": mac.encode()}
            self.store.transact([put("catalog", code), put("catalog", free)])

    # --- the run ---------------------------------------------------------------------------------

    def run(self, steps: int) -> None:
        """Take so many steps, then let everything that is on its way arrive."""
        verbs, weights = list(_WEIGHTS), list(_WEIGHTS.values())
        for verb in self.chance.choices(verbs, weights, k=steps):
            self.now += self.chance.choice((1_000, 20_000, 5 * MINUTE))
            self.naive.pass_time(self.now)
            getattr(self, f"_{verb}")()
            self.check()
        self.till.down = False
        for order in self.naive.orders:
            self._webhook(order)
            self._hand_over(order)
        self.check()
        for order, bought in self.naive.orders.items():
            owed = bought.cash - bought.cash_back if bought.paid else 0
            assert self._kept(order) == owed, order

    def _do(self, what: str, act: Callable[[], object]) -> str:
        """Do something, again if it dies; returns the code of a refusal, or nothing."""
        if self.chance.random() < FAULT_RATE:
            self.store.fault = self.chance.choice(_FAULTS)
        fault, self.died = self.store.fault, False
        while True:
            try:
                act()
                code = ""
            except Refusal as refusal:
                code = refusal.code
            except Killed:
                self.died = True
                continue
            finally:
                self.store.fault = ""
            break
        self.trace.append(f"{what} -> {code or 'done'}" + (f" ({fault})" if fault else ""))
        self.seen[what.partition(" ")[0]] += 1
        self.seen[code] += 1
        self.seen[f"{fault}!"] += self.died or fault == "stale"
        return code

    def _any(self, *states: str) -> str | None:
        """An order, rather one in these states."""
        orders = self.naive.orders
        wanted = [name for name, bought in orders.items() if bought.state in states]
        if wanted and self.chance.random() < 0.8:
            return self.chance.choice(wanted)
        return self.chance.choice(list(orders)) if orders else None

    # --- the verbs -------------------------------------------------------------------------------

    def _buy(self) -> None:
        member, name = self.chance.choice(MEMBERS), self.chance.choice(list(GOODS))
        goods, quantity = self.naive.goods[name], self.chance.choice((1, 1, 2))
        points = goods.points + (self.chance.random() < 0.05)
        request = PlaceOrderRequest.model_validate(
            {
                "product_id": name, "quantity": quantity, "address_id": "home",
                "price": {"points": points, "cash_amount": goods.cash},
            }
        )  # fmt: skip
        key = f"key {len(self.asked)}"
        order = order_id(member, key)
        reasons = self.naive.hindrances(member, name, quantity, points, goods.cash)
        if goods.cash and self.till.down and reasons <= {"sold_out", "limit_reached"}:
            reasons |= {"payment_unavailable"}  # these two are told by the transaction alone
        code = self._place(order, member, key, request)
        assert (code in reasons) if reasons else not code, (code, reasons)
        if not code:
            self.asked[order] = (key, request)
            self.naive.buy(order, member, name, quantity, self.now + PAY_MS)

    def _place(self, order: str, member: str, key: str, request: PlaceOrderRequest) -> str:
        what = f"buy {request.quantity} {request.product_id} as {order[:4]}"
        return self._do(
            what, lambda: place_order.story(request, key, Identity(member), self.checkout)
        )

    def _again(self) -> None:
        if order := self._any():
            key, request = self.asked[order]
            assert not self._place(order, self.naive.orders[order].member, key, request)

    def _pay(self) -> None:
        order = self._any("pending_payment")
        if order and order in self.naive.till:
            self.naive.pay(order)
            self.till.pay(self._stored(order).payment.intent_id)  # type: ignore[union-attr] # has one
            self.trace.append(f"pay {order[:4]}")

    def _webhook(self, order: str | None = None) -> None:
        news = [
            name for name, payment in self.naive.till.items()
            if payment.state == "succeeded" and not self.naive.orders[name].paid
        ]  # fmt: skip
        order = order or (self.chance.choice(news) if news else self._any("cancelled"))
        if not order or order not in self.naive.till or self.till.down:
            return
        intent = self.till.find(self._stored(order).payment.intent_id)  # type: ignore[union-attr] # has one
        assert intent is not None
        assert not self._do(f"webhook {order[:4]}", lambda: settle_order(self.store, intent))
        self.naive.learn(order)

    def _cancel(self) -> None:
        if order := self._any("pending_payment", "placed"):
            member, key = Identity(self.naive.orders[order].member), self._key("cancel")
            act = partial(cancel_order.story, order, key, member, self.store, self.till, bytes)
            self._cancelled(order, self._do(f"cancel {order[:4]}", act))

    def _cancel_for_merchant(self) -> None:
        if order := self._any("pending_payment", "placed"):
            key, said = self._key("merchant"), CancelRequest(reason="broken")
            act = partial(
                cancel_for_merchant.story,
                order,
                said,
                key,
                OPERATOR,
                self.store,
                self.till,
                PROGRAM,
            )
            self._cancelled(order, self._do(f"cancel_for_merchant {order[:4]}", act))

    def _cancelled(self, order: str, code: str) -> None:
        waits = self.naive.orders[order].state == "pending_payment"
        if self.till.down and waits:
            assert code == "payment_unavailable"
            return
        refused = self.naive.cancel(order)
        if (
            not code and refused and waits and self.died
        ):  # what died had learned of the money, and was repeated
            refused = self.naive.cancel(order)
        assert code == refused

    def _unpaid(self) -> None:
        if self.chance.random() < 0.5:
            self.now += PAY_MS
            self.naive.pass_time(self.now)
        self._do("unpaid", cancel_unpaid_orders.story)
        if not self.till.down:
            self.naive.give_up_unpaid()

    def _fulfil(self) -> None:
        if order := self._any("placed"):
            message = FulfilOrder(order_id=order, version=self._stored(order).version)
            assert not self._do(f"fulfil {order[:4]}", lambda: fulfil_order.story(message))
            self.naive.fulfil(order)

    def _ship(self) -> None:
        order = self._any("fulfilling")
        if order and self._stored(order).shipment is None:
            said = ShipRequest(carrier="post", tracking_number="1")
            act = partial(ship_order.story, order, said, OPERATOR, self.store)
            code = self._do(f"ship {order[:4]}", act)
            assert code == self.naive.step(order, ["fulfilling"], "shipped")

    def _complete(self) -> None:
        order = self._any("shipped")
        if order and self.naive.orders[order].state != "completed":
            act = partial(complete_order.story, order, OPERATOR, self.store)
            code = self._do(f"complete {order[:4]}", act)
            assert code == self.naive.step(order, ["shipped"], "completed")

    def _ask_return(self) -> None:
        if order := self._any("fulfilled", "shipped", "completed", "refunded"):
            member, key = Identity(self.naive.orders[order].member), self._key("return")
            said = ReturnRequest(reason="too small")
            who = (key, member, self.store, lambda: b"secret")
            act = partial(request_return.story, order, said, *who)
            code = self._do(f"ask_return {order[:4]}", act)
            assert code == self.naive.ask_back(order)

    def _take_return(self) -> None:
        awaited = [name for name, bought in self.naive.orders.items() if bought.awaited]
        order = self.chance.choice(awaited) if awaited else self._any("return_requested")
        if order and (awaited or self.naive.orders[order].state not in ("returned", "refunded")):
            said = AcceptReturnRequest(restock=False, returned=self.naive.orders[order].quantity)
            act = partial(accept_return.story, order, said, OPERATOR, self.store)
            code = self._do(f"take_return {order[:4]}", act)
            assert code == self.naive.take_back(order)

    def _refund(self) -> None:
        if order := self._any("fulfilled", "completed", "returned", "refunded"):
            bought = self.naive.orders[order]
            points, cash = (
                self.chance.randint(0, bought.points),
                self.chance.randint(0, bought.cash),
            )
            if not points and not cash:
                return
            said = RefundRequest(points=points or None, cash_amount=cash or None, reason="broken")
            key = self._key("refund")
            act = partial(refund_order.story, order, said, key, OPERATOR, self.store, PROGRAM)
            code = self._do(f"refund {order[:4]} {points} {cash}", act)
            assert code == self.naive.refund(order, key, points, cash)

    def _hand_over(self, order: str | None = None) -> None:
        owing = [name for name, bought in self.naive.orders.items() if bought.owed_money]
        order = order or (self.chance.choice(owing) if owing else self._any("cancelled"))
        if order and not self.till.down:
            for refund in self._stored(order).refunds:
                message = RefundPayment(order_id=order, refund_id=refund.refund_id)
                act = partial(refund_payment.story, message)
                assert not self._do(f"hand_over {order[:4]}", act)
            self.naive.send_money(order) if order in self.naive.till else None

    def _wait(self) -> None:
        self.now += self.chance.choice((HOUR, DAY))
        self.naive.pass_time(self.now)

    def _reprice(self) -> None:
        name = self.chance.choice(list(GOODS))
        goods = self.naive.goods[name]
        goods.points = max(1, goods.points + self.chance.choice((-10, 10)))
        price = _product(name, goods).price
        change_product(self.store, name, lambda product: changes.changed(product, price=price))
        self.trace.append(f"reprice {name} {goods.points}")

    def _silence(self) -> None:
        self.till.down = not self.till.down

    # --- the comparison --------------------------------------------------------------------------

    def check(self) -> None:
        """Everything as the naive mall has it, or AssertionError."""
        for member, purse in self.naive.purses.items():
            newest = head(self.store, member)
            held = state_at(newest.after, self.now).lots if newest else {}
            assert dict(held) == purse.lots(), member
        catalog = self.store.items["catalog"]
        for name, goods in self.naive.goods.items():
            shards = [i for (pk, _), i in catalog.items() if pk.startswith(f"STOCK#{name}#")]
            assert sum(shard["available"] for shard in shards) == (goods.left or 0), name
            for member in MEMBERS if goods.limit else ():
                counted = self.store.get("catalog", keys.limit(member, name, "ever"))
                units = counted["units"] if counted else 0
                assert units == self.naive.kept(member, name), (member, name)
        for order_id_, bought in self.naive.orders.items():
            order = self._stored(order_id_)
            walked = [state for state, _ in groupby(step.status for step in order.history)]
            assert walked == bought.states, order_id_
            assert order.awaited == bought.awaited * bought.quantity, order_id_
            assert order.points_refunded == bought.points_back, order_id_
            assert order.cash_refunded == bought.cash_back, order_id_
            due = sum(r.cash_amount for r in order.refunds if r.money == "due")
            assert due == sum(bought.owed_money.values()), order_id_
            if payment := self.naive.till.get(order_id_):
                taken = payment.amount if payment.state == "succeeded" else 0
                assert self._kept(order_id_) == taken - payment.back, order_id_

    def _kept(self, order: str) -> int:
        """What the provider took of an order and did not give back."""
        mine = (i for i in self.till.intents.values() if i.order_id == order)
        return sum(i.money.amount - i.refunded for i in mine if i.status == "succeeded")

    def _stored(self, order: str) -> Order:
        item = self.store.get("orders", keys.order(order))
        assert item is not None
        return from_item(item)

    def _key(self, what: str) -> str:
        return f"{what} {len(self.trace)}"


def _product(name: str, goods: Goods) -> Product:
    return Product(
        product_id=name,
        name=name,
        type=goods.kind,  # type: ignore[arg-type] # a type of products
        category="all",
        price=Price(goods.points, Money(goods.cash, "USD") if goods.cash else None),
        status="published",
        stock_mode="unlimited" if goods.left is None else "direct",
        shards=2,
        limit_per_member=MemberLimit(goods.limit) if goods.limit else None,
    )


@contextmanager
def opened(play: Play) -> Iterator[Play]:
    """Let stories that open what they need themselves open this play's."""
    frozen = SimpleNamespace(monotonic=lambda: play.now / 1000)
    doors: Mapping[str, Any] = {
        "functions.orders.fulfil_order.open_store": lambda: play.store,
        "functions.orders.fulfil_order.code_vault": Vault,
        "functions.orders.fulfil_order.code_macs_secret": lambda: b"macs",
        "functions.orders.fulfil_order._RANDOM": play.chance,
        "functions.orders.refund_payment.measure": play.alarms.append,
        "functions.orders.refund_payment.open_store": lambda: play.store,
        "functions.orders.refund_payment.open_provider": lambda: play.till,
        "functions.orders.cancel_unpaid_orders.open_store": lambda: play.store,
        "functions.orders.cancel_unpaid_orders.open_provider": lambda: play.till,
        "functions.orders.cancel_unpaid_orders._RANDOM": play.chance,
        "mall.keys.STATUS_BUCKETS": 2,  # to look into both takes half as long as into four
        "functions.orders.cancel_unpaid_orders.measure": play.alarms.append,
        "mall.store.shelf.time": frozen,
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, door in doors.items():
            patch.setattr(name, door)
        yield play
