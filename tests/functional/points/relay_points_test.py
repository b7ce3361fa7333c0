"""The stream of points: every entry and notice is told to the bus, with an id that stays."""

import json
from typing import Any

import boto3
import pytest
from mall.points.ledger.entry import KINDS, NEVER, minute, to_item
from mall.points.reports.notices import Notice, note

from tests.builders import any_entry, any_member
from tests.functional.acts import waiting_messages
from tests.functional.points.books import earn, follow, redeem
from tests.functional.times import DAY, NOON
from tests.stage import handler
from tests.streams import stream_event, stream_record


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the bus was told; it takes everything."""
    told: list[dict[str, Any]] = []
    client: Any = boto3.client("events")
    put_events = client.put_events

    def listen(Entries: list[dict[str, Any]]) -> object:
        told.extend(Entries)
        return put_events(Entries=Entries)

    monkeypatch.setattr(client, "put_events", listen)
    return told


def should_tell_of_each_entry_what_it_moved_and_what_is_left(bus: list[dict[str, Any]]) -> None:
    member = any_member()
    chain = [*earn(member, 100), *redeem(member, 30)]
    assert follow("relay_points", *chain) == {"batchItemFailures": []}
    assert [(event["Source"], event["DetailType"]) for event in bus] == [
        ("points-mall.points", "points.earn"),
        ("points-mall.points", "points.redeem"),
    ]
    detail = json.loads(bus[1]["Detail"])
    assert detail.pop("event_id")
    assert detail == {
        "schema_version": 1,
        "member": member,
        "revision": 2,
        "at": "2026-11-22T12:00:00.000Z",
        "kind": "redeem",
        "points": -30,
        "available": 70,
        "pending": 0,
        "debt": 0,
        "source": {"type": "order", "id": chain[1].source.id},
    }


def should_give_an_event_the_same_id_however_often_it_is_told(bus: list[dict[str, Any]]) -> None:
    chain = [*earn(any_member(), 100), *earn(any_member(), 100)]
    follow("relay_points", *chain)
    follow("relay_points", *chain)
    ids = [json.loads(event["Detail"])["event_id"] for event in bus]
    assert ids[:2] == ids[2:]
    assert len(set(ids)) == 2


def should_tell_of_every_kind(bus: list[dict[str, Any]]) -> None:
    follow("relay_points", *(any_entry(kind=kind) for kind in KINDS))
    assert [event["DetailType"] for event in bus] == [f"points.{kind}" for kind in KINDS]


def should_tell_nothing_personal(bus: list[dict[str, Any]]) -> None:
    entry = any_entry(actor="somebody")
    follow("relay_points", entry)
    assert "somebody" not in bus[0]["Detail"]
    assert not entry.note or entry.note.id not in bus[0]["Detail"]


def should_tell_that_points_are_about_to_end(bus: list[dict[str, Any]]) -> None:
    lot = minute(NOON + 7 * DAY)
    notice = Notice("m", lot, 7, 120, NOON + 7 * DAY, NOON)
    handler("relay_points")(stream_event(stream_record(note(notice).item)), None)
    [event] = bus
    assert event["DetailType"] == "points.expiring"
    detail = json.loads(event["Detail"])
    assert detail.pop("event_id")
    assert detail == {
        "schema_version": 1,
        "member": "m",
        "at": "2026-11-22T12:00:00.000Z",
        "points": 120,
        "expires_at": "2026-11-29T12:00:00.000Z",
        "days": 7,
    }


def should_set_a_statement_going() -> None:
    item = {"pk": "STATEMENT#s1", "sk": "STATEMENT"}
    handler("relay_points")(stream_event(stream_record(item)), None)
    assert waiting_messages("statements") == ['{"statement_id":"s1"}']


def should_name_the_records_that_could_not_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    client: Any = boto3.client("events")
    put_events = client.put_events

    def refuse_redeems(Entries: list[dict[str, Any]]) -> object:
        if Entries[0]["DetailType"] == "points.redeem":
            return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "Throttled"}]}
        return put_events(Entries=Entries)

    monkeypatch.setattr(client, "put_events", refuse_redeems)
    member = any_member()
    chain = [*earn(member, 100), *redeem(member, 30), *earn(member, 1, NEVER)]
    answer = follow("relay_points", *chain)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert to_item(chain[0])["kind"] == "earn"
