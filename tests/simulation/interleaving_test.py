"""Case 76: random lives, interleaved call by call, with faults; the books add up after each.

A life that fails is told with its seed and with all that happened up to there; the same seed gives
the same life again.
"""

import random
from collections import Counter
from collections.abc import Callable
from random import Random
from types import SimpleNamespace

import pytest
from mall.keys import Table
from mall.store import Store
from mall.writes import Write

from tests.emulated import EmulatedMall
from tests.race.rivals import RivalStore, to
from tests.simulation.lives import FAULTS, Life

LIVES = 24
CONTROL_LIVES = 30


@pytest.fixture
def born(mall: EmulatedMall, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Life]:
    """Makes a life of a seed in which nothing but the seed decides."""
    frozen = SimpleNamespace(sleep=lambda _: None, monotonic=lambda: 1000.0)
    monkeypatch.setattr("botocore.endpoint.time", frozen)
    monkeypatch.setattr("mall.store.shelf.time", frozen)

    def make(seed: int, forgets: Callable[[Write], bool] | None = None) -> Life:
        random.seed(seed)
        chance = Random(seed)
        monkeypatch.setattr("functions.orders.fulfil_order._RANDOM", chance)
        monkeypatch.setattr("mall.store.shelf.SystemRandom", lambda: chance)
        mall.begin_anew()
        kind = RivalStore if forgets else Store
        guard = {"forgets": forgets} if forgets else {}
        mall.use(mall.opened(kind, pause=lambda _: None, **guard))
        return Life(mall, seed)

    return make


def _live(life: Life) -> Life:
    try:
        life.play()
    except Exception as failure:
        story = "\n".join(life.trace)
        raise AssertionError(f"seed {life.seed}:\n{story}\n{failure}") from failure
    return life


def should_keep_the_books_true_through_every_life(born: Callable[..., Life]) -> None:
    """Conservation, stock, codes, limits and chains, after each of the lives."""
    seen: Counter[str] = Counter()
    for seed in range(LIVES):
        seen += _live(born(seed)).seen
    wanted = (
        *(fault.__name__ for fault in FAULTS),
        "place", "cancel", "fulfil", "relay", "purchase", "refund", "adjust",
        "bring", "price", "leap", "sweep", "sold_out", "insufficient_points", "price_changed",
        "limit_reached", "not_cancellable",
    )  # fmt: skip
    assert not [name for name in wanted if not seen[name]], seen


def should_live_the_same_life_again(born: Callable[..., Life]) -> None:
    """A seed that fails can be looked into: it tells the same story."""
    first, again = _live(born(7)), _live(born(7))
    assert first.trace == again.trace
    assert first.seen == again.seen


@pytest.mark.parametrize("table", ["points", "orders", "catalog"])
def should_be_seen_to_fail_without_the_conditions(born: Callable[..., Life], table: Table) -> None:
    """Control: with the conditions of one table gone, a life goes wrong before long."""
    with pytest.raises(AssertionError, match="seed"):
        for seed in range(CONTROL_LIVES):
            _live(born(seed, forgets=to(table)))
