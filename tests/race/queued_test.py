"""Lines of queued products at once, on the same stock, purse, limit and key.

Each test has a control beside it: one guard is taken away, and what the test asserts is seen to
fail.
"""

from collections import Counter
from collections.abc import Callable, Sequence

import pytest
from mall.orders.queueing import RedeemQueued
from mall.store import Store
from mall.store.redeeming import reject_failed
from mall.writes import Write

from tests.audit import AuditFailed
from tests.emulated import PRICE, EmulatedMall
from tests.race.rivals import Outcomes, RivalStore, rivals, to
from tests.simulation.faults import Fault, Killed, Strike, dies_after, dies_before

Forgets = Callable[[Write], bool]


def _nothing(_: Write) -> bool:
    return False


def _settles(writes: Sequence[Write]) -> bool:
    return any(write.key["sk"] == "ORDER" for write in writes)


def _race(
    mall: EmulatedMall, lines: Sequence[Sequence[RedeemQueued]], forgets: Forgets = _nothing
) -> Outcomes[None]:
    """Every line is settled by a consumer of its own; all of them decide before one writes."""
    store = mall.opened(RivalStore, parties=len(lines), meets=_settles, forgets=forgets)
    mall.use(store)
    return rivals(len(lines), lambda n: mall.till.settle(lines[n]))


def _statuses(mall: EmulatedMall) -> Counter[str]:
    return Counter(order.status for order in mall.audit().orders.values())


def _lines_for_the_last_units(mall: EmulatedMall) -> Sequence[Sequence[RedeemQueued]]:
    """Four full lines of one product that has units for every other one."""
    product = mall.product(codes=20, shards=4, stock_mode="queued")
    for number, member in enumerate(mall.members([PRICE] * 40)):
        mall.place(member, product, f"key {number}")
    return mall.waiting.batches()


def should_sell_exactly_what_is_there(mall: EmulatedMall) -> None:
    """Four lines for 20 units on four shards: 20 are placed, and nobody pays for nothing."""
    lines = _lines_for_the_last_units(mall)
    assert sum(map(len, lines)) == 40
    assert _race(mall, lines).codes == []
    books = mall.audit()
    assert Counter(order.status for order in books.orders.values()) == {
        "placed": 20,
        "rejected": 20,
    }
    assert sum(shard["available"] for shard in books.shards) == 0
    reasons = {o.history[-1].reason for o in books.orders.values() if o.status == "rejected"}
    assert reasons == {"sold_out"}


def should_be_seen_to_oversell_without_the_stock_condition(mall: EmulatedMall) -> None:
    """Control."""
    _race(mall, _lines_for_the_last_units(mall), forgets=to("catalog"))
    with pytest.raises(AuditFailed, match=r"shard .* holds -"):
        mall.audit()


def _lines_of_one_purse(mall: EmulatedMall) -> Sequence[Sequence[RedeemQueued]]:
    """One member in several lines at once, who can pay for three."""
    product = mall.product(codes=40, shards=4, stock_mode="queued")
    member = mall.member(3 * PRICE)
    for number in range(16):
        mall.place(member, product, f"key {number}")
    return mall.waiting.batches()


def should_spend_the_points_for_three_orders_three_times(mall: EmulatedMall) -> None:
    """Case 34, over lines."""
    lines = _lines_of_one_purse(mall)
    assert len(lines) > 1
    assert _race(mall, lines).codes == []
    assert _statuses(mall) == {"placed": 3, "rejected": 13}


def should_be_seen_to_give_free_orders_without_the_revision_condition(mall: EmulatedMall) -> None:
    """Control."""
    _race(mall, _lines_of_one_purse(mall), forgets=to("points"))
    with pytest.raises(AuditFailed):
        mall.audit()


def _line_that_comes_twice(mall: EmulatedMall) -> Sequence[Sequence[RedeemQueued]]:
    """One line in the hands of two consumers, as when a first run outlives its message's rest."""
    product = mall.product(codes=20, shards=1, stock_mode="queued")
    for number, member in enumerate(mall.members([5 * PRICE] * 10)):
        mall.place(member, product, f"key {number}")
    [line] = mall.waiting.batches()
    return [line, line]


