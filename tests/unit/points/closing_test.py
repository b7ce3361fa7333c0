"""A closed account: nothing moves, whatever is asked of it, until it is opened again."""

from collections.abc import Callable

import pytest
from mall.errors import AccountClosed, InsufficientPoints, PointsLimit, Refusal
from mall.models import MAX_INTEGER
from mall.points import ledger
from mall.points.ledger import Grant, Posting
from mall.points.ledger.entry import NEVER

from tests.builders import any_calendar, any_source, lot
from tests.unit.points.account import Account

# Each movement, and how an open account with 50 points refuses it, if it does.
MOVEMENTS: dict[str, tuple[Callable[[Posting], None], type[Refusal] | None]] = {
    "earn": (lambda p: ledger.credit(p, "earn", 1, Grant(NEVER), any_source()), None),
    "earn too much": (
        lambda p: ledger.credit(p, "earn", MAX_INTEGER, Grant(NEVER), any_source()),
        PointsLimit,
    ),
    "earn later": (
        lambda p: ledger.credit(p, "earn", 1, Grant(NEVER, lot(f"20990101|{NEVER}")), any_source()),
        None,
    ),
    "redeem": (lambda p: ledger.spend(p, "redeem", 50, any_source()), None),
    "redeem too much": (lambda p: ledger.spend(p, "redeem", 51, any_source()), InsufficientPoints),
    "refund": (lambda p: ledger.refund(p, {NEVER: 10}, any_source()), None),
    "refund too much": (
        lambda p: ledger.refund(p, {NEVER: MAX_INTEGER}, any_source()),
        PointsLimit,
    ),
    "claw back": (
        lambda p: ledger.claw_back(p, 1, Grant(NEVER), "unlimited", any_source()),
        None,
    ),
    "adjust up": (lambda p: ledger.credit(p, "adjust", 1, Grant(NEVER), any_source()), None),
    "adjust down": (lambda p: ledger.spend(p, "adjust", 1, any_source()), None),
    "close": (lambda p: ledger.close(p, any_source(), "admin"), None),
}


@pytest.mark.parametrize("movement", MOVEMENTS)
def should_refuse_every_movement(movement: str) -> None:
    """Case 84: before any other refusal, and without an entry."""
    account = Account(any_calendar())
    account.earn(50)
    account.close()
    posting = account.open()
    with pytest.raises(AccountClosed):
        MOVEMENTS[movement][0](posting)
    assert posting.entries == []
    assert (account.state.closed, account.state.available) == (True, 50)


@pytest.mark.parametrize("movement", MOVEMENTS)
def should_move_as_before_once_it_is_open_again(movement: str) -> None:
    account = Account(any_calendar())
    account.earn(50)
    account.close()
    [reopened] = account.reopen()
    assert (reopened.kind, reopened.points, reopened.after.closed) == ("reopen", 0, False)
    move, refusal = MOVEMENTS[movement]
    posting = account.open()
    if refusal:
        with pytest.raises(refusal):
            move(posting)
    else:
        move(posting)
    assert len(posting.entries) == (0 if refusal else 1)


def should_take_back_what_is_owed_and_let_nobody_spend_it() -> None:
    """The mall gives an order back whose member is gone; nobody has its points until reopening."""
    account = Account(any_calendar())
    account.earn(50)
    account.close()
    posting = account.open()
    ledger.refund(posting, {NEVER: 10}, any_source("order"), owed=True)
    [refund] = posting.entries
    assert (refund.kind, refund.after.closed, refund.after.available) == ("refund", True, 60)
    with pytest.raises(AccountClosed):
        ledger.spend(posting, "redeem", 1, any_source())


def should_take_back_what_is_owed_beyond_what_a_balance_may_earn() -> None:
    account = Account(any_calendar())
    account.earn(50)
    posting = account.open()
    ledger.refund(posting, {NEVER: MAX_INTEGER}, any_source("order"), owed=True)
    assert posting.state.available == MAX_INTEGER + 50


def should_go_on_expiring_what_a_closed_account_holds() -> None:
    account = Account(any_calendar())
    account.earn(50, "20260201")
    account.close()
    [expiry] = account.on("20260201").sweep()
    assert (expiry.kind, expiry.points, expiry.after.closed) == ("expire", -50, True)


def should_write_nothing_when_an_open_account_is_reopened() -> None:
    account = Account(any_calendar())
    account.earn(50)
    assert account.reopen() == []


def should_close_an_account_that_has_no_entry_yet() -> None:
    account = Account(any_calendar())
    entry = account.close()
    assert (entry.revision, entry.kind, entry.points, entry.after.closed) == (1, "close", 0, True)
