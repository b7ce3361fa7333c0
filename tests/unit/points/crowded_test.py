"""Accounts with more lots than one transaction can mark: nothing fails or is forgotten."""

import pytest
from mall.clock import DAY_MS, utc_day
from mall.points import ledger
from mall.points.ledger.entry import Entry, Source, from_item, minute
from mall.points.ledger.writes import MARKERS_MAX, append
from mall.points.program import ProgramSettings
from mall.points.sweep import book
from mall.writes import Write
from pydantic import ValidationError

START = 20_000 * DAY_MS
LOTS = {minute(START + (day + 1) * DAY_MS): 1 for day in range(130)}


def _marked(writes: list[Write]) -> list[str]:
    return [write.key["pk"].split("#")[1] for write in writes if write.key["pk"].startswith("DUE")]


def _crowded() -> tuple[Entry, list[Write]]:
    """An account that was given 130 lots at once, and what was written of it."""
    posting = ledger.open_posting("m", None, START)
    ledger.credit_lots(posting, "transfer_in", LOTS, Source("transfer", "t"))
    return posting.entries[-1], append(posting)


def should_mark_the_soonest_days_and_leave_room_for_the_rest_of_the_transaction() -> None:
    _, writes = _crowded()
    marked = _marked(writes)
    assert (len(marked), marked) == (MARKERS_MAX, sorted(marked))
    assert len(writes) == MARKERS_MAX + 1


def should_mark_what_follows_before_the_last_mark_is_reached() -> None:
    """The sweep walks from mark to mark and books every lot, as long as it finds marks."""
    head, writes = _crowded()
    marked, swept, expired = {*_marked(writes)}, set[str](), 0
    for day in range(1, 140):
        now = START + day * DAY_MS
        due = {name for name in marked if name <= utc_day(now)} - swept
        if due:
            swept |= due
            for write in book("m", head, now):
                if write.key["sk"].startswith("ENTRY#"):
                    expired -= write.item["points"]
                    head = from_item(write.item)
                else:
                    marked.add(write.key["pk"].split("#")[1])
    assert (expired, head.after.available) == (130, 0)


def should_return_a_whole_redemption_of_many_lots_in_one_transaction() -> None:
    head, _ = _crowded()
    posting = ledger.open_posting("m", head, START + 1)
    ledger.spend(posting, "redeem", 130, Source("order", "o"))
    head = posting.entries[-1]
    posting = ledger.open_posting("m", head, START + 2)
    ledger.refund(posting, {lot: -n for lot, n in head.lots.items()}, Source("order", "o"))
    assert posting.state.available == 130
    assert len(append(posting)) <= MARKERS_MAX + 1


@pytest.mark.parametrize(
    ("expiry", "fine"),
    [
        ({"policy": "fixed_days", "days": 365}, True),
        ({"policy": "fixed_days", "days": 500}, False),
        ({"policy": "fixed_days", "days": 500, "round_to": "week"}, True),
        ({"policy": "rolling_months", "months": 24, "round_to": "day"}, False),
        ({"policy": "rolling_months", "months": 24}, True),
    ],
)
def should_refuse_a_policy_under_which_too_many_lots_could_live(
    expiry: dict[str, object], fine: bool
) -> None:
    if fine:
        ProgramSettings.model_validate({"expiry": expiry})
        return
    with pytest.raises(ValidationError) as wrong:
        ProgramSettings.model_validate({"expiry": expiry})
    assert wrong.value.errors()[0]["loc"][0] == "expiry"
