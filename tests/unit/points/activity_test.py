"""Inactivity: activity keeps idle points alive, wherever they are and whatever becomes of them.

Days with a trailing "i" are lots that activity renews.
"""

from typing import Any

import pytest
from mall.points import ledger
from mall.points.calendar import Calendar
from mall.points.ledger import Grant
from mall.points.ledger.entry import NEVER, State, to_item
from mall.points.ledger.movements import ClawBackPolicy
from mall.points.ledger.writes import append
from mall.points.program import Program, ProgramSettings

from tests.builders import any_calendar, any_source, day_of, lot
from tests.unit.points.account import Account


def _program(calendar: Calendar, **settings: Any) -> Program:
    """Points last to the end of the month, a month after the last activity."""
    expiry = {"policy": "inactivity", "months": 1}
    return Program(
        ProgramSettings.model_validate({"zone": calendar.zone, "expiry": expiry, **settings})
    )


def should_keep_all_idle_points_alive_by_one_activity() -> None:
    account = Account(any_calendar())
    account.earn(10, "20260301i")
    account.earn(20, "20260501i")
    account.earn(30, "20260201")
    account.earn(40)
    assert account.redeem(35, renews="20260401i") == {"20260201": 30, "20260401i": 5}
    assert account.lots == {"20260401i": 5, "20260501i": 20, NEVER: 40}
    assert account.verdict.valid


def should_keep_pending_points_alive_too() -> None:
    account = Account(any_calendar())
    account.earn(10, "20260301i", active_from="20260201")
    account.earn(20, "20260601i", active_from="20260201")
    account.earn(30, "20260301", active_from="20260201")
    account.earn(1, renews="20260501i")
    assert account.by_day(account.state.pending) == {
        "20260201|20260501i": 10, "20260201|20260601i": 20, "20260201|20260301": 30,
    }  # fmt: skip
    account.on("20260201").redeem(1)
    assert account.lots == {"20260301": 29, "20260501i": 10, "20260601i": 20, NEVER: 1}
    assert account.verdict.valid


def should_note_an_activity_only_where_it_moved_something() -> None:
    account = Account(any_calendar())
    account.earn(10, "20260301")
    account.redeem(1, renews="20260401i")
    assert account.chain[-1].renewed == ""
    assert "renewed" not in to_item(account.chain[-1])
    account.earn(10, "20260301i")
    account.redeem(1, renews="20260401i")
    assert account.chain[-1].renewed == lot("20260401i", account.calendar.zone)
    account.redeem(1, renews="20260401i")
    account.redeem(1, renews="20260301i")
    assert [entry.renewed for entry in account.chain[-2:]] == ["", ""]
    assert account.verdict.valid


def should_not_bring_back_what_was_gone_before_the_activity() -> None:
    """Case 11, of idle points: active in the last millisecond, or one too late."""
    account = Account(any_calendar())
    account.earn(10, "20260201i")
    account.on("20260201").earn(1, renews="20260301i")
    assert account.kinds == ["earn", "expire", "earn"]
    account.earn(10, "20260301i")
    account.on("20260301", -1).earn(1, renews="20260401i")
    assert account.on("20260301").lots == {"20260401i": 10, NEVER: 2}


def should_leave_a_marker_for_the_day_that_points_moved_to() -> None:
    account = Account()
    account.earn(10, "20260301i")
    posting = account.open()
    ledger.renew(posting, lot("20260401i"))
    ledger.spend(posting, "redeem", 1, any_source())
    entry, marker = append(posting)
    assert (entry.item["renewed"], marker.key["pk"][:12]) == (lot("20260401i"), "DUE#20260401")
    [entry] = append(_again(account))
    assert entry.key["sk"].startswith("ENTRY#")


def _again(account: Account) -> ledger.Posting:
    posting = account.open()
    ledger.spend(posting, "redeem", 1, any_source())
    return posting


# --- the program's part --------------------------------------------------------------------------


def should_move_idle_points_a_month_on_when_a_member_is_active() -> None:
    calendar = any_calendar()
    account, program = Account(calendar), _program(calendar)
    for day, gone_on in (("20260105", "20260301i"), ("20260218", "20260401i")):
        posting = account.on(day).open()
        program.note_activity(posting, posting.at)
        grant = program.landing(program.grant(posting.at), posting.state)
        ledger.credit(posting, "earn", 10, grant, any_source())
        account.commit(posting)
        assert [*account.lots] == [gone_on]
    assert account.on("20260331").state.available == 20
    assert account.on("20260401").state.available == 0


