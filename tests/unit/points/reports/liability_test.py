"""The program's liability from sums of booked numbers, held against adding up every account."""

import random

import pytest
from mall.points.calendar import Calendar
from mall.points.ledger.entry import State, minute
from mall.points.ledger.lots import state_at
from mall.points.reports.counting import Counted, tally
from mall.points.reports.liability import Liability, liability
from mall.points.reports.sums import Sums, by_kind, of_state, owed, plus

from tests.builders import any_calendar, lot
from tests.unit.points.account import Account
from tests.unit.points.reports.lives import any_life, day_after

CHAINS = 50
DAYS = 365


def _daily(account: Account) -> dict[str, Sums]:
    """What each day's entries changed, counted in one go."""
    counted = Counted(account.member)
    days: dict[str, Sums] = {}
    label = account.calendar.day
    while tallied := tally(counted, account.chain[max(0, counted.revision - 1) :], label):
        for part in tallied.parts:
            days[part.moved.day] = plus(days.get(part.moved.day, {}), part.sums)
        counted = tallied.after
    assert counted.revision == len(account.chain)
    return days


def _naive(accounts: list[Account], at: int) -> tuple[dict[str, int], int, int]:
    """Every account as it was at an instant, added up."""
    lots: dict[str, int] = {}
    pending = debt = 0
    for account in accounts:
        before = [entry for entry in account.chain if entry.at <= at]
        state = state_at(before[-1].after, at) if before else State()
        lots = plus(lots, state.lots)
        pending += state.pending_points
        debt += state.debt
    return dict(lots), pending, debt


def should_be_the_sum_of_all_accounts_on_every_day_of_a_year() -> None:
    """50 random chains; every zone, debts that pending grants pay, lots that end unbooked."""
    calendar = any_calendar()
    accounts = [any_life(Account(calendar)) for _ in range(CHAINS)]
    assert any(owed(entry.after) for account in accounts for entry in account.chain)
    daily = [_daily(account) for account in accounts]
    booked: Sums = {}
    for number in range(DAYS + 60):
        day = day_after(number)
        booked = plus(booked, *(days.get(day, {}) for days in daily))
        at = calendar.begins(day_after(number + 1)) - 1
        found = liability(booked, minute(at))
        assert (dict(found.lots), found.pending, found.debt) == _naive(accounts, at), day


def should_be_seen_to_differ_when_pending_grants_pay_no_debt() -> None:
    """Control: without what is owed, debt stays and lots grow."""
    state = State(pending={"00000010|never": 80}, debt=50)
    booked = of_state(state)
    assert liability(booked, "00000010") == Liability({"never": 30}, 0, 0)
    careless = {name: value for name, value in booked.items() if not name.startswith("owed_")}
    assert liability(careless, "00000010") != Liability({"never": 30}, 0, 0)


@pytest.mark.parametrize(
    ("now", "lots", "pending", "debt"),
    [
        ("00000009", {"00000020": 5}, 100, 50),
        ("00000010", {"00000020": 5, "00000030": 10}, 40, 0),
        ("00000012", {"00000020": 5, "00000030": 50}, 0, 0),
        ("00000020", {"00000030": 50}, 0, 0),
        ("00000030", {}, 0, 0),
    ],
)
def should_let_time_do_to_the_sum_what_it_does_to_one(
    now: str, lots: dict[str, int], pending: int, debt: int
) -> None:
    state = State(
        lots={"00000020": 5},
        pending={"00000010|00000030": 60, "00000012|00000030": 40},
        debt=50,
    )
    assert liability(of_state(state), now) == Liability(lots, pending, debt)


def should_let_points_that_end_before_they_begin_pay_debt_only() -> None:
    state = State(pending={"00000010|00000005": 60}, debt=50)
    assert liability(of_state(state), "00000010") == Liability({}, 0, 0)


def should_show_months_of_the_program_and_never_last() -> None:
    calendar = Calendar("Asia/Kathmandu")
    lots = {lot("20270101", "Asia/Kathmandu"): 3, lot("20270131i"): 4, "never": 5}
    months = Liability(lots, 0, 0).by_expiry_month(calendar)
    assert list(months.items()) == [("2027-01", 7), ("never", 5)]


def should_count_entries_and_points_by_kind() -> None:
    account = Account()
    account.earn(100)
    account.redeem(30)
    account.redeem(20)
    account.close()
    [sums] = _daily(account).values()
    shown = {kind: (each.entries, each.points) for kind, each in by_kind(sums).items()}
    assert shown == {"earn": (1, 100), "redeem": (2, -50), "close": (1, 0)}


def should_add_up_in_any_order() -> None:
    parts = [of_state(entry.after) for entry in any_life(Account()).chain]
    shuffled = random.sample(parts, len(parts))
    assert plus(*parts) == plus(*shuffled)
