"""The report of a lottery: what it says of draws that were made, and of tickets."""

from collections import Counter
from typing import Any

from tests.functional.acts import ADMIN, any_member_with, any_product, call
from tests.functional.lottery.games import (
    NOTHING,
    any_draft_lottery,
    any_lottery,
    any_points_prize,
    draw,
)
from tests.functional.lottery.scheduled_games import (
    any_scheduled,
    buy,
    close_the_list,
    draw_the_winners,
    points_for,
)
from tests.functional.times import Time


def _report(lottery: str) -> dict[str, Any]:
    answer = call("report_lottery", ADMIN, path={"lottery_id": lottery})
    assert answer.status == 200, answer.body
    told: dict[str, Any] = answer.body
    return told


def _by_prize(report: dict[str, Any], name: str) -> dict[str, Any]:
    [table] = report["tables"]
    return {prize["prize_id"]: prize[name] for prize in table["prizes"]}


def should_add_up_what_was_drawn() -> None:
    """The code is guaranteed at every third draw; of the three due, one finds both gone."""
    product, member = any_product(codes=2, type="coupon"), any_member_with(1000)
    code = {
        "prize_id": "code", "name": "Code", "kind": "coupon", "weight": 1, "stock": 2,
        "product_id": product, "substitute": "points",
    }  # fmt: skip
    pity = {"draws": 3, "prize_id": "code"}
    rest = [any_points_prize(50, weight=10**9), NOTHING | {"weight": 10**9}]
    lottery = any_lottery(code, *rest, pity=pity, budget=5_000)
    made = [draw(member, lottery) for _ in range(9)]
    report = _report(lottery)
    sampled = Counter(each["proof"]["sampled"] for each in made)
    given = Counter(each["outcome"]["prize_id"] for each in made)
    won = 50 * given["points"]
    assert (report["draws"], report["cost_taken"], report["points_won"]) == (9, 90, won)
    assert (report["budget"], report["budget_left"]) == (5_000, 5_000 - won)
    assert report["winners"] == {
        "prizes": given["points"] + 2, "orders": 2, "forfeited": 0
    }  # fmt: skip
    [table] = report["tables"]
    assert (table["draws"], table["forced"]) == (9, 3)
    assert _by_prize(report, "sampled") == {p: sampled[p] for p in ("code", "points", "nothing")}
    assert _by_prize(report, "given") == {p: given[p] for p in ("code", "points", "nothing")}
    assert _by_prize(report, "substituted") == {"code": 1, "points": 0, "nothing": 0}
    assert _by_prize(report, "expected") == {"code": "0", "points": "4.5", "nothing": "4.5"}
    assert _by_prize(report, "left") == {"code": 0, "points": None, "nothing": None}
    assert table["fit"]["degrees_of_freedom"] == 2
    assert 0 < table["fit"]["p_value"] <= 1


def should_report_on_tickets_and_their_winners(time: Time) -> None:
    """Five tickets, and eight prizes."""
    lottery = any_scheduled(points_for(8), budget=800)
    buy(any_member_with(100), lottery, 5)
    close_the_list(time)
    draw_the_winners(time)
    report = _report(lottery)
    assert (report["draws"], report["cost_taken"], report["points_won"]) == (5, 50, 500)
    assert report["budget_left"] == 300
    assert report["winners"] == {"prizes": 5, "orders": 0, "forfeited": 0}
    assert (_by_prize(report, "left"), report["tables"][0]["fit"]) == ({"points": 3}, None)


def should_report_on_a_draft_that_nothing_has_happened() -> None:
    report = _report(any_draft_lottery(any_points_prize(5), budget=50))
    assert (report["draws"], report["budget_left"], report["tables"][0]["fit"]) == (0, 50, None)


def should_not_find_what_never_was() -> None:
    answer = call("report_lottery", ADMIN, path={"lottery_id": "nothing"})
    assert (answer.status, answer.code) == (404, "not_found")
