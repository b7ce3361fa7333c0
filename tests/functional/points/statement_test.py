"""Statements as files: a member's own at once or by a link, the program's in the background."""

import csv
import io
import json
import re
from itertools import count as count_up
from typing import Any

import boto3
import pytest
from mall import errors, keys
from mall.points.ledger.entry import Entry, to_item
from mall.points.reports.statement import COLUMNS, PROGRAM_COLUMNS
from mall.store import open_store
from mall.store.statements import read_export
from mall.writes import put

from tests.builders import any_entry, any_id, any_member
from tests.events import Answer, member_claims
from tests.functional.acts import ADMIN, call, deliver, waiting_messages
from tests.functional.points import books
from tests.functional.points.books import count, earn, redeem
from tests.functional.times import DAY, HOUR, MINUTE, NOON, Time
from tests.stage import handler
from tests.streams import stream_event, stream_record

TODAY = "2026-11-22"


def _statement(member: str, **query: str) -> Answer:
    named = {name.rstrip("_"): value for name, value in query.items()}
    return call("get_statement", member_claims(member), query=named)


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def _fetched(link: str) -> str:
    """What a link leads to, read through the door that signed it."""
    found = re.search(r"(statements/[^?]+)\?", link)
    assert found
    assert "X-Amz-Expires=900" in link or "Expires=" in link
    body = boto3.client("s3").get_object(Bucket="files", Key=found.group(1))["Body"]
    text: str = body.read().decode()
    return text


# --- a member's own ------------------------------------------------------------------------------


def should_give_a_short_statement_at_once_as_csv() -> None:
    member = any_member()
    chain = [*earn(member, 100), *redeem(member, 30)]
    answer = _statement(member)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].endswith('.csv"')
    rows = _rows(answer.body)
    assert tuple(rows[0]) == COLUMNS
    assert [
        (row["revision"], row["kind"], row["points"], row["available_after"]) for row in rows
    ] == [
        ("1", "earn", "100", "100"),
        ("2", "redeem", "-30", "70"),
    ]
    assert rows[1]["hash"] == chain[1].hash.hex()


def should_give_it_as_json_like_the_list_of_entries() -> None:
    member = any_member()
    earn(member, 100)
    redeem(member, 30)
    answer = _statement(member, format="json")
    listed = call("list_entries", member_claims(member)).body["items"]
    assert answer.body["items"] == list(reversed(listed))
    assert answer.body["until"] == TODAY


@pytest.mark.parametrize("format_", ["csv", "json"])
def should_give_an_empty_statement(format_: str) -> None:
    answer = _statement(any_member(), format=format_)
    assert answer.status == 200
    assert (_rows(answer.body) if format_ == "csv" else answer.body["items"]) == []


def should_include_both_days_and_nothing_else(time: Time) -> None:
    member = any_member()
    for _ in range(5):
        earn(member, 1)
        redeem(member, 1)
        time.forward(DAY)
    shown = _statement(member, from_="2026-11-23", until="2026-11-24").body
    assert [row["revision"] for row in _rows(shown)] == ["3", "4", "5", "6"]
    assert _rows(_statement(member, until="2026-11-21").body) == []
    assert len(_rows(_statement(member, from_="2026-11-26").body)) == 2


def should_keep_free_text_from_being_a_formula() -> None:
    """What partners and admins wrote is text; points are numbers, negative ones too."""
    member = any_member()
    note_id, texts = any_id(), ["=1+1", "+1", "-1", "@x", 'plain, with "quotes"\nand lines']
    chain = [
        any_entry(member=member, revision=n, at=NOON, points=-5, note=None)
        for n in range(1, len(texts) + 1)
    ]
    for entry, text in zip(chain, texts, strict=True):
        item = to_item(entry) | {"source": ["purchase", text], "note": [note_id, b"digest"]}
        open_store().transact([put("points", item)])
    note = {**keys.note(member, note_id), "text": '=HYPERLINK("http://evil.example")'}
    open_store().transact([put("users", note)])
    rows = _rows(_statement(member).body)
    assert [row["source_id"] for row in rows] == ["'=1+1", "'+1", "'-1", "'@x", texts[4]]
    assert {row["note"] for row in rows} == {'\'=HYPERLINK("http://evil.example")'}
    assert {row["points"] for row in rows} == {"-5"}


