"""A member's account told the slow way: each credit is a record, each due instant is visited.

It shares no code with the ledger: no chain, no merged lots, no program. Where several credits are
gone together, those that were earned first are spent first, and a claw back empties its own grant
first. What a redemption took from a credit goes back to that credit.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)
Place = tuple[int, bool]  # when points are gone, and whether activity moves that


class Refused(Exception):
    """The account holds less than is asked for."""


@dataclass
class Record:
    """One credit: what is left of it, when it becomes active and when it is gone."""

    source: str
    left: int
    gone_at: int
    idle: bool = False
    active_at: int = 0
    pending: bool = False
    order: int = 0
    spent_on: dict[tuple[str, Place], int] = field(default_factory=dict)
    expired: int = 0
    forgiven: int = 0
    given_up: int = 0

    def __post_init__(self) -> None:
        self.first_gone_at = self.gone_at

    @property
    def place(self) -> Place:
        """The records of one place are one lot to everybody else."""
        return self.gone_at, self.idle

    def may_be_at(self, place: Place) -> bool:
        """Whether points of this credit can be in a place: activity moves idle ones to later."""
        return place == self.place or (self.idle and place[1] and place[0] >= self.first_gone_at)


@dataclass
class Totals:
    """Lifetime sums."""

    granted: int = 0
    refunded: int = 0
    spent: int = 0
    expired: int = 0
    clawed_back: int = 0


@dataclass
class NaiveAccount:
    """One member's account; movements change it in place. Time never goes back."""

    now: int = 0
    records: list[Record] = field(default_factory=list)
    debt: int = 0
    shortfall: int = 0
    totals: Totals = field(default_factory=Totals)

    # --- what is seen ---

    @property
    def available(self) -> int:
        """Points that can be spent."""
        return sum(record.left for record in self.records if not record.pending)

    @property
    def waiting(self) -> int:
        """Points that cannot be spent yet."""
        return sum(record.left for record in self.records if record.pending)

    def lots(self) -> dict[Place, int]:
        """Points that can be spent, by place."""
        return _sums((r.place, r.left) for r in self.records if not r.pending)

    def pending(self) -> dict[tuple[int, int, bool], int]:
        """Points that cannot be spent yet, by activation and place."""
        return _sums(((r.active_at, *r.place), r.left) for r in self.records if r.pending)

    # --- time ---

    def wait_until(self, now: int) -> None:
        """Visit each due instant in order; at one instant, activations come first."""
        self.now = max(self.now, now)
        while due := [record for record in self.records if self._is_due(record)]:
            record = min(due, key=_due)
            if record.pending:
                record.pending = False
                self._arrive(record)
            else:
                self.totals.expired += record.left
                record.expired += record.left
                record.left = 0

    def _is_due(self, record: Record) -> bool:
        if record.pending:
            return record.active_at <= self.now
        return record.left > 0 and record.gone_at <= self.now

    def _arrive(self, record: Record) -> None:
        """A credit becomes points that can be spent, after it has paid debt."""
        paid = min(self.debt, record.left)
        self.debt -= paid
        record.left -= paid

    def be_active(self, until: int) -> None:
        """Let all idle points live until then at least."""
        for record in self.records:
            if record.idle and not record.expired:
                record.gone_at = max(record.gone_at, until)

    def idle_until(self) -> int:
        """Until when the idle points live that live longest; 0 if there are none."""
        return max((r.gone_at for r in self.records if r.idle and r.left), default=0)

    # --- movements ---

    def grant(self, source: str, points: int, place: Place, active_at: int = 0) -> None:
        """Credit points, at once or from a later instant on."""
        record = Record(source, points, *place, active_at=active_at, pending=active_at > self.now)
        record.order = len(self.records)
        self.records.append(record)
        self.totals.granted += points
        if not record.pending:
            self._arrive(record)
        self.wait_until(self.now)

    def spend(self, points: int, order: str = "") -> dict[Place, int]:
        """Take points, soonest gone first; returns what was taken of each place. Raises Refused."""
        if self.available < points:
            raise Refused
        self.totals.spent += points
        taken: dict[Place, int] = {}
        for record in self._in_spending_order():
            part = min(record.left, points)
            points -= part
            record.left -= part
            record.spent_on[order, record.place] = part
            taken[record.place] = taken.get(record.place, 0) + part
        return {place: part for place, part in taken.items() if part}

    def refund(
        self, order: str, parts: Mapping[Place, int], reissue_until: int | None = None
    ) -> None:
        """Give parts of a redemption back: debt first, then a shortfall, then what time does.

        Where the merchant is at fault, what is gone by now lives until `reissue_until` instead.
        """
        self.totals.refunded += sum(parts.values())
        returned: dict[Place, int] = {}
        for place in parts:
            gone = reissue_until is not None and place[0] <= self.now
            there = (reissue_until or 0, False) if gone else place
            returned[there] = returned.get(there, 0) + parts[place]
        for place in sorted(returned):
            paid = min(self.debt, returned[place])
            self.debt -= paid
            returned[place] -= paid
            self._refill(order, place, returned[place])
        for place in sorted(returned):
            owed = min(self.shortfall, returned[place])
            self.shortfall -= owed
            self.totals.clawed_back += owed
            self._empty((r for r in self._in_spending_order() if r.place == place), owed)
        self.wait_until(self.now)

    def _refill(self, order: str, place: Place, points: int) -> None:
        """Give points back to the credits that an order took them from, the last ones first.

        They go to the place that they came from, also where activity has moved the rest since.
        """
        spent = order, place
        there = [record for record in self.records if spent in record.spent_on]
        for record in sorted(there, key=_spending_order, reverse=True):
            part = min(record.spent_on[spent], points)
            record.spent_on[spent] -= part
            points -= part
            if record.place == place:
                record.left += part
            elif part:
                self.records.append(Record(record.source, part, *place, order=record.order))
        if points:
            self.records.append(Record("", points, *place))

    def claw_back(self, source: str, points: int, policy: str) -> None:
        """Take a grant back: its own points, those gone with them, then soonest gone.

        What of the grant has expired unspent is owed by nobody. Under `only_pending` a member keeps
        what they have of it, but no point of theirs is left to them twice.
        """
        own = [record for record in self.records if record.source == source]
        expired = sum(record.expired for record in own)
        first = own[0]
        forgiven = min(points, max(0, expired - first.given_up - first.forgiven))
        first.forgiven += forgiven
        owed = points - forgiven
        rest = self._empty([record for record in own if record.pending], owed)
        if policy == "only_pending":
            kept = max(0, first.given_up + first.forgiven - expired)
            given_up = min(rest, max(0, self.available - kept))
            first.given_up += given_up
            owed, rest = owed - given_up, rest - given_up
        else:
            order = self._in_spending_order()
            near = [record for record in order if first.may_be_at(record.place)]
            near.sort(key=lambda record: (record.place, record.source != source))
            rest = self._empty([*near, *order], rest)
        if policy == "unlimited":
            self.debt += rest
            self.totals.clawed_back += owed
        else:
            self.shortfall += rest
            self.totals.clawed_back += owed - rest

    # --- walking the records ---

    def _in_spending_order(self) -> list[Record]:
        return sorted((r for r in self.records if not r.pending), key=_spending_order)

    def _empty(self, records: Iterable[Record], points: int) -> int:
        """Take points out of records in their order; returns what they did not have."""
        for record in records:
            part = min(record.left, points)
            record.left -= part
            points -= part
        return points


def _due(record: Record) -> tuple[int, int, int, int]:
    if record.pending:
        return record.active_at, 0, record.gone_at, record.order
    return record.gone_at, 1, 0, record.order


def _spending_order(record: Record) -> tuple[int, bool, int]:
    return record.gone_at, record.idle, record.order


def _sums(pairs: Iterable[tuple[Key, int]]) -> dict[Key, int]:
    sums: dict[Key, int] = {}
    for key, points in pairs:
        sums[key] = sums.get(key, 0) + points
    return {key: points for key, points in sums.items() if points}
