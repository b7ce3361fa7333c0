"""Claw back: the order in which a grant is taken, the rest by policy, and what nobody owes."""

import pytest
from mall.points import ledger
from mall.points.ledger.entry import NEVER
from mall.points.ledger.movements import ClawBackPolicy

from tests.builders import any_calendar, any_points, any_source
from tests.unit.points.account import Account


def should_take_the_pending_grant_first() -> None:
    """Case 28."""
    account = Account(any_calendar())
    account.earn(50, "20260201")
    given = account.earn(100, "20260601", active_from="20260115")
    entry = account.claw_back(given, 30)
    assert (account.by_day(entry.pending), entry.lots) == ({"20260115|20260601": -30}, {})
    entry = account.claw_back(given, 70, asked_before=30)
    assert account.by_day(entry.pending) == {"20260115|20260601": -70}
    assert entry.after.pending_points == 0
    assert account.state.available == 50


def should_take_the_own_lot_next_and_then_soonest_expiry() -> None:
    account = Account(any_calendar())
    account.earn(20, "20260201")
    account.earn(30, "20260301")
    given = account.earn(60, "20260601")
    account.earn(40, NEVER)
    assert account.redeem(50 + 25) == {"20260201": 20, "20260301": 30, "20260601": 25}
    account.earn(10, "20260401")
    taken = account.by_day(account.claw_back(given).lots)
    assert taken == {"20260601": -35, "20260401": -10, NEVER: -15}
    assert account.lots == {NEVER: 25}


def should_take_a_grant_from_its_lot_after_it_was_pending() -> None:
    account = Account(any_calendar())
    account.earn(50, "20260201")
    given = account.earn(100, "20260601", active_from="20260115")
    account.on("20260115")
    assert account.by_day(account.claw_back(given).lots) == {"20260601": -100}


def should_clamp_to_the_balance_and_record_the_shortfall() -> None:
    """Case 29: within_balance."""
    account = Account(any_calendar())
    given = account.earn(100)
    account.redeem(70)
    entry = account.claw_back(given, policy="within_balance")
    assert (entry.points, entry.after.available) == (-30, 0)
    assert (entry.after.shortfall, entry.after.debt) == (70, 0)


def should_post_an_entry_of_zero_when_all_is_shortfall() -> None:
    """Case 29: what was owed is on the chain, though no point moved."""
    account = Account(any_calendar())
    given = account.earn(100)
    account.redeem(100)
    entry = account.claw_back(given, policy="within_balance")
    assert (entry.kind, entry.points, entry.after.shortfall) == ("claw_back", 0, 100)


def should_go_into_debt_when_the_policy_has_no_limit() -> None:
    """Case 29: unlimited."""
    account = Account(any_calendar())
    given = account.earn(100)
    account.redeem(70)
    entry = account.claw_back(given, policy="unlimited")
    assert (entry.points, entry.after.debt, entry.after.shortfall) == (-100, 70, 0)
    assert account.state.net == account.state.totals.net == -70


def should_take_what_is_pending_and_leave_the_rest_to_the_member() -> None:
    """Case 29: only_pending, of a grant that waits and of one that is active."""
    account = Account(any_calendar())
    waiting = account.earn(100, "20260601", active_from="20260201")
    active = account.earn(50, "20260601")
    entry = account.claw_back(waiting, policy="only_pending")
    assert (entry.points, account.by_day(entry.pending)) == (-100, {"20260201|20260601": -100})
    entry = account.claw_back(active, policy="only_pending")
    assert (entry.points, entry.after.shortfall, entry.after.debt) == (0, 0, 0)
    assert account.lots == {"20260601": 50}


def should_note_what_was_spent_as_a_shortfall_and_spare_the_lots() -> None:
    """Case 29: only_pending, of 100 that are active, 70 of them spent."""
    account = Account(any_calendar())
    given = account.earn(100)
    account.redeem(70)
    entry = account.claw_back(given, policy="only_pending")
    assert (entry.points, entry.after.shortfall, entry.after.available) == (0, 70, 30)
    assert account.verdict.valid


