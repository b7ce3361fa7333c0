"""Refunds of redemptions: the very lots, the debt, the shortfall, and lots that are gone.

And what else arrives in several lots at once: points of another member.
"""

import random

import pytest
from mall.points import ledger
from mall.points.ledger.entry import NEVER
from mall.points.ledger.lots import last_of
from mall.points.ledger.movements import ClawBackPolicy

from tests.builders import any_calendar, any_days, any_source
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


@pytest.mark.parametrize("policy", ["only_pending", "within_balance", "unlimited"])
def should_leave_nothing_to_spend_when_the_purchase_is_undone_and_then_the_order(
    policy: ClawBackPolicy,
) -> None:
    """Case 79: earn 100, redeem 100, refund the purchase, cancel the order."""
    account = Account(any_calendar())
    given = account.earn(100, "20260601")
    allocation = account.redeem(100)
    account.claw_back(given, policy=policy)
    account.refund(allocation)
    assert _rests(account)


@pytest.mark.parametrize("policy", ["only_pending", "within_balance", "unlimited"])
def should_leave_nothing_to_spend_of_a_purchase_that_waited_at_first(
    policy: ClawBackPolicy,
) -> None:
    """Case 79, of a grant that was pending until it was spent."""
    account = Account(any_calendar())
    given = account.earn(100, "20260601", active_from="20260115")
    allocation = account.on("20260115").redeem(100)
    account.claw_back(given, policy=policy)
    account.refund(allocation)
    assert _rests(account)


@pytest.mark.parametrize("policy", ["within_balance", "unlimited"])
def should_leave_nothing_to_spend_when_the_order_is_undone_first(policy: ClawBackPolicy) -> None:
    """Case 79, the other way round."""
    account = Account(any_calendar())
    given = account.earn(100, "20260601")
    account.refund(account.redeem(100))
    account.claw_back(given, policy=policy)
    assert _rests(account)


def should_leave_to_the_member_what_lay_in_lots_when_the_purchase_was_refunded() -> None:
    """Case 79, the other way round: only_pending takes nothing that is active and unspent."""
    account = Account(any_calendar())
    given = account.earn(100, "20260601")
    account.refund(account.redeem(100))
    account.claw_back(given, policy="only_pending")
    assert (account.state.available, account.state.shortfall) == (100, 0)


def _rests(account: Account) -> bool:
    """Whether nothing is there, nothing owed, and the chain valid."""
    state = account.state
    owed = (state.net, state.available, state.debt, state.shortfall)
    return owed == (0, 0, 0, 0) and account.verdict.valid


# --- parts ---------------------------------------------------------------------------------------


