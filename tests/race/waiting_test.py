"""Events of somebody unknown meet the moment at which that somebody is known.

The test has a control beside it: the check is taken away, and an event is seen to be left behind.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from mall import keys, users
from mall.http import Identity
from mall.points.earning.events import EventRequest, EventView
from mall.store.ledger import entries
from mall.store.program import Programs
from mall.writes import Write, put

from functions.points import welcome_member as welcoming
from functions.points.record_event import record_event
from tests.builders import any_id
from tests.emulated import EmulatedMall
from tests.race.rivals import RivalStore, rivals

RIVALS = 16
EVENTS = RIVALS - 1
LATE = 8  # the events with an even number
_WELCOME_S_MAX = 30.0
PARTNER = Identity("the-shop")
Forgets = Callable[[Write], bool]


def _nothing(_: Write) -> bool:
    return False


def _checks(write: Write) -> bool:
    return write.action == "ConditionCheck"


class AppearingStore(RivalStore):
    """A store at which a member appears among the events, and which may leave out the check.

    All have decided before anybody writes. Who is `late` then writes after the member was welcomed.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.welcomed = threading.Event()
        self.late = threading.local()

    def transact(self, writes: Sequence[Write]) -> None:
        if any(map(_checks, writes)):
            self._meet()
            if getattr(self.late, "is_set", False):
                self.welcomed.wait(_WELCOME_S_MAX)
        kept = [write for write in writes if not (_checks(write) and self._forgets(write))]
        super().transact(kept)


def _keep_unknown(mall: EmulatedMall) -> Programs:
    settings = json.dumps({"unknown_members": "keep"})
    mall.store.transact([put("points", {**keys.PROGRAM, "settings": settings, "version": 1})])
    programs = Programs(mall.store)
    programs.current()  # else the rivals would not meet before they write
    return programs


def _race(
    mall: EmulatedMall, monkeypatch: pytest.MonkeyPatch, forgets: Forgets = _nothing
) -> tuple[str, Counter[str]]:
    """15 events for one address meet its confirmation, which is followed by the welcome at once."""
    member, programs = any_id(), _keep_unknown(mall)
    address = f"{member}@example.test"
    store = mall.opened(AppearingStore, parties=RIVALS, forgets=forgets)
    mall.use(store)
    monkeypatch.setattr(welcoming, "open_store", lambda: store)
    monkeypatch.setattr(welcoming, "open_programs", lambda: programs)

    def tell(number: int) -> EventView:
        store.late.is_set = number % 2 == 0
        event = {
            "event_id": f"event-{number}",
            "type": "purchase",
            "member": {"email": address},
            "occurred_at": mall.opened_at,
            "currency": "USD",
            "lines": [{"quantity": 1, "amount": 1_000}],
        }
        request = EventRequest.model_validate(event)
        return record_event.story(request, PARTNER, store, programs, None)

    def act(number: int) -> str:
        if number < EVENTS:
            return tell(number).status
        store.transact(users.confirm(member, address, store.now()))
        welcoming.welcome_member.story(store.get("users", keys.profile(member)) or {})
        store.welcomed.set()
        return "welcomed"

    outcomes = rivals(RIVALS, act)
    assert not outcomes.refusals
    return member, Counter(outcomes.answers)


def _left_behind(mall: EmulatedMall, member: str) -> int:
    partition = keys.email(f"{member}@example.test")["pk"]
    found = mall.store.query_all("users", "#pk = :pk", {"pk": partition}, consistent=True)
    return sum(item["sk"].startswith(keys.WAITING_PREFIX) for item in found)


def should_leave_no_event_behind_and_grant_each_once(
    mall: EmulatedMall, monkeypatch: pytest.MonkeyPatch
) -> None:
    member, answers = _race(mall, monkeypatch)
    assert answers["waiting"] + answers["granted"] == EVENTS
    assert answers["granted"] >= LATE
    assert _left_behind(mall, member) == 0
    granted = [entry.source.id for entry in entries(mall.store, member)]
    assert sorted(granted) == sorted(f"event-{number}" for number in range(EVENTS))
    mall.audit()


def should_be_seen_to_leave_events_behind_without_the_check(
    mall: EmulatedMall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control."""
    member, answers = _race(mall, monkeypatch, forgets=_checks)
    assert answers["waiting"] == EVENTS
    assert _left_behind(mall, member) >= LATE
