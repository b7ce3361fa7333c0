"""What an event earns, by the numbers of the cases and by the words of the page."""

from fractions import Fraction
from typing import Any

import pytest
from mall.points.calendar import Calendar
from mall.points.rules import Line, RuleSet, evaluate, explain, rules_named
from mall.points.rules.rule import built_in

from tests.unit.points.rules.builders import (
    NOON,
    earned,
    facts,
    given,
    lines,
    rule,
    skipped,
)


def _rate(points: object = 1, per_amount: int = 100, **more: object) -> dict[str, Any]:
    return {"points": points, "per_amount": per_amount, "currency": "USD"} | more


# --- the numbered cases --------------------------------------------------------------------------


def should_give_for_each_whole_unit() -> None:
    """Case 1: $3.00 at 5 points per whole $2.50."""
    assert earned(facts(Line(300)), rule(gives=_rate(5, 250))).points == 5


def should_sum_lines_before_flooring_and_share_by_largest_remainder() -> None:
    """Case 2: one point per dollar, three lines of $0.50."""
    evaluation = earned(facts(*lines(50, 50, 50)), rule(gives=_rate()))
    assert (evaluation.points, evaluation.lines) == (1, (1, 0, 0))


@pytest.mark.parametrize("points", [1.5, "NaN", "1e400", 2**53, "-1", 0, "0", True, "1.00001", ""])
def should_refuse_what_is_no_exact_rate(points: object) -> None:
    """Case 4."""
    with pytest.raises(ValueError, match=r"gives\.points"):
        rule(gives=_rate(points))


@pytest.mark.parametrize(
    ("currency", "amount", "per_amount", "points"),
    [("JPY", 1_250, 100, 12), ("KWD", 12_500, 1_000, 12), ("USD", 1_250, 100, 12)],
)
def should_count_minor_units_whatever_the_currency(
    currency: str, amount: int, per_amount: int, points: int
) -> None:
    """Case 5: yen have no decimals and dinars three; an amount is in minor units of either."""
    earning = rule(gives=_rate(1, per_amount, currency=currency))
    assert earned(facts(Line(amount), currency=currency), earning).points == points
    other = earned(facts(Line(amount), currency="CHF"), earning)
    assert (other.points, skipped(other)) == (0, {"base": "other_currency"})


def should_leave_free_lines_without_points() -> None:
    """Case 7."""
    evaluation = earned(facts(*lines(0, 333, 0, 667)), rule(gives=_rate(10, 100)))
    assert (evaluation.points, evaluation.lines) == (100, (0, 33, 0, 67))


@pytest.mark.parametrize("by", ["campaign", "tier"])
def should_floor_once_at_the_end(by: str) -> None:
    """Case 8: 3 base points, times 1.5, are 4."""
    rules = [rule(gives=_rate())]
    rules += [rule("half", gives={"multiplier": "1.5"})] if by == "campaign" else []
    tier = {"tier_id": "gold", "tier_multiplier": Fraction(3, 2)} if by == "tier" else {}
    evaluation = earned(facts(Line(300), **tier), *rules)
    assert (evaluation.points, evaluation.lines) == (4, (4,))
    assert given(evaluation)["base"] == 3


def should_earn_on_what_was_paid() -> None:
    """Case 9: a $10.00 line of which a discount took $9.50 is a line of $0.50."""
    evaluation = earned(facts(Line(50), Line(450)), rule(gives=_rate()))
    assert (evaluation.points, evaluation.lines) == (
        5,
        (1, 4),
    )  # 0.5 and 4.5: the tie goes to the first line


# --- base ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gives", "amount", "points"),
    [
        (_rate("1.5"), 399, 4),  # 3 whole units, 4.5 points
        (_rate("1.5", whole_units=False), 399, 5),  # 5.985 points
        (_rate(1, 100, whole_units=False), 99, 0),
        ({"points": 7}, 1, 7),
    ],
)
def should_give_exactly_what_the_rule_says(gives: dict[str, Any], amount: int, points: int) -> None:
    assert earned(facts(Line(amount)), rule(gives=gives)).points == points


def should_let_the_most_specific_rate_earn_on_a_line() -> None:
    rules = [
        rule("all", gives=_rate(1), priority=9),
        rule("type", gives=_rate(2), scope={"product_types": ["t"]}, priority=8),
        rule("category", gives=_rate(3), scope={"categories": ["c"]}, priority=7),
        rule("sku", gives=_rate(4), scope={"skus": ["s"]}),
    ]
    bought = (
        Line(100, "s", "c", "t"),
        Line(100, "x", "c", "t"),
        Line(100, "x", "x", "t"),
        Line(100, "x", "x", "x"),
        Line(100),
    )
    evaluation = earned(facts(*bought), *rules)
    assert evaluation.lines == (4, 3, 2, 1, 1)
    assert given(evaluation) == {"all": 2, "type": 2, "category": 3, "sku": 4}


