"""Sums over many accounts, as flat numbers that only ever add up.

What an entry changes is the account after it minus the account before it, so along a chain the
changes add up to the newest account, and over all chains to the program. Names are those of the
attributes in which the totals stand, so that DynamoDB does the adding:

    lot_<lot>                    points in a lot, gone ones included until their expiry is booked
    pending_<activation>_<lot>   points that wait
    owed_<activation>_<lot>      how many of those will pay debt when they become active
    debt                         what is owed
    entries_<kind>               entries of a kind
    points_<kind>                their signed points
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mall.points.ledger.entry import KINDS, Entry, Kind, Lot, Pending, State

Sums = Mapping[str, int]

DEBT = "debt"
LOT, PENDING, OWED = "lot_", "pending_", "owed_"
ENTRIES, POINTS = "entries_", "points_"


@dataclass(frozen=True)
class KindSum:
    """Entries of one kind, and their signed points."""

    entries: int
    points: int


def of_state(state: State) -> dict[str, int]:
    """An account as sums."""
    held = {f"{LOT}{lot}": points for lot, points in state.lots.items()}
    waiting = _named(PENDING, state.pending) | _named(OWED, owed(state))
    return plus(held, waiting, {DEBT: state.debt})


def owed(state: State) -> dict[str, int]:
    """How much of each pending grant pays debt when it becomes active, if nothing else moves.

    Grants become active in the order of their keys, and each pays what debt is left.
    """
    left = state.debt
    pays: dict[str, int] = {}
    for key in sorted(state.pending):
        part = min(left, state.pending[key])
        if part:
            pays[key] = part
            left -= part
    return pays


def of_entry(before: State, entry: Entry) -> dict[str, int]:
    """What an entry changes in the account before it, and that it is one of its kind."""
    own = {f"{ENTRIES}{entry.kind}": 1, f"{POINTS}{entry.kind}": entry.points}
    return plus(of_state(entry.after), minus(of_state(before)), own)


def plus(*many: Sums) -> dict[str, int]:
    """All of them together; what comes to nothing is left out."""
    total: Counter[str] = Counter()
    for sums in many:
        for name, value in sums.items():
            total[name] += value
    return {name: value for name, value in sorted(total.items()) if value}


def minus(sums: Sums) -> dict[str, int]:
    """The same with the opposite sign."""
    return {name: -value for name, value in sums.items()}


def accounts(sums: Sums) -> dict[str, int]:
    """The part that says what members hold."""
    return {n: value for n, value in sums.items() if not n.startswith((ENTRIES, POINTS))}


def by_kind(sums: Sums) -> dict[Kind, KindSum]:
    """The part that says how they came by it."""
    return {
        kind: KindSum(sums[f"{ENTRIES}{kind}"], sums.get(f"{POINTS}{kind}", 0))
        for kind in KINDS
        if sums.get(f"{ENTRIES}{kind}")
    }


def entries(sums: Sums) -> int:
    """How many entries were summed."""
    return sum(value for name, value in sums.items() if name.startswith(ENTRIES))


def beginning(sums: Sums, prefix: str) -> Iterable[tuple[str, int]]:
    """What stands under a prefix, such as every lot; names without it, pending keys as usual."""
    for name, value in sums.items():
        if name.startswith(prefix):
            yield name.removeprefix(prefix).replace("_", "|"), value


def _named(prefix: str, pending: Pending) -> dict[str, int]:
    return {f"{prefix}{key.replace('|', '_')}": points for key, points in pending.items()}


def lot_of(key: str) -> Lot:
    """The lot that a pending key leads to."""
    return key.partition("|")[2]
