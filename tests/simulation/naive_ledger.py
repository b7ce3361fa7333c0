"""The ledger told the slow way: a grant lies in pieces of its own, time visits each due one.

It shares no code with the ledger. It keeps no chain and no merged lots: time moves from one due
activation or expiry to the next, and each movement walks the pieces. What it gives is compared
with the ledger after every step, so a mistake has to be made twice, in two ways, to stay hidden.

Whose points are left in a lot that several grants share is a convention, the ledger's own: they
leave in order of earning; a refund refills what its own order spent, the last first; a claw back
empties its own grant first; what a merchant's fault reissued is nobody's, and leaves first.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo

LARGEST_BALANCE = 9_007_199_254_740_991
NEVER = "never"
_FOREVER = 1 << 60
_MINUTE = 60_000
Policy = Literal["only_pending", "within_balance", "unlimited"]


class Refused(Exception):
    """The naive ledger says no; `reason` is the code of the refusal that the mall must give."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def local_day(zone: str, at: int) -> date:
    """The day that an instant falls on."""
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(ZoneInfo(zone)).date()


@cache
def first_instant(zone: str, wanted: date) -> int:
    """The first millisecond whose local date is this day, found by bisection."""
    noon = datetime(wanted.year, wanted.month, wanted.day, 12, tzinfo=UTC)
    low = round((noon - timedelta(days=2)).timestamp() * 1000)
    high = round((noon + timedelta(days=2)).timestamp() * 1000)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if local_day(zone, middle) >= wanted else (middle, high)
    return high


def in_days(zone: str, at: int, days: int | None) -> str:
    """The lot that is gone when the day that many days after an instant's begins."""
    if days is None:
        return NEVER
    return _key(first_instant(zone, local_day(zone, at) + timedelta(days=days)))


def after_idle_month(zone: str, at: int) -> str:
    """The lot of a month of inactivity: it lasts to the end of the day a month later."""
    day = local_day(zone, at)
    next_month = day.replace(day=1) + timedelta(days=31)
    last = next_month.replace(day=1) + timedelta(days=31)
    end_of_next = last.replace(day=1) - timedelta(days=1)
    then = end_of_next.replace(day=min(day.day, end_of_next.day))
    return _key(first_instant(zone, then + timedelta(days=1))) + "i"


def _key(at: int) -> str:
    return f"{at // _MINUTE:08d}"


@cache
def _instant(lot: str) -> int:
    return _FOREVER if lot == NEVER else int(lot.removesuffix("i")) * _MINUTE


@dataclass
class Granted:
    """A grant: its lot at first, what of it expired unspent, and what was waived so far.

    Waived is what claw backs were for and neither took nor left owing.
    """

    lot: str
    expired: int = 0
    waived: int = 0

    def copied(self) -> "Granted":
        """One to try a movement on."""
        return Granted(self.lot, self.expired, self.waived)


@dataclass
class Piece:
    """Points of one grant that lie together; no source: nobody's. `earned` counts the grants."""

    source: str
    left: int
    lot: str
    earned: int
    activation: str = ""

    @property
    def due_at(self) -> int:
        """When something happens to it: it activates, or it is gone."""
        return _instant(self.activation or self.lot)

    def copied(self) -> "Piece":
        """One to try a movement on."""
        return Piece(self.source, self.left, self.lot, self.earned, self.activation)


@dataclass
class Spending:
    """What an order took of a piece, as it lay then; `left` is what was not given back."""

    order: str
    piece: Piece
    left: int

    def copied(self) -> "Spending":
        """One to try a movement on; the piece stays as it lay."""
        return Spending(self.order, self.piece, self.left)


