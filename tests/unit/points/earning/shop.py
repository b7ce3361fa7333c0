"""A shop that tells of events, and a mall that records them in memory by the pure decisions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import Random
from typing import Any

from mall import keys
from mall.clock import Millis, instant, millis
from mall.points.earning import events, grants
from mall.points.earning.counters import Counter, Counters, all_shards, places
from mall.points.earning.events import EventRequest, EventView
from mall.points.earning.record import Event, from_item, known
from mall.points.earning.standing import Standing
from mall.points.earning.standing import from_item as standing_from_item
from mall.points.ledger.entry import Entry, State
from mall.points.ledger.entry import from_item as entry_from_item
from mall.points.ledger.lots import state_at
from mall.points.program import Program, ProgramSettings
from mall.points.rules.evaluation import Evaluation
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
    """One member of a program, and every item that was written."""

    settings: ProgramSettings = field(default_factory=ProgramSettings)
    rules: RuleSet | None = None
    now: Millis = NOON
    items: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    chain: list[Entry] = field(default_factory=list)

    @property
    def program(self) -> Program:
        """The program in force."""
        return Program(self.settings, version=1)

    def tell(self, event: EventRequest) -> EventView:
        """Record an event as the store does. Raises what the decision raises."""
        events.check(event, self.settings, self.now)
        snapshot = self._snapshot(event)
        if repeated := grants.duplicate(snapshot, event):
            return repeated
        if event.refunds:
            recorded = grants.take_back(snapshot, event, self.program, self.now)
        else:
            rules = self.rules or RuleSet.default(self.settings.currency)
            judged = grants.judge(event, snapshot.standing, rules, self.program, self.now)
            counters = self._counters(judged.evaluation)
            recorded = grants.grant(snapshot, event, judged, counters, self.program, self.now)
        self.apply(recorded.writes)
        return recorded.view

    def tell_all(self, told: Iterable[EventRequest]) -> list[EventView]:
        """Record events, one after the other."""
        return [self.tell(event) for event in told]

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
        return standing_from_item(MEMBER, self._item(keys.standing(MEMBER)))

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
        own = known(SHOP, event.event_id, MEMBER, self._item(keys.event(SHOP, event.event_id)))
        about = own
        if event.refunds:
            about = known(SHOP, event.about, MEMBER, self._item(keys.event(SHOP, event.about)))
        head = self.chain[-1] if self.chain else None
        history = self.chain[about.revision - 1 :] if about.revision else []
        return grants.Snapshot(own, about, self.standing, head, history)

    def _counters(self, evaluation: Evaluation) -> Counters:
        limits = {limit for component in evaluation.components for limit in component.limits}
        return Counters({limit.key: self._read(limit) for limit in limits})

    def _read(self, limit: Any) -> list[Counter]:
        held = places(limit, MEMBER, all_shards(Random(1)))
        found = [(counter, self._item(counter.key)) for counter in held]
        return [replace(c, used=item["used"] if item else None) for c, item in found]


def at(text: str) -> Millis:
    """Milliseconds of an RFC 3339 instant."""
    return millis(datetime.fromisoformat(text))