def should_decide_between_equals_by_priority_and_then_by_id() -> None:
    one, two = rule("a", gives=_rate(1)), rule("b", gives=_rate(2))
    assert given(earned(facts(Line(100)), two, one)) == {"a": 1}
    two = rule("b", gives=_rate(2), priority=1)
    evaluation = earned(facts(Line(100)), one, two)
    assert (given(evaluation), skipped(evaluation)) == ({"b": 2}, {"a": "less_specific"})


def should_let_the_next_rate_earn_on_what_the_first_excludes() -> None:
    wide = rule("wide", gives=_rate(1))
    narrow = rule(
        "narrow", gives=_rate(5), scope={"categories": ["c"], "excluded_skus": ["gift-card"]}
    )
    evaluation = earned(facts(Line(100, "x", "c"), Line(100, "gift-card", "c")), wide, narrow)
    assert evaluation.lines == (5, 1)
    without = rule("none", gives=_rate(5), scope={"excluded_categories": ["c"]})
    nothing = earned(facts(Line(100, category="c")), without)
    assert (nothing.points, skipped(nothing)) == (0, {"none": "no_matching_line"})
    assert nothing.no_rule


def should_let_the_next_rate_earn_when_conditions_fail() -> None:
    gold = rule("gold", gives=_rate(5), priority=1, conditions={"tiers": ["gold"]})
    plain = rule("plain", gives=_rate(1))
    assert given(earned(facts(Line(100), tier_id="base"), gold, plain)) == {"plain": 1}
    assert given(earned(facts(Line(100), tier_id="gold"), gold, plain)) == {"gold": 5}


def should_give_fixed_points_once_on_top_of_rates() -> None:
    fixed = rule("thanks", gives={"points": 10})
    evaluation = earned(facts(*lines(100, 300)), rule(gives=_rate()), fixed)
    assert given(evaluation) == {"base": 4, "thanks": 10}
    assert evaluation.lines == (4, 10)  # 1 + 2.5 and 3 + 7.5: the tie goes to the first line


def should_give_for_events_without_lines() -> None:
    review = rule("review", gives={"points": 20}, event_types=["review"])
    twice = rule("twice", gives={"multiplier": 2}, event_types=["review"])
    event = facts(event_type="review", currency=None, tier_multiplier=Fraction(3, 2), tier_id="g")
    evaluation = earned(event, review, twice)
    assert given(evaluation) == {"review": 20, "twice": 20, "tier:g": 10}
    assert evaluation.lines == ()


# --- on top --------------------------------------------------------------------------------------


def should_multiply_base_points_only_and_never_each_other() -> None:
    rules = [
        rule(gives=_rate()),
        rule("double", gives={"multiplier": 2}, stacking="add"),
        rule("triple", gives={"multiplier": 3}, stacking="add"),
        rule("bonus", gives={"bonus": 5}, stacking="add"),
    ]
    event = facts(Line(1_000), tier_id="gold", tier_multiplier=Fraction(2))
    assert given(earned(event, *rules)) == {
        "base": 10,
        "double": 10,
        "triple": 20,
        "bonus": 5,
        "tier:gold": 10,
    }


def should_multiply_the_base_points_of_the_lines_in_scope() -> None:
    """A whole-unit rule's points are its lines' in proportion to their amounts."""
    coffee = rule("coffee", gives={"multiplier": 2}, scope={"categories": ["coffee"]})
    event = facts(Line(150, category="coffee"), Line(100, category="tea"))
    evaluation = earned(event, rule(gives=_rate()), coffee)
    # 2 base points, 3/5 of them the coffee's: 1.2 more, 3.2 in all
    assert given(evaluation) == {"base": 2, "coffee": 1}
    assert evaluation.lines == (2, 1)


def should_count_fixed_points_among_the_base_by_amount() -> None:
    rules = [
        rule("fixed", gives={"points": 10}),
        rule("coffee", gives={"multiplier": 3}, scope={"categories": ["coffee"]}),
    ]
    event = facts(Line(100, category="coffee"), Line(300, category="tea"))
    evaluation = earned(event, *rules)
    assert given(evaluation) == {"fixed": 10, "coffee": 5}
    assert evaluation.lines == (8, 7)  # 2.5 + 5 and 7.5: the tie goes to the first line


