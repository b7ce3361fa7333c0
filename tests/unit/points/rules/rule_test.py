"""A rule's versions: windows that never meet, statuses, and the writes that keep them."""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from mall.clock import instant
from mall.errors import Invalid, NoDraft, NotFound, Stale, TooManyRules
from mall.points.rules.items import changed, from_items
from mall.points.rules.request import RuleRequest
from mall.points.rules.rule import Rule, activate, document, existing, retire, save
from mall.writes import Write

from tests.unit.points.rules.builders import NOON, RATE

HOUR = 3_600_000
EVER = 0  # events are taken however old they are


def _request(**said: Any) -> RuleRequest:
    return RuleRequest.model_validate({"name": "n", "kind": "base", "gives": RATE} | said)


def _window(starts_at: int | None, ends_at: int | None) -> dict[str, str | None]:
    return {
        "starts_at": None if starts_at is None else instant(starts_at),
        "ends_at": None if ends_at is None else instant(ends_at),
    }


def _saved(rule: Rule, *window: int | None, **said: Any) -> Rule:
    return save(rule, _request(**(_window(*window) if window else {}), **said), "ann", NOON)


def _active(*window: int | None) -> Rule:
    return activate(_saved(Rule("r"), *window), "ann", NOON)


def _statuses(rule: Rule) -> list[str]:
    return [version.status for version in rule.versions]


# --- what is kept of a request -------------------------------------------------------------------


def should_keep_plain_values_and_nothing_that_was_not_said() -> None:
    kept = document(_request(gives={**RATE, "points": "1.50"}, **_window(NOON, None)))
    assert kept == {
        "name": "n",
        "kind": "base",
        "gives": {"points": "1.5", "per_amount": 100, "currency": "USD"},
        "event_types": ["purchase"],
        "starts_at": instant(NOON),
        "scope": {},
        "conditions": {},
        "priority": 0,
        "stacking": "best",
        "caps": [],
    }


@pytest.mark.parametrize(
    ("said", "kept"), [("2", 2), (2, 2), ("2.50", "2.5"), ("1.0001", "1.0001"), ("1E+1", 10)]
)
def should_keep_exact_numbers_in_one_spelling(said: object, kept: object) -> None:
    request = _request(kind="campaign", gives={"multiplier": said})
    assert document(request)["gives"] == {"multiplier": kept}


# --- windows -------------------------------------------------------------------------------------

WINDOWS: list[tuple[tuple[int | None, int | None], tuple[int | None, int | None], bool]] = [
    ((None, None), (None, None), True),
    ((None, 10), (10, None), False),
    ((None, 11), (10, None), True),
    ((10, 20), (20, 30), False),
    ((10, 20), (19, 30), True),
    ((10, 20), (5, 10), False),
    ((10, 20), (5, 11), True),
    ((10, 20), (12, 15), True),
    ((10, None), (None, 10), False),
    ((10, None), (20, 30), True),
]


@pytest.mark.parametrize(("one", "other", "meet"), WINDOWS)
def should_know_windows_that_meet(
    one: tuple[int | None, int | None], other: tuple[int | None, int | None], meet: bool
) -> None:
    for first, second in ((one, other), (other, one)):
        rule = _active(*first)
        if meet:
            with pytest.raises(Invalid) as refused:
                _saved(rule, *second, priority=1)
            (fault,) = refused.value.faults
            assert fault["field"] == "starts_at"
            assert "version 1 of this rule is active" in fault["message"]
        else:
            assert activate(_saved(rule, *second, priority=1), "ann", NOON).newest.version == 2


def should_have_one_version_at_most_for_every_instant() -> None:
    """After any acts in any order, by whatever admin was let."""
    for _ in range(60):
        rule = _saved(Rule("r"))
        for _ in range(20):
            rule = _any_act(rule)
        for at in range(0, 50):
            covering = [
                version
                for version in rule.active
                if (version.starts_at or 0) <= at
                and (version.ends_at is None or at < version.ends_at)
            ]
            assert len(covering) <= 1


def _any_act(rule: Rule) -> Rule:
    starts_at = random.choice([None, random.randint(0, 40)])
    ends_at = random.choice([None, random.randint((starts_at or 0) + 1, 50)])
    acts: list[Callable[[], Rule]] = [
        lambda: _saved(rule, starts_at, ends_at, priority=random.randint(0, 99)),
        lambda: activate(rule, "ann", NOON),
        lambda: retire(rule, random.randint(0, 50), None, "bob", NOON, EVER),
    ]
    try:
        return random.choice(acts)()
    except (Invalid, NoDraft, TooManyRules):
        return rule


# --- what an act leaves alone --------------------------------------------------------------------