@pytest.mark.parametrize("format_", ["csv", "json"])
def should_lead_to_a_file_when_it_is_long(format_: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.points.get_statement.INLINE_MAX", 3)
    member = any_member()
    books.earn_often(member, 1, 4)
    answer = _statement(member, format=format_)
    assert answer.status == 303
    text = _fetched(answer.headers["location"])
    found = _rows(text) if format_ == "csv" else json.loads(text)["items"]
    assert [int(each["revision"]) for each in found] == [1, 2, 3, 4]


def should_hold_one_part_of_a_long_file_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.points.get_statement.INLINE_MAX", 3)
    monkeypatch.setattr("mall.exports.PART_BYTES", 1_000)
    monkeypatch.setattr("moto.s3.models.S3_UPLOAD_PART_MIN_SIZE", 1)
    member = any_member()
    books.earn_often(member, 1, 60)
    text = _fetched(_statement(member).headers["location"])
    assert [int(row["revision"]) for row in _rows(text)] == list(range(1, 61))


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"format": "xml"}, "format"),
        ({"from": "yesterday"}, "from"),
        ({"from": "1999-12-31"}, "from"),
        ({"until": "20261122"}, "until"),
        ({"until": "2026-11-23"}, "until"),
        ({"from": "2026-11-22", "until": "2026-11-21"}, "from"),
    ],
)
def should_refuse_what_is_no_statement(query: dict[str, str], field: str) -> None:
    answer = call("get_statement", member_claims("m"), query=query)
    assert (answer.status, answer.fields) == (422, [field])


# --- the program's -------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def few_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever moved on a day stands in one of 4 partitions: moto is slow to look into many."""
    for limited in ("mall.keys", "mall.keys.points"):
        monkeypatch.setattr(f"{limited}.MOVED_BUCKETS", 4)


def _ask(key: str = "", claims: Any = ADMIN, **changed: Any) -> Answer:
    body = {"format": "csv", "from": TODAY, "until": TODAY, **changed}
    return call("start_statement", claims, body=body, key=key or any_id())


def _status(statement_id: str) -> dict[str, Any]:
    answer = call("get_statement_status", ADMIN, path={"statement_id": statement_id})
    assert answer.status == 200, answer.body
    shown: dict[str, Any] = answer.body
    return shown


def _begun(**changed: Any) -> str:
    """A statement that was begun; the stream set it going."""
    answer = _ask(**changed)
    assert (answer.status, answer.body["status"]) == (202, "running"), answer.body
    statement_id: str = answer.body["statement_id"]
    item = open_store().get("points", keys.statement(statement_id)) or {}
    handler("relay_points")(stream_event(stream_record(item)), None)
    return statement_id


def _work() -> None:
    """Handle what waits for the writer, and what that leaves waiting."""
    while messages := waiting_messages("statements"):
        assert deliver("export_statement", *messages) == []


def _people(time: Time) -> list[Entry]:
    """Members who moved on three days, counted."""
    entries: list[Entry] = []
    for _ in range(3):
        for _ in range(5):
            member = any_member()
            entries += [*earn(member, 100), *redeem(member, 30)]
        count(*entries[-10:])
        time.forward(DAY)
    return entries


def _keys(entries: list[Entry]) -> list[tuple[str, int]]:
    return sorted((entry.member, entry.revision) for entry in entries)