@dataclass
class NaiveLedger:
    """One member's account. Movements change it in place; `at` gives a copy to try them on."""

    now: int = 0
    pieces: list[Piece] = field(default_factory=list)
    grants: dict[str, Granted] = field(default_factory=dict)
    spendings: list[Spending] = field(default_factory=list)
    reissued: set[str] = field(default_factory=set)
    debt: int = 0
    shortfall: int = 0
    closed: bool = False
    granted: int = 0
    refunded: int = 0
    spent: int = 0
    expired: int = 0
    clawed_back: int = 0

    def at(self, now: int) -> "NaiveLedger":
        """A copy in which time has come to `now`; it never goes back."""
        later = copy(self)
        later.pieces = [piece.copied() for piece in self.pieces if piece.left]
        later.grants = {source: grant.copied() for source, grant in self.grants.items()}
        later.spendings = [spending.copied() for spending in self.spendings if spending.left]
        later.reissued = {*self.reissued}
        later.now = max(self.now, now)
        later.step_through_time()
        return later

    # --- what is seen ---

    def lots(self) -> dict[str, int]:
        """Points that can be spent, by lot."""
        return _sums((piece.lot, piece.left) for piece in self._active())

    def waiting(self) -> dict[str, int]:
        """Points that cannot be spent yet, by activation and lot."""
        waits = (piece for piece in self.pieces if piece.activation)
        return _sums((f"{piece.activation}|{piece.lot}", piece.left) for piece in waits)

    def available(self) -> int:
        """Points that can be spent."""
        return sum(piece.left for piece in self._active())

    def balance(self) -> int:
        """Points of any kind, without what is owed."""
        return sum(piece.left for piece in self.pieces)

    def idle_lot(self, wished: str) -> str:
        """Where a grant goes that lives by activity: no sooner gone than what is there."""
        idle = (piece.lot for piece in self.pieces if piece.left and piece.lot.endswith("i"))
        return max([wished, *idle])

    # --- time ---

    def step_through_time(self) -> None:
        """Visit each due instant in order; at one instant, activations come first."""
        while True:
            due = [piece for piece in self.pieces if piece.left and piece.due_at <= self.now]
            if not due:
                return
            piece = min(due, key=_when)
            if piece.activation:
                piece.activation = ""
                self._arrive(piece)
                continue
            self.expired += piece.left
            if piece.source:
                self.grants[piece.source].expired += piece.left
            piece.left = 0

    def _arrive(self, piece: Piece) -> None:
        """Points come to be spent, after they have paid debt."""
        paid = min(self.debt, piece.left)
        self.debt -= paid
        piece.left -= paid

    def be_active(self, lot: str) -> None:
        """Keep all idle points until a lot's time at least."""
        for piece in self.pieces:
            if piece.lot.endswith("i") and _instant(piece.lot) < _instant(lot):
                piece.lot = lot

    # --- movements ---

    def earn(self, source: str, points: int, lot: str, activation: str = "") -> None:
        """Grant points, at once or from a later minute on."""
        self._refuse_closed()
        self._refuse_too_much(points)
        self.granted += points
        self.grants[source] = Granted(lot)
        piece = Piece(source, points, lot, len(self.grants), activation)
        self.pieces.append(piece)
        if not activation:
            self._arrive(piece)
        self.step_through_time()

    def receive(self, source: str, lots: Mapping[str, int]) -> None:
        """Take points that keep their expiries; what is gone soonest pays debt first."""
        self._refuse_closed()
        self._refuse_too_much(sum(lots.values()))
        self.granted += sum(lots.values())
        for lot in sorted(lots, key=_soonest):
            self.grants[source + lot] = Granted(lot)
            piece = Piece(source + lot, lots[lot], lot, len(self.grants))
            self.pieces.append(piece)
            self._arrive(piece)
        self.step_through_time()

    def redeem(self, order: str, points: int) -> dict[str, int]:
        """Spend, soonest expiry first; returns what was taken of each lot."""
        self._refuse_closed()
        if self.available() < points:
            raise Refused("insufficient_points")
        self.spent += points
        before = self.lots()
        for piece in self._in_spending_order():
            part = min(piece.left, points)
            if part:
                piece.left -= part
                points -= part
                self.spendings.append(Spending(order, piece.copied(), part))
        after = self.lots()
        return {
            lot: had - after.get(lot, 0) for lot, had in before.items() if had != after.get(lot)
        }

    def refund(
        self, order: str, parts: Mapping[str, int], reissue: str = "", *, owed: bool = False
    ) -> None:
        """Give parts of an order back to their lots, or a lot that is gone to a new one.

        What is owed comes back whatever the account is.
        """
        if not owed:
            self._refuse_closed()
            self._refuse_too_much(sum(parts.values()))
        self.refunded += sum(parts.values())
        gone = [lot for lot in parts if reissue and _instant(lot) <= self.now]
        self.reissued |= {reissue}
        back = _sums((reissue if lot in gone else lot, points) for lot, points in parts.items())
        for lot in sorted(back, key=_soonest):
            paid = min(self.debt, back[lot])
            self.debt -= paid
            back[lot] -= paid
            self._refill(order, lot, back[lot])
        for lot in sorted(back, key=_soonest):
            short = min(self.shortfall, back[lot])
            self.shortfall -= short
            self.clawed_back += short
            self._empty((p for p in self._in_spending_order() if p.lot == lot), short)
        self.step_through_time()

    def adjust(self, source: str, points: int, lot: str = NEVER) -> None:
        """An operator's correction: a grant, or a spend that nothing gives back."""
        if points > 0:
            self.earn(source, points, lot)
        else:
            self.redeem(source, -points)

    def claw_back(self, source: str, points: int, policy: Policy) -> None:
        """Take a grant back; what of it expired unspent is not owed, the rest is by policy."""
        self._refuse_closed()
        grant = self.grants[source]
        forgiven = min(points, max(0, grant.expired - grant.waived))
        kept = max(0, grant.waived - grant.expired)
        owed = points - forgiven
        waits = (p for p in self.pieces if p.activation and p.source == source)
        rest = self._empty(waits, owed)
        left = 0
        if policy == "only_pending":
            left = min(rest, max(0, self.available() - kept))
        else:
            for lots in (self._lots_of(grant), sorted(self.lots(), key=_soonest)):
                for lot in lots:
                    here = [p for p in self._in_spending_order() if p.lot == lot]
                    own = [p for p in here if p.source == source]
                    rest = self._empty([*own, *here], rest)
        grant.waived += forgiven + left
        rest -= left
        self.clawed_back += owed - left - rest
        if policy == "unlimited":
            self.debt += rest
            self.clawed_back += rest
        else:
            self.shortfall += rest

    def close(self) -> None:
        """Nothing moves from here on."""
        self._refuse_closed()
        self.closed = True

    def reopen(self) -> None:
        """Everything moves again."""
        self.closed = False

    # --- walking the pieces ---

    def _active(self) -> Iterable[Piece]:
        return (piece for piece in self.pieces if not piece.activation)

    def _in_spending_order(self) -> list[Piece]:
        return sorted(self._active(), key=_when)

    def _lots_of(self, grant: Granted) -> list[str]:
        """Where a grant's points may be: activity moves idle ones to later."""
        if not grant.lot.endswith("i"):
            return [grant.lot]
        idle = (lot for lot in self.lots() if lot.endswith("i"))
        return sorted(lot for lot in idle if _instant(lot) >= _instant(grant.lot))

    def _empty(self, pieces: Iterable[Piece], points: int) -> int:
        """Take points out of pieces in their order; returns what they did not have."""
        for piece in pieces:
            part = min(piece.left, points)
            piece.left -= part
            points -= part
        return points

    def _refill(self, order: str, lot: str, points: int) -> None:
        """Undo what an order took of one lot; what was reissued there was never spent from it."""
        for spending in reversed(self.spendings):
            if (spending.order, spending.piece.lot) == (order, lot):
                part = min(spending.left, points)
                spending.left -= part
                points -= part
                self.pieces.append(replace(spending.piece, left=part))
        if points and lot not in self.reissued:
            raise ArithmeticError(f"{points} more came back to {lot} than ever left it")
        self.pieces.append(Piece("", points, lot, 0))

    def _refuse_closed(self) -> None:
        if self.closed:
            raise Refused("account_closed")

    def _refuse_too_much(self, points: int) -> None:
        if self.balance() + points > LARGEST_BALANCE:
            raise Refused("points_limit")


def _soonest(lot: str) -> tuple[int, str]:
    return _instant(lot), lot


def _when(piece: Piece) -> tuple[int, bool, int, str, int]:
    """What comes first: activations before expiries at one instant, in order of what is gone."""
    return piece.due_at, not piece.activation, *_soonest(piece.lot), piece.earned


def _sums(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for key, points in pairs:
        sums[key] += points
    return {key: points for key, points in sums.items() if points}
