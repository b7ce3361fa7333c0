"""Recording a partner's event: what is read, decided and written in one transaction.

Two reads (the event's items in one, the newest entry), one transaction; one read more where a rule
that gives something has a cap, another when the shard of a program's cap that was looked at first
is short, and one for a purchase where the program has referrals.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import SystemRandom

from mall import keys
from mall.errors import Stale
from mall.points.earning import grants
from mall.points.earning.counters import Counter, Counters, all_shards, any_shard, places
from mall.points.earning.events import EventRequest, EventView
from mall.points.earning.record import known
from mall.points.earning.standing import from_item as standing_from_item
from mall.points.program.settings import PURCHASE
from mall.points.rules.caps import Limit
from mall.points.rules.evaluation import Evaluation
from mall.store.client import Commit, Store
from mall.store.ledger import entries, head
from mall.store.program import Programs
from mall.store.referring import unrewarded
from mall.writes import Write

_RANDOM = SystemRandom()


@dataclass(frozen=True)
class Told:
    """An event of a member, as a partner client told of it."""

    client: str
    member: str
    event: EventRequest


def record(
    store: Store, programs: Programs, told: Told,
    also: Callable[[EventView], Sequence[Write]] = lambda _: (),
) -> EventView:  # fmt: skip
    """Record an event once; 200 `duplicate` when its id is known.

    `also` gives writes that belong to the same transaction, such as a receipt of the answer.
    Raises Invalid, AccountClosed, PointsLimit, Busy, and what the writes of `also` mean.
    """

    def attempt(_: Stale | None) -> Commit[EventView]:
        snapshot = _read(store, told)
        if repeated := grants.duplicate(snapshot, told.event, store.now()):
            return Commit([], repeated.with_status(200))
        recorded = _decide(store, programs, told, snapshot)
        return Commit([*also(recorded.view), *recorded.writes], recorded.view)

    return store.commit(attempt)


def _read(store: Store, told: Told) -> grants.Snapshot:
    event = told.event
    places = [keys.event(told.client, event.event_id), keys.standing(told.member)]
    if event.refunds:
        places.append(keys.event(told.client, event.about))
    own, standing, *purchases = store.get_many([("points", place) for place in places])
    mine = known(told.client, event.event_id, told.member, own)
    purchase = mine
    for item in purchases:
        purchase = known(told.client, event.about, told.member, item)
    standing_now = standing_from_item(told.member, standing)
    return grants.Snapshot(mine, purchase, standing_now, head(store, told.member))


def _decide(
    store: Store, programs: Programs, told: Told, snapshot: grants.Snapshot
) -> grants.Recorded:
    program, newest = programs.current(), snapshot.head
    now = max(store.now(), newest.at) if newest else store.now()
    if not told.event.refunds:
        judged = grants.judge(told.event, snapshot.standing, programs.rules(), program, now)
        counters = read_counters(store, told.member, judged.evaluation)
        if told.event.type == PURCHASE and program.settings.referral:
            snapshot = replace(snapshot, referred=unrewarded(store, told.member))
        return grants.grant(snapshot, told.event, judged, counters, program, now)
    if grants.needs_history(snapshot.purchase, now):
        since = tuple(entries(store, told.member, snapshot.purchase.revision))
        snapshot = replace(snapshot, history=since)
    return grants.take_back(snapshot, told.event, program, now)


def read_counters(store: Store, member: str, evaluation: Evaluation) -> Counters:
    """The counters that an evaluation is held against: of a program's cap one shard, or all."""
    wanted = {
        limit: component.points
        for component in evaluation.components
        if component.points
        for limit in component.limits
    }
    first = any_shard(_RANDOM)
    held = _read_places(store, {limit: places(limit, member, first) for limit in wanted})
    short = [
        limit
        for limit, points in wanted.items()
        if limit.key.per == "program" and sum(c.room for c in held[limit]) < points
    ]
    every = all_shards(_RANDOM)
    held |= _read_places(store, {limit: places(limit, member, every) for limit in short})
    return Counters({limit.key: counters for limit, counters in held.items()})


def _read_places(
    store: Store, asked: Mapping[Limit, Sequence[Counter]]
) -> dict[Limit, Sequence[Counter]]:
    """The same counters with what each has given."""
    flat = [counter for counters in asked.values() for counter in counters]
    items = store.get_many([("points", counter.key) for counter in flat])
    read = iter(
        replace(counter, used=item["used"] if item else None)
        for counter, item in zip(flat, items, strict=True)
    )
    return {limit: [next(read) for _ in counters] for limit, counters in asked.items()}
