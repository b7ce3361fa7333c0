"""Closing a lottery before its time: nothing is drawn any more, and what nobody won goes back."""

from collections.abc import Sequence
from itertools import count
from typing import Any

import pytest
from mall.clock import instant
from mall.errors import Busy
from mall.store import Store
from mall.writes import Write

from tests.events import Answer
from tests.functional.acts import ADMIN, any_member_with, any_product, call, everything, shelf_holds
from tests.functional.lottery.games import (
    NOTHING,
    any_draft_lottery,
    any_lottery,
    draw,
    try_to_draw,
)
from tests.functional.times import DAY, NOON


def _close(lottery: str) -> Answer:
    return call("close_lottery", ADMIN, path={"lottery_id": lottery})


def _codes(product: str, stock: int, weight: int = 1_000) -> dict[str, Any]:
    return {
        "prize_id": "code", "name": "Code", "kind": "coupon", "weight": weight, "stock": stock,
        "product_id": product, "substitute": "nothing",
    }  # fmt: skip


def _movements(product: str) -> list[int]:
    log = call("list_stock_movements", ADMIN, path={"product_id": product}).body["items"]
    return sorted(line["delta"] for line in log)


def should_give_back_what_nobody_won() -> None:
    """Codes back the stock too: as many units go back as were taken and not won."""
    product = any_product(codes=5, type="coupon")
    member, lottery = any_member_with(100), any_lottery(_codes(product, 4), NOTHING)
    won = sum(draw(member, lottery)["outcome"]["kind"] == "coupon" for _ in range(2))
    answer = _close(lottery)
    assert (answer.status, answer.body["status"]) == (200, "closed")
    assert answer.body["closed_at"] == instant(NOON)
    assert shelf_holds(product) == 5 - won
    assert _movements(product) == [-4, 4 - won]


def should_close_once_however_often_it_is_asked() -> None:
    product = any_product(codes=3, type="coupon")
    lottery = any_lottery(_codes(product, 2), NOTHING)
    first = _close(lottery)
    before = everything()
    assert _close(lottery).body == first.body
    assert everything() == before


def should_take_no_draw_any_more() -> None:
    member, lottery = any_member_with(100), any_lottery()
    draw(member, lottery)
    _close(lottery)
    answer = try_to_draw(member, lottery)
    assert (answer.status, answer.code) == (409, "lottery_closed")


@pytest.mark.parametrize("when", ["before", "after"])
def should_go_on_wherever_it_died(monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    """Killed before, or after, each of its steps in turn, and asked again."""
    product = any_product(codes=6, type="coupon")
    prizes = [_codes(product, 2), _codes(product, 3) | {"prize_id": "more"}, NOTHING]
    lottery = any_lottery(*prizes)
    for step in range(1, 5):  # stopping, a shard, giving back, calling it closed
        with monkeypatch.context() as patch:
            _die_at(patch, step, when)
            assert _close(lottery).code == "busy"
        assert shelf_holds(product) in (1, 6)
    assert _close(lottery).body["status"] == "closed"
    assert shelf_holds(product) == 6
    assert _movements(product) == [-5, 5]


def _die_at(patch: pytest.MonkeyPatch, times: int, when: str) -> None:
    """The process dies at its so manieth write, before or after that stands."""
    transact, made = Store.transact, count(1)

    def dying(store: Store, writes: Sequence[Write]) -> None:
        dies = bool(writes) and next(made) == times
        if not dies or when == "after":
            transact(store, writes)
        if dies:
            raise Busy()

    patch.setattr(Store, "transact", dying)


def should_sell_no_more_tickets_and_wait_to_be_drawn() -> None:
    """A scheduled lottery draws when it said it would."""
    prize = {"prize_id": "p", "name": "P", "kind": "points", "points": 5, "stock": 1}
    lottery = any_lottery(prize, kind="scheduled", draws_at=instant(NOON + 10 * DAY))
    for _ in range(2):
        answer = _close(lottery)
        assert (answer.status, answer.body["status"]) == (200, "closing")
    assert [i["open"] for i in everything()["points"] if i["sk"] == "SHARD"] == [0, 0]


def should_refuse_a_draft() -> None:
    lottery = any_draft_lottery()
    before = everything()
    answer = _close(lottery)
    assert (answer.status, answer.code) == (409, "lottery_closed")
    assert everything() == before


def should_not_find_what_never_was() -> None:
    assert _close("nothing").code == "not_found"
