"""What the days of a streak give."""

from mall.points.check_ins import points_of, today_and_yesterday
from mall.points.program.settings import CheckIns, Milestone

from tests.builders import any_calendar, any_member


def should_go_round_the_cycle() -> None:
    rules = CheckIns(cycle=(1, 2, 3))
    assert [points_of(rules, streak) for streak in range(1, 8)] == [1, 2, 3, 1, 2, 3, 1]


def should_add_a_milestone_to_the_day_that_reaches_it() -> None:
    rules = CheckIns(cycle=(1,), milestones=(Milestone(streak=3, points=50),))
    assert [points_of(rules, streak) for streak in range(1, 6)] == [1, 1, 51, 1, 1]


def should_know_yesterday_whatever_the_length_of_a_day() -> None:
    """Case 22, for check-ins: days of 23 and of 25 hours."""
    calendar, member = any_calendar(), any_member()
    for day, before in (
        ("20260329", "20260328"),
        ("20261025", "20261024"),
        ("20260301", "20260228"),
        ("20270101", "20261231"),
    ):
        for at in (calendar.begins(day), calendar.begins(day) + 22 * 3_600_000):
            keys = today_and_yesterday(member, at, calendar)
            assert [key["sk"] for key in keys] == [f"CHECKIN#{day}", f"CHECKIN#{before}"]
