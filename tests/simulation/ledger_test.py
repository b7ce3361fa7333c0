"""The ledger against a naive one: 2,000 random lives of 60 steps, compared after every step.

Lots, pending grants, debt, shortfall, lifetime totals, allocations and refusals must be alike, the
points conserved, and every entry must follow from the one before it.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from mall.points import ledger
from mall.points.ledger.entry import Lots, State

from tests.simulation.ledger_play import Divergence, play_or_explain

LENGTH = 60
BATCHES = 20
SEQUENCES_PER_BATCH = 100


@pytest.mark.parametrize("batch", range(BATCHES))
def should_agree_with_the_naive_ledger_after_every_step(batch: int) -> None:
    """Cases 11, 13, 14, 17, 19, 24, 30, 76, 80, 84 and 86, in random order and company."""
    first = batch * SEQUENCES_PER_BATCH
    for seed in range(first, first + SEQUENCES_PER_BATCH):
        play_or_explain(seed, LENGTH)


def should_reach_what_it_claims_to_test() -> None:
    """A hundred lives show every kind of movement, debt, shortfall and pending grants, often."""
    seen: Counter[str] = Counter()
    for seed in range(100):
        for entry in play_or_explain(seed, LENGTH).chain:
            seen[entry.kind] += 1
            seen["debt"] += entry.after.debt > 0
            seen["shortfall"] += entry.after.shortfall > 0
            seen["pending"] += bool(entry.after.pending)
            seen["recovered"] += entry.kind == "claw_back" and entry.source.type == "order"
    rare = {name: seen[name] for name in (*_KINDS, "debt", "shortfall", "pending", "recovered")}
    assert min(rare.values()) >= 20, rare


_KINDS = ("earn", "redeem", "refund", "expire", "claw_back", "adjust", "close", "reopen")


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


@pytest.mark.parametrize(
    ("guard", "without"),
    [
        ("allocate", _latest_expiry_first),
        ("Posting.book_expiry", _nothing),
        ("due_lots", lambda state, today: {}),
        ("activate", _never_activate),
        ("credited", _pay_no_debt),
        ("_recover_shortfall", _nothing),
        ("_refuse_closed", _nothing),
        ("_refuse_beyond_limit", _nothing),
        ("forgivable", _nothing),
    ],
)
def should_be_seen_to_fail_without(
    guard: str, without: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control: each rule, taken away, makes a life go wrong within forty."""
    room, _, name = f"ledger.{guard}".rpartition(".")
    monkeypatch.setattr(f"{ledger.__name__.removesuffix('ledger')}{room}.{name}", without)
    with pytest.raises(Divergence):
        for seed in range(40):
            play_or_explain(seed, LENGTH)
