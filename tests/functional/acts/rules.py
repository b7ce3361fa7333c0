"""Rules, and trying them on the past."""

from typing import Any

from mall.clock import instant
from mall.store import open_store

from tests.builders import any_id
from tests.functional.acts.asking import ADMIN, call


def any_rule_request(**changed: object) -> dict[str, Any]:
    """A request for a rule: two points for every whole dollar, unless told otherwise."""
    gives = {"points": 2, "per_amount": 100, "currency": "USD"}
    return {"name": "Two a dollar", "kind": "base", "gives": gives} | changed


def any_rule(**changed: object) -> str:
    """The id of a new rule, a draft that nobody earns by yet."""
    answer = call("create_rule", ADMIN, body=any_rule_request(**changed), key=any_id())
    assert answer.status == 201, answer.body
    rule: str = answer.body["rule_id"]
    return rule


def any_replay_request() -> dict[str, Any]:
    """A request to try a rule on the days around now."""
    day = instant(open_store().now())[:10]
    return {"rules": [any_rule_request()], "first_day": day, "last_day": day}


def any_replay() -> str:
    """The id of a replay that was begun."""
    answer = call("replay_rules", ADMIN, body=any_replay_request())
    assert answer.status == 202, answer.body
    replay: str = answer.body["replay_id"]
    return replay
