"""How many units a member may have, ever and in a period."""

from datetime import UTC, datetime

import pytest
from mall.catalog import limits
from mall.catalog.product import MemberLimit, Per
from mall.clock import millis
from mall.errors import LimitReached
from mall.points.calendar import Calendar

from tests.builders import any_instant, any_member, any_product

NOW = any_instant()


def should_count_members_where_there_is_a_limit() -> None:
    member = any_member()
    assert limits.count(any_product(), member, 20, "", NOW) == []
    product = any_product(limit_per_member=MemberLimit(5))
    (write,) = limits.count(product, member, 2, "ever", NOW)
    assert write.condition == "attribute_not_exists(#units) OR #units <= :room"
    assert (write.values["units"], write.values["room"]) == (2, 3)
    refusal = write.refused({"units": 4})
    assert isinstance(refusal, LimitReached)
    assert refusal.facts == {"limit": 5}
    freed = limits.free(member, product.product_id, 2, "ever")
    assert (freed.key, freed.values["units"]) == (write.key, -2)


def should_refuse_more_than_the_limit_without_counting() -> None:
    product = any_product(limit_per_member=MemberLimit(5))
    assert limits.count(product, any_member(), 5, "ever", NOW)
    with pytest.raises(LimitReached):
        limits.count(product, any_member(), 6, "ever", NOW)


@pytest.mark.parametrize(
    ("per", "name"),
    [("ever", "ever"), ("day", "20260101"), ("week", "2026W01"), ("month", "202601")],
)
def should_count_in_the_programs_periods(per: Per, name: str) -> None:
    at = millis(datetime(2025, 12, 31, 23, 30, tzinfo=UTC))
    assert limits.period(MemberLimit(1, per), Calendar("Europe/Berlin"), at) == name


def should_forget_the_counts_of_periods_that_are_long_over() -> None:
    product = any_product(limit_per_member=MemberLimit(5, "day"))
    (write,) = limits.count(product, any_member(), 1, "20260101", NOW)
    assert write.values["ttl"] > NOW // 1000 + 366 * 86_400