def should_write_every_entry_of_the_days_as_csv(time: Time) -> None:
    entries = _people(time)
    statement_id = _begun(until="2026-11-24")
    assert _status(statement_id) == {
        "statement_id": statement_id,
        "status": "running",
        "entries": 0,
        "progress": 0,
    }
    _work()
    shown = _status(statement_id)
    assert (shown["status"], shown["entries"], shown["progress"]) == ("ready", 30, 100)
    rows = _rows(_fetched(shown["url"]))
    assert tuple(rows[0]) == PROGRAM_COLUMNS
    assert sorted((row["member"], int(row["revision"])) for row in rows) == _keys(entries)


def should_write_the_asked_days_only_as_json_lines(time: Time) -> None:
    entries = _people(time)
    statement_id = _begun(format="json", **{"from": "2026-11-23", "until": "2026-11-23"})
    _work()
    lines = [json.loads(line) for line in _fetched(_status(statement_id)["url"]).splitlines()]
    assert sorted((line["member"], line["revision"]) for line in lines) == _keys(entries[10:20])
    assert "note" not in lines[0]


def should_write_an_empty_statement() -> None:
    statement_id = _begun()
    _work()
    shown = _status(statement_id)
    assert (shown["status"], shown["entries"]) == ("ready", 0)
    assert _rows(_fetched(shown["url"])) == []


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of many parts."""
    monkeypatch.setattr("mall.store.statements.PART_BYTES", 1_000)
    monkeypatch.setattr("moto.s3.models.S3_UPLOAD_PART_MIN_SIZE", 1)


def should_write_a_file_of_many_parts(time: Time, small_parts: None) -> None:
    entries = _people(time)
    statement_id = _begun(until="2026-11-24")
    _work()
    assert len(read_export(open_store(), statement_id).parts) > 1
    rows = _rows(_fetched(_status(statement_id)["url"]))
    assert sorted((row["member"], int(row["revision"])) for row in rows) == _keys(entries)


@pytest.mark.parametrize("method", ["upload_part", "complete_multipart_upload", "update_item"])
@pytest.mark.parametrize("after", [False, True])
def should_go_on_after_a_kill(
    method: str, after: bool, time: Time, small_parts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed at each call of a kind in turn, before or after it took effect."""
    entries = _people(time)
    statement_id = _begun(until="2026-11-24")
    waiting_messages("statements")
    message = json.dumps({"statement_id": statement_id})
    kills = 0
    while kills < 12:
        with monkeypatch.context() as killing:
            if not books.die_at_call(killing, method, min(kills, 1), after, message):
                break
        kills += 1
    assert kills
    deliver("export_statement", message)
    rows = _rows(_fetched(_status(statement_id)["url"]))
    assert sorted((row["member"], int(row["revision"])) for row in rows) == _keys(entries)


