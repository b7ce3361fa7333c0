"""The published verifier on whole lotteries, played through the API and read as a stranger does.

It asks for nothing but the public routes, and knows nothing of the mall's code.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from docs.verify import mall_verify
from docs.verify.mall_verify import Verification, changed_since, fetched_bundle
from tests.functional.acts import ADMIN, any_member_with, any_product, call
from tests.functional.lottery.games import (
    NOTHING,
    any_lottery,
    any_lottery_request,
    any_points_prize,
    draw,
)
from tests.functional.lottery.scheduled_games import (
    any_scheduled,
    buy,
    close_the_list,
    draw_the_winners,
    enter_beacon,
    points_for,
    run_the_job,
)
from tests.functional.lottery.seen import reveal
from tests.functional.times import DAY, MINUTE, NOON, Time

_ROUTES = {
    "": "get_lottery", "seed": "get_lottery_seed", "draws": "list_draws",
    "tickets": "list_tickets", "winners": "list_winners",
}  # fmt: skip
Fetch = Callable[[str], dict[str, Any]]


@pytest.fixture
def fetch(monkeypatch: pytest.MonkeyPatch) -> Fetch:
    """Fetch a lottery's bundle, from the handlers instead of over HTTP."""

    def answered(url: str) -> Any:
        parts = urlsplit(url)
        lottery, _, what = parts.path.removeprefix("/v1/lotteries/").partition("/")
        query = dict(parse_qsl(parts.query))
        if what == "draws":
            query["limit"] = "3"  # several pages
        answer = call(_ROUTES[what], path={"lottery_id": lottery}, query=query)
        assert answer.status == 200, answer.body
        return answer.body

    monkeypatch.setattr(mall_verify, "fetched", answered)
    return lambda lottery: dict(fetched_bundle("https://mall.example/", lottery))


def _verdict(bundle: dict[str, Any]) -> tuple[list[Any], int]:
    found = Verification(bundle)
    return found.faults, found.sealed


def should_verify_an_instant_lottery_from_its_opening_to_its_end(time: Time, fetch: Fetch) -> None:
    """Limited prizes until they are gone, a guaranteed one, another table on the second day."""
    prizes = any_points_prize(weight=2), {**NOTHING, "weight": 5}
    code = {
        "prize_id": "code", "name": "Code", "kind": "coupon", "weight": 3, "stock": 3,
        "product_id": any_product(codes=3, type="coupon"), "substitute": "nothing",
    }  # fmt: skip
    terms = {"pity": {"draws": 3, "prize_id": "points"}, "shards": 2}
    lottery = any_lottery(code, *prizes, **terms)
    opened = fetch(lottery)
    assert _verdict(opened) == ([], 0)
    members = [any_member_with(1_000) for _ in range(2)]
    for _ in range(8):
        for member in members:
            draw(member, lottery, client_seed="lucky")
    request = any_lottery_request(*prizes, **terms)
    assert call("change_lottery", ADMIN, path={"lottery_id": lottery}, body=request).status == 200
    time.forward(DAY)
    for member in members:
        draw(member, lottery)
    assert call("close_lottery", ADMIN, path={"lottery_id": lottery}).status == 200
    bundle = fetch(lottery)
    assert (len(bundle["draws"]), _verdict(bundle)) == (18, ([], 18))
    time.forward(15 * MINUTE)
    reveal()
    bundle = fetch(lottery)
    assert _verdict(bundle) == ([], 0)
    assert {draw["proof"]["table_version"] for draw in bundle["draws"]} == {1, 2}
    assert changed_since(opened, bundle) == []


def should_verify_a_day_while_the_next_one_runs(time: Time, fetch: Fetch) -> None:
    member, lottery = any_member_with(1_000), any_lottery(any_points_prize(), NOTHING)
    for _ in range(4):
        draw(member, lottery)
    time.set(NOON + DAY)
    draw(member, lottery)
    time.set(NOON + DAY + 15 * MINUTE)
    reveal()
    bundle = fetch(lottery)
    assert (len(bundle["draws"]), _verdict(bundle)) == (4, ([], 0))


def should_verify_a_scheduled_lottery_at_each_of_its_stages(time: Time, fetch: Fetch) -> None:
    prizes = points_for(1, 100, "first"), points_for(3, 10, "second")
    lottery = any_scheduled(*prizes, budget=130, beacon="lotto numbers")
    opened = fetch(lottery)
    assert _verdict(opened) == ([], 4)
    for quantity in (1, 5, 9):
        buy(any_member_with(100), lottery, quantity)
    close_the_list(time)
    assert _verdict(fetch(lottery)) == ([], 4)
    enter_beacon(lottery)
    draw_the_winners(time)
    bundle = fetch(lottery)
    assert (len(bundle["winners"]["items"]), _verdict(bundle)) == (4, ([], 4))
    time.forward(15 * MINUTE)
    run_the_job()
    reveal()
    bundle = fetch(lottery)
    assert _verdict(bundle) == ([], 0)
    assert changed_since(opened, bundle) == []
