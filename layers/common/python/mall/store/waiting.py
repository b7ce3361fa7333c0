"""Events of members whom nobody knows yet: kept until they appear, if the program says so.

An event waits in `users` beside the address, or under the id, that it names: an address is personal
and never enters `points`. It is kept in one transaction with a check that the member is unknown
still. Confirming writes the very item that is checked, so either the event finds the member, or
whoever welcomes the member finds the event. Time to live ends what never finds anybody.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from mall import keys
from mall.clock import Millis
from mall.errors import NotFound, Stale
from mall.points.earning.events import EventRequest, EventStatus, EventView
from mall.points.program import Program
from mall.points.views import MemberReference
from mall.store.client import Commit, Store
from mall.store.members import resolve
from mall.writes import ABSENT, Item, Write, check, delete

_DAY_S = 86_400
_WAITING = "#pk = :pk AND begins_with(#sk, :prefix)"
Receipts = Callable[[EventView], Sequence[Write]]


class _Known(Exception):
    """The member has appeared, or was erased."""


class _Waits(Exception):
    """This event waits already."""


@dataclass(frozen=True)
class Kept:
    """An event that waits, and the partner client that told of it."""

    key: keys.Key
    client: str
    event: EventRequest


def resolve_or_keep(
    store: Store, program: Program, client: str, event: EventRequest, receipts: Receipts
) -> str | EventView:
    """The id of the event's member; or, for one whom nobody knows yet, what keeping it came to.

    `receipts` gives what is written with a kept event. Raises NotFound when the program keeps
    none, and for an erased member, who never appears again.
    """
    try:
        return resolve(store, event.member)
    except NotFound:
        if program.settings.unknown_members == "refuse":
            raise
    days = program.settings.event_age_days_max
    return _keep(store, days, client, event, receipts) or resolve(store, event.member)


def _keep(
    store: Store, days: int, client: str, event: EventRequest, receipts: Receipts
) -> EventView | None:
    """The answer `waiting`, or `duplicate` for an event that waits; None once there is a member."""
    view = _view(event, "waiting")

    def attempt(_: Stale | None) -> Commit[EventView]:
        kept = _kept(client, event, store.now(), days)
        return Commit([*receipts(view), kept, _unknown(event.member)], view)

    try:
        return store.commit(attempt)
    except _Waits:
        return _view(event, "duplicate").with_status(200)
    except _Known:
        return None


def welcomed(store: Store, profile: Item) -> list[Kept]:
    """The events that wait for a member who is known now, in the order in which they came."""
    named = [MemberReference(user_id=profile["user_id"])]
    if email := profile.get("email"):
        named.append(MemberReference(email=email))
    now_s = store.now() // 1000
    found = [item for who in named for item in _waiting(store, _partition(who))]
    alive = sorted((item for item in found if item["ttl"] > now_s), key=lambda i: i["kept_at"])
    return [
        Kept(
            key={"pk": item["pk"], "sk": item["sk"]},
            client=item["client"],
            event=EventRequest.model_validate_json(item["event"]),
        )
        for item in alive
    ]


def let_go(store: Store, kept: Kept) -> None:
    """An event that was recorded waits no more; twice is harmless."""
    store.transact([delete("users", kept.key)])


def forget_waiting(store: Store, address: str, until: Millis) -> None:
    """Delete what was kept for an address up to an instant."""
    for item in _waiting(store, _partition(MemberReference(email=address))):
        if item["kept_at"] <= until:
            store.transact([delete("users", {"pk": item["pk"], "sk": item["sk"]})])


def _kept(client: str, event: EventRequest, now: Millis, days: int) -> Write:
    """The item that waits. One whose time is over may stand there still, and gives way."""
    key = keys.waiting(_partition(event.member), client, event.event_id)
    now_s = now // 1000
    item = {
        **key,
        "client": client,
        "event": event.model_dump_json(exclude_unset=True),
        "kept_at": now,
        "ttl": now_s + days * _DAY_S,
    }
    return Write(
        "Put",
        "users",
        key,
        item=item,
        condition=f"{ABSENT} OR #ttl <= :now_s",
        values={"now_s": now_s},
        refused=lambda _: _Waits(),
    )


def _unknown(member: MemberReference) -> Write:
    """Holds a transaction to it that nobody has confirmed this address, or under this id."""
    if member.email is not None:
        return check("users", keys.email(member.email), ABSENT, refused=lambda _: _Known())
    return check(
        "users",
        keys.profile(str(member.user_id)),
        f"{ABSENT} OR #status = :unconfirmed",
        refused=lambda _: _Known(),
        unconfirmed="unconfirmed",
    )


def _partition(member: MemberReference) -> str:
    if member.email is not None:
        return keys.email(member.email)["pk"]
    return keys.person(str(member.user_id))


def _view(event: EventRequest, status: EventStatus) -> EventView:
    return EventView(event_id=event.event_id, status=status, points=0, pending=0, explain=[])


def _waiting(store: Store, partition: str) -> list[dict[str, Any]]:
    values = {"pk": partition, "prefix": keys.WAITING_PREFIX}
    return list(store.query_all("users", _WAITING, values, consistent=True))
