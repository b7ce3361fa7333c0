"""The ledger against a naive one: 2,500 random lives of 20 steps, 250 of 40.

After every step lots, pending grants, debt, shortfall, lifetime totals, allocations and refusals
must be alike, the points conserved, and every entry must follow from the one before it. On the way
the program changes its zone and its expiry policy, activity keeps idle points alive, and merchants
are at fault.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from mall.points.ledger.attribution import _Holdings
from mall.points.ledger.entry import IDLE, Lots, Source, State

from tests.simulation.divergence import Divergence
from tests.simulation.ledger_play import ORDERS, play, play_or_explain, script

LENGTH, LONG = 20, 40
ORDER_LIVES = 250
BATCHES = 10
SEQUENCES_PER_BATCH = 250
LIVES_TO_FAIL = 1_000  # most go wrong within twenty


@pytest.mark.parametrize("batch", range(BATCHES))
def should_agree_with_the_naive_ledger_after_every_step(batch: int) -> None:
    """Cases 11, 13, 14, 17, 19-21, 23-25, 28-30, 76, 80, 84 and 86, in random company."""
    first = batch * SEQUENCES_PER_BATCH
    for seed in range(first, first + SEQUENCES_PER_BATCH):
        play_or_explain(seed, LENGTH)


def should_agree_on_whose_points_an_order_took_and_gave_back() -> None:
    """Lives of purchases and orders alone, whose refunds often come when their lot is gone."""
    for seed in range(ORDER_LIVES):
        play_or_explain(seed, LONG, ORDERS)


def should_reach_what_it_claims_to_test() -> None:
    """Two hundred longer lives show every kind of movement, and each state, often."""
    seen: Counter[str] = Counter()
    for seed in range(200):
        one = play_or_explain(seed, LONG)
        born_pending = {given.source for given in one.given if given.grant.pending}
        for entry in one.chain:
            after = entry.after
            seen[entry.kind] += 1
            seen["debt"] += after.debt > 0
            seen["shortfall"] += after.shortfall > 0
            seen["spared"] += after.shortfall > 0 and after.available > 0
            seen["pending"] += bool(after.pending)
            seen["owed"] += entry.kind == "refund" and after.closed
            seen["recovered"] += entry.kind == "claw_back" and entry.source.type == "order"
            seen["renewed"] += bool(entry.renewed)
            seen["idle pending"] += any(key.endswith(IDLE) for key in after.pending)
            seen["born pending"] += entry.kind == "claw_back" and entry.source in born_pending
    assert min(seen[name] for name in _RARE) >= 20, seen


_RARE = (
    "earn", "redeem", "refund", "expire", "claw_back", "adjust", "check_in", "transfer_in",
    "transfer_out", "close", "reopen", "debt", "shortfall", "spared", "pending", "recovered",
    "renewed", "idle pending", "born pending", "owed",
)  # fmt: skip


# --- controls: without the guard, the comparison fails -------------------------------------------


def _latest_expiry_first(lots: Lots, points: int) -> dict[str, int]:
    taken: dict[str, int] = {}
    for day in sorted(lots, reverse=True):
        part = min(points, lots[day])
        if part:
            taken[day] = part
            points -= part
    return taken


def _pay_no_debt(state: State, credits: Lots) -> tuple[int, dict[str, int]]:
    return 0, {day: state.lots.get(day, 0) + credits.get(day, 0) for day in {*state.lots, *credits}}


def _never_activate(state: State, _: str) -> State:
    return replace(state)


def _nothing(*_: Any, **__: Any) -> int:
    return 0


def _unordered(holdings: Any, key: str, *shares: Any) -> None:
    holdings._held.setdefault(key, []).extend(shares)


def _return_what_any_order_took(holdings: Any, key: str, points: int, by: Source) -> None:
    [*_, last] = [by, *(source for spent, source in holdings._spent if spent == key)]
    _RETURN(holdings, key, points, last)


_RETURN = _Holdings._return


@pytest.mark.parametrize(
    ("guard", "without"),
    [
        ("movements.allocate", _latest_expiry_first),
        ("posting.Posting.book_expiry", _nothing),
        ("posting.due_lots", lambda state, now: {}),
        ("posting.activate", _never_activate),
        ("movements.credited", _pay_no_debt),
        ("movements._recover_shortfall", _nothing),
        ("movements._refuse_closed", _nothing),
        ("movements._refuse_beyond_limit", _nothing),
        ("movements.expired_unspent", _nothing),
        ("movements.waived", _nothing),
        ("movements.renewed", lambda state, lot: state),
        ("movements.Grant.own_lots", lambda grant, lots: [grant.lot]),
        ("movements.Grant.own_pending", lambda grant, pending: []),
        ("attribution._Holdings._activate", _nothing),
        ("attribution._Holdings._add", _unordered),
        ("attribution.later", lambda key, lot: key),
    ],
)
def should_be_seen_to_fail_without(
    guard: str, without: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control: each rule, taken away, makes a life go wrong."""
    monkeypatch.setattr(f"mall.points.ledger.{guard}", without)
    with pytest.raises(Divergence):
        for seed in range(LIVES_TO_FAIL):
            play(seed, script(seed, LENGTH))


def should_be_seen_to_fail_where_any_order_may_give_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: a refund that gives back what another order took makes a life go wrong."""
    monkeypatch.setattr(_Holdings, "_return", _return_what_any_order_took)
    with pytest.raises(Divergence):
        for seed in range(ORDER_LIVES):
            play(seed, script(seed, LONG, ORDERS))
