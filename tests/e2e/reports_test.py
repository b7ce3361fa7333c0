"""The program's books: liability, totals, statements and notices, from the deployed streams."""

import csv
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

from tests.e2e import aws, mall
from tests.e2e.mall import (
    admin,
    any_key,
    any_product,
    eventually,
    give_points,
    member_with,
    order_of,
)
from tests.e2e.operating import days_ahead

if TYPE_CHECKING:
    from mypy_boto3_events.type_defs import TargetTypeDef

_UNKNOWN = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
_BUS = "mall-sandbox-events"


def _today() -> str:
    now: str = admin().told("GET", "/admin/clock")["now"]
    return now[:10]


def _liability(day: str = "") -> dict[str, Any]:
    query = {"date": day} if day else {}
    shown: dict[str, Any] = admin().told("GET", "/admin/reports/liability", **query)
    return shown


# --- totals --------------------------------------------------------------------------------------


def should_owe_what_all_members_hold_together() -> None:
    """To the point, once the stream has been followed to its end."""
    member, _ = member_with(300)
    member.told("POST", "/orders", order_of(any_product(codes=1)), key=any_key())
    eventually(aws.uncounted, lambda left: not left)
    shown = _liability()
    held = [
        admin().told("GET", f"/admin/points/{each}/balance", at=shown["as_of"])
        for each in aws.members_with_entries()
    ]
    for part in ("available", "pending", "debt"):
        assert shown[part] == sum(balance[part] for balance in held), part
    months = {month["month"]: month["points"] for month in shown["by_expiry_month"]}
    assert sum(months.values()) == shown["available"]
    [today] = _daily(shown["date"])
    assert today["kinds"] == shown["by_kind_today"]
    assert {"earn", "redeem"} <= today["kinds"].keys()


def _daily(day: str) -> list[dict[str, Any]]:
    period = {"from": day, "until": day}
    items: list[dict[str, Any]] = admin().told("GET", "/admin/reports/daily", **period)["items"]
    return items


def should_reconcile_a_day_that_is_over_and_name_what_was_tampered_with() -> None:
    """The books agree with the chains until somebody changes an entry behind the API's back."""
    _, user_id = member_with(70)
    give_points(user_id, 30)
    today = _today()
    verify = f"/admin/points/{user_id}/verify"
    with days_ahead(2):
        with _tampered(user_id, revision=2):
            verdict = admin().told("GET", verify)
            assert verdict == {"valid": False, "entries": 2, "first_bad_revision": 2}
            assert aws.run("reconcile_ledger")["points"] > 0
            assert _liability(today)["reconciled"] is False
        assert admin().told("GET", verify) == {"valid": True, "entries": 2}
        assert aws.run("reconcile_ledger") == {"days": 1, "points": 0, "unfinished": 0}
        assert _liability(today)["reconciled"] is True
        assert [day["reconciled"] for day in _daily(today)] == [True]


@contextmanager
def _tampered(user_id: str, revision: int) -> Iterator[None]:
    """An entry says another number of points, as the database's owner could make it."""
    key = {"pk": {"S": f"MEMBER#{user_id}"}, "sk": {"S": f"ENTRY#{revision:012d}"}}
    table = mall.stack()["tables"]["points"]
    found = aws.dynamodb().get_item(TableName=table, Key=key)["Item"]
    aws.dynamodb().put_item(TableName=table, Item={**found, "points": {"N": "7000"}})
    try:
        yield
    finally:
        aws.dynamodb().put_item(TableName=table, Item=found)


def should_refuse_reports_of_days_that_are_none() -> None:
    """Of a day that has not begun, and of a period that ends before it begins."""
    for path, query in (
        ("/admin/reports/liability", {"date": "2999-01-01"}),
        ("/admin/reports/daily", {"from": "2026-02-01", "until": "2026-01-01"}),
    ):
        assert admin().refused("GET", path, **query) == (422, "invalid")


# --- statements ----------------------------------------------------------------------------------


