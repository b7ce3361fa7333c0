"""Earning, spending and expiry, at the instants where they change places."""

import random

import pytest
from mall.errors import InsufficientPoints, PointsLimit
from mall.models import MAX_INTEGER
from mall.points import ledger
from mall.points.ledger import Grant
from mall.points.ledger.entry import NEVER, State
from mall.points.ledger.lots import state_at
from mall.points.program import Program, ProgramSettings
from mall.points.program.expiry import RollingMonths

from tests.builders import any_calendar, any_points, any_source
from tests.unit.points.account import Account


def any_account() -> Account:
    """An account without entries, in any zone, on 1 January 2026."""
    return Account(any_calendar())


def should_spend_at_the_last_millisecond_of_validity_with_every_job_stopped() -> None:
    """Case 11, first half."""
    account = any_account()
    account.earn(100, "20260201")
    account.on("20260201", -1)
    assert account.redeem(100) == {"20260201": 100}
    assert account.kinds == ["earn", "redeem"]


def should_refuse_to_spend_at_the_instant_of_expiry_with_every_job_stopped() -> None:
    """Case 11, second half."""
    account = any_account()
    account.earn(100, "20260201")
    account.on("20260201")
    assert account.state.available == 0
    with pytest.raises(InsufficientPoints) as refusal:
        account.redeem(1)
    assert refusal.value.facts == {"available": 0}
    assert account.kinds == ["earn"]


def should_spend_never_expiring_points_last() -> None:
    """Case 13."""
    account = any_account()
    account.earn(30, NEVER)
    account.earn(20, "20260301")
    account.earn(10, "20260201")
    assert account.redeem(45) == {"20260201": 10, "20260301": 20, NEVER: 15}
    assert account.lots == {NEVER: 15}


def should_merge_what_expires_together_so_that_ties_need_no_rule() -> None:
    """Case 13: what was earned first in a lot counts as spent first."""
    account = any_account()
    first = account.earn(30, "20260201")
    second = account.earn(50, "20260201")
    assert account.redeem(40) == {"20260201": 40}
    account.on("20260201").sweep()
    assert account.claw_back(first).after.shortfall == 30
    assert account.claw_back(second).after.shortfall == 30 + 10


def should_expire_only_what_was_not_spent() -> None:
    """Case 14: of 100, 60 are spent and 40 expire."""
    account = any_account()
    account.earn(100, "20260201")
    account.redeem(60)
    [expiry] = account.on("20260201").sweep()
    assert (expiry.kind, expiry.points) == ("expire", -40)
    assert account.by_day(expiry.lots) == {"20260201": -40}
    assert (expiry.after.totals.spent, expiry.after.totals.expired) == (60, 40)


def should_book_an_expiry_once_however_often_it_is_swept() -> None:
    """Case 15, one sweep after another."""
    account = any_account()
    account.earn(any_points(), "20260201")
    account.on("20260201")
    assert [len(account.sweep()) for _ in range(3)] == [1, 0, 0]


def should_book_all_lots_that_are_gone_in_one_entry() -> None:
    account = any_account()
    account.earn(10, "20260201")
    account.earn(20, "20260203")
    account.earn(30, "20260301")
    [expiry] = account.on("20260210").sweep()
    assert account.by_day(expiry.lots) == {"20260201": -10, "20260203": -20}
    assert account.sweep() == []


def should_give_concurrent_sweeps_the_same_revision() -> None:
    """Case 15: the second writer finds its revision taken, and then nothing left to book."""
    account = any_account()
    account.earn(any_points(), "20260201")
    account.on("20260201")
    one, other = account.open(), account.open()
    account.commit(one)
    with pytest.raises(LookupError):
        account.commit(other)
    assert account.sweep() == []


