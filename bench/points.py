"""What earning costs: CPU of the rules and of a grant, units and round trips by ledger length.

Run from the repository's root: `make bench`. Both sides of a ratio are measured in the same run;
counts are the same on every machine.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

from mall.store import open_store
from mall.store.program import Programs, open_programs

from bench.measure import LENGTHS, against_bare, print_header, recorded, silent
from bench.rules import LINES, evaluate_once
from functions.points.record_event import record_event
from local import emulator
from tests.builders import any_id
from tests.emulated import EmulatedMall
from tests.engine import Engine
from tests.events import http_event, partner_claims
from tests.meter import Bill, metered

ROUTE = "POST /v1/events"


def main() -> None:
    """Print all figures."""
    with tempfile.TemporaryDirectory() as folder, emulator.running(Path(folder)) as aws:
        mall = EmulatedMall(Engine.on(aws))
        programs = Programs(mall.store)
        print_cpu(mall, programs)
        print_growth(mall, programs)


def print_cpu(mall: EmulatedMall, programs: Programs) -> None:
    """Process time of the rules and of a grant's whole handler, against one bare SDK call."""
    grant = _grant(mall, programs, mall.member())
    bare = recorded(mall.engine, grant)
    whole = against_bare(mall.engine, grant, bare)
    rules = against_bare(mall.engine, _rules, bare)
    print("CPU (process time; DynamoDB's answers are recorded ones)")
    print(f"  grant, from event to answer          {whole.one_s * 1e3:7.2f} ms")
    print(f"  {LINES} lines against 200 active rules   {rules.one_s * 1e3:7.2f} ms")
    print(f"  one bare transact_write_items        {whole.other_s * 1e3:7.2f} ms")
    print(f"  ratio of the grant                   {whole.ratio:7.2f}")
    print(f"  ratio of the rules                   {rules.ratio:7.2f}\n")


def _grant(mall: EmulatedMall, programs: Programs, member: str) -> Callable[[], None]:
    """A purchase with an id of its own, through Powertools and all that is wrapped around."""
    overrides = record_event.resolver(ROUTE).dependency_overrides
    overrides |= {open_store: lambda: mall.store, open_programs: lambda: programs}
    claims = partner_claims("shop", "mall/events")

    def grant() -> None:
        event = http_event(ROUTE, body=_purchase(mall, member), claims=claims)
        answer = record_event.respond(event, None, "mall/events")
        if answer["statusCode"] != record_event.status:
            raise RuntimeError(f"the event was answered {answer}")

    return grant


def _rules() -> None:
    evaluate_once()


def _purchase(mall: EmulatedMall, member: str) -> dict[str, object]:
    return {
        "event_id": any_id(),
        "type": "purchase",
        "member": {"user_id": member},
        "occurred_at": mall.opened_at,
        "currency": "USD",
        "lines": [{"sku": "mug", "quantity": 1, "amount": 1_250}],
    }


def print_growth(mall: EmulatedMall, programs: Programs) -> None:
    """Round trips and units of one grant to a member with ever more ledger entries."""
    member = mall.member()
    grant = _grant(mall, programs, member)
    print_header("One grant, by ledger entries of the member (the member's lookup among them)")
    for length in LENGTHS:
        mall.grow(member, length)
        with silent():
            grant()  # the month's lot, and with it its marker, is there from now on
            bill = min((_bill(mall, grant) for _ in range(3)), key=lambda bill: bill.round_trips)
        units = f"{bill.read_units:>11.1f} {bill.write_units:>12.1f}"
        print(f"  {length:>8,} {bill.round_trips:>12} {units}")


def _bill(mall: EmulatedMall, grant: Callable[[], None]) -> Bill:
    """What a grant uses. One in which the settings' two seconds are over has a reading more."""
    with metered(mall.engine.dynamodb) as bill:
        grant()
    return bill


if __name__ == "__main__":
    main()
