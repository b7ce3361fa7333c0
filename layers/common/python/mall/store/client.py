"""DynamoDB, spoken in plain values: reads, one transaction, and a bounded retry around a decision.

`commit` is the heart: read a snapshot, decide, write everything in ONE transaction. A lost race
(`Stale`), a transaction conflict or throttling decides again on a fresh snapshot with full jitter,
10 ms doubling up to 400 ms, 8 tries; then `Busy`, with nothing written. botocore repeats neither a
cancelled transaction nor throttling inside its reasons, so this is the only place that does.
"""

import random
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

from mall.clock import Clock, Millis
from mall.errors import Busy, Stale
from mall.keys import CLOCK, Key, Table
from mall.settings import Settings
from mall.writes import Write

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

T = TypeVar("T")

TRIES_MAX = 8
_PAUSE_S = 0.010
_PAUSE_S_MAX = 0.400
BATCH_MAX = 100
_OFFSET_AGE_S_MAX = 1.0
_FAILED = "ConditionalCheckFailed"
_AGAIN = {
    "TransactionConflict",
    "TransactionConflictException",
    "TransactionInProgressException",
    "ProvisionedThroughputExceeded",
    "ProvisionedThroughputExceededException",
    "ThrottlingError",
    "ThrottlingException",
    "RequestLimitExceeded",
    "InternalServerError",
}
_NAME = re.compile(r"#(\w+)")


class _PlainValues(TypeDeserializer):
    """Numbers are integers here and bytes are bytes: the mall stores nothing else."""

    def _deserialize_n(self, value: str) -> int:
        return int(value)

    def _deserialize_b(self, value: bytes) -> bytes:
        return bytes(value)


@dataclass(frozen=True)
class Page:
    """One page of a query. `last` is the key to go on from, or None at the end."""

    items: list[dict[str, Any]]
    last: dict[str, Any] | None


@dataclass(frozen=True)
class Commit(Generic[T]):
    """What a decision came to: the writes of one transaction, and the answer once they stand."""

    writes: Sequence[Write]
    answer: T


