"""Every operation struck at every one of its calls, and asked again as a client or a queue would.

Whatever the fault, the second time comes to the end that one undisturbed time would have come to,
the books add up, and a third time changes nothing.
"""

from collections.abc import Callable, Sequence
from itertools import count
from types import SimpleNamespace

import pytest
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError
from mall.errors import Busy
from mall.models import View
from mall.store import Store
from mall.writes import Write

from tests.audit import scan
from tests.emulated import EmulatedMall, replayed
from tests.simulation.acts import ACTS, WHOLE, Act, PlaceOrder
from tests.simulation.faults import (
    Fault,
    Killed,
    Strike,
    cannot_connect,
    dies_after,
    dies_before,
    loses_the_answer,
)

FAILURES = (Killed, Busy, ConnectTimeoutError, ReadTimeoutError)


@pytest.fixture(autouse=True)
def _impatient(mall: EmulatedMall, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits: neither the SDK before it repeats, nor the store."""
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _: None))
    mall.use(mall.opened(Store, pause=lambda _: None))


def _everything(mall: EmulatedMall) -> list[list[dict[str, object]]]:
    return [scan(mall.engine.dynamodb, table) for table in mall.tables.values()]


def _run_struck(mall: EmulatedMall, act: Act, strike: Strike) -> bool:
    """Run an act in a process of its own; whether it came to an end."""
    mall.use(mall.store)
    with mall.engine.wire.tapped(strike):
        try:
            act.run(mall)
        except FAILURES:
            return False
    return True


def _run_again(mall: EmulatedMall, act: Act) -> None:
    """Run it as it was run before: it is done now, and a further time changes nothing."""
    mall.use(mall.store)
    answer = act.run(mall)
    act.done(mall)
    mall.audit()
    before = _everything(mall)
    mall.use(mall.store)
    again = act.run(mall)
    assert _everything(mall) == before
    assert _shown(again) == _shown(answer)


def _shown(answer: View | None) -> object:
    return answer and answer.model_dump()


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
@pytest.mark.parametrize("fault", [dies_after, loses_the_answer], ids=lambda f: f.__name__)
def should_come_to_the_same_end_when_struck_at_any_call(
    mall: EmulatedMall, act: Callable[[], Act], fault: Fault
) -> None:
    """Cases 36 and 39, for every operation: the call took effect, and nobody heard of it."""
    for number in count(1):
        staged = act()
        staged.given(mall)
        strike = Strike(number, fault)
        _run_struck(mall, staged, strike)
        if not strike.struck:
            break
        _run_again(mall, staged)
    assert number > staged.calls, f"only {number - 1} calls were struck"


@pytest.mark.parametrize("act", WHOLE, ids=lambda act: act.__name__)
@pytest.mark.parametrize("fault", [dies_before, cannot_connect], ids=lambda f: f.__name__)
def should_leave_nothing_when_a_call_never_arrives(
    mall: EmulatedMall, act: Callable[[], Act], fault: Fault
) -> None:
    """Case 45 as well: what failed has not burned its key."""
    for number in count(1):
        staged = act()
        staged.given(mall)
        before = _everything(mall)
        strike = Strike(number, fault)
        ended = _run_struck(mall, staged, strike)
        if not strike.struck:
            break
        assert not ended
        assert _everything(mall) == before
    _run_again(mall, staged)
    assert number > staged.calls


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def should_hide_one_lost_answer_from_the_caller(mall: EmulatedMall, act: Callable[[], Act]) -> None:
    """The SDK repeats the call: a transaction by its token, a single write under its condition."""
    for number in count(1):
        staged = act()
        staged.given(mall)
        strike = Strike(number, loses_the_answer, repeatedly=False)
        ended = _run_struck(mall, staged, strike)
        if not strike.struck:
            break
        assert ended
        staged.done(mall)
        mall.audit()


@pytest.mark.parametrize("later_s", [0, 11 * 60, 2 * 86_400])
def should_answer_a_late_retry_with_the_order(mall: EmulatedMall, later_s: int) -> None:
    """Cases 39 and 40: died after the commit; the retry may come long after."""
    act = PlaceOrder()
    act.given(mall)
    _run_struck(mall, act, Strike(3, dies_after))
    act.done(mall)
    mall.ahead_s = later_s
    mall.use(mall.store)
    answer = act.run(mall)
    assert answer
    assert replayed(answer)
    act.done(mall)
    assert len(mall.audit().orders) == 1


def should_be_seen_to_strike_every_call(mall: EmulatedMall) -> None:
    """Control: the calls that the runs above strike are those that a redemption makes."""
    seen: list[str] = []

    def note(call: object) -> None:
        seen.append(getattr(call, "operation", ""))

    act = PlaceOrder()
    act.given(mall)
    mall.use(mall.store)
    with mall.engine.wire.tapped(note):
        act.run(mall)
    assert seen == ["GetItem", "Query", "TransactWriteItems"]


class _Forgetful(Store):
    """Commits a decision in two transactions: the first write alone, then the others."""

    def transact(self, writes: Sequence[Write]) -> None:
        """Write what belongs together apart."""
        super().transact(writes[:1])
        super().transact(writes[1:])


def should_be_seen_to_fail_when_a_commit_is_torn(mall: EmulatedMall) -> None:
    """Control: a store that commits in two steps does not survive a death between them."""
    act = PlaceOrder()
    act.given(mall)
    mall.use(mall.opened(_Forgetful, pause=lambda _: None))
    _run_struck(mall, act, Strike(3, dies_after))
    with pytest.raises(AssertionError):
        _run_again(mall, act)
