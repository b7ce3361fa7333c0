"""Earning rules: what an event earns, by rules that are data, versioned and replayable.

`event_facts` what is told of an event        `active`         a rule version in force
`rule_set`    all of them, compiled           `circumstances`  windows and conditions
`scoping`     which lines a rule means        `base`           rates and fixed points
`extras`      tiers, multipliers, bonuses     `spreading`      whole points by largest remainder
`evaluation`  the grant, explained            `caps`           counters and what is left of them
`request`     a rule as an admin writes it    `checking`       what its fields must agree on
`rule`        versions and their states       `items`          a rule as items and writes
`replaying`   rules tried on past events      `replay_views`   what a replay shows
`views`       how rules are shown
"""

from mall.points.rules.active import ActiveRule, active_rule
from mall.points.rules.caps import CapKey, Limit
from mall.points.rules.evaluation import (
    Component,
    Evaluation,
    Explained,
    capped,
    counted,
    evaluate,
    explain,
    rules_named,
)
from mall.points.rules.event_facts import Facts, Line
from mall.points.rules.rule_set import RuleSet

__all__ = [
    "ActiveRule",
    "CapKey",
    "Component",
    "Evaluation",
    "Explained",
    "Facts",
    "Limit",
    "Line",
    "RuleSet",
    "active_rule",
    "capped",
    "counted",
    "evaluate",
    "explain",
    "rules_named",
]
