"""The ledger told the slow way: every grant is a record of its own, every due instant is visited.

It shares no code with the ledger. It keeps no chain and no merged lots: time moves from one due
activation or expiry to the next, and each movement walks the records. What it gives is compared
with the ledger after every step, so a mistake has to be made twice, in two ways, to stay hidden.

Whose points are left in a lot that several grants share is a convention, the ledger's own: first
in, first out; a refund refills what was emptied last; a claw back empties its own grant first.
"""

from collections import defaultdict
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

LARGEST_BALANCE = 9_007_199_254_740_991
NEVER = "never"
_FOREVER = 1 << 60


class Refused(Exception):
    """The naive ledger says no; `reason` is the code of the refusal that the mall must give."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@cache
def first_instant(zone: str, day: str) -> int:
    """The first millisecond whose local date is `day` (yyyymmdd), found by bisection."""
    if day == NEVER:
        return _FOREVER
    wanted = date(int(day[:4]), int(day[4:6]), int(day[6:]))
    noon = datetime(wanted.year, wanted.month, wanted.day, 12, tzinfo=UTC)
    low = round((noon - timedelta(days=2)).timestamp() * 1000)
    high = round((noon + timedelta(days=2)).timestamp() * 1000)
    while high - low > 1:
        middle = (low + high) // 2
        local = datetime.fromtimestamp(middle / 1000, UTC).astimezone(ZoneInfo(zone)).date()
        low, high = (low, middle) if local >= wanted else (middle, high)
    return high


@dataclass
class Record:
    """One grant: what is left of it, when it becomes active and when it is gone."""

    source: str
    left: int
    expires_on: str
    expires_at: int
    activates_on: str = ""
    activates_at: int = 0
    pending: bool = False
    order: int = 0
    spent: int = 0
    expired: int = 0
    forgiven: int = 0


@dataclass
class NaiveLedger:
    """One member's account. Movements change it in place; `at` gives a copy to try them on."""

    zone: str
    now: int = 0
    records: list[Record] = field(default_factory=list)
    debt: int = 0
    shortfall: int = 0
    closed: bool = False
    granted: int = 0
    refunded: int = 0
    spent: int = 0
    expired: int = 0
    clawed_back: int = 0
    arrivals: int = 0

    def at(self, now: int) -> "NaiveLedger":
        """A copy in which time has come to `now`; it never goes back."""
        later = copy(self)
        later.records = [copy(record) for record in self.records]
        later.now = max(self.now, now)
        later.step_through_time()
        return later

    # --- what is seen ---

    def lots(self) -> dict[str, int]:
        """Points that can be spent, by expiry."""
        return _sums((r.expires_on, r.left) for r in self.records if not r.pending)

    def waiting(self) -> dict[str, int]:
        """Points that cannot be spent yet, by activation and expiry."""
        keyed = ((f"{r.activates_on}|{r.expires_on}", r.left) for r in self.records if r.pending)
        return _sums(keyed)

    def available(self) -> int:
        """Points that can be spent."""
        return sum(record.left for record in self.records if not record.pending)

    def balance(self) -> int:
        """Points of any kind, without what is owed."""
        return sum(record.left for record in self.records)

    # --- time ---

    def step_through_time(self) -> None:
        """Visit each due instant in order; at one instant, activations come first."""
        while True:
            due = [
                (r.activates_at, 0, r.expires_at, position)
                if r.pending
                else (r.expires_at, 1, 0, position)
                for position, r in enumerate(self.records)
                if (r.activates_at if r.pending else r.expires_at) <= self.now
                and (r.left or r.pending)
            ]
            if not due:
                return
            _, expiring, _, position = min(due)
            record = self.records[position]
            if expiring:
                self.expired += record.left
                record.expired += record.left
                record.left = 0
            else:
                record.pending = False
                self._arrive(record)

    def _arrive(self, record: Record) -> None:
        """A grant becomes points that can be spent, after it has paid debt."""
        paid = min(self.debt, record.left)
        self.debt -= paid
        record.left -= paid
        self.arrivals += 1
        record.order = self.arrivals

    # --- movements ---

    def earn(self, source: str, points: int, expires_on: str, activates_on: str = "") -> None:
        """Grant points, at once or from a later day on."""
        self._refuse_closed()
        self._refuse_too_much(points)
        record = Record(source, points, expires_on, first_instant(self.zone, expires_on))
        self.records.append(record)
        self.granted += points
        if activates_on:
            record.activates_on = activates_on
            record.activates_at = first_instant(self.zone, activates_on)
            record.pending = True
        else:
            self._arrive(record)
        self.step_through_time()

    def redeem(self, points: int) -> dict[str, int]:
        """Spend, soonest expiry first; returns what was taken of each expiry."""
        self._refuse_closed()
        if self.available() < points:
            raise Refused("insufficient_points")
        self.spent += points
        before = self.lots()
        self._empty(self._in_spending_order(), points)
        after = self.lots()
        return {
            day: had - after.get(day, 0) for day, had in before.items() if had != after.get(day)
        }

    def refund(self, parts: dict[str, int]) -> None:
        """Give parts of a redemption back to the expiries that they came from."""
        self._refuse_closed()
        self._refuse_too_much(sum(parts.values()))
        self.refunded += sum(parts.values())
        returned = {}
        for day in sorted(parts):
            paid = min(self.debt, parts[day])
            self.debt -= paid
            returned[day] = parts[day] - paid
            self._refill(day, returned[day])
        for day in sorted(returned):
            owed = min(self.shortfall, returned[day])
            self.shortfall -= owed
            self.clawed_back += owed
            self._empty((r for r in self._in_spending_order() if r.expires_on == day), owed)
        self.step_through_time()

    def adjust(self, source: str, points: int, expires_on: str = NEVER) -> None:
        """An operator's correction: a grant, or a spend that nothing gives back."""
        if points > 0:
            self.earn(source, points, expires_on)
        else:
            self.redeem(-points)

    def claw_back(self, source: str, points: int, into_debt: bool) -> None:
        """Take a grant back; what of it expired unspent is not owed, all the rest is."""
        self._refuse_closed()
        [own] = [record for record in self.records if record.source == source]
        forgiven = min(points, own.expired - own.forgiven)
        own.forgiven += forgiven
        owed = points - forgiven
        part = min(own.left, owed)
        own.left -= part
        rest = owed - part
        order = list(self._in_spending_order())
        rest = self._empty((r for r in order if r.expires_on == own.expires_on), rest)
        rest = self._empty(order, rest)
        if into_debt:
            self.debt += rest
            self.clawed_back += owed
        else:
            self.shortfall += rest
            self.clawed_back += owed - rest

    def close(self) -> None:
        """Nothing moves from here on."""
        self._refuse_closed()
        self.closed = True

    def reopen(self) -> None:
        """Everything moves again."""
        self.closed = False

    # --- walking the records ---

    def _in_spending_order(self) -> list[Record]:
        active = (record for record in self.records if not record.pending)
        return sorted(active, key=lambda record: (record.expires_at, record.order))

    def _empty(self, records: Iterable[Record], points: int) -> int:
        """Take points out of records in their order; returns what they did not have."""
        for record in records:
            part = min(record.left, points)
            record.left -= part
            record.spent += part
            points -= part
        return points

    def _refill(self, day: str, points: int) -> None:
        """Undo the newest spending of one expiry."""
        for record in reversed(self._in_spending_order()):
            if record.expires_on == day:
                part = min(record.spent, points)
                record.spent -= part
                record.left += part
                points -= part
        if points:
            raise ArithmeticError(f"{points} more came back to {day} than ever left it")

    def _refuse_closed(self) -> None:
        if self.closed:
            raise Refused("account_closed")

    def _refuse_too_much(self, points: int) -> None:
        if self.balance() + points > LARGEST_BALANCE:
            raise Refused("points_limit")


def _sums(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for key, points in pairs:
        sums[key] += points
    return {key: points for key, points in sums.items() if points}
