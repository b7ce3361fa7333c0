"""What a replay shows: costs by rule and by program day, beside what was granted then."""

from collections.abc import Mapping
from typing import Literal

from mall.models import View
from mall.points.rules.replaying import Cost, Progress


class RuleCostView(View):
    """What one rule version gave: in all, or on one program day."""

    rule_id: str
    version: int
    points: int
    capped: int
    events: int


class DayCostView(View):
    """One program day: what the draft gives, and what was granted then."""

    date: str
    events: int
    points: int
    actual_points: int
    rules: list[RuleCostView]


class ReplayView(View):
    """A replay, as far as it has come. `points` are what the draft gives."""

    replay_id: str
    status: Literal["running", "ready"]
    days: int
    days_done: int
    events: int
    points: int
    actual_points: int
    by_rule: list[RuleCostView]
    by_day: list[DayCostView]


def view(replay_id: str, progress: Progress, days: int) -> ReplayView:
    """A replay as it stands, days and rules in order."""
    by_day = [
        DayCostView(
            date=day,
            events=total.events,
            points=total.points,
            actual_points=total.actual_points,
            rules=_costs(total.rules),
        )
        for day, total in sorted(progress.totals.items())
    ]
    sums: dict[str, Cost] = {}
    for total in progress.totals.values():
        for name, cost in total.rules.items():
            known = sums.get(name, Cost())
            sums[name] = Cost(
                points=known.points + cost.points,
                capped=known.capped + cost.capped,
                events=known.events + cost.events,
            )
    return ReplayView(
        replay_id=replay_id,
        status="ready" if progress.days_done >= days else "running",
        days=days,
        days_done=progress.days_done,
        events=sum(day.events for day in by_day),
        points=sum(day.points for day in by_day),
        actual_points=sum(day.actual_points for day in by_day),
        by_rule=_costs(sums),
        by_day=by_day,
    )


def _costs(rules: Mapping[str, Cost]) -> list[RuleCostView]:
    named = ((*name.rpartition(":")[::2], cost) for name, cost in sorted(rules.items()))
    return [
        RuleCostView(rule_id=rule_id, version=int(version), **cost.model_dump())
        for rule_id, version, cost in named
    ]
