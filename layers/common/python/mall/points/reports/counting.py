"""Counting entries into daily totals: each once, whatever arrives twice, late or out of order.

`COUNTED` of a member says up to which entry the totals know the chain. Entries beyond it are
counted in the transaction that moves it on from where it stood, so a rival or a repetition loses.
The same transaction notes on the day's marker which entries it counted for which day.

Along a chain no day is returned to once it was left (the program's zone may change), and an entry
that is found very late is counted for the oldest day that is still open.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from mall import keys
from mall.clock import DAY_MS, Millis
from mall.points.calendar import Calendar, Day
from mall.points.ledger.entry import GENESIS, Entry, State
from mall.points.reports.sums import Sums, of_entry, plus
from mall.writes import ABSENT, Write, put, update

OPEN_DAYS = 30  # how late an entry may be counted for its own day
ENTRIES_MAX = 200  # of one member in one transaction
MEMBERS_MAX = 40  # of one transaction
_DAYS_MAX = 8
_TERMS_MAX = 60  # of one update expression, which may hold 4 KB
_DAY_TERMS_MAX = _TERMS_MAX * keys.TOTALS_SHARDS
_WRITES_MAX = 100

Label = Callable[[Millis], Day]


@dataclass(frozen=True)
class Counted:
    """How far the totals know a member's chain."""

    member: str
    revision: int = 0
    hash: bytes = GENESIS
    day: Day = ""


@dataclass(frozen=True)
class Moved:
    """The entries of one member that were counted for one day; `hash` is the last one's."""

    member: str
    day: Day
    first: int
    last: int
    hash: bytes


@dataclass(frozen=True)
class Part:
    """Entries of one member that are counted for one day, and what they come to."""

    moved: Moved
    sums: Sums


@dataclass(frozen=True)
class Tally:
    """What counting some entries of a member comes to; at least one part."""

    before: Counted
    parts: Sequence[Part]

    @property
    def after(self) -> Counted:
        """How far the chain is known then."""
        last = self.parts[-1].moved
        return Counted(last.member, last.last, last.hash, last.day)


class ChainBroken(Exception):
    """The chain does not go on from what was counted; `revision` is where."""

    def __init__(self, member: str, revision: int) -> None:
        super().__init__(f"the chain of {member} does not go on at {revision}")
        self.member, self.revision = member, revision


def labels(calendar: Calendar, now: Millis) -> Label:
    """The day that an entry is counted for, by its instant."""
    oldest = calendar.day(now - OPEN_DAYS * DAY_MS)
    return lambda at: max(oldest, calendar.day(at))


def tally(counted: Counted, found: Sequence[Entry], label: Label) -> Tally | None:
    """Count what follows in a chain, as far as one transaction takes it; None for nothing.

    `found` begins with the entry that was counted last, if any was. Raises ChainBroken when that
    one is not what was counted, or an entry does not link to the one before it.
    """
    last, waiting = _from(counted, found)
    parts: list[Part] = []
    day = counted.day
    for entry in waiting:
        _refuse_unlinked(counted.member, last, entry)
        day = max(day, label(entry.at))
        moved = Moved(counted.member, day, entry.revision, entry.revision, entry.hash)
        part = Part(moved, of_entry(last.after if last else State(), entry))
        if not _took(parts, part):
            break
        last = entry
    return Tally(counted, parts) if parts else None


def _took(parts: list[Part], part: Part) -> bool:
    """Whether one more entry's part still fits; if so, it is among the parts then."""
    if parts and parts[-1].moved.day == part.moved.day:
        known = parts[-1]
        both = plus(known.sums, part.sums)
        if len(both) > _DAY_TERMS_MAX:
            return False
        parts[-1] = Part(replace(part.moved, first=known.moved.first), both)
    elif len(parts) == _DAYS_MAX:
        return False
    else:
        parts.append(part)
    return True


def _from(counted: Counted, found: Sequence[Entry]) -> tuple[Entry | None, Sequence[Entry]]:
    if not counted.revision:
        return None, found
    if not found or (found[0].revision, found[0].hash) != (counted.revision, counted.hash):
        raise ChainBroken(counted.member, counted.revision)
    return found[0], found[1:]


def _refuse_unlinked(member: str, last: Entry | None, entry: Entry) -> None:
    revision, prev_hash = (last.revision, last.hash) if last else (0, GENESIS)
    if (entry.revision, entry.prev_hash) != (revision + 1, prev_hash):
        raise ChainBroken(member, revision + 1)


# --- what is written -----------------------------------------------------------------------------


def together(tallies: Sequence[Tally]) -> Sequence[Tally]:
    """As many of them, from the first on, as fit one transaction; the first always does."""
    taken: list[Tally] = []
    for each in tallies[:MEMBERS_MAX]:
        more = [*taken, each]
        by_day = _by_day(more)
        writes_count = sum(1 + len(t.parts) for t in more) + len(list(_totals(more)))
        if taken and (
            writes_count > _WRITES_MAX or max(map(len, by_day.values())) > _DAY_TERMS_MAX
        ):
            break
        taken = more
    return taken


def writes(tallies: Sequence[Tally]) -> list[Write]:
    """The writes that count them all. Stale when any of the members was counted meanwhile."""
    marks = [_mark(part.moved) for each in tallies for part in each.parts]
    return [*(_advance(each.before, each.after) for each in tallies), *marks, *_totals(tallies)]


def _advance(before: Counted, after: Counted) -> Write:
    known = {"revision": after.revision, "hash": after.hash, "day": after.day}
    if not before.revision:
        return put("points", {**keys.counted(after.member), **known}, condition=ABSENT)
    return update(
        "points",
        keys.counted(after.member),
        "SET #revision = :revision, #hash = :hash, #day = :day",
        condition="#revision = :was",
        was=before.revision,
        more=known,
    )


def _mark(moved: Moved) -> Write:
    return update(
        "points",
        keys.moved(moved.day, moved.member),
        "SET #first = if_not_exists(#first, :first), #last = :last, #hash = :hash",
        first=moved.first,
        last=moved.last,
        hash=moved.hash,
    )


def _by_day(tallies: Sequence[Tally]) -> dict[Day, Sums]:
    by_day: dict[Day, Sums] = {}
    for part in chain.from_iterable(each.parts for each in tallies):
        by_day[part.moved.day] = plus(by_day.get(part.moved.day, {}), part.sums)
    return by_day


def _totals(tallies: Sequence[Tally]) -> Iterator[Write]:
    """Add to each day's totals; what is too much for one expression goes on to the next shard."""
    shard = keys.due_bucket(tallies[0].before.member)
    for day, sums in sorted(_by_day(tallies).items()):
        terms = list(sums.items())
        for number, first in enumerate(range(0, len(terms), _TERMS_MAX)):
            place = keys.totals(day, (shard + number) % keys.TOTALS_SHARDS)
            yield _add(place, terms[first : first + _TERMS_MAX])


def _add(place: keys.Key, terms: Sequence[tuple[str, int]]) -> Write:
    added = ", ".join(f"#{name} :v{number}" for number, (name, _) in enumerate(terms))
    values = {f"v{number}": value for number, (_, value) in enumerate(terms)}
    return update("points", place, f"ADD {added}", more=values)
