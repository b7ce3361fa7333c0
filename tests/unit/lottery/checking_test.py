"""Every fault of a lottery that is asked for, with its field."""

from dataclasses import replace
from typing import Any

import pytest
from mall.clock import DAY_MS, Millis, instant
from mall.errors import Invalid
from mall.lottery.administration import draft
from mall.lottery.checking import check, check_table
from mall.lottery.lottery import Lottery
from mall.lottery.requests import LotteryRequest

NOON: Millis = 1_795_348_800_000
DRAWS = {"kind": "scheduled", "draws_at": instant(NOON + 10 * DAY_MS)}
NOTHING: dict[str, Any] = {"prize_id": "nothing", "name": "N", "kind": "nothing", "weight": 1}
POINTS: dict[str, Any] = {
    "prize_id": "points", "name": "P", "kind": "points", "points": 50, "weight": 1,
}  # fmt: skip
TICKET = {name: value for name, value in POINTS.items() if name != "weight"} | {"stock": 3}
RARE = POINTS | {"prize_id": "rare", "stock": 1, "substitute": "points"}


def _request(**changed: Any) -> LotteryRequest:
    asked = {
        "name": "Wheel", "kind": "instant", "cost": 10, "opens_at": instant(NOON),
        "closes_at": instant(NOON + 10 * DAY_MS), "prizes": [POINTS], "budget": 150,
    } | changed  # fmt: skip
    return LotteryRequest.model_validate({k: v for k, v in asked.items() if v is not None})


def _faults(request: LotteryRequest) -> list[str]:
    try:
        check(request, draft("l", request, NOON), {}, NOON)
    except Invalid as refusal:
        return [fault["field"] for fault in refusal.faults]
    return []


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"prizes": [POINTS, RARE], "when_gone": "close"},
        {"prizes": [NOTHING], "budget": None},
        {"pity": {"draws": 2, "prize_id": "points"}},
        {"opens_at": instant(NOON - DAY_MS), "closes_at": instant(NOON + 365 * DAY_MS)},
        {**DRAWS, "prizes": [TICKET]},
        {**DRAWS, "prizes": [TICKET], "beacon": "The lottery numbers of that day"},
    ],
)
def should_find_no_fault(changes: dict[str, Any]) -> None:
    assert _faults(_request(**changes)) == []


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"closes_at": instant(NOON - DAY_MS)}, ["closes_at", "closes_at"]),
        ({"closes_at": instant(NOON + 366 * DAY_MS + 1)}, ["closes_at"]),
        ({"opens_at": instant(NOON - 9), "closes_at": instant(NOON)}, ["closes_at"]),
        ({**DRAWS, "kind": "instant", "beacon": "b"}, ["draws_at", "beacon"]),
        (
            {"kind": "scheduled", "prizes": [POINTS | {"substitute": "points"}]},
            ["draws_at", "prizes.0.stock", "prizes.0.weight", "prizes.0.substitute"],
        ),
        ({**DRAWS, "draws_at": instant(NOON), "prizes": [TICKET]}, ["draws_at"]),
        ({**DRAWS, "prizes": [TICKET | {"stock": 1001}], "budget": 10**6}, ["prizes"]),
        ({**DRAWS, "prizes": [TICKET], "budget": 149}, ["budget"]),
        (
            {**DRAWS, "prizes": [TICKET], "when_gone": "close",
             "pity": {"draws": 2, "prize_id": "points"}},
            ["pity", "when_gone"],
        ),
        ({**DRAWS, "prizes": [NOTHING | {"stock": 1}], "budget": None},
         ["prizes.0.stock", "prizes.0.weight", "prizes.0.kind"]),
        ({"budget": 49}, ["budget"]),
        ({"budget": None}, ["budget"]),
        ({"prizes": [NOTHING]}, ["budget"]),
        ({"prizes": [POINTS, POINTS]}, ["prizes.1.prize_id"]),
        ({"prizes": [RARE]}, ["prizes.0.substitute"]),
        ({"prizes": [POINTS, RARE | {"substitute": "rare"}]}, ["prizes.1.substitute"]),
        ({"prizes": [POINTS | {"substitute": "points"}]}, ["prizes.0.substitute"]),
        ({"prizes": [POINTS | {"sku": "s"}]}, ["prizes.0.sku"]),
        ({"prizes": [POINTS, NOTHING | {"points": 1}]}, ["prizes.1.points"]),
        ({"prizes": [POINTS, NOTHING | {"stock": 1, "substitute": "points"}]}, ["prizes.1.stock"]),
        ({"prizes": [POINTS, TICKET | {"prize_id": "t", "stock": None}]}, ["prizes.1.weight"]),
        ({"prizes": [POINTS, NOTHING | {"weight": 2**53 - 1}]}, ["prizes"]),
        ({"prizes": [POINTS, {"prize_id": "c", "name": "C", "kind": "coupon", "weight": 1}]},
         ["prizes.1.product_id"]),
        ({"pity": {"draws": 5, "prize_id": "none"}}, ["pity.prize_id"]),
        ({"when_gone": "close"}, ["when_gone"]),
    ],
)  # fmt: skip
def should_name_every_fault_with_its_field(changes: dict[str, Any], fields: list[str]) -> None:
    assert _faults(_request(**changes)) == fields


def _open(**changed: Any) -> tuple[LotteryRequest, Lottery]:
    request = _request(**changed)
    return request, draft("l", request, NOON)


def should_hold_a_new_table_to_the_budget_that_stands() -> None:
    request, lottery = _open(prizes=[POINTS, POINTS | {"prize_id": "more", "points": 151}])
    with pytest.raises(Invalid) as refused:
        check_table(request, lottery, {})
    assert [fault["field"] for fault in refused.value.faults] == ["prizes.1.points"]
    check_table(*_open(prizes=[NOTHING], budget=150), {})


def should_hold_all_tables_to_what_an_item_can_bear() -> None:
    """The longest names there are, in characters that take most room."""
    long = [NOTHING | {"prize_id": str(n), "name": "\U0001f3c6" * 120} for n in range(20)]
    request, lottery = _open(prizes=long, budget=None)
    versions = [replace(lottery.tables[0], version=n) for n in range(1, 10)]
    check_table(request, replace(lottery, tables=tuple(versions[:8])), {})
    with pytest.raises(Invalid) as refused:
        check_table(request, replace(lottery, tables=tuple(versions)), {})
    assert [fault["field"] for fault in refused.value.faults] == ["prizes"]
