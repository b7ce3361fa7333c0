"""Domain events: their schemas are those that are documented, and each event keeps to its own."""

import json

import pytest
from mall.points.ledger.entry import KINDS
from mall.points.reports.facts import EXPIRING, expiring, moved
from mall.points.reports.notices import Notice

from docs.reference import generate
from tests.builders import any_entry, any_instant, any_member, any_points
from tests.documented import Documented

DOCUMENTED = Documented(json.loads(generate.POINTS_EVENTS.read_text()))


def should_document_the_events_as_they_are() -> None:
    assert generate.POINTS_EVENTS.read_text() == generate.points_events()


@pytest.mark.parametrize("kind", KINDS)
def should_tell_of_an_entry_as_documented(kind: str) -> None:
    detail_type, detail = moved(any_entry(kind=kind))
    assert detail_type == f"points.{kind}"
    DOCUMENTED.keeps_to(detail_type, json.loads(detail.model_dump_json()))


def should_tell_of_expiring_points_as_documented() -> None:
    notice = Notice(any_member(), "30000000", 7, any_points(), any_instant(), any_instant())
    detail_type, detail = expiring(notice)
    assert detail_type == EXPIRING
    DOCUMENTED.keeps_to(detail_type, json.loads(detail.model_dump_json()))


def should_give_each_entry_and_each_notice_an_id_of_its_own() -> None:
    member = any_member()
    entries = [any_entry(member=member, revision=n) for n in (1, 2)]
    notices = [Notice(member, "30000000", days, 1, 0, 0) for days in (30, 7)]
    ids = {moved(entry)[1].event_id for entry in entries}
    ids |= {expiring(notice)[1].event_id for notice in notices}
    assert len(ids) == 4
    assert moved(entries[0]) == moved(entries[0])