def should_give_members_their_own_statement_as_a_file() -> None:
    """Every entry, oldest first, in CSV and JSON; nothing of a day without any."""
    member, user_id = member_with(70)
    give_points(user_id, 30)
    answer = member.ask("GET", "/points/statement")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    lines = list(csv.DictReader(answer.text.splitlines()))
    assert [(line["kind"], line["points"]) for line in lines] == [("earn", "70"), ("earn", "30")]
    entries = member.told("GET", "/points/entries")["items"]
    told = member.told("GET", "/points/statement", format="json")["items"]
    assert told == list(reversed(entries))
    period = {"from": "2020-01-01", "until": "2020-01-31"}
    assert member.told("GET", "/points/statement", format="json", **period)["items"] == []
    refusal = member.refused("GET", "/points/statement", **{"from": "2999-01-01"})
    assert refusal == (422, "invalid")


def should_write_a_statement_of_the_whole_program_and_sign_a_link_to_it() -> None:
    """It goes by stream and queue; whoever has the link fetches it, with no name in it."""
    _, user_id = member_with(70)
    eventually(aws.uncounted, lambda left: not left)
    today = _today()
    body = {"format": "csv", "from": today, "until": today}
    key = any_key()
    begun = admin().told("POST", "/admin/statements", body, key=key)
    again = admin().told("POST", "/admin/statements", body, key=key)
    assert again["statement_id"] == begun["statement_id"]
    path = f"/admin/statements/{begun['statement_id']}"
    ready = eventually(lambda: admin().told("GET", path), lambda found: found["status"] == "ready")
    file = mall.http().get(ready["url"]).raise_for_status().text
    lines = list(csv.DictReader(file.splitlines()))
    assert len(lines) == ready["entries"] == _daily(today)[0]["entries"]
    own = [line for line in lines if line["member"] == user_id]
    assert [(line["kind"], line["points"]) for line in own] == [("earn", "70")]
    assert "@" not in file


def should_refuse_statements_that_cannot_be() -> None:
    """Of the future, without a key, with the key of another; and one that nobody asked for."""
    statements, today = "/admin/statements", _today()
    future = {"from": today, "until": "2999-01-01"}
    assert admin().refused("POST", statements, future, key=any_key()) == (422, "invalid")
    body = {"from": today, "until": today}
    assert admin().refused("POST", statements, body) == (400, "idempotency_key_required")
    assert admin().refused("GET", f"{statements}/{_UNKNOWN}") == (404, "not_found")


# --- what the world is told ----------------------------------------------------------------------


def should_tell_the_world_of_points_that_moved_and_of_those_about_to_end() -> None:
    """By the bus: the entry at once, and a notice 30 days ahead."""
    with _listening() as heard:
        member, user_id = member_with(45)
        ends_at = member.told("GET", "/points/balance")["expiring"][0]["expires_at"]
        moved, expiring = ("points.earn", 45), ("points.expiring", 45)
        eventually(lambda: heard(user_id), lambda told: told == [moved])
        with days_ahead(
            (date.fromisoformat(ends_at[:10]) - date.fromisoformat(_today())).days - 30
        ):
            aws.run("notify_expiring")
            eventually(lambda: heard(user_id), lambda told: told == [moved, expiring])


@contextmanager
def _listening() -> Iterator[Callable[[str], list[tuple[str, int]]]]:
    """Listen to the stage's bus; what was heard of a member, by type and points."""
    name = f"heard-{any_key()}"
    queue = aws.sqs().create_queue(QueueName=name)["QueueUrl"]
    arn = aws.sqs().get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    target: TargetTypeDef = {"Id": name, "Arn": arn["Attributes"]["QueueArn"]}
    pattern = json.dumps({"source": ["points-mall.points"]})
    aws.bus().put_rule(Name=name, EventBusName=_BUS, EventPattern=pattern)
    aws.bus().put_targets(Rule=name, EventBusName=_BUS, Targets=[target])
    heard: dict[str, dict[str, Any]] = {}

    def of(user_id: str) -> list[tuple[str, int]]:
        found = aws.sqs().receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        for message in found.get("Messages", []):
            told = json.loads(message["Body"])
            heard[told["detail"]["event_id"]] = told
        own = [told for told in heard.values() if told["detail"]["member"] == user_id]
        return [(told["detail-type"], told["detail"]["points"]) for told in own]

    try:
        yield of
    finally:
        aws.bus().remove_targets(Rule=name, EventBusName=_BUS, Ids=[name])
        aws.bus().delete_rule(Name=name, EventBusName=_BUS)
        aws.sqs().delete_queue(QueueUrl=queue)