@pytest.mark.parametrize("parts", [[100], [50, 50], [10, 60, 30], [1] * 100])
def should_leave_as_much_to_the_member_in_parts_as_at_once(parts: list[int]) -> None:
    """Case 29: only_pending; of 100 spent ones, another grant's 40 cover 40, once."""
    account = Account(any_calendar())
    given = account.earn(100)
    account.redeem(100)
    account.earn(40)
    for number, points in enumerate(parts):
        account.claw_back(given, points, policy="only_pending", asked_before=sum(parts[:number]))
    assert (account.state.shortfall, account.state.available) == (60, 40)


@pytest.mark.parametrize("parts", [[100], [50, 50], [20, 70, 10]])
def should_not_count_what_expired_as_left_to_the_member(parts: list[int]) -> None:
    """Of 100, 60 expired and 40 were spent; 30 of another grant are left alone."""
    account = Account(any_calendar())
    given = account.earn(100, "20260201")
    account.redeem(40)
    account.on("20260201").earn(30)
    for number, points in enumerate(parts):
        account.claw_back(given, points, policy="only_pending", asked_before=sum(parts[:number]))
    assert (account.state.shortfall, account.state.available) == (10, 30)


@pytest.mark.parametrize("policy", ["only_pending", "within_balance", "unlimited"])
def should_leave_no_debt_for_points_that_expired_unspent(policy: ClawBackPolicy) -> None:
    account = Account(any_calendar())
    given = account.earn(any_points(), "20260201")
    account.on("20260201")
    entry = account.claw_back(given, policy=policy)
    assert (entry.points, entry.after.debt, entry.after.shortfall) == (0, 0, 0)


def should_owe_only_what_was_spent_before_the_rest_expired() -> None:
    account = Account(any_calendar())
    given = account.earn(100, "20260201")
    account.redeem(60)
    account.on("20260201")
    assert account.claw_back(given, policy="unlimited").after.debt == 60


def should_count_what_came_first_in_a_shared_lot_as_spent_first() -> None:
    account = Account(any_calendar())
    older = account.earn(40, "20260201")
    own = account.earn(100, "20260201")
    newer = account.earn(60, "20260201")
    account.redeem(40 + 30)
    account.on("20260201")
    assert account.claw_back(older).after.shortfall == 40
    assert account.claw_back(own).after.shortfall == 40 + 30
    assert account.claw_back(newer).after.shortfall == 40 + 30


def should_count_a_refund_as_giving_back_what_its_order_spent_last() -> None:
    account = Account(any_calendar())
    older = account.earn(40, "20260201")
    own = account.earn(100, "20260201")
    account.redeem(60)
    account.refund({"20260201": 15})
    account.on("20260201")
    assert account.claw_back(older).after.shortfall == 40
    assert account.claw_back(own).after.shortfall == 40 + 5


def should_give_back_to_a_grant_what_the_very_order_took_from_it() -> None:
    """A took the first grant and B the second; A is cancelled when their lot is gone."""
    account = Account(any_calendar())
    first = account.earn(100, "20260201")
    second = account.earn(100, "20260201")
    allocation = account.redeem(100, order="A")
    account.redeem(100, order="B")
    account.on("20260201").refund(allocation, order="A")
    assert account.claw_back(first, policy="unlimited").after.debt == 0
    assert account.claw_back(second, policy="unlimited").after.debt == 100


def should_count_what_was_redeemed_restored_and_expired_as_unspent() -> None:
    """The order was cancelled after the lot was gone: all of the grant has expired by then."""
    account = Account(any_calendar())
    given = account.earn(100, "20260201")
    allocation = account.redeem(60)
    account.on("20260201").sweep()
    account.refund(allocation)
    assert account.state.totals.expired == 100
    assert account.claw_back(given, policy="unlimited").after.debt == 0


def should_take_from_its_own_grant_when_another_in_the_lot_is_clawed_back() -> None:
    """The other's claw back took the other's points, so all 100 of this grant expired."""
    account = Account(any_calendar())
    own = account.earn(100, "20260201")
    other = account.earn(50, "20260201")
    account.claw_back(other)
    account.on("20260201")
    assert account.claw_back(own, policy="unlimited").after.debt == 0