def should_send_each_point_one_way_when_a_spend_races_the_sweep() -> None:
    """Case 16: both were decided on one head; whoever is second decides again on the new one."""
    account = any_account()
    account.earn(100, "20260201")
    account.on("20260201", -1)
    spend = account.open()
    ledger.spend(spend, "redeem", 100, any_source())
    account.on("20260201")
    sweep = account.open()
    first, second = random.sample([spend, sweep], 2)
    account.commit(first)
    with pytest.raises(LookupError):
        account.commit(second)
    assert account.sweep() == []
    totals = account.state.totals
    assert {totals.spent, totals.expired} == {0, 100}
    assert account.state.net == 0


def should_book_the_expiry_before_the_spend_that_finds_it() -> None:
    account = any_account()
    account.earn(10, "20260201")
    account.earn(20, NEVER)
    account.on("20260201").redeem(20)
    assert account.kinds == ["earn", "earn", "expire", "redeem"]


def should_activate_pending_points_without_a_job_or_an_entry() -> None:
    """Case 17."""
    account = any_account()
    account.earn(100, "20260601", active_from="20260115")
    account.on("20260115", -1)
    assert (account.state.available, account.state.pending_points) == (0, 100)
    with pytest.raises(InsufficientPoints):
        account.redeem(1)
    account.on("20260115")
    assert (account.state.available, account.state.pending_points) == (100, 0)
    assert account.redeem(100) == {"20260601": 100}
    assert account.kinds == ["earn", "redeem"]


def should_activate_at_once_what_was_to_wait_for_a_day_gone_by() -> None:
    account = any_account()
    given = account.earn(100, "20260601", active_from="20260101")
    assert (given.entry.after.available, given.entry.after.pending_points) == (100, 0)


def should_expire_at_once_what_is_granted_too_late() -> None:
    account = any_account()
    account.earn(100, "20260101")
    assert account.kinds == ["earn", "expire"]
    assert account.state.net == account.state.totals.net == 0


def should_leave_lots_as_they_are_when_the_policy_changes() -> None:
    """Case 21."""
    account = any_account()
    before, after = (_program(account.calendar.zone, months) for months in (12, 1))
    for program, points in ((before, 10), (after, 20)):
        posting = account.open()
        grant = program.grant(account.now)
        ledger.credit(posting, "earn", points, grant, any_source())
        account.commit(posting)
    assert account.lots == {"20260301": 20, "20270201": 10}


def should_spend_a_short_lived_lot_first_though_it_came_last() -> None:
    """Case 23: and what was allocated before it came stays as it was."""
    account = any_account()
    account.earn(100, "20260601")
    earlier = account.redeem(40)
    account.earn(30, "20260201")
    assert account.redeem(50) == {"20260201": 30, "20260601": 20}
    account.refund(earlier)
    assert account.lots == {"20260601": 80}


def should_pay_debt_before_points_become_available() -> None:
    """Case 30: a debt of 50, and 80 earned, make 30."""
    account = _indebted(50)
    account.earn(80)
    assert (account.state.debt, account.state.available) == (0, 30)


def should_pay_debt_with_every_credit_until_it_is_gone() -> None:
    account = _indebted(50)
    account.earn(20)
    assert (account.state.debt, account.state.available) == (30, 0)
    account.earn(30)
    assert (account.state.debt, account.state.available) == (0, 0)
    account.earn(1)
    assert (account.state.debt, account.state.available) == (0, 1)


@pytest.mark.parametrize("swept_on", [[], ["20260105"], ["20260106"], ["20260105", "20260106"]])
def should_not_depend_on_whether_anything_was_booked_in_between(swept_on: list[str]) -> None:
    """Case 80: a debt of 50, and a pending 100: active on Monday, gone on Tuesday, seen later."""
    account = _indebted(50)
    account.earn(100, "20260106", active_from="20260105")
    for day in swept_on:
        account.on(day).sweep()
    account.on("20260107")
    assert (account.state.debt, account.state.available, account.state.totals.expired) == (0, 0, 50)
    account.sweep()
    assert account.state == account.chain[-1].after
    assert account.kinds.count("expire") == 1