def should_place_one_order_for_a_message_that_two_hold(mall: EmulatedMall) -> None:
    assert _race(mall, _line_that_comes_twice(mall)).codes == []
    books = mall.audit()
    assert Counter(order.status for order in books.orders.values()) == {"placed": 10}
    assert sum(shard["available"] for shard in books.shards) == 10


def _come_again(mall: EmulatedMall, forgets: Forgets = _nothing) -> None:
    """The line is settled, the answer is lost, and the line comes again."""
    lines = _line_that_comes_twice(mall)
    mall.use(mall.opened(RivalStore, forgets=forgets))
    for line in lines:
        mall.till.settle(line)


def should_place_one_order_for_a_message_that_comes_again(mall: EmulatedMall) -> None:
    """Case 39: the members could pay for more."""
    _come_again(mall)
    assert _statuses(mall) == {"placed": 10}


def should_be_seen_to_charge_twice_without_the_condition_on_the_order(mall: EmulatedMall) -> None:
    """Control."""
    _come_again(mall, forgets=to("orders"))
    with pytest.raises(AuditFailed):
        mall.audit()


def _lines_of_one_limit(mall: EmulatedMall) -> Sequence[Sequence[RedeemQueued]]:
    """One member in several lines at once, who may have two."""
    product = mall.product(codes=40, shards=4, limit=2, stock_mode="queued")
    member = mall.member(16 * PRICE)
    for number in range(16):
        mall.place(member, product, f"key {number}")
    return mall.waiting.batches()


def should_keep_the_limit_per_member_over_lines(mall: EmulatedMall) -> None:
    """Case 42."""
    assert _race(mall, _lines_of_one_limit(mall)).codes == []
    assert _statuses(mall) == {"placed": 2, "rejected": 14}


def should_be_seen_to_pass_the_limit_without_its_condition(mall: EmulatedMall) -> None:
    """Control: in the lines' first try; whoever looks sees what the counter says."""
    lines = _lines_of_one_limit(mall)
    mall.use(mall.opened(RivalStore, forgets=to("catalog")))
    for line in lines:
        for asked in line:
            mall.till.settle([asked])
    with pytest.raises(AuditFailed, match="beyond the limit"):
        mall.audit()


def should_decide_once_between_a_consumer_and_one_that_gives_up(mall: EmulatedMall) -> None:
    """A dead letter is rejected while its last run is still at it: one of the two holds."""
    product = mall.product(codes=20, shards=1, stock_mode="queued")
    for number, member in enumerate(mall.members([PRICE] * 10)):
        mall.place(member, product, f"key {number}")
    [line] = mall.waiting.batches()
    mall.use(mall.opened(RivalStore, parties=2, meets=_settles))

    def act(number: int) -> None:
        if number:
            for asked in line[:5]:
                reject_failed(mall.store, asked)
        else:
            mall.till.settle(line)

    assert rivals(2, act).codes == []
    statuses = _statuses(mall)
    assert statuses["placed"] + statuses["rejected"] == 10
    assert statuses["placed"] >= 5


# --- dying between receiving and answering -------------------------------------------------------


@pytest.mark.parametrize("fault", [dies_before, dies_after], ids=lambda fault: fault.__name__)
@pytest.mark.parametrize("call", range(1, 6))
def should_lose_and_repeat_nothing_when_it_dies(
    mall: EmulatedMall, call: int, fault: Fault
) -> None:
    """At each of its calls: three heads, the program, the transaction. The line comes again."""
    product = mall.product(codes=20, shards=1, stock_mode="queued")
    members = mall.members([5 * PRICE] * 3)
    for number, member in enumerate(members):
        mall.place(member, product, f"key {number}")
    [line] = mall.waiting.batches()
    mall.use(mall.opened(Store))
    mall.shelf.product(product)
    strike = Strike(call, fault)
    with mall.engine.wire.tapped(strike), pytest.raises(Killed):
        mall.till.settle(line)
    assert strike.struck
    mall.use(mall.opened(Store))
    mall.till.settle(line)
    assert _statuses(mall) == {"placed": 3}
    assert [mall.available(member) for member in members] == [4 * PRICE] * 3
