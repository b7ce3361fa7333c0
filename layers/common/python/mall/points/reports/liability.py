"""What a program owes its members at an instant, from sums of what was booked until then.

Why that is exact, although activations and expiries book nothing when they happen: take one
account as its newest entry left it, with debt d and pending grants p1, p2, ... in the order of
their keys, which is that of their activation. `state_at` lets grant i pay o_i = min(d - o_1 - ...
- o_(i-1), p_i) and puts p_i - o_i into its lot. What has become active by an instant is always a
first part of that order, so o_i does not depend on the instant: it is known when the entry is
written (`sums.owed`). So at the instant t

    lot l   holds  booked l + the sum of p_i - o_i over grants of l active by t, if l lasts beyond t
    pending is     the sum of p_i over grants not active by t
    debt    is     d - the sum of o_i over grants active by t

and which grants are active and which lots last is the same question for every account. Each line
is a sum of booked numbers, so the sum over accounts is the same lines of the summed numbers. A lot
that ends before its grant becomes active is gone when it would appear, here as in `state_at`.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from mall.points.calendar import Calendar
from mall.points.ledger.entry import NEVER, Lot, instant_of, is_due
from mall.points.reports.sums import DEBT, LOT, OWED, PENDING, Sums, beginning, lot_of


@dataclass(frozen=True)
class Liability:
    """What all accounts of the sums hold together at one instant."""

    lots: Mapping[Lot, int]
    pending: int
    debt: int

    @property
    def available(self) -> int:
        """Points that could be spent."""
        return sum(self.lots.values())

    def by_expiry_month(self, calendar: Calendar) -> dict[str, int]:
        """The available points by the program month in which they expire; `never` comes last."""
        months: Counter[str] = Counter()
        for lot, points in self.lots.items():
            ends_at = instant_of(lot)
            month = NEVER if ends_at is None else calendar.date(ends_at).strftime("%Y-%m")
            months[month] += points
        return dict(sorted(months.items()))


def liability(sums: Sums, now: str) -> Liability:
    """The accounts that add up to `sums`, at a minute."""
    lots: Counter[Lot] = Counter(dict(beginning(sums, LOT)))
    paying = dict(beginning(sums, OWED))
    pending, debt = 0, sums.get(DEBT, 0)
    for key, points in beginning(sums, PENDING):
        if is_due(key, now):
            pays = paying.get(key, 0)
            lots[lot_of(key)] += points - pays
            debt -= pays
        else:
            pending += points
    lasting = {lot: points for lot, points in lots.items() if points and not is_due(lot, now)}
    return Liability(dict(sorted(lasting.items())), pending, debt)
