"""What a grant writes: where points go, what counters say, and what is explained."""

from fractions import Fraction
from random import Random

import pytest
from mall.clock import DAY_MS
from mall.points.earning.counters import (
    COUNTERS_MAX,
    SHARDS,
    Counter,
    Counters,
    all_shards,
    any_shard,
    places,
)
from mall.points.earning.standing import Standing
from mall.points.ledger.entry import instant_of
from mall.points.program import Program, ProgramSettings
from mall.points.rules.active import ActiveRule, Cap, Conditions, Fixed, Multiplier, Rate
from mall.points.rules.caps import CapKey, Limit
from mall.points.rules.rule_set import RuleSet

from tests.unit.points.earning.shop import NOON, Mall, any_event, any_purchase, any_refund, at

BASE = ActiveRule("base", 1, "base", Rate(Fraction(1), 100, "USD"))
TIERS = [
    {"tier_id": "silver", "name": "Silver", "threshold": 100, "multiplier": "1.5"},
    {"tier_id": "gold", "name": "Gold", "threshold": 1_000, "multiplier": 2},
]


def _settings(**said: object) -> ProgramSettings:
    return ProgramSettings.model_validate(said)


# --- where points go -----------------------------------------------------------------------------


def should_let_points_wait_and_become_active_without_a_job() -> None:
    """Case 17: pending points mature at the start of their program day."""
    mall = Mall(_settings(pending_days=14, zone="Europe/Berlin"))
    view = mall.tell(any_purchase(10_000))
    assert (view.points, view.pending) == (100, 100)
    assert (mall.state.available, mall.state.pending_points) == (0, 100)
    mall.now = at("2026-12-05T23:59:59.999+01:00")
    assert mall.state.available == 0
    mall.now += 1
    assert (mall.state.available, mall.state.pending_points) == (100, 0)


@pytest.mark.parametrize(
    ("counted_from", "ends_at"),
    [("earning", "2026-12-23T00:00:00+01:00"), ("activation", "2027-01-06T00:00:00+01:00")],
)
def should_count_validity_from_earning_or_from_activation(counted_from: str, ends_at: str) -> None:
    """Case 18."""
    expiry = {"policy": "fixed_days", "days": 30}
    mall = Mall(
        _settings(
            zone="Europe/Berlin", pending_days=14, expiry=expiry, expiry_counted_from=counted_from
        )
    )
    mall.tell(any_purchase(10_000))
    [key] = mall.chain[-1].after.pending
    assert instant_of(key.partition("|")[2]) == at(ends_at)


def should_activate_at_once_what_arrives_after_its_activation() -> None:
    mall = Mall(_settings(pending_days=5))
    view = mall.tell(any_purchase(10_000, at=NOON - 6 * DAY_MS))
    assert (view.points, view.pending, mall.state.available) == (100, 0, 100)


def should_take_pending_points_first_and_nothing_else_of_the_member() -> None:
    """Case 28."""
    mall = Mall(_settings(pending_days=5))
    old, new = any_purchase(10_000, at=NOON - 6 * DAY_MS), any_purchase(5_000)
    mall.tell_all([old, new, any_refund(new)])
    assert (mall.state.available, mall.state.pending_points) == (100, 0)


def should_expire_at_once_what_arrives_after_its_expiry() -> None:
    mall = Mall(_settings(expiry={"policy": "fixed_days", "days": 3}))
    mall.tell(any_purchase(10_000, at=NOON - 10 * DAY_MS))
    assert [entry.kind for entry in mall.chain] == ["earn", "expire"]
    assert mall.state.available == 0


def should_keep_idle_points_alive_by_a_purchase_but_not_by_one_that_gives_nothing() -> None:
    mall = Mall(_settings(expiry={"policy": "inactivity", "months": 1, "round_to": "day"}))
    mall.tell(any_purchase(10_000))
    mall.now = NOON + 20 * DAY_MS
    mall.tell(any_purchase(99, at=mall.now))
    [before] = mall.chain[-1].after.lots
    mall.tell(any_purchase(100, at=mall.now))
    [after] = mall.chain[-1].after.lots
    assert (instant_of(before), instant_of(after)) == (
        at("2026-12-23T00:00:00Z"),
        at("2027-01-13T00:00:00Z"),
    )
    assert mall.state.available == 101


