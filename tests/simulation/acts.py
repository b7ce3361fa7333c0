"""Acts: every operation that moves something, with what stands there before and what must after.

An act is run again exactly as it was run at first: same key, same body, same message. `whole` acts
write in one transaction, so a run that failed must have left nothing at all. `calls` is how many
calls a run makes at the least.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from mall import keys
from mall.http import Identity
from mall.models import View
from mall.orders.order import order_id
from mall.points.program import PROGRAM
from mall.points.program.settings import Transfers
from mall.points.transferring import TransferRequest
from mall.store import Store
from mall.writes import put

from functions.orders.relay_orders import relay_orders
from functions.points.approve_adjustment import approve_adjustment
from functions.points.transfer_points import transfer_points
from tests.builders import any_id
from tests.emulated import PRICE, EmulatedMall

SECOND_ADMIN = Identity("the-second-admin", frozenset({"admin"}))


class Act(Protocol):
    """One operation on things of its own."""

    whole: bool
    calls: int

    def given(self, mall: EmulatedMall) -> None:
        """Make what the operation works on."""

    def run(self, mall: EmulatedMall) -> View | None:
        """Do it."""

    def done(self, mall: EmulatedMall) -> None:
        """Assert that it was done, once."""


class PlaceOrder:
    """A redemption that empties the purse, takes the last unit and reaches the limit."""

    whole, calls = True, 3

    def given(self, mall: EmulatedMall) -> None:
        self.product = mall.product(codes=1, shards=1, limit=1)
        self.member = mall.member(PRICE)

    def run(self, mall: EmulatedMall) -> View | None:
        return mall.place(self.member, self.product, "key")

    def done(self, mall: EmulatedMall) -> None:
        assert mall.available(self.member) == 0
        assert mall.order(self.member, "key").status == "placed"


class RedeemQueued(PlaceOrder):
    """A line of one, settled: the purse is emptied, the last unit taken, the limit reached."""

    whole, calls = True, 3

    def given(self, mall: EmulatedMall) -> None:
        self.product = mall.product(codes=1, shards=1, limit=1, stock_mode="queued")
        self.member = mall.member(PRICE)
        mall.place(self.member, self.product, "key")
        [self.line] = mall.waiting.batches()

    def run(self, mall: EmulatedMall) -> View | None:
        mall.till.settle(self.line)
        return None


class CancelOrder(PlaceOrder):
    """A cancellation before fulfilment."""

    whole, calls = True, 5

    def given(self, mall: EmulatedMall) -> None:
        super().given(mall)
        mall.place(self.member, self.product, "key")

    def run(self, mall: EmulatedMall) -> View | None:
        return mall.cancel(self.member, "key", "cancel key")

    def done(self, mall: EmulatedMall) -> None:
        assert mall.available(self.member) == PRICE
        assert mall.order(self.member, "key").status == "cancelled"


class FulfilOrder(CancelOrder):
    """The delivery of a code."""

    whole, calls = True, 3

    def run(self, mall: EmulatedMall) -> View | None:
        mall.fulfil(self.member, "key")
        return None

    def done(self, mall: EmulatedMall) -> None:
        order = mall.order(self.member, "key")
        assert (order.status, len(order.codes)) == ("fulfilled", 1)


class RelayOrder(CancelOrder):
    """A stream record's way to queue and bus."""

    whole, calls = False, 3

    def given(self, mall: EmulatedMall) -> None:
        super().given(mall)
        image = mall.store.get("orders", keys.order(order_id(self.member, "key")))
        assert image
        self.image = image

    def run(self, mall: EmulatedMall) -> View | None:
        relay_orders.story(self.image)
        return None

    def done(self, mall: EmulatedMall) -> None:
        assert mall.order(self.member, "key").relayed_version == 1
        assert order_id(self.member, "key") in mall.sent()


class RecordPurchase:
    """A purchase event that grants 80 points."""

    whole, calls = True, 4

    def given(self, mall: EmulatedMall) -> None:
        self.member = mall.member()
        self.purchase = any_id()

    def run(self, mall: EmulatedMall) -> View | None:
        return mall.purchase(self.member, self.purchase, 8_000, key=self.purchase)

    def done(self, mall: EmulatedMall) -> None:
        assert mall.available(self.member) == 80


class RecordRefund(RecordPurchase):
    """A refund event that claws them back."""

    whole, calls = True, 4

    def given(self, mall: EmulatedMall) -> None:
        super().given(mall)
        mall.purchase(self.member, self.purchase, 8_000)
        self.refund = any_id()

    def run(self, mall: EmulatedMall) -> View | None:
        return mall.refund(self.member, self.refund, self.purchase, key=self.refund)

    def done(self, mall: EmulatedMall) -> None:
        assert mall.available(self.member) == 0


