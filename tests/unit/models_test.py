"""The value types of the contract."""

from datetime import UTC, datetime

import pytest
from mall.models import Instant, Points, Request, ShortText, View
from pydantic import TypeAdapter, ValidationError


class _ThingRequest(Request):
    name: ShortText


class _ThingView(View):
    name: str


@pytest.mark.parametrize("value", [0, -1, 1.0, 1.5, "1", True, None, 2**53, float("inf")])
def should_take_positive_integers_for_points_and_nothing_else(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Points).validate_python(value)


def should_take_every_integer_that_a_client_can_read() -> None:
    assert TypeAdapter(Points).validate_python(2**53 - 1) == 2**53 - 1


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T12:00:00",
        "0001-01-01T00:00:00+23:59",
        "1969-12-31T23:59:59.999Z",
        "9999-01-01T00:00:00Z",
        "9999-12-31T23:59:59-23:59",
        "2026-11-22",
        "1795348800",
        1_795_348_800,
    ],
)
def should_take_instants_that_a_calendar_can_be_asked_about(text: object) -> None:
    adapter = TypeAdapter[datetime](Instant)
    with pytest.raises(ValidationError):
        adapter.validate_python(text)
    assert adapter.validate_python("1970-01-01T01:00:00+01:00") == datetime(1970, 1, 1, tzinfo=UTC)
    assert adapter.validate_python("9998-12-31T23:59:59.999Z").year == 9998


def should_refuse_unknown_fields_and_strip_text() -> None:
    assert _ThingRequest.model_validate({"name": "  a b "}).name == "a b"
    for said in ({"name": "a", "more": 1}, {"name": "   "}, {"name": "x" * 121}, {"name": 5}, {}):
        with pytest.raises(ValidationError):
            _ThingRequest.model_validate(said)


def should_mark_a_replay_and_a_status_without_showing_them() -> None:
    view = _ThingView(name="a").as_replay().with_status(202)
    assert (view._replayed, view._status) == (True, 202)
    assert view.model_dump() == {"name": "a"}
    assert not _ThingView(name="a")._replayed
