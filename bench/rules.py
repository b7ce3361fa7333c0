"""What evaluating the rules costs: 100 lines against 200 active rules, in CPU time.

Run from the repository's root: `PYTHONPATH=layers/common/python python -m bench.rules`. A ratio
travels between machines: it is to one `transact_write_items` call, signed, whose answer
never leaves the process. `evaluate_once` is for other benchmarks to measure beside their own.
"""

import random
import statistics
import time
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import Any

import boto3
from mall.points.calendar import Calendar
from mall.points.rules import (
    ActiveRule,
    Evaluation,
    Facts,
    Line,
    RuleSet,
    active_rule,
    evaluate,
    explain,
)

from tests.wire import answered

LINES = 100
ROUNDS = 30
MODES = ("mixed", "all add")
_RATE = {"points": "1.5", "per_amount": 100, "currency": "USD"}


def main() -> None:
    """Print the figures."""
    bare = _least(_bare_call())
    print("CPU of evaluating 100 lines against 200 active rules (process time, least of 30)")
    for mode in MODES:
        took = _least(lambda mode=mode: evaluate_once(mode))  # type: ignore[misc] # bound now
        print(f"  {mode:<10} {took * 1e3:7.2f} ms   {took / bare:6.2f} bare calls")
    print(f"  one bare transact_write_items {bare * 1e3:7.2f} ms")


def evaluate_once(mode: str = "mixed") -> Evaluation:
    """Evaluate one purchase: its components, its split over the lines, its explanation.

    `mixed` has rates by category, campaigns by SKU and category, `best` and `add`, and 39 that do
    not apply; in `all add` 199 multipliers all count.
    """
    rule_set, facts = _scene(mode)
    evaluation = evaluate(rule_set, facts)
    _ = (evaluation.lines, explain(evaluation))
    return evaluation


@cache
def _scene(mode: str) -> tuple[RuleSet, Facts]:
    chance = random.Random(mode)
    lines = tuple(
        Line(chance.randint(1, 100_000), f"s{n % 80}", f"c{n % 20}", f"t{n % 4}")
        for n in range(LINES)
    )
    facts = Facts(
        "purchase", 1_795_348_800_000, Calendar("Europe/Berlin"), "USD", lines,
        tier_id="gold", tier_multiplier=Fraction(3, 2),
    )  # fmt: skip
    rule_set = RuleSet.of(_mixed() if mode == "mixed" else _all_add())
    evaluate(rule_set, facts)
    return rule_set, facts


def _mixed() -> list[ActiveRule]:
    rules = [_rule("all", {**_RATE, "points": 1})]
    rules += [
        _rule(f"rate{n}", {**_RATE, "per_amount": 100 + n}, scope={"categories": [f"c{n}"]})
        for n in range(40)
    ]
    rules += [
        _rule(f"add{n}", {"multiplier": "2"}, stacking="add",
              scope={"categories": [f"c{n % 20}", f"c{n % 7}"]})
        for n in range(60)
    ]  # fmt: skip
    rules += [
        _rule(f"best{n}", {"multiplier": "1.5"}, scope={"skus": [f"s{m}" for m in range(n)]})
        for n in range(60)
    ]
    return rules + [
        _rule(f"monday{n}", {"bonus": 100}, conditions={"weekdays": ["mon"]}) for n in range(39)
    ]


def _all_add() -> list[ActiveRule]:
    return [_rule("all", {**_RATE, "points": 1})] + [
        _rule(f"add{n}", {"multiplier": "1.25"}, stacking="add") for n in range(199)
    ]


def _rule(rule_id: str, gives: dict[str, Any], **said: Any) -> ActiveRule:
    document: dict[str, Any] = {
        "kind": "base" if "per_amount" in gives else "campaign",
        "gives": gives,
        "event_types": ["purchase"],
        "scope": {},
        "conditions": {},
        "priority": 0,
        "stacking": "best",
        "caps": [],
    }
    return active_rule(rule_id, 1, document | said, None)


def _bare_call() -> Callable[[], object]:
    """A transaction of three puts that is signed, serialized, and answered in the process."""
    client = boto3.client(
        "dynamodb", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"  # noqa: S106 - no secret
    )  # fmt: skip

    client.meta.events.register(
        "before-send.dynamodb.TransactWriteItems", lambda **_: answered(200, b"{}")
    )
    item = {"pk": {"S": "x" * 40}, "sk": {"S": "y" * 20}} | {f"n{n}": {"N": "1"} for n in range(20)}
    puts: Any = [{"Put": {"TableName": "points", "Item": item}}] * 3
    return lambda: client.transact_write_items(TransactItems=puts)


def _least(act: Callable[[], object]) -> float:
    """The least process time of many: what is above it is the machine's other work."""
    for _ in range(3):
        act()
    took = []
    for _ in range(ROUNDS):
        began = time.process_time()
        act()
        took.append(time.process_time() - began)
    return statistics.quantiles(took, n=10)[0]


if __name__ == "__main__":
    main()
