"""Random rules on random events: the engine says what brute force says, and promises hold."""

import random
from fractions import Fraction

import pytest
from mall.points.rules import CapKey, Evaluation, capped, counted

from tests.unit.points.rules import naive
from tests.unit.points.rules.builders import any_facts, any_rules, cap_keys, earned, given, room

SEEDS = range(60)
EVENTS_PER_SEED = 12


def _any_use(evaluation: Evaluation) -> dict[CapKey, int]:
    """Counters that are empty, half full, full or over."""
    return {
        limit.key: random.choice([0, limit.points // 2, limit.points - 1, limit.points + 3])
        for component in evaluation.components
        for limit in component.limits
    }


@pytest.mark.parametrize("seed", SEEDS)
def should_say_what_brute_force_says(seed: int) -> None:
    random.seed(seed)
    rules = any_rules(random.randint(1, 14))
    for _ in range(EVENTS_PER_SEED):
        event = any_facts()
        before = earned(event, *rules)
        used = _any_use(before)
        after = capped(before, room(before, used))
        expected, lines = naive.grants(rules, event, used)
        assert given(after) == expected
        assert after.points == sum(expected.values())
        if event.lines:
            assert list(after.lines) == lines


@pytest.mark.parametrize("seed", SEEDS)
def should_keep_its_promises(seed: int) -> None:
    """Case 7 among them: the lines sum to the grant, free lines and caps or not."""
    random.seed(seed)
    rules = any_rules(random.randint(1, 14))
    for _ in range(EVENTS_PER_SEED):
        event = any_facts()
        before = earned(event, *rules)
        used = _any_use(before)
        after = capped(before, room(before, used))
        for evaluation in (before, after):
            assert sum(evaluation.lines) == (evaluation.points if event.lines else 0)
            assert all(part >= 0 for part in evaluation.lines)
        assert after.points + after.capped == before.points
        assert before.points == sum((c.exact for c in before.components), Fraction(0)).__floor__()
        limits = {limit.key: limit.points for c in after.components for limit in c.limits}
        for key, points in counted(after).items():
            assert points <= max(0, limits[key] - used.get(key, 0))
        assert {*counted(after)} <= {*cap_keys(before)}


@pytest.mark.parametrize("seed", SEEDS)
def should_not_mind_the_order_of_rules(seed: int) -> None:
    random.seed(seed)
    rules = any_rules(10)
    event = any_facts()
    first = earned(event, *rules)
    random.shuffle(rules)
    second = earned(event, *rules)
    assert (given(second), second.lines) == (given(first), first.lines)
    assert second.skipped == first.skipped
