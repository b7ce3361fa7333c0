"""Conflicts and throttling, which the emulator never answers with: they are put on the wire."""

from collections.abc import Callable
from itertools import count
from types import SimpleNamespace

import pytest
from mall.errors import Busy, Stale
from mall.store import Commit, Store, open_shelf, open_store
from mall.store.reads import TRIES_MAX

from functions.orders.place_order import place_order
from tests.audit import scan
from tests.emulated import PRICE, EmulatedMall
from tests.events import ask, http_event, member_claims
from tests.memory import MemoryStore
from tests.simulation.acts import ACTS, WHOLE, Act, PlaceOrder, RelayOrder
from tests.simulation.faults import Always, Fault, conflicts, throttles
from tests.stage import BY_NAME

LONGEST_PAUSE_S = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.4, 0.4)


@pytest.fixture
def pauses(mall: EmulatedMall, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the store would have paused; nobody waits."""
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _: None))
    paused: list[float] = []
    mall.use(mall.opened(Store, pause=paused.append))
    return paused


def _everything(mall: EmulatedMall) -> list[list[dict[str, object]]]:
    return [scan(mall.engine.dynamodb, table) for table in mall.tables.values()]


@pytest.mark.parametrize("act", WHOLE, ids=lambda act: act.__name__)
def should_try_eight_times_and_then_be_busy_with_nothing_written(
    mall: EmulatedMall, pauses: list[float], act: Callable[[], Act]
) -> None:
    """Case 44: every attempt conflicts; each pause is jittered below twice the one before."""
    staged = act()
    staged.given(mall)
    before = _everything(mall)
    pauses.clear()
    tap = Always(conflicts)
    with mall.engine.wire.tapped(tap), pytest.raises(Busy):
        staged.run(mall)
    assert tap.struck == len(pauses) == TRIES_MAX
    assert all(0 <= p <= most for p, most in zip(pauses, LONGEST_PAUSE_S, strict=True))
    assert len(set(pauses)) == TRIES_MAX
    assert _everything(mall) == before
    staged.run(mall)
    staged.done(mall)


def should_be_busy_before_the_time_of_a_function_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Case 44: where a try takes seconds there are fewer of them, and the caller is told."""
    seconds = count(step=2)
    monkeypatch.setattr("mall.store.client.monotonic", lambda: float(next(seconds)))
    tries: list[object] = []

    def lost(last: Stale | None) -> Commit[None]:
        tries.append(last)
        raise Stale()

    with pytest.raises(Busy):
        MemoryStore().commit(lost)
    assert len(tries) == 4


# A relay's mark that meets a conflict is left to the repair; everything else tries again itself.
@pytest.mark.parametrize("act", [a for a in ACTS if a is not RelayOrder], ids=lambda a: a.__name__)
@pytest.mark.parametrize("fault", [conflicts, throttles], ids=lambda f: f.__name__)
@pytest.mark.usefixtures("pauses")
def should_come_through_when_the_rivals_are_gone_in_time(
    mall: EmulatedMall, act: Callable[[], Act], fault: Fault
) -> None:
    """Case 44: two attempts in vain, the third holds, and the caller hears of nothing."""
    staged = act()
    staged.given(mall)
    with mall.engine.wire.tapped(Always(fault, times=2)):
        staged.run(mall)
    staged.done(mall)
    mall.audit()


@pytest.mark.parametrize("act", WHOLE, ids=lambda act: act.__name__)
@pytest.mark.usefixtures("pauses")
def should_be_busy_when_everything_is_throttled(mall: EmulatedMall, act: Callable[[], Act]) -> None:
    """Reads and writes alike: busy, nothing written, and the key is as good as before."""
    staged = act()
    staged.given(mall)
    before = _everything(mall)
    with mall.engine.wire.tapped(Always(throttles)), pytest.raises(Busy):
        staged.run(mall)
    assert _everything(mall) == before
    staged.run(mall)
    staged.done(mall)


@pytest.mark.usefixtures("pauses")
def should_answer_503_with_retry_after(mall: EmulatedMall) -> None:
    """Case 44, as the client sees it: 503 `busy`, when to come back, and the key not burned."""
    route = BY_NAME["place_order"].trigger.route  # type: ignore[union-attr] # an HTTP operation
    product, member = mall.product(codes=1), mall.member(PRICE)
    overrides = place_order.resolver(route).dependency_overrides
    overrides |= {open_store: lambda: mall.store, open_shelf: lambda: mall.shelf}
    request = http_event(
        route,
        body={"product_id": product, "quantity": 1, "price": {"points": PRICE}},
        claims=member_claims(member),
        headers={"Idempotency-Key": "key"},
    )
    try:
        with mall.engine.wire.tapped(Always(conflicts)):
            busy = ask(place_order, request, access="member")
        placed = ask(place_order, request, access="member")
    finally:
        overrides.clear()
    assert (busy.status, busy.code, busy.headers["retry-after"]) == (503, "busy", "1")
    assert (placed.status, "idempotent-replayed" in placed.headers) == (201, False)


def should_leave_the_mark_of_a_relay_to_the_repair(mall: EmulatedMall, pauses: list[float]) -> None:
    """The order was told; only the note of it met a conflict, so it may be told once more."""
    act = RelayOrder()
    act.given(mall)
    with mall.engine.wire.tapped(Always(conflicts)):
        act.run(mall)
    assert mall.order(act.member, "key").lagging
    assert not pauses
    act.run(mall)
    act.done(mall)


@pytest.mark.usefixtures("pauses")
def should_be_seen_to_fail_without_the_retry(
    mall: EmulatedMall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control: with a single try, two conflicts are two too many."""
    monkeypatch.setattr("mall.store.client.TRIES_MAX", 1)
    act = PlaceOrder()
    act.given(mall)
    with mall.engine.wire.tapped(Always(conflicts, times=2)), pytest.raises(Busy):
        act.run(mall)
