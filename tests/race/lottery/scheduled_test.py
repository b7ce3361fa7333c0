"""Rivals at one drawing: runs of the job at once, from closing to the last prize.

Each test has a control beside it: one guard is taken away, and what the test asserts is seen to
fail.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest
from mall.errors import Busy
from mall.writes import Item, Write

from tests.emulated import EmulatedMall
from tests.race.rivals import RivalStore, rivals
from tests.raffling import COST, Raffles, points_for

RUNS = 4
Forgets = Callable[[Write], bool]
Meets = Callable[[Sequence[Write]], bool]


def _nothing(_: Write) -> bool:
    return False


def _at(sort_key: str) -> Forgets:
    """Picks the conditional writes to items whose sort key begins so."""
    return lambda write: bool(write.condition) and write.key["sk"].startswith(sort_key)


def _first(sort_key: str) -> Meets:
    """Picks transactions whose first write is to such an item."""
    return lambda writes: bool(writes) and writes[0].key["sk"].startswith(sort_key)


@pytest.fixture
def raffles(mall: EmulatedMall) -> Raffles:
    """Lotteries of this test's mall."""
    return Raffles(mall)


def _race(raffles: Raffles, meets: Meets, forgets: Forgets = _nothing) -> str:
    """Runs at once, all of which have come as far as the write where they meet."""
    members = raffles.mall.members([COST * 2] * 3)
    product = raffles.mall.product(codes=2)
    code = {
        "prize_id": "code", "name": "Code", "kind": "coupon", "product_id": product, "stock": 2,
    }  # fmt: skip
    lottery = raffles.open(code, points_for(3), budget=300, shards=2)
    for member in members:
        raffles.buy(member, lottery, 2)
    raffles.let_it_close()
    raffles.let_it_draw()
    mall = raffles.mall
    mall.use(mall.opened(RivalStore, parties=RUNS, meets=meets, forgets=forgets))

    def run(_: int) -> None:
        with suppress(Busy):
            raffles.go_on(lottery)

    rivals(RUNS, run, threads=RUNS)
    raffles.go_on(lottery)
    return lottery


@pytest.mark.parametrize("where", ["LOTTERY", "DRAWING", "WINNER#"])
def should_come_to_one_result_however_many_run_at_once(raffles: Raffles, where: str) -> None:
    """Case 69."""
    won: list[Item] = raffles.audit(_race(raffles, _first(where)))
    assert [record["fate"] for record in won] == ["awarded"] * 5


def should_be_seen_to_award_twice_without_the_condition_on_the_winner(raffles: Raffles) -> None:
    """Control."""
    lottery = _race(raffles, _first("WINNER#"), _at("WINNER#"))
    with pytest.raises(AssertionError):
        raffles.audit(lottery)
