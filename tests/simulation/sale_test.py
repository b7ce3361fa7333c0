"""Case 76: orders, payments, webhooks, jobs, clock steps and faults in any order, step by step.

After each step money, points, stock and limits are those of a mall told the slow way. A run that
fails is told with its seed and with all that happened; the same seed gives the same run again.
"""

from collections import Counter
from collections.abc import Callable

import pytest
from mall.keys import Table

from tests.simulation.sale_play import Play, opened

RUNS, STEPS = 1_000, 24


def _play(seed: int, spoil: Callable[[Play], object] = lambda _: None) -> Play:
    with opened(Play(seed)) as play:
        spoil(play)
        try:
            play.run(STEPS)
        except Exception as failure:
            story = "\n".join(play.trace)
            raise AssertionError(f"seed {seed}:\n{story}\n{failure!r}") from failure
    return play


@pytest.mark.parametrize("quarter", range(4))
def should_keep_money_points_stock_and_limits_as_they_must_be(quarter: int) -> None:
    seen: Counter[str] = Counter()
    for seed in range(quarter * RUNS // 4, (quarter + 1) * RUNS // 4):
        seen += _play(seed).seen
    wanted = (
        "buy", "webhook", "cancel", "cancel_for_merchant", "unpaid", "fulfil", "ship", "complete",
        "ask_return", "take_return", "refund", "hand_over", "before!", "after!", "stale!",
        "insufficient_points", "sold_out", "limit_reached", "price_changed", "not_cancellable",
        "payment_unavailable", "wrong_status", "not_refundable", "refund_exceeds",
    )  # fmt: skip
    assert not [name for name in wanted if not seen[name]], seen


@pytest.mark.parametrize("table", ["orders", "catalog"])
def should_be_seen_to_fail_without_the_conditions_of_a_table(table: Table) -> None:
    """Control: what dies and is repeated then counts twice, and shelves give what they lack."""

    def forget(play: Play) -> None:
        play.store.forgets = table

    with pytest.raises(AssertionError, match="seed"):
        for seed in range(100):
            _play(seed, forget)


def should_be_seen_to_fail_when_refunds_are_not_told_apart() -> None:
    """Control: a provider that does not know a refund again pays it twice."""

    def forget(play: Play) -> None:
        play.till._refunds = Forgetful()

    with pytest.raises(AssertionError, match="seed"):
        for seed in range(400):
            _play(seed, forget)


class Forgetful(dict[str, int]):
    """Remembers no refund."""

    def __contains__(self, _: object) -> bool:
        return False
