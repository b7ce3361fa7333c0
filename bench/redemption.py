"""What a redemption costs: CPU against one bare SDK call, units and round trips by ledger length.

Run from the repository's root: `make bench`. Both sides of a ratio are
measured in the same run, so it travels between machines; counts are the same on every machine.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from botocore.awsrequest import AWSResponse
from mall.store import open_shelf, open_store

from functions.orders.place_order import place_order
from local import emulator
from tests.builders import any_id
from tests.emulated import PRICE, EmulatedMall
from tests.engine import Engine
from tests.events import http_event, member_claims
from tests.meter import metered
from tests.wire import Call, answered

ROUNDS = 15
CALLS_PER_ROUND = 40
LENGTHS = (10, 1_000, 20_000)
ROUTE = "POST /v1/orders"


def main() -> None:
    """Print all figures."""
    with tempfile.TemporaryDirectory() as folder, emulator.running(Path(folder)) as aws:
        mall = EmulatedMall(Engine.on(aws))
        product = mall.product(codes=20, shards=4)
        print_cpu(mall, product)
        print_growth(mall, product)


def print_cpu(mall: EmulatedMall, product: str) -> None:
    """Process time of a redemption through its whole handler, against one bare SDK call."""
    redeem = _redemption(mall, mall.member(PRICE * 100), product)
    client = mall.engine.dynamodb
    answers: dict[str, bytes] = {}
    bare_request: dict[str, Any] = {}

    def record(call: Call) -> AWSResponse:
        answer = call.send()
        answers[call.operation] = answer.content
        return answer

    def keep(params: Mapping[str, Any], **_: object) -> None:
        bare_request.update(params)

    client.meta.events.register("provide-client-params.dynamodb.TransactWriteItems", keep)
    with mall.engine.wire.tapped(record), _silent():
        redeem()
    client.meta.events.unregister("provide-client-params.dynamodb.TransactWriteItems", keep)

    def bare() -> None:
        client.transact_write_items(**bare_request)

    # From here on nothing leaves the process: the recorded answers come back in the transport.
    with mall.engine.wire.tapped(lambda call: answered(200, answers[call.operation])), _silent():
        redemption, call, ratio = _compared(redeem, bare)
    print("CPU (process time; DynamoDB's answers are recorded ones)")
    print(f"  redemption, from event to answer     {redemption * 1e3:7.2f} ms")
    print(f"  one bare transact_write_items        {call * 1e3:7.2f} ms")
    print(f"  ratio                                {ratio:7.2f}\n")


def _redemption(mall: EmulatedMall, member: str, product: str) -> Callable[[], None]:
    """A redemption with a key of its own, through Powertools and all that is wrapped around."""
    overrides = place_order.resolver(ROUTE).dependency_overrides
    overrides |= {open_store: lambda: mall.store, open_shelf: lambda: mall.shelf}
    body = {"product_id": product, "quantity": 1, "price": {"points": PRICE}}
    claims = member_claims(member)

    def redeem() -> None:
        event = http_event(ROUTE, body=body, claims=claims, headers={"Idempotency-Key": any_id()})
        answer = place_order.respond(event, None, "member")
        if answer["statusCode"] != place_order.status:
            raise RuntimeError(f"the redemption was answered {answer}")

    return redeem


@contextmanager
def _silent() -> Iterator[None]:
    """The handler's log lines are written, and not shown."""
    sys.stdout.flush()
    shown = os.dup(1)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        try:
            yield
        finally:
            sys.stdout.flush()
            os.dup2(shown, 1)
            os.close(shown)


def _compared(one: Callable[[], None], other: Callable[[], None]) -> tuple[float, float, float]:
    """Median seconds of each, and the median ratio of rounds in which both take their turn."""
    for act in (one, other):
        _seconds(act)  # what is built at first is built now
    times = [(_seconds(one), _seconds(other)) for _ in range(ROUNDS)]
    ratio = statistics.median(first / second for first, second in times)
    return statistics.median(t[0] for t in times), statistics.median(t[1] for t in times), ratio


def _seconds(act: Callable[[], None]) -> float:
    began = time.process_time()
    for _ in range(CALLS_PER_ROUND):
        act()
    return (time.process_time() - began) / CALLS_PER_ROUND


def print_growth(mall: EmulatedMall, product: str) -> None:
    """Round trips and units of one redemption by a member with ever more ledger entries."""
    member = mall.member()
    print("One redemption, by ledger entries of the member")
    print(f"  {'entries':>8} {'round trips':>12} {'read units':>11} {'write units':>12}")
    for length in LENGTHS:
        mall.grow(member, length)
        mall.shelf.product(product)
        with metered(mall.engine.dynamodb) as bill:
            mall.place(member, product, any_id())
        units = f"{bill.read_units:>11.1f} {bill.write_units:>12.1f}"
        print(f"  {length:>8,} {bill.round_trips:>12} {units}")


if __name__ == "__main__":
    main()
