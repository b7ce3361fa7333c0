"""What a scheduled drawing costs: a purchase of tickets, the list, and ranking a million tickets.

Called by `bench.lottery`. The CPU of ranking is a ratio to a plain sort of all tickets by the same
scores, and to one bare SDK call, all of one run; the memory is what Python objects take at the
peak.
"""

import hashlib
import hmac
import json
import random
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from mall import keys
from mall.lottery import ranking
from mall.lottery.fairness import framed
from mall.lottery.ranking import Listed, Ranked
from mall.store import Store
from mall.store.tickets import purchases_in

from bench.measure import against_bare, recorded
from tests.builders import any_id
from tests.emulated import EmulatedMall
from tests.meter import metered
from tests.raffling import Raffles, points_for
from tests.wire import answered

TICKETS = 1_000_000
WINNERS = 1_000  # the most that a lottery can have
PAGE = 5_000  # purchases, about the megabyte that DynamoDB answers with at once
_SEED = b"a seed that is only for measuring"


def print_purchase(mall: EmulatedMall) -> None:
    """Round trips and units of one purchase, in a process that knows the lottery."""
    raffles, member = Raffles(mall), mall.member(10_000)
    limits = {"member_per_day": 900, "member_total": 900, "program_total": 900}
    lottery = raffles.open(points_for(1), budget=100, limits=limits)
    raffles.buy(member, lottery)
    raffles.anew()
    raffles.warm(lottery)
    with metered(mall.engine.dynamodb) as bill:
        raffles.buy(member, lottery, 100)
    print("A purchase of     round trips  read units  write units")
    print(
        f"  100 tickets     {bill.round_trips:>11} {bill.read_units:>11} {bill.write_units:>12}\n"
    )


def print_ranking(mall: EmulatedMall) -> None:
    """CPU and memory of a drawing of a million tickets, however they were bought."""
    bare_s = _bare_call(mall)
    print(f"Ranking {TICKETS:,} tickets for {WINNERS:,} winners (process time)")
    print("  tickets a purchase       list     ranking  plain sort   ratio   bare calls")
    for quantity in (1, 100):
        purchases = list(_purchases(TICKETS // quantity, quantity))
        listed_s = _seconds(lambda: _list(purchases))  # noqa: B023 - called at once
        ranked_s = _seconds(lambda: _rank(purchases))  # noqa: B023 - called at once
        sorted_s = _seconds(lambda: _sort(purchases))  # noqa: B023 - called at once
        ratio, calls = ranked_s / sorted_s, ranked_s / bare_s
        shown = f"{listed_s:>7.2f} s {ranked_s:>9.2f} s {sorted_s:>9.2f} s"
        print(f"  {quantity:>18} {shown} {ratio:>7.2f} {calls:>12,.0f}")
    print("  memory at the peak        ranking  plain sort")
    for count in (TICKETS // 20, TICKETS // 2):
        ranked, plain = _peak(_rank, count), _peak(_sort, count)
        print(f"  {count:>18,} {ranked / 1e6:>12.1f} MB {plain / 1e6:>8.1f} MB")
    read_s = _page_read(mall)
    pages = 2 * TICKETS / PAGE
    print(f"  reading {PAGE:,} purchases: {read_s / bare_s:.0f} bare calls; a million, twice:")
    print(f"  {pages:.0f} pages, {read_s * pages:.0f} s of CPU\n")


def _purchases(count: int, quantity: int) -> Iterator[Listed]:
    """As many purchases, bucket by bucket; never more than one of them is held here."""
    chance = random.Random(count)
    for letter in keys.TICKET_LETTERS:
        for number in range(count // len(keys.TICKET_LETTERS)):
            who = f"{letter}{chance.getrandbits(60):012x}"[:13]
            yield Listed(f"{who}-{number:026d}", f"member {number:029d}", quantity)


def _list(purchases: Sequence[Listed]) -> None:
    ranking.summed(purchases)


def _rank(purchases: Iterator[Listed] | Sequence[Listed]) -> None:
    """Bucket by bucket, as the job does it."""
    score = ranking.scorer(_SEED, "the lottery", "5d" * 32, "")
    waiting = iter(purchases)
    best: list[Ranked] = []
    while (first := next(waiting, None)) is not None:
        best = ranking.best(best, _bucket(first, waiting), score, WINNERS)


def _bucket(first: Listed, waiting: Iterator[Listed]) -> Iterator[Listed]:
    yield first
    for _ in range(PAGE):
        if (following := next(waiting, None)) is None:
            return
        yield following


def _sort(purchases: Iterator[Listed] | Sequence[Listed]) -> None:
    """Every ticket with its score at once, sorted."""
    ranked = []
    for purchase, member, quantity in purchases:
        for number in range(1, quantity + 1):
            ticket = f"{purchase}-{number}"
            message = framed("ticket", "the lottery", "5d" * 32, "", ticket)
            ranked.append((hmac.digest(_SEED, message, hashlib.sha256), ticket, member))
    ranked.sort()


def _peak(rank: Callable[[Iterator[Listed]], None], count: int) -> int:
    tracemalloc.start()
    rank(_purchases(count, 1))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def _seconds(act: Callable[[], None]) -> float:
    began = time.process_time()
    act()
    return time.process_time() - began


def _bare_call(mall: EmulatedMall) -> float:
    raffles, member = Raffles(mall), mall.member(10**6)
    lottery = raffles.open(points_for(1), budget=100)
    raffles.buy(member, lottery)

    def buy() -> None:
        raffles.buy(member, lottery)

    bare = recorded(mall.engine, buy)
    return against_bare(mall.engine, bare.call, bare).other_s


def _page_read(mall: EmulatedMall) -> float:
    """Process time of one page of purchases, whose answer never leaves the process."""
    item: dict[str, Any] = {
        "pk": {"S": f"TICKETS#{any_id()}#a"}, "sk": {"S": f"{any_id()[:13]}-{any_id()}"},
        "member": {"S": any_id() + any_id()[:10]}, "quantity": {"N": "1"},
        "at": {"N": "1795348800000"}, "cost": {"N": "10"}, "request_hash": {"B": "A" * 24},
    }  # fmt: skip
    page = json.dumps({"Items": [item] * PAGE, "Count": PAGE, "ScannedCount": PAGE}).encode()
    store = Store(mall.engine.dynamodb, mall.tables)
    with mall.engine.wire.tapped(lambda _: answered(200, page)):
        return _seconds(lambda: _list(list(purchases_in(store, any_id(), "a"))))