def should_change_nothing_twice() -> None:
    draft = _saved(Rule("r"))
    assert save(draft, _request(), "bob", NOON + 1) is draft
    active = activate(draft, "ann", NOON)
    assert activate(active, "bob", NOON + 1) is active
    retired = retire(active, NOON, None, "ann", NOON, EVER)
    assert retire(retired, NOON + 1, None, "bob", NOON + 1, EVER) == retired
    for before, after in ((draft, draft), (active, active)):
        assert changed(before, after) == []


def should_say_retired_from_the_end_on() -> None:
    version = retire(_active(), NOON + HOUR, None, "bob", NOON, EVER).newest
    assert version.status == "active"
    assert version.shown_status(NOON + HOUR - 1) == "active"
    assert version.shown_status(NOON + HOUR) == "retired"


def should_note_a_retirement_that_moves_no_end() -> None:
    """A campaign that is over and is retired cannot be activated again by mistake."""
    over = _active(None, NOON)
    assert over.newest.shown_status(NOON + HOUR) == "active"
    retired = retire(over, NOON + HOUR, None, "bob", NOON + HOUR, EVER)
    assert (retired.newest.ends_at, retired.newest.retired_by) == (NOON, "bob")
    assert retired.newest.shown_status(NOON + HOUR) == "retired"
    with pytest.raises(NoDraft):
        activate(retired, "ann", NOON)


@pytest.mark.parametrize(
    ("window", "at", "over_before", "status"),
    [
        ((None, None), 10, 0, "active"),
        ((None, None), 10, 10, "retired"),
        ((None, None), 11, 10, "active"),
        ((10, None), 10, 0, "retired"),
        ((10, None), 11, 0, "active"),
        ((10, 20), 30, 20, "retired"),
        ((10, 20), 30, 19, "active"),
    ],
)
def should_leave_the_active_rules_when_no_event_can_fall_into_the_window(
    window: tuple[int | None, int | None], at: int, over_before: int, status: str
) -> None:
    assert _statuses(retire(_active(*window), at, None, "bob", NOON, over_before)) == [status]


def should_know_no_rule_that_is_not_there() -> None:
    with pytest.raises(NotFound):
        existing(None)
    assert from_items("r", []) is None


# --- items ---------------------------------------------------------------------------------------


def _by_key(writes: list[Write]) -> dict[tuple[str, str], Write]:
    return {(write.key["pk"], write.key["sk"]): write for write in writes}


def should_come_back_from_its_items() -> None:
    before, kept = Rule("r"), dict[tuple[str, str], Any]()
    rule = _saved(before, None, NOON)
    for after in (
        rule,
        activate(rule, "ann", NOON),
        _saved(activate(rule, "ann", NOON), NOON, None),
    ):
        kept |= {key: write.item for key, write in _by_key(changed(before, after)).items()}
        own = [item for (pk, _), item in sorted(kept.items()) if pk == "RULE#r"]
        stored = from_items("r", own)
        assert stored == replace(after, revision=before.revision + 1)
        before = replace(after, revision=before.revision + 1)


def should_guard_every_change_by_the_rules_revision() -> None:
    draft = _saved(Rule("r"))
    head = _by_key(changed(Rule("r"), draft))["RULE#r", "HEAD"]
    assert (head.condition, head.item["revision"]) == ("attribute_not_exists(#pk)", 1)
    known = replace(draft, revision=4)
    head = _by_key(changed(known, activate(known, "ann", NOON)))["RULE#r", "HEAD"]
    assert (head.condition, head.values) == ("#revision = :revision", {"revision": 4})
    assert (head.item["revision"], type(head.refused(None))) == (5, Stale)


def should_move_the_active_rules_and_their_version_together() -> None:
    draft = replace(_saved(Rule("r"), None, NOON), revision=1)
    active = activate(draft, "ann", NOON)
    put = _by_key(changed(draft, active))
    assert put["PROGRAM", "RULE#r#1"].item["version"] == 1
    current = put["PROGRAM", "CURRENT"]
    assert (current.values["added"], current.values["room"]) == (1, 199)
    assert isinstance(current.refused(None), TooManyRules)
    shorter = retire(active, NOON - 1, None, "bob", NOON, EVER)
    moved = _by_key(changed(active, shorter))
    assert moved["PROGRAM", "RULE#r#1"].item["ends_at"] == NOON - 1
    assert moved["PROGRAM", "CURRENT"].values["added"] == 0
    gone = retire(active, 0, None, "bob", NOON, EVER)
    removed = _by_key(changed(active, gone))
    assert removed["PROGRAM", "RULE#r#1"].action == "Delete"
    assert removed["PROGRAM", "CURRENT"].values["added"] == -1
    assert ("PROGRAM", "CURRENT") not in _by_key(changed(Rule("r"), draft))
