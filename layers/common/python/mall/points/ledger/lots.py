"""Lots: what time does to them, which ones a spend takes from, and how a credit arrives.

All functions of a state and a minute; none of them knows an entry.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from mall.clock import Millis
from mall.points.ledger.entry import IDLE, Lot, Lots, State, is_due, minute


def held_in(state: State) -> set[Lot]:
    """The lots that hold points, or will when pending ones become active."""
    return {*state.lots, *(key.partition("|")[2] for key in state.pending)}


def activate(state: State, now: str) -> State:
    """The state after all activations due by a minute, in their order; each pays debt first."""
    due = sorted(key for key in state.pending if is_due(key, now))
    for key in due:
        paid, lots = credited(state, {key.partition("|")[2]: state.pending[key]})
        pending = {k: v for k, v in state.pending.items() if k != key}
        state = replace(state, lots=lots, pending=pending, debt=state.debt - paid)
    return state


def due_lots(state: State, now: str) -> Lots:
    """The lots that are gone by a minute."""
    return {lot: points for lot, points in state.lots.items() if is_due(lot, now)}


def state_at(state: State, now: Millis) -> State:
    """The account at `now`: all due activations and expiries applied, whatever was booked."""
    active = activate(state, minute(now))
    gone = due_lots(active, minute(now))
    if not gone:
        return active
    return replace(
        active,
        lots={lot: points for lot, points in active.lots.items() if lot not in gone},
        totals=replace(active.totals, expired=active.totals.expired + sum(gone.values())),
    )


def renewed(state: State, lot: Lot) -> State:
    """The state after activity: every idle lot that would be gone before `lot` moves to it."""
    return replace(state, lots=_moved(state.lots, lot), pending=_moved(state.pending, lot))


def later(key: str, activity: Lot) -> str:
    """Where activity moves a lot or pending key: an idle lot to a later one, others nowhere."""
    activation, bar, lot = key.rpartition("|")
    return f"{activation}{bar}{max(lot, activity)}" if lot.endswith(IDLE) else key


def _moved(held: Mapping[str, int], activity: Lot) -> dict[str, int]:
    moved: dict[str, int] = {}
    for key, points in held.items():
        place = later(key, activity)
        moved[place] = moved.get(place, 0) + points
    return moved


def allocate(lots: Lots, points: int) -> dict[Lot, int]:
    """Which lots a spend takes from: soonest expiry first, never-expiring last.

    Within one expiry lots are merged, so the order of earning needs no further rule. The caller
    has checked that the lots hold enough.
    """
    taken: dict[Lot, int] = {}
    for lot in sorted(lots):
        part = min(points, lots[lot])
        if part:
            taken[lot] = part
            points -= part
    return taken


def last_of(allocation: Lots, points: int) -> dict[Lot, int]:
    """Which lots a partial refund fills: the latest expiry of the allocation first."""
    given: dict[Lot, int] = {}
    for lot in sorted(allocation, reverse=True):
        part = min(points, allocation[lot])
        if part:
            given[lot] = part
            points -= part
    return given


def credited(state: State, credits: Lots) -> tuple[int, dict[Lot, int]]:
    """Debt paid and lots after, when `credits` arrive: soonest expiry pays the debt first."""
    lots = dict(state.lots)
    paid = 0
    for lot in sorted(credits):
        pays = min(state.debt - paid, credits[lot])
        paid += pays
        if credits[lot] > pays:
            lots[lot] = lots.get(lot, 0) + credits[lot] - pays
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
