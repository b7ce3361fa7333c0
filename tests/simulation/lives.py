"""A life: a few processes that do random things to one mall, by turns, on a wire that fails.

Everything is drawn from the seed: what is asked, who goes on at each call, which call fails and
how. What failed is asked again, as clients and queues do; at the end everything that is still open
is asked once more on a wire that works, and the books must add up.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError
from mall import keys
from mall.clock import utc_day
from mall.errors import Busy, Refusal
from mall.store import Shelf
from mall.writes import put

from functions.orders.relay_orders import relay_orders
from tests.emulated import PRICE, EmulatedMall
from tests.simulation.faults import (
    Fault,
    Killed,
    cannot_connect,
    conflicts,
    dies_after,
    dies_before,
    loses_the_answer,
    throttles,
)
from tests.simulation.turns import Turns
from tests.wire import Call

FAILURES = (Killed, Busy, LookupError, ConnectTimeoutError, ReadTimeoutError)
FAULTS: tuple[Fault, ...] = (
    cannot_connect, conflicts, dies_after, dies_before, loses_the_answer, throttles,
)  # fmt: skip
FAULT_RATE = 0.12
ACTORS, DEEDS_EACH, TRIES = 5, 6, 3
_WEIGHTS = {
    "place": 30, "cancel": 16, "fulfil": 10, "relay": 8, "purchase": 8, "refund": 6, "adjust": 8,
    "bring": 5, "price": 4, "leap": 1, "sweep": 6,
}  # fmt: skip


@dataclass(frozen=True)
class Deed:
    """Something to be done, and done again in the very same way: a verb and what it is about."""

    verb: str
    member: int
    product: int
    key: str
    number: int


@dataclass
class Life:
    """One life of a seed, on an empty mall."""

    mall: EmulatedMall
    seed: int
    trace: list[str] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.chance = Random(self.seed)
        self.turns = Turns(self.chance)
        self.members = self.mall.members([6 * PRICE, 3 * PRICE, PRICE])
        self.products = [
            self.mall.product(codes=4, shards=3),
            self.mall.product(codes=3, shards=2, limit=2),
        ]
        self.leap_s = 420 * 86_400
        self._note_a_sweep()
        self.left: list[Deed] = []

    def _note_a_sweep(self) -> None:
        """The sweep has been everywhere until the day before the leap lands."""
        landing = self.mall.store.now() + (self.leap_s - 86_400) * 1000
        for bucket in {keys.due_bucket(member) for member in self.members}:
            swept = {**keys.sweep(bucket), "day": utc_day(landing)}
            self.mall.store.transact([put("points", swept)])

    def play(self) -> None:
        """Live it, settle what is left, and audit. Raises AuditFailed, or what broke a deed."""
        with self.mall.engine.wire.tapped(self._on_the_wire):
            self.turns.play([self._actor(number) for number in range(ACTORS)])
        self.trace.append("settling")
        for deed in self.left:
            self._try(deed)
        for deed in self.left:  # what was refused for want of what a later one brought
            self._try(deed)
        self.mall.audit()

    def _actor(self, number: int) -> Callable[[], None]:
        deeds = [self._deed() for _ in range(DEEDS_EACH)]

        def act() -> None:
            for deed in deeds:
                self.trace.append(f"{number} begins {deed}")
                if not any(self._try(deed) for _ in range(TRIES)):
                    self.left.append(deed)

        return act

    def _deed(self) -> Deed:
        [verb] = self.chance.choices(list(_WEIGHTS), list(_WEIGHTS.values()))
        return Deed(
            verb,
            member=self.chance.randrange(3),
            product=self.chance.randrange(2),
            key=f"key {self.chance.randrange(4)}",
            number=self.chance.choice([-PRICE, 1, 2, PRICE, 3 * PRICE]),
        )

    def _on_the_wire(self, call: Call) -> AWSResponse | None:
        if not self.turns.hand_over() or self.chance.random() >= FAULT_RATE:
            return None
        fault = self.chance.choice(FAULTS)
        self.trace.append(f"{call.operation}: {fault.__name__}")
        self.seen[fault.__name__] += 1
        return fault(call)

    def _try(self, deed: Deed) -> bool:
        """Do it in a process of its own; whether it was answered, if only by a refusal."""
        self.mall.shelf = Shelf(self.mall.store)
        try:
            getattr(self, f"_{deed.verb}")(deed)
        except FAILURES as failure:
            self.trace.append(f"{deed.verb} fails: {type(failure).__name__}")
            return False
        except Refusal as refusal:
            self.seen[refusal.code] += 1
            return True
        self.seen[deed.verb] += 1
        return True

    # --- deeds -----------------------------------------------------------------------------------

    def _about(self, deed: Deed) -> tuple[str, str, str]:
        return self.members[deed.member], self.products[deed.product], deed.key

    def _place(self, deed: Deed) -> None:
        # The price in force is not always the one a member saw.
        quantity = 2 if deed.number == 2 else 1
        self.mall.place(*self._about(deed), quantity, PRICE + (deed.number == 1))

    def _cancel(self, deed: Deed) -> None:
        self.mall.cancel(self.members[deed.member], deed.key, f"{deed.number}")

    def _fulfil(self, deed: Deed) -> None:
        self.mall.fulfil(self.members[deed.member], deed.key)

    def _relay(self, deed: Deed) -> None:
        item: Any = self.mall.find_order(self.members[deed.member], deed.key)
        if item:
            relay_orders.story(item)

    def _purchase(self, deed: Deed) -> None:
        self.mall.purchase(self.members[deed.member], deed.key.replace(" ", "-"), 100 * PRICE)

    def _refund(self, deed: Deed) -> None:
        event_id = deed.key.replace(" ", "-")
        self.mall.refund(self.members[deed.member], f"refund-{event_id}", event_id, key=deed.key)

    def _adjust(self, deed: Deed) -> None:
        self.mall.adjust(self.members[deed.member], f"{deed}", deed.number)

    def _bring(self, deed: Deed) -> None:
        codes = [f"more {deed.number} {n}" for n in range(3)]
        self.mall.bring(self.products[deed.product], f"{deed}", codes)

    def _price(self, deed: Deed) -> None:
        self.mall.price(self.products[deed.product], PRICE + (deed.number > 1))

    def _leap(self, _: Deed) -> None:
        self.mall.ahead_s = self.leap_s

    def _sweep(self, deed: Deed) -> None:
        if self.mall.ahead_s:
            self.mall.sweep(self.members[deed.member])