@pytest.mark.parametrize(
    ("campaigns", "counted"),
    [
        ([("a", {"bonus": 5}, 0), ("b", {"bonus": 6}, 0)], {"b"}),
        ([("a", {"bonus": 5}, 0), ("b", {"bonus": 5}, 0)], {"a"}),
        ([("a", {"bonus": 5}, 0), ("b", {"bonus": 5}, 1)], {"b"}),
        ([("a", {"multiplier": "1.7"}, 0), ("b", {"bonus": 6}, 0)], {"a"}),
    ],
)
def should_count_only_the_best_of_the_best(
    campaigns: list[tuple[str, dict[str, object], int]], counted: set[str]
) -> None:
    rules = [rule(n, gives=gives, priority=priority) for n, gives, priority in campaigns]
    add = rule("add", gives={"bonus": 1}, stacking="add")
    evaluation = earned(facts(Line(1_000)), rule(gives=_rate()), add, *rules)
    assert {*given(evaluation)} == {"base", "add", *counted}
    others = {name for name, *_ in campaigns} - counted
    assert skipped(evaluation) == dict.fromkeys(others, "not_best")


def should_choose_the_best_before_caps() -> None:
    big = rule("big", gives={"bonus": 50}, caps=[{"per": "member", "period": "day", "points": 1}])
    small = rule("small", gives={"bonus": 40})
    assert {*given(earned(facts(Line(100)), big, small))} == {"big"}


def should_skip_a_multiplier_of_nothing() -> None:
    twice = rule("twice", gives={"multiplier": 2})
    assert skipped(earned(facts(Line(99)), rule(gives=_rate()), twice)) == {
        "twice": "nothing_to_multiply"
    }


def should_spread_a_bonus_over_the_lines_in_its_scope() -> None:
    bonus = rule("bonus", gives={"bonus": 9}, scope={"skus": ["s"]})
    event = facts(Line(100, "s"), Line(500, "x"), Line(200, "s"))
    assert earned(event, bonus).lines == (3, 0, 6)
    assert earned(facts(Line(0, "s"), Line(500, "x")), bonus).lines == (9, 0)
    assert skipped(earned(facts(Line(500, "x")), bonus)) == {"bonus": "no_matching_line"}
    assert skipped(earned(facts(event_type="purchase"), bonus)) == {"bonus": "no_matching_line"}


def should_round_components_by_largest_remainder_and_then_by_id() -> None:
    rules = [
        rule(gives=_rate()),
        rule("b", gives={"multiplier": "1.5"}, stacking="add"),
        rule("a", gives={"multiplier": "1.5"}, stacking="add"),
    ]
    assert given(earned(facts(Line(100)), *rules)) == {"base": 1, "a": 1, "b": 0}
    rules.append(rule("c", gives={"multiplier": "1.6"}, stacking="add"))
    assert given(earned(facts(Line(100)), *rules)) == {"base": 1, "a": 0, "b": 0, "c": 1}


# --- circumstances -------------------------------------------------------------------------------


def _at(text_ms: int, zone: str = "UTC") -> dict[str, Any]:
    return {"occurred_at": text_ms, "calendar": Calendar(zone)}


@pytest.mark.parametrize(
    ("said", "event", "code"),
    [
        ({"starts_at": "2026-11-22T12:00:00Z"}, {}, None),
        ({"starts_at": "2026-11-22T12:00:00.001Z"}, {}, "not_in_window"),
        ({"ends_at": "2026-11-22T12:00:00Z"}, {}, "not_in_window"),
        ({"ends_at": "2026-11-22T12:00:00.001Z"}, {}, None),
        ({}, {"currency": "EUR"}, "other_currency"),
        ({"conditions": {"weekdays": ["sun"]}}, {}, None),
        ({"conditions": {"weekdays": ["mon"]}}, {}, "weekday"),
        ({"conditions": {"weekdays": ["mon"]}}, _at(NOON, "Pacific/Auckland"), None),
        ({"conditions": {"tiers": ["gold"]}}, {"tier_id": "gold"}, None),
        ({"conditions": {"tiers": ["gold"]}}, {"tier_id": "base"}, "tier"),
        ({"conditions": {"first_purchase": True}}, {"first_purchase": True}, None),
        ({"conditions": {"first_purchase": True}}, {}, "not_first_purchase"),
        ({"conditions": {"minimum_amount": {"amount": 150, "currency": "USD"}}}, {}, None),
        (
            {"conditions": {"minimum_amount": {"amount": 151, "currency": "USD"}}},
            {},
            "below_minimum",
        ),
        (
            {"conditions": {"minimum_amount": {"amount": 1, "currency": "EUR"}}},
            {},
            "other_currency",
        ),
    ],
)
def should_apply_only_where_all_circumstances_hold(
    said: dict[str, Any], event: dict[str, Any], code: str | None
) -> None:
    evaluation = earned(facts(*lines(100, 50), **event), rule(gives=_rate(), **said))
    assert skipped(evaluation) == ({} if code is None else {"base": code})
    assert bool(evaluation.points) == (code is None)