class Store:
    """The tables of one stage. Thread-safe; one per process is enough."""

    def __init__(
        self,
        client: "DynamoDBClient",
        tables: Mapping[Table, str],
        *,
        sandbox: bool = False,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._tables = tables
        self._pause = pause
        self._write_value = TypeSerializer().serialize
        self._read_value = _PlainValues().deserialize
        self._offset = (0, 0.0)
        self.clock = Clock(self.clock_offset_s) if sandbox else Clock()

    @classmethod
    def on(cls, settings: Settings) -> "Store":
        """The store that a function's settings describe."""
        config = Config(
            connect_timeout=1,
            read_timeout=3,
            retries={"mode": "standard", "total_max_attempts": 3},
            max_pool_connections=64,
        )
        tables: Mapping[Table, str] = {
            "points": settings.points_table,
            "orders": settings.orders_table,
            "catalog": settings.catalog_table,
            "users": settings.users_table,
        }
        return cls(boto3.client("dynamodb", config=config), tables, sandbox=settings.sandbox)

    # --- time ------------------------------------------------------------------------------------

    def now(self) -> Millis:
        """The stage's time."""
        return self.clock.now()

    def clock_offset_s(self) -> int:
        """The sandbox's clock offset, at most a second old; whoever sets it waits that long."""
        offset, good_until = self._offset
        if time.monotonic() >= good_until:
            item = self.get("points", CLOCK)
            offset = item["offset_s"] if item else 0
            self._offset = (offset, time.monotonic() + _OFFSET_AGE_S_MAX)
        return offset

    def let_old_offsets_die(self) -> None:
        """Wait until no function lives at an offset read before now."""
        self._pause(_OFFSET_AGE_S_MAX + 0.2)
        self._offset = (0, 0.0)

    # --- reads -----------------------------------------------------------------------------------

    def get(self, table: Table, key: Key) -> dict[str, Any] | None:
        """One item, read consistently."""
        answer = self._ask(
            self._client.get_item,
            TableName=self._tables[table],
            Key=self._written(key),
            ConsistentRead=True,
        )
        return self._read(answer["Item"]) if "Item" in answer else None

    def get_many(
        self, wanted: Sequence[tuple[Table, Key]], *, consistent: bool = True
    ) -> list[dict[str, Any] | None]:
        """Items in the order of `wanted` (at most 100), None for none; one round trip."""
        if not wanted:
            return []
        asked: dict[str, Any] = {}
        for table, key in wanted:
            slot = asked.setdefault(self._tables[table], {"Keys": [], "ConsistentRead": consistent})
            slot["Keys"].append(self._written(key))
        found: dict[tuple[str, str, str], dict[str, Any]] = {}
        for attempt in range(TRIES_MAX):
            answer = self._ask(self._client.batch_get_item, RequestItems=asked)
            for name, items in answer["Responses"].items():
                for item in map(self._read, items):
                    found[name, item["pk"], item["sk"]] = item
            asked = answer.get("UnprocessedKeys", {})
            if not asked:
                return [found.get((self._tables[t], k["pk"], k["sk"])) for t, k in wanted]
            self._wait(attempt)
        raise Busy()

    def query(  # noqa: PLR0913 - the facets of a DynamoDB query
        self,
        table: Table,
        condition: str,
        values: Mapping[str, Any],
        *,
        index: str | None = None,
        newest_first: bool = False,
        limit: int | None = None,
        after: Mapping[str, Any] | None = None,
        only: str = "",
        consistent: bool = False,
    ) -> Page:
        """One page of items under a key condition; `only` filters after reading."""
        request: dict[str, Any] = {
            "TableName": self._tables[table],
            "KeyConditionExpression": condition,
            "ExpressionAttributeNames": _names(condition, only),
            "ExpressionAttributeValues": self._written({f":{k}": v for k, v in values.items()}),
            "ScanIndexForward": not newest_first,
            "ConsistentRead": consistent,
        }
        optional = {
            "IndexName": index,
            "Limit": limit,
            "FilterExpression": only,
            "ExclusiveStartKey": self._written(after) if after else None,
        }
        answer = self._ask(
            self._client.query, **request, **{k: v for k, v in optional.items() if v}
        )
        last = answer.get("LastEvaluatedKey")
        return Page(
            [self._read(item) for item in answer["Items"]], self._read(last) if last else None
        )

    def query_all(
        self, table: Table, condition: str, values: Mapping[str, Any], **facets: Any
    ) -> Iterable[dict[str, Any]]:
        """Every item under a key condition, page by page."""
        after = None
        while True:
            page = self.query(table, condition, values, after=after, **facets)
            yield from page.items
            after = page.last
            if not after:
                return

    def query_page(
        self, table: Table, condition: str, values: Mapping[str, Any], *, limit: int,
        after: Mapping[str, Any] | None = None, **facets: Any,
    ) -> Page:  # fmt: skip
        """`limit` items that pass the filter, or fewer at the end: a page as a person wants it."""
        items: list[dict[str, Any]] = []
        while True:
            rest = limit - len(items)
            page = self.query(table, condition, values, limit=rest, after=after, **facets)
            items += page.items
            after = page.last
            if not after or len(items) == limit:
                return Page(items, page.last)

    # --- writes ----------------------------------------------------------------------------------

    def commit(self, attempt: Callable[[Stale | None], Commit[T]]) -> T:
        """Decide and write until it holds; `attempt` gets what went stale the time before.

        Raises what the decision or a refused write raises, and Busy when the tries run out.
        """
        last: Stale | None = None
        for tried in range(TRIES_MAX):
            try:
                decided = attempt(last)
                self.transact(decided.writes)
            except Stale as lost:
                last = lost
                if lost.rival:
                    self._wait(tried)
            else:
                return decided.answer
        raise Busy()

    def transact(self, writes: Sequence[Write]) -> None:
        """Write all or nothing. Raises what the first refused write means; Stale on a conflict."""
        if not writes:
            return
        try:
            if len(writes) == 1:
                self._write_one(writes[0])
            else:
                items = [{w.action: self._request(w)} for w in writes]
                self._client.transact_write_items(TransactItems=cast(Any, items))
        except ClientError as error:
            raise self._meaning(error, writes) from error
        except (ConnectionError, HTTPClientError) as error:
            raise Busy("The database did not answer; retry with the same key.") from error

    def _write_one(self, write: Write) -> None:
        calls: Mapping[str, Callable[..., Any]] = {
            "Put": self._client.put_item,
            "Update": self._client.update_item,
            "Delete": self._client.delete_item,
        }
        calls[write.action](**self._request(write))

    def _request(self, write: Write) -> dict[str, Any]:
        request: dict[str, Any] = {"TableName": self._tables[write.table]}
        if write.action == "Put":
            request["Item"] = self._written(write.item)
        else:
            request["Key"] = self._written(write.key)
        if write.update:
            request["UpdateExpression"] = write.update
        if write.condition:
            request["ConditionExpression"] = write.condition
            request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        names = _names(write.update, write.condition)
        if names:
            request["ExpressionAttributeNames"] = names
        if write.values:
            request["ExpressionAttributeValues"] = self._written(
                {f":{name}": value for name, value in write.values.items()}
            )
        return request

    def _meaning(self, error: ClientError, writes: Sequence[Write]) -> Exception:
        """What the first refused part means; Stale when only rivals or throttling interfered."""
        body = cast(Mapping[str, Any], error.response)
        code = body["Error"]["Code"]
        reasons = body.get("CancellationReasons") or [{"Code": code, "Item": body.get("Item")}]
        for write, reason in zip(writes, reasons, strict=False):
            if reason["Code"].removesuffix("Exception") == _FAILED:
                item = reason.get("Item")
                return write.refused(self._read(item) if item else None)
        if code in _AGAIN or any(reason["Code"] in _AGAIN for reason in reasons):
            return Stale()
        return error

    # --- inside ----------------------------------------------------------------------------------

    def _ask(self, call: Callable[..., Any], **request: Any) -> Any:
        try:
            return call(**request)
        except ClientError as error:
            if error.response["Error"]["Code"] in _AGAIN:
                raise Busy() from error
            raise
        except (ConnectionError, HTTPClientError) as error:
            raise Busy("The database did not answer.") from error

    def _wait(self, tried: int) -> None:
        longest = min(_PAUSE_S_MAX, _PAUSE_S * 2**tried)
        self._pause(random.uniform(0, longest))  # noqa: S311 - jitter is no secret

    def _written(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self._write_value(value) for name, value in values.items()}

    def _read(self, item: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self._read_value(value) for name, value in item.items()}


def _names(*expressions: str) -> dict[str, str]:
    return {f"#{name}": name for text in expressions for name in _NAME.findall(text)}
