"""The meter: round trips and capacity units of what a client does, by the SDK's own events.

Every request that leaves is a round trip, repetitions by the SDK included. Units are what DynamoDB
reports when asked to; of a cancelled transaction it reports none, though AWS charges it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_READS = ("GetItem", "BatchGetItem", "Query")


@dataclass
class Bill:
    """What was used so far."""

    round_trips: int = 0
    read_units: float = 0
    write_units: float = 0


@contextmanager
def metered(client: "DynamoDBClient") -> Iterator[Bill]:
    """Count what the client does for as long as the block lasts; not beside other threads."""
    bill = Bill()

    def ask(params: dict[str, Any], **_: object) -> dict[str, Any]:
        return {**params, "ReturnConsumedCapacity": "TOTAL"}

    def count(**_: object) -> None:
        bill.round_trips += 1

    def add(parsed: Mapping[str, Any], model: Any, **_: object) -> None:
        consumed = parsed.get("ConsumedCapacity", [])
        tables: Sequence[Mapping[str, Any]] = consumed if isinstance(consumed, list) else [consumed]
        units = sum(table["CapacityUnits"] for table in tables)
        if model.name in _READS:
            bill.read_units += units
        else:
            bill.write_units += units

    taps: dict[str, Callable[..., Any]] = {
        "provide-client-params": ask,
        "before-send": count,
        "after-call": add,
    }
    for event, tap in taps.items():
        client.meta.events.register(f"{event}.dynamodb", tap)
    try:
        yield bill
    finally:
        for event, tap in taps.items():
            client.meta.events.unregister(f"{event}.dynamodb", tap)
