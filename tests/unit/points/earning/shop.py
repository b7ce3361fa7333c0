"""A shop that tells of events, and a mall that records them in memory by the pure decisions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import Random
from typing import Any

from mall import keys
from mall.clock import Millis, instant, millis
from mall.points import ledger
from mall.points.earning import events, grants
from mall.points.earning.counters import Counter, Counters, all_shards, places
from mall.points.earning.events import EventRequest, EventView
from mall.points.earning.record import Event, from_item, known
from mall.points.earning.standing import Standing
from mall.points.earning.standing import from_item as standing_from_item
from mall.points.ledger import Grant, Posting
from mall.points.ledger.entry import Entry, Lots, Source, State
from mall.points.ledger.entry import from_item as entry_from_item
from mall.points.ledger.lots import state_at
from mall.points.ledger.writes import append
from mall.points.program import Program, ProgramSettings
from mall.points.rules.evaluation import Evaluation
from mall.points.rules.rule import built_in
from mall.points.rules.rule_set import RuleSet
from mall.writes import Write

from tests.builders import any_id

NOON: Millis = 1_795_348_800_000  # 2026-11-22T12:00:00Z
SHOP = "shop"
MEMBER = "m"


def any_event(event_type: str, at: Millis = NOON, **said: object) -> EventRequest:
    """An event without lines."""
    named = {"event_id": any_id(), "type": event_type, "member": {"user_id": MEMBER}}
    return EventRequest.model_validate({**named, "occurred_at": instant(at), **said})


def any_purchase(*amounts: int, at: Millis = NOON, **said: object) -> EventRequest:
    """A purchase of lines `a`, `b`, ... of these amounts in cents."""
    lines = [
        {"sku": chr(ord("a") + n), "quantity": 1, "amount": amount}
        for n, amount in enumerate(amounts)
    ]
    return any_event("purchase", at, **{"currency": "USD", "lines": lines, **said})


def any_refund(purchase: EventRequest, at: Millis = NOON, **amounts: int) -> EventRequest:
    """A refund of amounts of a purchase's lines by SKU (`_` for no SKU); of all, if none."""
    lines = [
        {"quantity": 1, "amount": amount} | ({} if sku == "_" else {"sku": sku})
        for sku, amount in amounts.items()
    ]
    said = {"currency": purchase.currency, "lines": lines} if lines else {}
    return any_event("purchase_refunded", at, refunds_event_id=purchase.event_id, **said)


@dataclass
class Mall:
    """One member of a program, and every item that was written; members may share the items."""

    settings: ProgramSettings = field(default_factory=ProgramSettings)
    rules: RuleSet | None = None
    now: Millis = NOON
    items: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    chain: list[Entry] = field(default_factory=list)
    member: str = MEMBER

    @property
    def program(self) -> Program:
        """The program in force."""
        return Program(self.settings, version=1)

    def tell(self, event: EventRequest) -> EventView:
        """Record an event as the store does. Raises what the decision raises."""
        events.check(event, self.settings, self.now)
        snapshot = self._snapshot(event)
        if repeated := grants.duplicate(snapshot, event, self.now):
            return repeated
        if event.refunds:
            recorded = grants.take_back(snapshot, event, self.program, self.now)
        else:
            rules = self.rules or RuleSet.of([built_in(self.settings.currency).compiled])
            judged = grants.judge(event, snapshot.standing, rules, self.program, self.now)
            counters = self._counters(judged.evaluation)
            recorded = grants.grant(snapshot, event, judged, counters, self.program, self.now)
        self.apply(recorded.writes)
        return recorded.view

    def tell_all(self, told: Iterable[EventRequest]) -> list[EventView]:
        """Record events, one after the other."""
        return [self.tell(event) for event in told]

    def redeem(self, order_id: str, points: int) -> Entry:
        """Redeem as an order does; returns the entry that paid. Raises InsufficientPoints."""
        posting = self._open()
        self.program.note_activity(posting, posting.at)
        ledger.spend(posting, "redeem", points, Source("order", order_id))
        self.apply(append(posting))
        return self.chain[-1]

    def cancel(self, order_id: str, allocation: Lots, *, our_fault: bool = False) -> None:
        """Give points of an order back to their lots, or by our fault to one that still lives."""
        posting = self._open()
        reissue = self.program.grace_lot(posting.at) if our_fault else None
        ledger.refund(posting, allocation, Source("order", order_id), reissue=reissue)
        self.apply(append(posting))

    def adjust(self, adjustment_id: str, points: int) -> None:
        """Correct by some points as an admin does. Raises InsufficientPoints."""
        posting, source = self._open(), Source("adjustment", adjustment_id)
        if points > 0:
            grant = self.program.landing(Grant(self.program.lot(posting.at)), posting.state)
            ledger.credit(posting, "adjust", points, grant, source, actor="the-admin")
        else:
            ledger.spend(posting, "adjust", -points, source, actor="the-admin")
        self.apply(append(posting))

    def _open(self) -> Posting:
        return ledger.open_posting(self.member, self.chain[-1] if self.chain else None, self.now)

    def apply(self, writes: Iterable[Write]) -> None:
        """Let writes stand, under their conditions."""
        for write in writes:
            place = (write.key["pk"], write.key["sk"])
            before = self.items.get(place, {})
            assert before.get("version", 0) == write.values.get("version", 0)
            if write.action == "Put":
                self.items[place] = write.item
                if place[1].startswith(keys.ENTRY_PREFIX):
                    self.chain.append(entry_from_item(write.item))
            else:
                assert before.get("used") == write.values.get("was")
                self.items[place] = {**before, **write.values}

    def event(self, event_id: str) -> Event:
        """An event as it stands."""
        return from_item(self._item(keys.event(SHOP, event_id)) or {})

    @property
    def standing(self) -> Standing:
        """The member's standing."""
        return standing_from_item(self.member, self._item(keys.standing(self.member)))

    @property
    def state(self) -> State:
        """The member's account now."""
        return state_at(self.chain[-1].after, self.now) if self.chain else State()

    def used(self, sort: str) -> int:
        """What the counters have given whose sort or partition key begins so."""
        return sum(
            item["used"]
            for (pk, sk), item in self.items.items()
            if sk.startswith(sort) or pk.startswith(sort)
        )

    def _item(self, key: keys.Key) -> Mapping[str, Any] | None:
        return self.items.get((key["pk"], key["sk"]))

    def _snapshot(self, event: EventRequest) -> grants.Snapshot:
        own = self._known(event.event_id)
        about = self._known(event.about) if event.refunds else own
        head = self.chain[-1] if self.chain else None
        history = self.chain[about.revision - 1 :] if grants.needs_history(about, self.now) else []
        return grants.Snapshot(own, about, self.standing, head, history)

    def _known(self, event_id: str) -> Event:
        return known(SHOP, event_id, self.member, self._item(keys.event(SHOP, event_id)))

    def _counters(self, evaluation: Evaluation) -> Counters:
        limits = [limit for component in evaluation.components for limit in component.limits]
        return Counters({limit.key: self._read(limit) for limit in limits})

    def _read(self, limit: Any) -> list[Counter]:
        held = places(limit, self.member, all_shards(Random(1)))
        found = [(counter, self._item(counter.key)) for counter in held]
        return [replace(c, used=item["used"] if item else None) for c, item in found]


def at(text: str) -> Millis:
    """Milliseconds of an RFC 3339 instant."""
    return millis(datetime.fromisoformat(text))
