"""A scheduled drawing killed between any two of its calls, and gone on with by the next run.

Closing, the list, the ranking, each prize and the end: whatever a run was doing when it died, the
next one comes to the winners that follow from list and seed, and the books add up.
"""

from itertools import count

import pytest
from botocore.awsrequest import AWSResponse
from mall.points.ledger import close, open_posting
from mall.points.ledger.entry import Source
from mall.points.ledger.writes import append
from mall.store import Store
from mall.store.ledger import head

from tests.audit import scan
from tests.emulated import EmulatedMall
from tests.raffling import COST, Raffles, points_for
from tests.simulation.faults import Killed, Strike, dies_after, dies_before
from tests.wire import Call

WRITES = ("PutItem", "UpdateItem", "TransactWriteItems")
WRITES_MIN = 11  # of an undisturbed run


@pytest.fixture
def raffles(mall: EmulatedMall) -> Raffles:
    """Lotteries of this test's mall."""
    return Raffles(mall)


def _sold(raffles: Raffles, monkeypatch: pytest.MonkeyPatch) -> str:
    """A lottery that is due, with fewer tickets than prizes; one member has closed the account.

    Its list has the letters of these purchases alone: those without any are like one another.
    """
    mall = raffles.mall
    mall.begin_anew()
    mall.use(mall.opened(Store, pause=lambda _: None))
    raffles.anew()
    product, members = mall.product(codes=3, shards=1), mall.members([COST * 2] * 3)
    code = {
        "prize_id": "code", "name": "Code", "kind": "coupon", "product_id": product, "stock": 3,
    }  # fmt: skip
    lottery = raffles.open(points_for(2), code, budget=200, shards=1)
    bought = [raffles.buy(members[n], lottery, n or 1) for n in range(3)]
    posting = open_posting(members[0], head(mall.store, members[0]), mall.store.now())
    close(posting, Source("user", members[0]), "the-admin")
    mall.store.transact(append(posting))
    letters = sorted({view.purchase_id[0] for view in bought})
    monkeypatch.setattr("mall.keys.TICKET_LETTERS", "".join(letters))
    raffles.let_it_close()
    raffles.let_it_draw()
    return lottery


def _run_struck(raffles: Raffles, lottery: str, strike: Strike) -> None:
    """One run, struck at one of its writes."""

    def tap(call: Call) -> AWSResponse | None:
        return strike(call) if call.operation in WRITES else None

    with raffles.mall.engine.wire.tapped(tap):
        try:
            raffles.go_on(lottery)
        except Killed:
            return


def _run_again(raffles: Raffles, lottery: str) -> None:
    """The next run, in a process of its own; one more changes nothing."""
    mall = raffles.mall
    mall.use(mall.store)
    assert raffles.go_on(lottery)
    raffles.audit(lottery)
    before = [scan(mall.engine.dynamodb, table) for table in mall.tables.values()]
    assert raffles.go_on(lottery)
    assert [scan(mall.engine.dynamodb, table) for table in mall.tables.values()] == before


def should_come_to_the_same_end_when_killed_between_any_two_calls(
    raffles: Raffles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Case 69, and case 39 for a job. A call takes effect, and the process dies with it.

    What only reads leaves everything as it was, so to die at a read, or before a write, is to die
    after the write before that; and before the first one nothing has happened.
    """
    for number in count(1):
        lottery = _sold(raffles, monkeypatch)
        strike = Strike(number, dies_after)
        _run_struck(raffles, lottery, strike)
        if not strike.struck:
            break
        _run_again(raffles, lottery)
    assert number > WRITES_MIN


def should_come_to_the_end_when_every_run_is_killed(
    raffles: Raffles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first run dies before its first write, the next before its second, and so on."""
    lottery = _sold(raffles, monkeypatch)
    for number in count(1):
        strike = Strike(number, dies_before)
        _run_struck(raffles, lottery, strike)
        if not strike.struck:
            break
    assert number > 3
    raffles.audit(lottery)
