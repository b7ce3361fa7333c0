"""Refunds of redemptions: the very lots, the debt, the shortfall, and lots that are gone."""

import pytest
from mall.points.ledger.entry import NEVER
from mall.points.ledger.movements import ClawBackPolicy

from tests.builders import any_calendar, any_days
from tests.unit.points.account import Account


def should_return_points_to_the_very_lots() -> None:
    """Case 24: cancelled before expiry, nothing has changed but the totals."""
    account = Account(any_calendar(), now=1)
    for day, points in any_days(5).items():
        account.earn(points, day)
    before = account.state
    account.refund(account.redeem(before.available * 2 // 3))
    assert account.state.lots == before.lots
    assert account.kinds[-2:] == ["redeem", "refund"]


def should_return_a_part_to_the_lots_it_names() -> None:
    account = Account(any_calendar())
    account.earn(10, "20260201")
    account.earn(20, "20260301")
    account.redeem(30)
    account.refund({"20260301": 15})
    account.refund({"20260201": 10, "20260301": 5})
    assert account.lots == {"20260201": 10, "20260301": 20}
    assert account.state.totals.refunded == account.state.totals.spent == 30


def should_restore_and_expire_what_belongs_to_a_lot_that_is_gone() -> None:
    """Case 19: redeemed before the expiry, cancelled after it: two entries, one commit."""
    account = Account(any_calendar())
    account.earn(10, "20260201")
    account.earn(20, "20260301")
    allocation = account.redeem(25)
    restored, expired = account.on("20260201").refund(allocation)
    assert (restored.kind, restored.points) == ("refund", 25)
    assert account.by_day(restored.lots) == {"20260201": 10, "20260301": 15}
    assert (expired.kind, expired.points) == ("expire", -10)
    assert account.by_day(expired.lots) == {"20260201": -10}
    assert restored.at == expired.at
    assert account.lots == {"20260301": 20}


def should_restore_without_expiring_one_millisecond_earlier() -> None:
    """Case 19, on the other side of the instant."""
    account = Account(any_calendar())
    account.earn(10, "20260201")
    allocation = account.redeem(10)
    assert len(account.on("20260201", -1).refund(allocation)) == 1
    assert account.state.available == 10


def should_pay_debt_with_a_refund_soonest_expiry_first() -> None:
    account = Account(any_calendar())
    account.earn(10, "20260201")
    account.earn(20, "20260301")
    given = account.earn(15, NEVER)
    allocation = account.redeem(45)
    account.claw_back(given, policy="unlimited")
    account.refund(allocation)
    assert account.state.debt == 0
    assert account.lots == {"20260301": 15, NEVER: 15}


def should_take_a_shortfall_from_a_refund_in_the_same_commit() -> None:
    account = Account(any_calendar())
    account.earn(50, "20260301")
    given = account.earn(30, NEVER)
    allocation = account.redeem(80)
    account.claw_back(given)
    refunded, recovered = account.refund(allocation)
    assert (refunded.points, recovered.kind, recovered.points) == (80, "claw_back", -30)
    assert account.by_day(recovered.lots) == {"20260301": -30}
    assert recovered.source == refunded.source
    assert recovered.after.shortfall == 0
    assert account.state.net == account.state.totals.net == 50


def should_take_a_shortfall_from_one_refund_after_the_other() -> None:
    account = Account(any_calendar())
    given = account.earn(100)
    one, other = account.redeem(30), account.redeem(70)
    account.claw_back(given, 60)
    account.refund(one)
    assert (account.state.available, account.state.shortfall) == (0, 30)
    account.refund(other)
    assert (account.state.available, account.state.shortfall) == (40, 0)


def should_take_a_shortfall_before_the_rest_of_a_gone_lot_expires() -> None:
    account = Account(any_calendar())
    given = account.earn(100, "20260201")
    allocation = account.redeem(100)
    account.claw_back(given, 60)
    entries = account.on("20260201").refund(allocation)
    assert [(entry.kind, entry.points) for entry in entries] == [
        ("refund", 100),
        ("claw_back", -60),
        ("expire", -40),
    ]


def should_never_take_a_shortfall_from_earnings() -> None:
    account = Account(any_calendar())
    given = account.earn(100)
    account.redeem(100)
    account.claw_back(given)
    account.earn(70)
    assert (account.state.available, account.state.shortfall) == (70, 100)


@pytest.mark.parametrize("policy", ["within_balance", "unlimited"])
@pytest.mark.parametrize("purchase_first", [True, False])
def should_leave_nothing_to_spend_when_purchase_and_order_are_both_undone(
    policy: ClawBackPolicy, purchase_first: bool
) -> None:
    """Case 79: earn 100, redeem 100, refund the purchase, cancel the order, in either order."""
    account = Account(any_calendar())
    given = account.earn(100, "20260601")
    allocation = account.redeem(100)
    if purchase_first:
        account.claw_back(given, policy=policy)
        account.refund(allocation)
    else:
        account.refund(allocation)
        account.claw_back(given, policy=policy)
    state = account.state
    assert (state.net, state.available, state.debt, state.shortfall) == (0, 0, 0, 0)
