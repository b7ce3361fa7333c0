"""Replays of draft rules: a file with the plan of each, and one with how far it has come.

A replay goes on day by day and notes each day when it is done; a run that dies is repeated from
there. Two runs at once do the same and write the same.
"""

from collections.abc import Iterator
from heapq import merge
from time import monotonic

from pydantic import BaseModel

from mall import keys
from mall.exports import Exports
from mall.points.earning.record import Event, from_item
from mall.points.rules import replaying
from mall.points.rules.replay_views import ReplayView, view
from mall.points.rules.replaying import Plan, Progress
from mall.store.client import Store


class RunReplay(BaseModel):
    """Ask for a replay to go on."""

    replay_id: str


def begin(exports: Exports, replay_id: str, plan: Plan) -> ReplayView:
    """Keep what a replay goes by, with nothing played yet."""
    exports.put(_file(replay_id, "plan"), plan.model_dump_json().encode())
    return _note(exports, replay_id, plan, replaying.begin(plan))


def show(exports: Exports, replay_id: str) -> ReplayView | None:
    """A replay as it stands; None when there is none, or it has left the bucket."""
    plan, progress = exports.get(_file(replay_id, "plan")), exports.get(_file(replay_id, "done"))
    if plan is None or progress is None:
        return None
    days = len(Plan.model_validate_json(plan).utc_days)
    return view(replay_id, Progress.model_validate_json(progress), days)


def go_on(store: Store, exports: Exports, replay_id: str, seconds: float) -> bool:
    """Play days for so many seconds, one at least; whether none is left, nor if it is gone."""
    kept, noted = exports.get(_file(replay_id, "plan")), exports.get(_file(replay_id, "done"))
    if kept is None or noted is None:
        return True
    plan, progress = Plan.model_validate_json(kept), Progress.model_validate_json(noted)
    rules, until = plan.rule_set, monotonic() + seconds
    for day in plan.utc_days[progress.days_done :]:
        progress = replaying.play_day(progress, _events(store, day), plan, rules)
        _note(exports, replay_id, plan, progress)
        if monotonic() >= until:
            break
    return progress.days_done >= len(plan.utc_days)


def _note(exports: Exports, replay_id: str, plan: Plan, progress: Progress) -> ReplayView:
    exports.put(_file(replay_id, "done"), progress.model_dump_json().encode())
    return view(replay_id, progress, len(plan.utc_days))


def _events(store: Store, day: str) -> Iterator[Event]:
    """The events that occurred on a UTC day and can earn, in that order."""
    buckets = [
        store.query_all(
            "points",
            "#gsi1pk = :gsi1pk",
            {"gsi1pk": keys.event_log_bucket(day, bucket)},
            index=keys.BY_TIME,
        )
        for bucket in range(keys.EVENT_BUCKETS)
    ]
    return map(from_item, merge(*buckets, key=lambda item: str(item["gsi1sk"])))


def _file(replay_id: str, what: str) -> str:
    return f"replays/{replay_id}/{what}.json"
