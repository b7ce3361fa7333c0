"""Scheduled drawings: closed in time, the list published, winners drawn once, prizes given."""

from tests.functional.acts import any_member_with, available
from tests.functional.lottery.scheduled_games import (
    any_scheduled,
    buy,
    close_the_list,
    draw_the_winners,
    points_for,
    winners,
)
from tests.functional.times import Time


def should_give_each_winner_the_prize(time: Time) -> None:
    members = [any_member_with(100) for _ in range(3)]
    lottery = any_scheduled(points_for(2), budget=200)
    for member in members:
        buy(member, lottery)
    close_the_list(time)
    draw_the_winners(time)
    won = winners(lottery)
    assert [each["rank"] for each in won] == [1, 2]
    lucky = [each["member_id"] for each in won]
    assert sorted(map(available, members)) == [90, 190, 190]
    assert all(available(member) == 190 for member in lucky)
