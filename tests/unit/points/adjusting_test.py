"""Adjustments as decisions: what is written, what waits, and what counts towards the threshold."""

import hashlib
import random
from collections.abc import Sequence

import pytest
from mall import keys
from mall.clock import DAY_MS, Millis
from mall.errors import AlreadyDecided, Forbidden, InsufficientPoints, NotFound
from mall.points import adjusting
from mall.points.adjusting import Adjustment
from mall.points.alone import MOVES_MAX, Alone, Tally
from mall.points.program import PROGRAM
from mall.points.views import AdjustRequest
from mall.writes import Item, Write
from pydantic import ValidationError

from tests.builders import any_id, any_member, lot
from tests.unit.points.account import Account

NOBODY = Alone(Tally(keys.adjusted_by("admin")), Tally(keys.adjusted_for("member")))


def _draft(
    member: str, points: int, salt: str = "salt", now: Millis = 0, reason: str = "x"
) -> tuple[Adjustment, Write]:
    request = AdjustRequest(user_id=member, points=points, reason=reason)
    return adjusting.draft(request, any_id(), "admin", salt, now)


def _entry(writes: Sequence[Write]) -> Item:
    (entry,) = [write.item for write in writes if write.key["sk"].startswith(keys.ENTRY_PREFIX)]
    return entry


def should_keep_the_reason_beside_the_ledger_and_its_digest_in_it() -> None:
    member, salt = any_member(), any_id()
    asked, text = _draft(member, 5, salt, reason="a long story")
    assert (text.table, text.item["text"], text.item["salt"]) == ("users", "a long story", salt)
    writes, done = adjusting.ask(asked, None, NOBODY, PROGRAM)
    digest = hashlib.sha256(f"{salt}a long story".encode()).digest()[:16]
    entry = _entry(writes)
    assert entry["note"] == [asked.adjustment_id, digest]
    assert "story" not in str(writes)
    assert entry["actor"] == "admin"
    assert (done.points, done.revision, done.status) == (5, 1, "applied")


def should_take_points_soonest_expiry_first_and_never_into_debt() -> None:
    account = Account().on("20260101")
    account.earn(30, "20260201")
    account.earn(50, "20260301")
    head = account.chain[-1]
    asked, _ = _draft(account.member, -40, now=account.now)
    writes, _ = adjusting.ask(asked, head, NOBODY, PROGRAM)
    assert _entry(writes)["touched"] == {lot("20260201"): -30, lot("20260301"): -10}
    more, _ = _draft(account.member, -81, now=account.now)
    with pytest.raises(InsufficientPoints):
        adjusting.ask(more, head, NOBODY, PROGRAM)


def should_stand_in_the_table_as_it_was() -> None:
    asked, _ = _draft(any_member(), 5)
    assert adjusting.from_item(adjusting.to_item(asked)) == asked


@pytest.mark.parametrize("points", [0, 1.0, "5", True, 2**53, -(2**53)])
def should_refuse_an_adjustment_of_nothing_or_of_no_integer(points: object) -> None:
    with pytest.raises(ValidationError):
        AdjustRequest.model_validate({"user_id": "m", "points": points, "reason": "x"})


def should_say_first_that_there_is_none_then_who_may_not_then_what_was_decided() -> None:
    member = any_member()
    asked, _ = _draft(member, 5)
    decided = {**adjusting.to_item(asked), "status": "rejected"}
    with pytest.raises(NotFound):
        adjusting.approve(None, None, PROGRAM, "admin", 0)
    for approver in ("admin", member):
        with pytest.raises(Forbidden):
            adjusting.approve(decided, None, PROGRAM, approver, 0)
    with pytest.raises(AlreadyDecided):
        adjusting.approve(decided, None, PROGRAM, "another", 0)


# --- what counts ---------------------------------------------------------------------------------


def _tally(moves: Sequence[tuple[Millis, int]]) -> Tally:
    tally = Tally(keys.adjusted_by("admin"))
    for at, points in moves:
        tally = Tally.of(tally.key, tally.plus(points, at).item)
    return tally


def should_count_24_hours_back_to_the_millisecond() -> None:
    tally = _tally([(1_000, 30), (5_000, 40)])
    assert tally.total(1_000 + DAY_MS - 1) == 70
    assert tally.total(1_000 + DAY_MS) == 40
    assert tally.total(5_000 + DAY_MS) == 0


def should_never_count_less_than_there_was_however_much_there_was() -> None:
    now, made, tally = 0, [], Tally(keys.adjusted_by("admin"))
    for _ in range(4 * MOVES_MAX):
        now += random.randrange(DAY_MS // 100)
        made.append((now, random.randint(1, 100)))
        tally = Tally.of(tally.key, tally.plus(made[-1][1], now).item)
        assert len(tally.moves) <= MOVES_MAX
        assert tally.total(now) >= sum(n for at, n in made if at > now - DAY_MS)


def should_forget_what_is_old() -> None:
    tally = _tally([(0, 1), (DAY_MS, 2), (3 * DAY_MS, 4)])
    assert tally.moves == ((3 * DAY_MS, 4),)
    assert tally.version == 3


def should_hold_the_larger_of_both_sums_against_the_threshold() -> None:
    admin, member = _tally([(0, 30)]), _tally([(0, 50)])
    for alone in (Alone(admin, member), Alone(member, admin)):
        assert alone.may(50, 100, 0)
        assert alone.may(-50, 100, 0)
        assert not alone.may(51, 100, 0)
        assert not alone.may(-51, 100, 0)
