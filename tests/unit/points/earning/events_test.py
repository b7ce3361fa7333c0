"""What a partner may tell of: complete events, in time, of known types, with known attributes."""

from typing import Any

import pytest
from mall.clock import DAY_MS, instant
from mall.errors import Invalid
from mall.points.earning.events import EventRequest, check
from mall.points.program import ProgramSettings
from pydantic import ValidationError

from tests.unit.points.earning.shop import NOON, any_event, any_purchase, any_refund

SURVEY = ProgramSettings.model_validate(
    {
        "event_types": [
            {
                "type": "survey",
                "attributes": [
                    {"name": "score", "kind": "integer", "required": True},
                    {"name": "channel", "kind": "text", "one_of": ["web", "shop"]},
                    {"name": "anonymous", "kind": "boolean"},
                ],
            },
            {"type": "purchase", "attributes": [{"name": "store", "kind": "text"}]},
        ]
    }
)


def _faults(event: EventRequest, settings: ProgramSettings, now: int = NOON) -> list[str]:
    with pytest.raises(Invalid) as wrong:
        check(event, settings, now)
    return [fault["field"] for fault in wrong.value.faults]


@pytest.mark.parametrize(
    "changed",
    [
        {"lines": []},
        {"currency": None},
        {"refunds_event_id": "q"},
        {"type": "purchase_refunded"},
        {"type": "review"},
        {"type": "No Such Name"},
        {"member": {}},
        {"member": {"user_id": "m", "email": "m@example.test"}},
        {"occurred_at": "2026-11-22T12:00:00"},
        {"occurred_at": NOON},
        {"attributes": {"store": 1.5}},
        {"attributes": {"store": None}},
    ],
)
def should_refuse_half_an_event(changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        any_purchase(100, **changed)


@pytest.mark.parametrize(
    "line",
    [
        {"quantity": 1, "amount": 0},
        {"quantity": 1, "amount": -1},
        {"quantity": 0, "amount": 1},
        {"quantity": -1, "amount": 1},
        {"quantity": 1, "amount": 1.5},
        {"quantity": 1, "amount": float("nan")},
        {"quantity": 1, "amount": 2**53},
        {"quantity": 1.5, "amount": 1},
        {"quantity": True, "amount": 1},
    ],
)
def should_refuse_amounts_and_quantities_that_are_none(line: dict[str, object]) -> None:
    """Cases 3 and 4: zero, negative, broken and absurd ones."""
    with pytest.raises(ValidationError):
        any_purchase(1, lines=[line])


def should_take_a_free_line_beside_one_that_costs() -> None:
    """Case 7: a gift in the cart."""
    assert any_purchase(100, 0).amount == 100


def should_refuse_an_event_that_refunds_itself() -> None:
    with pytest.raises(ValidationError):
        any_event("purchase_refunded", event_id="p", refunds_event_id="p")


def should_meet_on_the_purchase() -> None:
    purchase = any_purchase(1)
    assert purchase.about == purchase.event_id
    assert any_refund(purchase).about == purchase.event_id


@pytest.mark.parametrize(
    ("age_ms", "fine"), [(0, True), (90 * DAY_MS, True), (90 * DAY_MS + 1, False), (-1, False)]
)
def should_take_events_of_the_last_days_only(age_ms: int, fine: bool) -> None:
    event = any_purchase(1, occurred_at=instant(NOON - age_ms))
    if fine:
        check(event, ProgramSettings(), NOON)
    else:
        assert _faults(event, ProgramSettings()) == ["occurred_at"]


@pytest.mark.parametrize("event_type", ["review", "referral", "profile_completed"])
def should_take_the_built_in_types_with_any_attributes(event_type: str) -> None:
    check(any_event(event_type, attributes={"stars": 5}), ProgramSettings(), NOON)


@pytest.mark.parametrize(
    ("attributes", "faults"),
    [
        ({"score": 3}, []),
        ({"score": 3, "channel": "web", "anonymous": False}, []),
        ({}, ["attributes.score"]),
        ({"score": "3"}, ["attributes.score"]),
        ({"score": True}, ["attributes.score"]),
        ({"score": 3, "channel": "phone"}, ["attributes.channel"]),
        ({"score": 3, "anonymous": 1}, ["attributes.anonymous"]),
        ({"score": 3, "mood": "good"}, ["attributes.mood"]),
    ],
)
def should_hold_an_activity_against_its_schema(
    attributes: dict[str, object], faults: list[str]
) -> None:
    event = any_event("survey", attributes=attributes)
    if faults:
        assert _faults(event, SURVEY) == faults
    else:
        check(event, SURVEY, NOON)


def should_hold_a_purchase_against_the_attributes_that_it_was_given() -> None:
    check(any_purchase(1, attributes={"store": "Mitte"}), SURVEY, NOON)
    assert _faults(any_purchase(1, attributes={"shop": "Mitte"}), SURVEY) == ["attributes.shop"]


def should_refuse_a_type_that_nobody_defined() -> None:
    assert _faults(any_event("survey"), ProgramSettings()) == ["type"]


def should_name_every_fault_at_once() -> None:
    event = any_event("visit", at=NOON + 1)
    assert _faults(event, SURVEY) == ["occurred_at", "type"]