class AdjustPoints:
    """An adjustment, with its note."""

    whole, calls = True, 5

    def given(self, mall: EmulatedMall) -> None:
        self.member = mall.member(100)
        self.key = any_id()

    def run(self, mall: EmulatedMall) -> View | None:
        return mall.adjust(self.member, self.key, -30)

    def done(self, mall: EmulatedMall) -> None:
        assert mall.available(self.member) == 70


class ApproveAdjustment:
    """A second admin's approval, which moves the points."""

    whole, calls = True, 4

    def given(self, mall: EmulatedMall) -> None:
        self.member = mall.member()
        self.adjustment = mall.adjust(self.member, any_id(), 10**6).adjustment_id

    def run(self, mall: EmulatedMall) -> View | None:
        return approve_adjustment.story(self.adjustment, SECOND_ADMIN, mall.store, PROGRAM)

    def done(self, mall: EmulatedMall) -> None:
        assert mall.available(self.member) == 10**6


class TransferPoints:
    """A transfer that empties the purse and reaches the limit of the day."""

    whole, calls = True, 5

    def given(self, mall: EmulatedMall) -> None:
        self.giver, self.receiver = mall.members([PRICE, 0])
        self.address = f"{self.receiver}@example.test"
        item = {**keys.email(self.address), "user_id": self.receiver}
        mall.opened(Store).transact([put("users", item)])

    def run(self, mall: EmulatedMall) -> View | None:
        request = TransferRequest(to_email=self.address, points=PRICE, note="for you")
        changed = {"transfers": Transfers(daily_limit=PRICE)}
        program = replace(PROGRAM, settings=PROGRAM.settings.model_copy(update=changed))
        caller = Identity(self.giver)
        return transfer_points.story(request, "key", caller, mall.store, program)

    def done(self, mall: EmulatedMall) -> None:
        assert [mall.available(member) for member in (self.giver, self.receiver)] == [0, PRICE]


class BookExpiry:
    """A sweep that finds 100 points gone."""

    whole, calls = False, 6

    def given(self, mall: EmulatedMall) -> None:
        mall.ahead_s = 0
        self.member = mall.member(100)
        mall.let_expire(self.member)

    def run(self, mall: EmulatedMall) -> View | None:
        mall.sweep(self.member)
        return None

    def done(self, mall: EmulatedMall) -> None:
        chain = mall.audit().chains[keys.member(self.member)]
        assert [entry.kind for entry in chain] == ["adjust", "expire"]


class CreateProduct:
    """A new draft."""

    whole, calls = True, 1

    def given(self, mall: EmulatedMall) -> None:
        self.key = any_id()
        self.before = len(mall.audit().products)

    def run(self, mall: EmulatedMall) -> View | None:
        mall.create(self.key)
        return None

    def done(self, mall: EmulatedMall) -> None:
        assert len(mall.audit().products) == self.before + 1


class ImportCodes:
    """Four codes in two batches, one of them twice."""

    whole, calls = False, 10

    def given(self, mall: EmulatedMall) -> None:
        self.product = mall.product(shards=2)
        mall.vault = mall.engine.vault
        self.key = any_id()

    def run(self, mall: EmulatedMall) -> View | None:
        return mall.bring(self.product, self.key, ["a", "b", "c", "d", "a"])

    def done(self, mall: EmulatedMall) -> None:
        codes = mall.audit().codes
        assert len([code for code in codes if self.product in code["pk"]]) == 4


class ChangePrice:
    """A new price, known to both shards."""

    whole, calls = False, 5

    def given(self, mall: EmulatedMall) -> None:
        self.product = mall.product(codes=2, shards=2)

    def run(self, mall: EmulatedMall) -> View | None:
        mall.price(self.product, PRICE + 1)
        return None

    def done(self, mall: EmulatedMall) -> None:
        books = mall.audit()
        product = books.products[self.product]
        assert product["points"] == PRICE + 1
        known = [s["sale_version"] for s in books.shards if self.product in s["pk"]]
        assert known == [product["sale_version"]] * 2


ACTS: tuple[Callable[[], Act], ...] = (
    PlaceOrder, RedeemQueued, CancelOrder, FulfilOrder, RelayOrder, RecordPurchase, RecordRefund,
    AdjustPoints, ApproveAdjustment, TransferPoints, BookExpiry, CreateProduct, ImportCodes,
    ChangePrice,
)  # fmt: skip
WHOLE = tuple(act for act in ACTS if act().whole)
