"""Activities that a program defines itself: their types, what they may carry, what they earn."""

from typing import Any

import pytest
from mall.clock import instant
from mall.store import open_store

from tests.builders import any_id
from tests.functional.acts import (
    ADMIN,
    any_confirmed_member,
    any_rule,
    available,
    call,
    everything,
    record,
    set_program,
    statement,
)

SURVEY = {
    "type": "survey",
    "attributes": [
        {"name": "channel", "kind": "text", "required": True, "one_of": ["web", "app"]},
        {"name": "pages", "kind": "integer"},
        {"name": "public", "kind": "boolean"},
    ],
}
ANSWERED = {"channel": "app", "pages": 3}


def _survey(member: str, **attributes: object) -> dict[str, Any]:
    return {
        "event_id": any_id(),
        "type": "survey",
        "member": {"user_id": member},
        "occurred_at": instant(open_store().now()),
        "attributes": attributes,
    }


@pytest.fixture(autouse=True)
def with_surveys(on_a_stage: None) -> None:
    """The program knows surveys, and gives 25 points for one that was answered in the app."""
    set_program(event_types=[SURVEY])
    asked = [{"name": "channel", "equals": "app"}]
    rule = any_rule(event_types=["survey"], gives={"points": 25}, conditions={"attributes": asked})
    assert call("activate_rule", ADMIN, path={"rule_id": rule}).status == 200


def should_earn_by_a_rule_for_an_activity_of_the_programs_own() -> None:
    member = any_confirmed_member()
    event = _survey(member, **ANSWERED)
    assert (record(event).status, available(member)) == (202, 25)
    assert record(event).body["status"] == "duplicate"
    [entry] = statement(member)
    assert (entry["kind"], entry["points"]) == ("earn", 25)


def should_earn_nothing_where_the_attributes_are_others() -> None:
    member = any_confirmed_member()
    answer = record(_survey(member, channel="web"))
    assert (answer.status, answer.body["points"], available(member)) == (202, 0, 0)


@pytest.mark.parametrize(
    ("attributes", "fields"),
    [
        ({}, ["attributes.channel"]),
        ({"channel": "letter"}, ["attributes.channel"]),
        ({"channel": "app", "pages": "3"}, ["attributes.pages"]),
        ({"channel": "app", "pages": True}, ["attributes.pages"]),
        ({"channel": "app", "public": 1}, ["attributes.public"]),
        ({"channel": "app", "mood": "good"}, ["attributes.mood"]),
        ({"pages": "3"}, ["attributes.pages", "attributes.channel"]),
    ],
)
def should_refuse_attributes_that_the_type_does_not_have(
    attributes: dict[str, object], fields: list[str]
) -> None:
    member = any_confirmed_member()
    before = everything()
    answer = record(_survey(member, **attributes))
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", fields)
    assert everything() == before


def should_refuse_a_type_that_the_program_does_not_know() -> None:
    event = _survey(any_confirmed_member(), **ANSWERED) | {"type": "poll"}
    assert (record(event).status, record(event).fields) == (422, ["type"])
