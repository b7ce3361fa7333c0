"""The whole program against a naive one: 5,000 random lives of 15 steps, 60 of 60.

After every step lots, pending grants, debt, shortfall, lifetime totals and tier must be alike; of
every event its grant, what each rule gave and what was capped, each line's points and what is owed
back. Points are conserved, and every entry must follow from the one before it.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from mall.points.earning.record import Event
from mall.points.earning.standing import BASE
from mall.points.ledger.entry import Lots, State
from mall.points.ledger.movements import Grant
from mall.points.rules.evaluation import Evaluation

from tests.simulation.divergence import Divergence
from tests.simulation.naive_days import first_instant, gone_at
from tests.simulation.program_play import play, play_or_explain, script

LENGTH, LONG = 15, 60
BATCHES = 20
SEQUENCES_PER_BATCH = 250


@pytest.mark.parametrize("batch", range(BATCHES))
def should_agree_with_the_naive_program_after_every_step(batch: int) -> None:
    """Cases 1, 2, 8, 10, 12, 13, 17 to 22, 24, 25, 27 to 33, 43, 79, 80, in random company."""
    first = batch * SEQUENCES_PER_BATCH
    for seed in range(first, first + SEQUENCES_PER_BATCH):
        play_or_explain(seed, LENGTH)


@pytest.mark.parametrize("seed", range(50_000, 50_060, 20))
def should_agree_through_long_lives(seed: int) -> None:
    """What takes many steps to come about, such as two refunds around an order and its end."""
    for one in range(seed, seed + 20):
        play_or_explain(one, LONG)


def should_reach_what_it_claims_to_test() -> None:
    """Four hundred lives show every kind of movement, caps, tiers, debt and shortfall, often."""
    seen: Counter[str] = Counter()
    for seed in range(400):
        one = play_or_explain(seed, LENGTH)
        for entry in one.mall.chain:
            seen[entry.kind] += 1
            seen["debt"] += entry.after.debt > 0
            seen["shortfall"] += entry.after.shortfall > 0
            seen["pending"] += bool(entry.after.pending)
            seen["renewed"] += bool(entry.renewed)
            seen["recovered"] += entry.kind == "claw_back" and entry.source.type == "order"
        for member in one.naive.members.values():
            for happened in member.events.values():
                seen["capped"] += any(share.capped for share in happened.shares)
                seen["in a tier"] += happened.tier != "base"
                seen["taken back in part"] += 0 < happened.taken_back < happened.granted
            seen["forgiven"] += any(record.forgiven for record in member.account.records)
            seen["given up"] += any(record.given_up for record in member.account.records)
    assert min(seen[name] for name in {*_SEEN, *seen}) >= 10, seen


_SEEN = (
    "earn", "redeem", "refund", "expire", "claw_back", "adjust", "debt", "shortfall", "pending",
    "renewed", "recovered", "capped", "in a tier", "taken back in part", "forgiven", "given up",
)  # fmt: skip


def should_know_days_by_heart() -> None:
    """The naive calendar itself: a leap day, short and long days, days without a midnight."""
    month = {"policy": "rolling_months", "months": 1, "round_to": "day"}
    assert gone_at(month, "UTC", _at("2028-01-31T12:00:00Z")) == _at("2028-03-01T00:00:00Z")
    assert gone_at(month, "UTC", _at("2027-01-31T12:00:00Z")) == _at("2027-03-01T00:00:00Z")
    for zone, begins in (
        ("Europe/Berlin", "2028-03-26T00:00:00+01:00"),
        ("Europe/Berlin", "2028-03-27T00:00:00+02:00"),
        ("America/New_York", "2028-11-06T00:00:00-05:00"),
        ("America/Havana", "2028-03-12T01:00:00-04:00"),
    ):
        day = datetime.fromisoformat(begins).date()
        assert first_instant(zone, day) == _at(begins)


def _at(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


# --- controls: without the guard, the comparison fails -------------------------------------------


def _latest_expiry_first(lots: Lots, points: int) -> dict[str, int]:
    taken: dict[str, int] = {}
    for lot in sorted(lots, reverse=True):
        part = min(points, lots[lot])
        if part:
            taken[lot] = part
            points -= part
    return taken


def _pay_no_debt(state: State, credits: Lots) -> tuple[int, dict[str, int]]:
    lots = {*state.lots, *credits}
    return 0, {lot: state.lots.get(lot, 0) + credits.get(lot, 0) for lot in lots}


def _uncapped(evaluation: Evaluation, _: Mapping[Any, int]) -> Evaluation:
    return evaluation


def _in_proportion(purchase: Event) -> int:
    meant = [r for r in purchase.refunds.values() if r.currency in ("", purchase.currency)]
    said = [lines for refund in meant if (lines := refund.lines) is not None]
    amount = sum(part for lines in said for _, part in lines)
    whole = len(said) < len(meant) or amount >= purchase.amount
    return purchase.granted if whole else purchase.granted * amount // purchase.amount


def _nothing(*_: Any, **__: Any) -> int:
    return 0


@pytest.mark.parametrize(
    ("guard", "without"),
    [
        ("ledger.movements.allocate", _latest_expiry_first),
        ("ledger.movements.credited", _pay_no_debt),
        ("ledger.movements._recover_shortfall", _nothing),
        ("ledger.movements.expired_unspent", _nothing),
        ("ledger.movements.Grant.own_lots", lambda grant, lots: []),
        ("ledger.lots.activate", lambda state, now: replace(state)),
        ("program.program.renew", _nothing),
        ("program.program.Program.landing", lambda program, grant, state: Grant(grant.lot)),
        ("program.program.Program.grace_lot", lambda program, at: None),
        ("earning.standing.Standing.tier", lambda standing, program, now: BASE),
        ("earning.grants.capped", _uncapped),
        ("earning.grants.needs_history", lambda purchase, now: False),
        ("earning.refunds.owed_back", _in_proportion),
        ("earning.refunds._particular", lambda said: (0, [], [])),
        ("earning.standing.Standing._within_a_year", lambda standing, today: standing.lifetime),
    ],
)
def should_be_seen_to_fail_without(
    guard: str, without: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control: each rule, taken away, makes a life go wrong within five hundred."""
    monkeypatch.setattr(f"mall.points.{guard}", without)
    with pytest.raises(Divergence):
        for seed in range(500):
            play(seed, script(seed, LONG))
