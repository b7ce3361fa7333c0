"""What a redemption costs: CPU against one bare SDK call, units and round trips by ledger length.

Run from the repository's root: `make bench`. Both sides of a ratio are
measured in the same run, so it travels between machines; counts are the same on every machine.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

from mall.store import open_shelf, open_store

from bench.measure import LENGTHS, against_bare, print_header, recorded
from functions.orders.place_order import place_order
from local import emulator
from tests.builders import any_id
from tests.emulated import PRICE, EmulatedMall
from tests.engine import Engine
from tests.events import http_event, member_claims
from tests.meter import metered

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
    took = against_bare(mall.engine, redeem, recorded(mall.engine, redeem))
    print("CPU (process time; DynamoDB's answers are recorded ones)")
    print(f"  redemption, from event to answer     {took.one_s * 1e3:7.2f} ms")
    print(f"  one bare transact_write_items        {took.other_s * 1e3:7.2f} ms")
    print(f"  ratio                                {took.ratio:7.2f}\n")


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


def print_growth(mall: EmulatedMall, product: str) -> None:
    """Round trips and units of one redemption by a member with ever more ledger entries."""
    member = mall.member()
    print_header("One redemption, by ledger entries of the member")
    for length in LENGTHS:
        mall.grow(member, length)
        mall.shelf.product(product)
        with metered(mall.engine.dynamodb) as bill:
            mall.place(member, product, any_id())
        units = f"{bill.read_units:>11.1f} {bill.write_units:>12.1f}"
        print(f"  {length:>8,} {bill.round_trips:>12} {units}")


if __name__ == "__main__":
    main()