def should_leave_idle_points_as_they_are_under_another_policy() -> None:
    """Case 21: a policy change leaves old lots; nothing renews them any more, and nothing else."""
    calendar = any_calendar()
    account = Account(calendar)
    account.earn(10, "20260301i")
    fixed = _program(calendar, expiry={"policy": "fixed_days", "days": 9})
    posting = account.open()
    fixed.note_activity(posting, posting.at)
    grant = fixed.landing(fixed.grant(posting.at), posting.state)
    ledger.credit(posting, "earn", 20, grant, any_source())
    account.commit(posting)
    assert account.lots == {"20260111": 20, "20260301i": 10}
    assert account.chain[-1].renewed == ""


def should_let_a_grant_live_as_long_as_the_idle_points_that_are_there() -> None:
    calendar = any_calendar()
    program = _program(calendar)
    zone = calendar.zone
    early, late = (lot(day, zone) for day in ("20260301i", "20260801i"))
    waiting = lot("20260201|20260801i", zone)
    for state in (
        State(lots={late: 1}),
        State(pending={waiting: 1}),
        State({early: 1}, {waiting: 1}),
    ):
        assert program.landing(Grant(early), state) == Grant(late)
        landed = program.landing(Grant(early, lot("20260115|20260301i", zone)), state)
        assert day_of(landed.pending or "", zone) == "20260115|20260801i"
    assert program.landing(Grant(early), State(lots={NEVER: 1})) == Grant(early)
    assert program.landing(Grant(NEVER), State(lots={late: 1})) == Grant(NEVER)


# --- taking idle points back ---------------------------------------------------------------------


def should_find_a_grant_where_activity_moved_it() -> None:
    """Case 28: the own lot comes before sooner ones, also when it has moved."""
    account = Account(any_calendar())
    account.earn(30, "20260201")
    given = account.earn(50, "20260301i")
    account.earn(1, "20260301i", renews="20260401i")
    account.redeem(30, renews="20260501i")
    account.earn(5, "20260201")
    entry = account.claw_back(given)
    assert account.by_day(entry.lots) == {"20260501i": -50}
    assert account.verdict.valid


def should_find_a_pending_grant_where_activity_moved_it() -> None:
    """Case 28."""
    account = Account(any_calendar())
    given = account.earn(50, "20260301i", active_from="20260115")
    account.earn(10, renews="20260401i")
    entry = account.claw_back(given, 20)
    assert account.by_day(entry.pending) == {"20260115|20260401i": -20}
    account.on("20260115")
    entry = account.claw_back(given, 30, asked_before=20)
    assert account.by_day(entry.lots) == {"20260401i": -30}


@pytest.mark.parametrize("policy", ["only_pending", "within_balance", "unlimited"])
def should_owe_nothing_of_idle_points_that_expired_unspent(policy: ClawBackPolicy) -> None:
    account = Account(any_calendar())
    given = account.earn(100, "20260301i")
    account.redeem(30, renews="20260401i")
    account.on("20260401").sweep()
    entry = account.claw_back(given, policy=policy)
    assert entry.after.debt + entry.after.shortfall == 30
    assert account.verdict.valid


def should_owe_all_of_idle_points_that_are_alive_and_spent() -> None:
    """The grant's first lot is gone by now, but its points had moved before."""
    account = Account(any_calendar())
    given = account.earn(100, "20260301i")
    account.earn(1, renews="20260501i")
    account.on("20260310").redeem(101)
    assert account.claw_back(given).after.shortfall == 100


def should_return_a_redemption_to_the_lot_it_came_from_though_the_rest_moved_on() -> None:
    """Case 24, and what expires there unspent is owed by nobody."""
    account = Account(any_calendar())
    given = account.earn(100, "20260301i")
    allocation = account.redeem(60)
    account.earn(1, renews="20260501i")
    account.refund(allocation)
    assert account.lots == {"20260301i": 60, "20260501i": 40, NEVER: 1}
    account.on("20260501").sweep()
    assert account.claw_back(given, policy="unlimited").after.debt == 0
    assert account.verdict.valid