def should_activate_before_expiring_at_one_instant() -> None:
    account = _indebted(50)
    account.earn(80, "20260105", active_from="20260105")
    account.on("20260105").sweep()
    assert (account.state.debt, account.state.totals.expired) == (0, 30)


def should_never_let_time_run_backwards_along_a_chain() -> None:
    """Case 86: two functions, whose clocks are two seconds apart, take turns at midnight."""
    account = any_account()
    account.earn(100, "20260201")
    account.on("20260201", 500).sweep()
    account.on("20260201", -1_500)
    late = account.earn(10, NEVER).entry
    assert late.at == account.calendar.begins("20260201") + 500
    assert account.state.available == 10
    account.on("20260201", 501).redeem(10)
    assert [entry.at for entry in account.chain] == sorted(entry.at for entry in account.chain)


def should_take_the_time_of_the_later_clock_to_decide_what_is_gone() -> None:
    """Case 86: what one function saw expire is not spent by the other, whose clock is behind."""
    account = any_account()
    account.earn(100, "20260201")
    account.on("20260201", 500).earn(1)
    account.on("20260201", -1_500)
    with pytest.raises(InsufficientPoints):
        account.redeem(100)


def should_hold_the_largest_balance_and_not_one_point_more() -> None:
    account = any_account()
    account.earn(MAX_INTEGER - 5, NEVER)
    account.earn(3, NEVER, active_from="20260301")
    with pytest.raises(PointsLimit):
        account.earn(3)
    with pytest.raises(PointsLimit):
        account.earn(3, active_from="20260301")
    account.earn(2)
    assert account.state.net == MAX_INTEGER


def should_hold_a_refund_to_the_largest_balance() -> None:
    account = any_account()
    account.earn(MAX_INTEGER)
    allocation = account.redeem(10)
    account.earn(1)
    with pytest.raises(PointsLimit):
        account.refund(allocation)
    account.redeem(1)
    account.refund(allocation)
    assert account.state.available == MAX_INTEGER


def should_tell_what_is_available_when_it_is_not_enough() -> None:
    account = any_account()
    account.earn(10, "20260201")
    account.earn(20)
    account.earn(40, active_from="20260301")
    with pytest.raises(InsufficientPoints) as refusal:
        account.redeem(31)
    assert refusal.value.facts == {"available": 30}
    assert account.redeem(30) == {"20260201": 10, NEVER: 20}


def should_count_each_kind_in_its_total() -> None:
    """The sums of adjustments go by their sign."""
    account = any_account()
    posting = account.open()
    ledger.credit(posting, "adjust", 7, Grant(NEVER), any_source())
    ledger.credit(posting, "check_in", 10, Grant(NEVER), any_source())
    ledger.credit(posting, "lottery_prize", 20, Grant(NEVER), any_source())
    ledger.credit(posting, "transfer_in", 30, Grant(NEVER), any_source())
    ledger.spend(posting, "adjust", 1, any_source())
    ledger.spend(posting, "lottery_cost", 2, any_source())
    ledger.spend(posting, "discount", 3, any_source())
    ledger.spend(posting, "transfer_out", 4, any_source())
    account.commit(posting)
    assert (account.state.totals.granted, account.state.totals.spent) == (67, 10)
    assert account.state.net == account.state.totals.net == 57


def should_leave_a_state_alone_that_time_does_not_change() -> None:
    account = any_account()
    account.earn(10, "20260201")
    account.earn(10, active_from="20260105")
    account.on("20260105", -1)
    assert account.state == account.chain[-1].after
    assert state_at(State(), account.now) == State()


def _indebted(debt: int) -> Account:
    """An account on 1 January 2026, a Thursday, whose member owes points."""
    account = any_account()
    given = account.earn(debt)
    account.redeem(debt)
    account.claw_back(given, policy="unlimited")
    return account


def _program(zone: str, months: int) -> Program:
    """A program whose points expire with the month that they were earned in, months later."""
    expiry = RollingMonths(policy="rolling_months", months=months)
    return Program(ProgramSettings(zone=zone, expiry=expiry))