def should_forgive_what_expired_once_over_many_partial_claw_backs() -> None:
    """Of 100, 60 expired unspent and 40 were spent: two halves together owe 40."""
    account = Account(any_calendar())
    given = account.earn(100, "20260201")
    account.redeem(40)
    account.on("20260201")
    assert account.claw_back(given, 50).after.shortfall == 0
    assert account.claw_back(given, 50, asked_before=50).after.shortfall == 40


def should_not_forgive_what_a_claw_back_took_before_the_expiry() -> None:
    account = Account(any_calendar())
    given = account.earn(100, "20260201")
    assert account.claw_back(given, 30).points == -30
    account.redeem(50)
    account.on("20260201")
    assert account.claw_back(given, 70, asked_before=30).after.shortfall == 50


def should_not_count_points_that_paid_debt_as_expired() -> None:
    account = Account(any_calendar())
    first = account.earn(50)
    account.redeem(50)
    account.claw_back(first, policy="unlimited")
    given = account.earn(80, "20260201")
    account.on("20260201")
    assert account.claw_back(given, policy="unlimited").after.debt == 50


def should_take_late_what_is_owed_from_other_lots() -> None:
    account = Account(any_calendar())
    given = account.earn(100, "20260201")
    account.redeem(70)
    account.earn(200, "20260601")
    entry = account.on("20260201").claw_back(given)
    assert (entry.points, account.by_day(entry.lots)) == (-70, {"20260601": -70})


def should_forgive_a_grant_that_one_commit_makes_expires_and_takes() -> None:
    """Case 31 at its worst: the refund came first, and the purchase after its lot was gone."""
    account = Account(any_calendar())
    account.earn(10, "20260201")
    source = any_source("purchase")
    posting = account.on("20260201").open()
    ledger.credit(posting, "earn", 100, account.grant("20260201"), source)
    ledger.claw_back(posting, 100, account.grant("20260201"), "unlimited", source)
    assert [(entry.kind, entry.points) for entry in account.commit(posting)] == [
        ("expire", -10),
        ("earn", 100),
        ("expire", -100),
        ("claw_back", 0),
    ]
    assert account.state.debt == 0


# --- whose points were left, when grants waited --------------------------------------------------


@pytest.mark.parametrize("policy", ["only_pending", "within_balance", "unlimited"])
def should_owe_of_a_grant_that_waited_only_what_was_spent(policy: ClawBackPolicy) -> None:
    account = Account(any_calendar())
    given = account.earn(100, "20260201", active_from="20260110")
    account.on("20260110").redeem(60)
    account.on("20260201")
    entry = account.claw_back(given, policy=policy)
    assert entry.after.debt + entry.after.shortfall == 60


def should_count_points_as_spent_in_order_of_earning_whenever_they_became_active() -> None:
    account = Account(any_calendar())
    waiting = account.earn(40, "20260201", active_from="20260110")
    active = account.earn(100, "20260201")
    account.on("20260110").redeem(40 + 30)
    account.on("20260201")
    assert account.claw_back(waiting).after.shortfall == 40
    assert account.claw_back(active).after.shortfall == 40 + 30


def should_not_mistake_the_claw_back_of_an_older_grant_for_its_own_spending() -> None:
    """What is taken back of a grant that came before the history leaves this one alone."""
    account = Account(any_calendar())
    older = account.earn(40, "20260201", active_from="20260110")
    own = account.earn(100, "20260201")
    account.on("20260110").claw_back(older)
    account.on("20260201")
    assert account.claw_back(own, policy="unlimited").after.debt == 0


def should_count_what_paid_debt_on_activation_as_used() -> None:
    account = Account(any_calendar())
    first = account.earn(50)
    account.redeem(50)
    given = account.earn(80, "20260201", active_from="20260110")
    account.claw_back(first, policy="unlimited")
    account.on("20260201")
    assert account.claw_back(given, policy="unlimited").after.debt == 50


def should_count_a_reissue_as_spent_from_where_it_was_taken() -> None:
    account = Account(any_calendar())
    given = account.earn(100, "20260201")
    allocation = account.redeem(60)
    account.on("20260201").refund(allocation, reissue="20260303")
    entry = account.on("20260303").claw_back(given)
    assert (entry.after.shortfall, account.state.totals.expired) == (60, 100)