@pytest.mark.parametrize(
    ("test", "value", "holds"),
    [
        ({"equals": "app"}, "app", True),
        ({"equals": "app"}, "App", False),
        ({"equals": 1}, 1, True),
        ({"equals": 1}, True, False),
        ({"equals": False}, 0, False),
        ({"equals": False}, False, True),
        ({"one_of": ["app", "till"]}, "till", True),
        ({"one_of": ["app", "till"]}, "web", False),
        ({"at_least": 4}, 4, True),
        ({"at_least": 4}, 3, False),
        ({"at_least": 0}, True, False),
        ({"at_most": 4}, 4, True),
        ({"at_most": 4}, 5, False),
        ({"at_most": 4}, "3", False),
    ],
)
def should_hold_attributes_to_kind_and_value(
    test: dict[str, Any], value: str | int | bool, holds: bool
) -> None:
    asking = rule(gives=_rate(), conditions={"attributes": [{"name": "a", **test}]})
    for attributes, fine in (({"a": value}, holds), ({}, False), ({"b": value}, False)):
        evaluation = earned(facts(Line(100), attributes=attributes), asking)
        assert skipped(evaluation) == ({} if fine else {"base": "attribute"})


# --- what is told --------------------------------------------------------------------------------


def should_know_no_rule_from_rules_that_give_nothing() -> None:
    assert earned(facts(Line(100), event_type="review"), rule(gives=_rate())).no_rule
    assert not earned(facts(Line(1)), rule(gives=_rate())).no_rule
    assert evaluate(RuleSet.of([]), facts(Line(100))).no_rule


def should_give_one_point_per_dollar_until_a_rule_is_activated() -> None:
    evaluation = earned(facts(Line(250)), built_in("USD").compiled)
    assert (evaluation.points, rules_named(evaluation)) == (2, "base:1")
    assert earned(facts(Line(250)), built_in("EUR").compiled).points == 0


def should_explain_every_component_and_every_rule_that_gave_nothing() -> None:
    rules = [
        rule("base", 3, gives=_rate("1.5", 250)),
        rule("weekend", 2, gives={"multiplier": "1.25"}, conditions={"weekdays": ["sun"]}),
        rule("monday", 1, gives={"bonus": 5}, conditions={"weekdays": ["mon"]}),
        rule("review", 1, gives={"points": 5}, event_types=["review"]),
    ]
    event = facts(Line(600), tier_id="gold", tier_multiplier=Fraction(3, 2), program_version=7)
    told = [
        (e.rule_id, e.version, e.points, e.code, e.reason) for e in explain(earned(event, *rules))
    ]
    assert told == [
        ("base", 3, 3, "granted", "1.5 for every whole 250 of 600 minor units"),
        ("weekend", 2, 1, "granted", "0.25 times 3 base points on top"),
        ("tier:gold", 7, 1, "granted", "tier gold: 0.5 times 3 base points on top"),
        ("monday", 1, 0, "weekday", "not on a sun"),
    ]


def should_name_fifty_skipped_rules_and_count_the_others() -> None:
    others = [rule(f"r{n:02d}", gives={"bonus": 1}, conditions={"tiers": ["x"]}) for n in range(53)]
    evaluation = earned(facts(Line(100)), rule(gives=_rate()), *others)
    told = explain(evaluation)
    assert (len(told), len(evaluation.skipped), evaluation.skipped_more) == (52, 50, 3)
    assert (told[-1].rule_id, told[-1].reason) == ("*", "3 more rules gave nothing")


def should_name_what_cannot_be_a_decimal_as_a_fraction() -> None:
    twice = rule("twice", gives={"multiplier": 2}, scope={"skus": ["s"]})
    event = facts(Line(100, "s"), Line(201))
    told = explain(earned(event, rule(gives=_rate()), twice))
    assert told[1].reason == "1 times 300/301 base points on top"


def should_take_the_smaller_of_a_budget_and_a_cap_of_its_kind() -> None:
    caps = [{"per": "program", "period": "ever", "points": 5}]
    for budget, least in ((4, 4), (5, 5), (6, 5)):
        made = rule("x", gives={"bonus": 9}, caps=caps, budget={"points": budget})
        assert [(cap.per, cap.period, cap.points) for cap in made.caps] == [
            ("program", "ever", least)
        ]


def should_read_an_instant_in_any_zone() -> None:
    assert rule(starts_at="2026-11-22T13:00:00+01:00").starts_at == NOON
