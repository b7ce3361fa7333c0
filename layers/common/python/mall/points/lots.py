"""Lots: what time does to them, which ones a spend takes from, and how a credit arrives.

All functions of a state and a day; none of them knows an entry.
"""

from collections.abc import Iterable
from dataclasses import replace

from mall.clock import Millis
from mall.points.calendar import Calendar, Day
from mall.points.entry import Lots, State


def activate(state: State, today: Day) -> State:
    """The state after all activations due by `today`, in their order; each pays debt first."""
    due = sorted(key for key in state.pending if key.partition("|")[0] <= today)
    for key in due:
        paid, lots = credited(state, {key.partition("|")[2]: state.pending[key]})
        pending = {k: v for k, v in state.pending.items() if k != key}
        state = replace(state, lots=lots, pending=pending, debt=state.debt - paid)
    return state


def due_lots(state: State, today: Day) -> Lots:
    """The lots that are gone by `today`."""
    return {day: points for day, points in state.lots.items() if day <= today}


def state_at(state: State, now: Millis, calendar: Calendar) -> State:
    """The account at `now`: all due activations and expiries applied, whatever was booked."""
    today = calendar.day(now)
    active = activate(state, today)
    gone = due_lots(active, today)
    if not gone:
        return active
    return replace(
        active,
        lots={day: points for day, points in active.lots.items() if day not in gone},
        totals=replace(active.totals, expired=active.totals.expired + sum(gone.values())),
    )


def allocate(lots: Lots, points: int) -> dict[Day, int]:
    """Which lots a spend takes from: soonest expiry first, never-expiring last.

    Within one expiry lots are merged, so the order of earning needs no further rule. The caller
    has checked that the lots hold enough.
    """
    taken: dict[Day, int] = {}
    for day in sorted(lots):
        part = min(points, lots[day])
        if part:
            taken[day] = part
            points -= part
    return taken


def credited(state: State, credits: Lots) -> tuple[int, dict[Day, int]]:
    """Debt paid and lots after, when `credits` arrive: soonest expiry pays the debt first."""
    lots = dict(state.lots)
    paid = 0
    for day in sorted(credits):
        pays = min(state.debt - paid, credits[day])
        paid += pays
        if credits[day] > pays:
            lots[day] = lots.get(day, 0) + credits[day] - pays
    return paid, lots


def take(held: dict[str, int], order: Iterable[str], points: int) -> int:
    """Take up to `points` out of `held`, in this order of keys; returns what was taken."""
    taken = 0
    for key in order:
        part = min(points - taken, held.get(key, 0))
        if part:
            taken += part
            held[key] -= part
            if not held[key]:
                del held[key]
    return taken