def should_name_at_most_four_rules_on_the_entry() -> None:
    gifts = [ActiveRule(f"gift-{n}", 3, "base", Fixed(1)) for n in range(6)]
    mall = Mall(rules=RuleSet.of(gifts))
    view = mall.tell(any_purchase(100))
    assert mall.chain[-1].rules == "gift-0:3 gift-1:3 gift-2:3 gift-3:3 +2"
    assert len(view.explain) == 6


# --- what it is judged by ------------------------------------------------------------------------


def should_multiply_by_the_tier_at_arrival() -> None:
    """Case 8 among them: 1.5 times 3 is 4."""
    mall = Mall(_settings(tiers=TIERS))
    assert mall.tell(any_purchase(10_000)).points == 100  # base, and silver from now on
    view = mall.tell(any_purchase(300))
    assert view.points == 4
    assert [(e.rule_id, e.points) for e in view.explain] == [("base", 3), ("tier:silver", 1)]


def should_fall_back_a_tier_when_a_purchase_is_refunded() -> None:
    mall, purchase = Mall(_settings(tiers=TIERS)), any_purchase(10_000)
    mall.tell_all([purchase, any_refund(purchase)])
    assert mall.tell(any_purchase(10_000)).points == 100


@pytest.mark.parametrize(
    ("today", "tier"),
    [("2027-10-31T23:59:59Z", "silver"), ("2027-11-01T00:00:00Z", "base")],
)
def should_count_the_current_month_and_eleven_before(today: str, tier: str) -> None:
    program = Program(_settings(tiers=TIERS, tier_basis="twelve_months"))
    standing = Standing("m").counting(100, "202611")
    assert standing.tier(program, at(today)).tier_id == tier
    forever = Program(_settings(tiers=TIERS))
    assert standing.tier(forever, at(today)).tier_id == "silver"


def should_take_a_refund_from_the_month_that_the_grant_counted_in() -> None:
    """Whatever the zone is by then: where it was earned it was December already."""
    mall = Mall(_settings(zone="Pacific/Kiritimati"), now=at("2026-12-01T00:00:00Z"))
    purchase = any_purchase(10_000, at=at("2026-11-30T12:00:00Z"))
    mall.tell(purchase)
    assert mall.standing.months == {"202612": 100}
    mall.settings = _settings(zone="UTC")
    mall.tell(any_refund(purchase, at=mall.now, a=4_000))
    assert mall.standing.months == {"202612": 60}


def should_forget_months_that_no_tier_looks_back_to() -> None:
    calendar, standing = Program().calendar, Standing("m")
    for month in range(40):
        standing = standing.counting(1, calendar.day(NOON + month * 31 * DAY_MS)[:6])
    assert (len(standing.months), standing.lifetime) == (24, 40)


def should_know_the_first_purchase_by_arrival() -> None:
    welcome = ActiveRule(
        "welcome", 1, "campaign", Fixed(50), conditions=Conditions(first_purchase=True)
    )
    mall = Mall(rules=RuleSet.of([BASE, welcome]))
    mall.tell(any_event("review"))
    first, second = mall.tell_all([any_purchase(1_000), any_purchase(1_000, at=NOON - DAY_MS)])
    assert (first.points, second.points) == (60, 10)
    assert [(e.rule_id, e.code) for e in second.explain] == [
        ("base", "granted"),
        ("welcome", "not_first_purchase"),
    ]


def should_say_that_no_rule_is_about_an_event() -> None:
    mall = Mall()
    view = mall.tell(any_event("review"))
    assert (view.status, view.points, mall.chain) == ("no_rule", 0, [])