def should_fill_the_latest_expiry_first_and_sum_exactly() -> None:
    """Case 25: any parts of any allocation come to all of it, and the last takes the remainder."""
    for _ in range(50):
        account = Account(any_calendar(), now=1)
        for day, points in any_days(4).items():
            account.earn(points, day)
        before = dict(account.lots)
        left = account.keyed(account.redeem(account.state.available * 4 // 5))
        while left:
            total = sum(left.values())
            part = last_of(left, random.randint(1, total))
            for lot in sorted(left, reverse=True)[: len(part) - 1]:
                assert part[lot] == left[lot]
            account.refund(account.by_day(part))
            left = {lot: n - part.get(lot, 0) for lot, n in left.items() if n > part.get(lot, 0)}
        assert account.lots == before
        assert account.state.totals.refunded == account.state.totals.spent


def should_fill_never_before_all_others() -> None:
    """Case 25: never is the latest expiry there is."""
    allocation = {"29498400": 10, "29540160": 20, NEVER: 5}
    assert last_of(allocation, 3) == {NEVER: 3}
    assert last_of(allocation, 15) == {NEVER: 5, "29540160": 10}
    assert last_of(allocation, 35) == allocation


# --- the merchant's fault ------------------------------------------------------------------------


def should_reissue_what_is_gone_for_the_days_of_grace() -> None:
    """Case 20: cancelled by the merchant's fault after the expiry; one entry, and spendable."""
    account = Account(any_calendar())
    account.earn(10, "20260201")
    account.earn(20, "20260301")
    allocation = account.redeem(25)
    account.on("20260205").sweep()
    [restored] = account.refund(allocation, reissue="20260308")
    assert account.by_day(restored.lots) == {"20260308": 10, "20260301": 15}
    assert account.lots == {"20260301": 20, "20260308": 10}
    [expiry] = account.on("20260308").sweep()
    assert account.by_day(expiry.lots) == {"20260301": -20, "20260308": -10}
    assert account.verdict.valid


def should_return_to_the_very_lots_what_is_not_gone_whoever_is_at_fault() -> None:
    """Case 20, one millisecond before the expiry."""
    account = Account(any_calendar())
    account.earn(10, "20260201")
    allocation = account.redeem(10)
    account.on("20260201", -1).refund(allocation, reissue="20260308")
    assert account.lots == {"20260201": 10}


def should_merge_a_reissue_with_a_lot_of_the_same_end() -> None:
    account = Account(any_calendar())
    account.earn(10, "20260201")
    account.earn(20, "20260308")
    allocation = account.redeem(30)
    account.on("20260205").refund(allocation, reissue="20260308")
    assert account.lots == {"20260308": 30}


def should_take_debt_and_shortfall_from_a_reissue_too() -> None:
    account = Account(any_calendar())
    indebted, short = account.earn(30), account.earn(20)
    account.earn(50, "20260201")
    allocation = account.redeem(100)
    account.claw_back(indebted, policy="unlimited")
    account.claw_back(short)
    refunded, recovered = account.on("20260201").refund(allocation, reissue="20260303")
    assert account.by_day(refunded.lots) == {"20260303": 20, NEVER: 50}
    assert account.by_day(recovered.lots) == {"20260303": -20}
    assert account.lots == {NEVER: 50}
    assert account.verdict.valid


# --- several lots at once ------------------------------------------------------------------------


def should_keep_the_expiries_of_points_that_came_from_another_member() -> None:
    giver, receiver = Account(any_calendar()), Account()
    for day, points in (("20260201", 10), ("20260301i", 20), (NEVER, 30)):
        giver.earn(points, day)
    posting = giver.open()
    ledger.spend(posting, "transfer_out", 45, any_source())
    [given] = giver.commit(posting)
    into = receiver.open()
    lots = {lot: -points for lot, points in given.lots.items()}
    ledger.credit_lots(into, "transfer_in", lots, given.source)
    receiver.commit(into)
    assert receiver.state.lots == giver.keyed({"20260201": 10, "20260301i": 20, NEVER: 15})
    assert (giver.verdict.valid, receiver.verdict.valid) == (True, True)


def should_pay_debt_from_the_soonest_of_several_lots() -> None:
    """Case 30, with lots that arrive at once."""
    account = Account(any_calendar())
    given = account.earn(25)
    account.redeem(25)
    account.claw_back(given, policy="unlimited")
    posting = account.open()
    lots = account.keyed({NEVER: 10, "20260301": 20, "20260201": 10})
    ledger.credit_lots(posting, "transfer_in", lots, any_source())
    [entry] = account.commit(posting)
    assert account.by_day(entry.lots) == {"20260301": 5, NEVER: 10}
    assert (entry.points, entry.after.debt) == (40, 0)
    assert account.verdict.valid


def should_expire_at_once_what_arrives_in_a_lot_that_is_gone() -> None:
    account = Account(any_calendar())
    posting = account.open()
    lots = account.keyed({"20260101": 10, "20260102": 20})
    ledger.credit_lots(posting, "transfer_in", lots, any_source())
    account.commit(posting)
    assert (account.kinds, account.lots) == (["transfer_in", "expire"], {"20260102": 20})
