"""GET and PUT /v1/admin/clock: the sandbox's clock, which API and jobs both live by."""

import pytest
from mall import keys
from mall.clock import instant
from mall.settings import settings
from mall.store import open_store
from mall.writes import put

from tests.events import Answer
from tests.functional.acts import (
    ADMIN,
    any_confirmed_member,
    any_member_with,
    any_product,
    balance,
    call,
    everything,
    kinds,
    place,
    purchase,
    try_to_place,
)
from tests.functional.times import DAY, GONE_AT, NOON, Time

YEARS_10_S = 315_360_000


def _set(offset_s: object) -> Answer:
    return call("set_clock", ADMIN, body={"offset_s": offset_s})


def _get() -> Answer:
    return call("get_clock", ADMIN)


def should_stand_at_real_time_until_it_is_set(sandbox: None) -> None:
    answer = _get()
    assert (answer.status, answer.body) == (200, {"offset_s": 0, "now": instant(NOON)})


def should_move_the_stage_and_say_so(sandbox: None) -> None:
    for offset_s in (86_400, -3600, YEARS_10_S, -YEARS_10_S, 0):
        told = {"offset_s": offset_s, "now": instant(NOON + offset_s * 1000)}
        answer = _set(offset_s)
        assert (answer.status, answer.body) == (200, told)
        assert _get().body == told
        assert balance("anybody")["as_of"] == told["now"]


def should_wait_until_no_function_lives_at_the_old_time(
    sandbox: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(open_store(), "_pause", waited.append)
    _set(60)
    assert sum(waited) >= 1.0  # as long as any function remembers an offset


def should_spend_to_the_last_millisecond_and_no_longer(sandbox: None, time: Time) -> None:
    """Case 11, by the stage's clock and with no job having run."""
    member, product = any_member_with(100), any_product(50)
    time.set(NOON + 999)
    _set((GONE_AT - 1000 - NOON) // 1000)
    assert _get().body["now"] == instant(GONE_AT - 1)
    place(member, product, 50)
    time.set(NOON + 1000)
    assert _get().body["now"] == instant(GONE_AT)
    answer = try_to_place(member, product, 50)
    assert (answer.code, answer.body["available"]) == ("insufficient_points", 0)
    assert kinds(member) == [("earn", 100), ("redeem", -50)]


def should_never_let_time_run_backwards_along_a_chain(sandbox: None) -> None:
    """Case 86, with a clock that is set back by a day."""
    member = any_confirmed_member()
    _set(86_400)
    purchase(member, 50)
    _set(0)
    place(member, any_product(50), 50)
    entries = call("list_entries", ADMIN | {"sub": member}).body["items"]
    assert [entry["at"] for entry in entries] == [instant(NOON + DAY)] * 2
    assert kinds(member) == [("earn", 50), ("redeem", -50)]


@pytest.mark.parametrize("offset_s", [1.5, "60", None, True, YEARS_10_S + 1, -YEARS_10_S - 1])
def should_refuse_what_is_no_number_of_seconds(sandbox: None, offset_s: object) -> None:
    answer = _set(offset_s)
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", ["offset_s"])
    assert _get().body["offset_s"] == 0


def should_refuse_a_body_that_cannot_be_read_or_has_other_fields(sandbox: None) -> None:
    assert call("set_clock", ADMIN, body="{").code == "malformed"
    assert call("set_clock", ADMIN, body={"offset_s": 1, "zone": "UTC"}).fields == ["zone"]


@pytest.mark.parametrize("stage_name", ["test", "prod", "Sandbox", "sandbox2"])
def should_be_refused_on_every_other_stage(
    stage_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MALL_STAGE", stage_name)
    settings.cache_clear()
    before = everything()
    for answer in (_set(60), _get()):
        assert (answer.status, answer.code) == (403, "forbidden")
    assert everything() == before


def should_live_at_real_time_on_every_other_stage_whatever_is_written() -> None:
    open_store().transact([put("points", {**keys.CLOCK, "offset_s": 86_400})])
    assert balance("anybody")["as_of"] == instant(NOON)