def should_repeat_the_explanation_to_a_duplicate() -> None:
    """Case 43."""
    double = ActiveRule("double", 2, "campaign", Multiplier(Fraction(2)))
    gold = ActiveRule(
        "gold", 1, "campaign", Fixed(5), conditions=Conditions(tiers=frozenset({"gold"}))
    )
    mall, purchase = Mall(rules=RuleSet.of([BASE, double, gold])), any_purchase(1_000)
    first, again = mall.tell_all([purchase, purchase])
    assert (first.status, again.status) == ("granted", "duplicate")
    assert [(e.rule_id, e.version, e.points, e.code) for e in again.explain] == [
        (e.rule_id, e.version, e.points, e.code) for e in first.explain
    ]
    assert len(mall.chain) == 1


# --- caps ----------------------------------------------------------------------------------------


def _capped(*caps: Cap) -> RuleSet:
    return RuleSet.of([ActiveRule("base", 1, "base", Rate(Fraction(1), 100, "USD"), caps=caps)])


def should_grant_a_part_where_a_cap_is_reached() -> None:
    """Case 10, and what was cut is told."""
    mall = Mall(rules=_capped(Cap("member", "day", 150)))
    first, second, third = mall.tell_all([any_purchase(10_000) for _ in range(3)])
    assert [view.points for view in (first, second, third)] == [100, 50, 0]
    assert [(e.points, e.capped, e.code) for e in second.explain] == [(50, 50, "capped")]
    assert (third.status, third.explain[0].capped) == ("granted", 100)
    assert mall.used("CAP#base#day#20261122") == 150


def should_count_a_cap_by_the_day_on_which_an_event_occurred() -> None:
    mall = Mall(rules=_capped(Cap("member", "day", 150)))
    days = [NOON, NOON - DAY_MS, NOON - DAY_MS, NOON]
    views = mall.tell_all([any_purchase(10_000, at=day) for day in days])
    assert [view.points for view in views] == [100, 100, 50, 50]


def should_fill_a_budget_to_the_last_point_over_all_shards() -> None:
    mall = Mall(rules=_capped(Cap("program", "ever", 43)))
    views = mall.tell_all([any_purchase(500) for _ in range(10)])
    assert sum(view.points for view in views) == 43
    assert [view.points for view in views] == [5] * 8 + [3, 0]
    assert mall.used("CAP#base#ever") == 43


def should_fill_no_more_counters_than_a_transaction_holds() -> None:
    """The rules that come first fill theirs; the others are capped, and nothing fails."""
    every: list[Cap] = [
        Cap(per, period, 100)
        for per in ("member", "program")
        for period in ("day", "week", "month", "ever")
    ]
    gifts = [ActiveRule(f"gift-{n:02d}", 1, "base", Fixed(1), caps=(*every,)) for n in range(13)]
    mall = Mall(rules=RuleSet.of(gifts))
    view = mall.tell(any_purchase(100))
    assert 0 < view.points < 13
    assert view.points + sum(e.capped for e in view.explain) == 13
    assert len([place for place in mall.items if "CAP" in place[0] + place[1]]) <= COUNTERS_MAX


def should_give_a_cap_no_room_back_for_a_refund() -> None:
    mall, purchase = Mall(rules=_capped(Cap("member", "ever", 100))), any_purchase(10_000)
    mall.tell_all([purchase, any_refund(purchase)])
    assert mall.tell(any_purchase(10_000)).points == 0


def should_share_a_limit_out_exactly() -> None:
    limit = Limit(CapKey("base", "program", "ever", "ever"), 43)
    shares = [counter.share for counter in places(limit, "m", all_shards(Random(7)))]
    assert (sum(shares), max(shares) - min(shares), len(shares)) == (43, 1, SHARDS)
    assert len(places(limit, "m", any_shard(Random(7)))) == 1


def should_condition_each_counter_on_what_was_read() -> None:
    key = CapKey("base", "member", "day", "20261122")
    [new] = places(Limit(key, 10), "m", [])
    old = Counter(new.key, 10, used=4)
    [first] = Counters({key: [new]}).take({key: 3}, NOON)
    [then] = Counters({key: [old]}).take({key: 3}, NOON)
    assert first.condition == "attribute_not_exists(#pk)"
    assert (then.condition, then.values["was"], then.values["used"]) == ("#used = :was", 4, 7)
    assert then.values["ttl"] > NOON // 1000