def should_go_on_in_another_run_when_time_is_up(
    time: Time, small_parts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = _people(time)
    statement_id = _begun(until="2026-11-24")
    looks = count_up()
    monkeypatch.setattr("mall.store.statements.monotonic", lambda: next(looks) * 25.0)
    [message] = waiting_messages("statements")
    runs = 0
    while not read_export(open_store(), statement_id).ready:
        assert deliver("export_statement", message) == []
        runs += 1
        assert runs < 50
    assert runs > 1
    rows = _rows(_fetched(_status(statement_id)["url"]))
    assert sorted((row["member"], int(row["revision"])) for row in rows) == _keys(entries)


def should_give_way_to_a_writer_that_is_ahead(
    time: Time, small_parts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    _people(time)
    statement_id = _begun(until="2026-11-24")
    message = json.dumps({"statement_id": statement_id})
    client: Any = boto3.client("s3")
    upload, others = client.upload_part, [message]

    def after_another(**asked: Any) -> Any:
        if others:
            assert deliver("export_statement", others.pop()) == []
        return upload(**asked)

    monkeypatch.setattr(client, "upload_part", after_another)
    assert deliver("export_statement", message) == []
    shown = _status(statement_id)
    assert (shown["status"], shown["entries"]) == ("ready", 30)
    assert len(_rows(_fetched(shown["url"]))) == 30


def should_give_no_link_to_a_file_that_has_left() -> None:
    statement_id = _begun()
    _work()
    boto3.client("s3").delete_object(Bucket="files", Key=f"statements/{statement_id}.csv")
    shown = _status(statement_id)
    assert (shown["status"], shown.get("url")) == ("ready", None)


def should_begin_once_for_one_key(time: Time) -> None:
    first = _ask("a key")
    _work()
    time.forward(MINUTE)
    again = _ask("a key")
    assert (first.status, again.status) == (202, 202)
    assert first.body == again.body
    assert again.headers["idempotent-replayed"] == "true"
    other = _ask("a key", format="json")
    assert (other.status, other.code) == (422, "idempotency_key_reused")


def should_say_that_it_failed_when_nothing_moved_for_hours(time: Time) -> None:
    statement_id = _ask().body["statement_id"]
    time.forward(6 * HOUR)
    assert _status(statement_id)["status"] == "running"
    time.forward(MINUTE)
    assert _status(statement_id)["status"] == "failed"
    deliver("export_statement", json.dumps({"statement_id": statement_id}))
    assert _status(statement_id)["status"] == "ready"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"format": "xml"}, "format"),
        ({"until": "2026-11-23"}, "until"),
        ({"from": 0}, "from"),
        ({"more": 1}, "more"),
    ],
)
def should_refuse_what_cannot_be_written(changed: dict[str, Any], field: str) -> None:
    answer = _ask(**changed)
    assert (answer.status, answer.fields) == (422, [field])


def should_refuse_periods_longer_than_a_year_or_backwards() -> None:
    assert _ask(**{"from": "2025-11-21"}).status == 422
    assert _ask(**{"from": "2025-11-22"}).status == 202
    assert _ask(until="2026-11-21").status == 422


def should_demand_a_key_and_an_admin() -> None:
    body = {"from": TODAY, "until": TODAY}
    assert call("start_statement", ADMIN, body=body).code == "idempotency_key_required"
    assert _ask(claims=member_claims("m")).code == "forbidden"
    for name in ("get_liability", "list_daily_totals"):
        assert call(name, member_claims("m")).code == "forbidden"
    answer = call("get_statement_status", member_claims("m"), path={"statement_id": "x"})
    assert answer.code == "forbidden"


def should_refuse_a_body_that_cannot_be_read() -> None:
    assert call("start_statement", ADMIN, body="{", key="k").code == "malformed"


def should_not_know_other_statements() -> None:
    answer = call("get_statement_status", ADMIN, path={"statement_id": any_id()})
    assert (answer.status, answer.code) == (404, "not_found")
    answer = call("get_statement_status", ADMIN, path={"statement_id": "no id!"})
    assert answer.status == 422


def should_say_busy_when_the_database_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object, **__: object) -> None:
        raise errors.Busy

    monkeypatch.setattr("mall.store.reads.Reads.query", busy)
    monkeypatch.setattr("mall.store.client.Store.commit", busy)
    assert _statement("m").code == "busy"
    assert _ask().code == "busy"
    monkeypatch.setattr("functions.points.get_statement_status.read_export", busy)
    answer = call("get_statement_status", ADMIN, path={"statement_id": "x"})
    assert answer.code == "busy"


def should_keep_the_columns_that_are_documented() -> None:
    assert COLUMNS == (
        "revision", "at", "kind", "points", "available_after", "pending_after", "debt_after",
        "source_type", "source_id", "note", "hash",
    )  # fmt: skip
    assert PROGRAM_COLUMNS == (
        "member", "revision", "at", "kind", "points", "available_after", "pending_after",
        "debt_after", "source_type", "source_id", "hash", "rules", "actor",
    )  # fmt: skip
