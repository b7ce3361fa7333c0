"""The books of a program in these tests: chains that move on the stage's tables, and the jobs."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from mall import keys
from mall.points.ledger import Grant, Posting, claw_back, credit, open_posting, spend
from mall.points.ledger.entry import NEVER, Entry, to_item
from mall.points.ledger.movements import ClawBackPolicy
from mall.points.ledger.writes import append
from mall.store import Store, open_store
from mall.store.ledger import head
from mall.writes import delete, put

from tests.builders import any_source
from tests.functional.acts import ADMIN, call, deliver
from tests.stage import handler
from tests.streams import stream_event, stream_record


def post(member: str) -> Posting:
    """A posting on a member's newest entry."""
    store = open_store()
    return open_posting(member, head(store, member), store.now())


def commit(posting: Posting) -> list[Entry]:
    """Append a posting's entries, and hand none of them to any stream."""
    open_store().transact(append(posting))
    return posting.entries


def earn(member: str, points: int, lot: str = NEVER, pending: str | None = None) -> list[Entry]:
    """Grant points."""
    posting = post(member)
    credit(posting, "earn", points, Grant(lot, pending), any_source("purchase"))
    return commit(posting)


def earn_often(member: str, points: int, times: int) -> list[Entry]:
    """Grant points many times at one instant."""
    posting = post(member)
    for _ in range(times):
        credit(posting, "earn", points, Grant(NEVER), any_source("purchase"))
    writes = append(posting)
    for first in range(0, len(writes), 90):
        open_store().transact(writes[first : first + 90])
    return posting.entries


def earn_in(member: str, points: int, lots: list[str]) -> list[Entry]:
    """Grant points into each of these lots, in one commit."""
    posting = post(member)
    for lot in lots:
        credit(posting, "earn", points, Grant(lot), any_source("purchase"))
    return commit(posting)


def redeem(member: str, points: int) -> list[Entry]:
    """Spend points."""
    posting = post(member)
    spend(posting, "redeem", points, any_source("order"))
    return commit(posting)


def take_back(
    member: str, points: int, lot: str = NEVER, policy: ClawBackPolicy = "unlimited"
) -> list[Entry]:
    """Claw points back, into debt where there are too few."""
    posting = post(member)
    claw_back(posting, points, Grant(lot), policy, any_source("purchase"), history=[])
    return commit(posting)


def follow(name: str, *entries: Entry) -> dict[str, Any]:
    """Hand entries to a follower of the stream, as they were inserted."""
    records = [stream_record(to_item(entry), number=n) for n, entry in enumerate(entries)]
    answer: dict[str, Any] = handler(name)(stream_event(*records), None)
    return answer


def count(*entries: Entry) -> None:
    """Let entries be counted."""
    assert follow("count_points", *entries) == {"batchItemFailures": []}


def reconcile() -> dict[str, int]:
    """One run of the hourly job."""
    counts: dict[str, int] = handler("reconcile_ledger")({}, None)
    return counts


def liability(date: str | None = None) -> dict[str, Any]:
    """The program's liability, as an admin reads it."""
    answer = call("get_liability", ADMIN, query={"date": date} if date else None)
    assert answer.status == 200, answer.body
    shown: dict[str, Any] = answer.body
    return shown


def rewrite(member: str, revision: int, **changed: object) -> None:
    """Do what nobody may: change an entry that stands."""
    item = open_store().get("points", keys.entry(member, revision)) or {}
    open_store().transact([put("points", {**item, **changed})])


def remove(member: str, *revisions: int) -> None:
    """Do what nobody may: remove entries."""
    open_store().transact([delete("points", keys.entry(member, each)) for each in revisions])


def totals_of(day: str) -> list[tuple[keys.Key, dict[str, Any]]]:
    """The shards in which a day's totals stand."""
    found = [
        (keys.totals(day, n), open_store().get("points", keys.totals(day, n))) for n in range(8)
    ]
    return [(key, item) for key, item in found if item]


def write(key: keys.Key, item: dict[str, Any]) -> None:
    """Write an item as it is."""
    open_store().transact([put("points", {**item, **key})])


class Dead(BaseException):
    """The process is gone."""


def die_at(patch: pytest.MonkeyPatch, write_number: int, act: Callable[[], object]) -> bool:
    """Let the process die at a write of what it does; False when it came to an end before."""
    left, transact = write_number, Store.transact

    def dying(store: Store, writes: Any) -> None:
        nonlocal left
        if not left:
            raise Dead
        left -= 1
        transact(store, writes)

    patch.setattr(Store, "transact", dying)
    try:
        act()
    except Dead:
        return True
    return False


def die_at_call(
    patch: pytest.MonkeyPatch, method: str, number: int, after: bool, message: str
) -> bool:
    """Let a statement's writer die at a call; False when it came to an end before."""
    client: Any = boto3.client("dynamodb" if method == "update_item" else "s3")
    call, left = getattr(client, method), number

    def dying(**asked: Any) -> Any:
        nonlocal left
        if left:
            left -= 1
            return call(**asked)
        if after:
            call(**asked)
        raise Dead

    patch.setattr(client, method, dying)
    try:
        assert deliver("export_statement", message) == []
    except Dead:
        return True
    return False
