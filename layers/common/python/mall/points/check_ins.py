"""Check-ins: once a program day, with a streak that grows day by day and a missed day restarts.

A check-in is one item per member and day of the program's zone, written only if it is not there,
in the transaction that gives its points. It also holds on to the member's newest entry, so a
check-in of yesterday that is just being written is never missed, and a closed account has none.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from mall import keys
from mall.clock import Millis
from mall.errors import AccountClosed, AlreadyCheckedIn, NotOffered
from mall.models import View
from mall.points import ledger
from mall.points.calendar import Calendar
from mall.points.ledger import Grant
from mall.points.ledger.entry import Entry, Source
from mall.points.ledger.writes import append
from mall.points.program import Program
from mall.points.program.settings import CheckIns
from mall.writes import ABSENT, Item, Write, check, put


class CheckInView(View):
    """A check-in: its program day, the days in a row up to it, and what it gave."""

    date: str
    streak: int
    points: int


class CheckInMonthView(View):
    """A month's check-ins. `streak` is today's, or yesterday's as long as today can still come."""

    month: str
    days: list[str]
    streak: int
    cycle: list[int]


def offered(program: Program) -> CheckIns:
    """What the program gives for check-ins. Raises NotOffered."""
    if program.settings.check_in is None:
        raise NotOffered("The program has no check-ins.")
    return program.settings.check_in


def today_and_yesterday(member: str, at: Millis, calendar: Calendar) -> Sequence[keys.Key]:
    """Where the check-ins of the program day of an instant, and of the one before, would be."""
    today = calendar.date(at)
    days = (today, today - timedelta(days=1))
    return [keys.check_in(member, day.strftime("%Y%m%d")) for day in days]


def points_of(rules: CheckIns, streak: int) -> int:
    """What the day of a streak gives: its place in the cycle, and a milestone on top."""
    milestones = {milestone.streak: milestone.points for milestone in rules.milestones}
    return rules.cycle[(streak - 1) % len(rules.cycle)] + milestones.get(streak, 0)


def check_in(
    member: str, head: Entry | None, yesterday: Item | None, program: Program, at: Millis
) -> tuple[list[Write], CheckInView]:
    """The writes of a check-in and its answer. `at` is not before the head.

    Raises AccountClosed, NotOffered and PointsLimit; refused as AlreadyCheckedIn(date).
    """
    day = program.calendar.date(at)
    streak = yesterday["streak"] + 1 if yesterday else 1
    points = points_of(offered(program), streak)
    view = CheckInView(date=day.isoformat(), streak=streak, points=points)
    once = put(
        "points",
        {
            **keys.check_in(member, day.strftime("%Y%m%d")),
            "streak": streak,
            "points": points,
        },
        condition=ABSENT,
        refused=lambda _: AlreadyCheckedIn(date=view.date),
    )
    posting = ledger.open_posting(member, head, at)
    if posting.state.closed:
        raise AccountClosed()
    if not points:
        revision = head.revision + 1 if head else 1
        return [once, check("points", keys.entry(member, revision), ABSENT)], view
    program.note_activity(posting, posting.at)
    grant = program.landing(Grant(program.lot(posting.at)), posting.state)
    ledger.credit(posting, "check_in", points, grant, Source("check_in", view.date))
    return [once, *append(posting)], view


def month_view(
    month: str, items: Sequence[Item], latest: Sequence[Item | None], program: Program
) -> CheckInMonthView:
    """A month (yyyy-mm) as its member reads it; `latest` are today's check-in and yesterday's."""
    rules = program.settings.check_in
    current = next((item for item in latest if item), None)
    return CheckInMonthView(
        month=month,
        days=[_day_of(item).isoformat() for item in items],
        streak=current["streak"] if current else 0,
        cycle=list(rules.cycle) if rules else [],
    )


def _day_of(item: Item) -> date:
    return date.fromisoformat(item["sk"].removeprefix(keys.CHECK_IN_PREFIX))
