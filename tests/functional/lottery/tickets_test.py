"""Tickets of a scheduled lottery: what they cost, who is refused, and the list of all."""

from tests.functional.acts import any_member_with, available, kinds
from tests.functional.lottery.scheduled_games import any_scheduled, buy


def should_take_the_cost_of_each_ticket() -> None:
    member, lottery = any_member_with(100), any_scheduled()
    bought = buy(member, lottery, 3)
    assert (bought["quantity"], bought["points_spent"]) == (3, 30)
    assert available(member) == 70
    assert kinds(member)[-1] == ("lottery_cost", -30)
