"""Reads of the tables in plain values, and the stage's time. A service that is silent is `Busy`."""

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

from mall import keys
from mall.clock import Clock, Millis
from mall.errors import Busy
from mall.keys import CLOCK, Key, Table
from mall.store.wire import names, read, written

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

TRIES_MAX = 8
_BATCH_MAX = 100
_PAUSE_S = 0.010
_PAUSE_S_MAX = 0.400
_OFFSET_AGE_S_MAX = 1.0
PROGRAM_AGE_S_MAX = 2.0
_FILTERED_READ = 100
_FILTERED_PAGES_MAX = 5
AGAIN = {
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


@dataclass(frozen=True)
class Page:
    """One page of a query. `last` is the key to go on from, or None at the end."""

    items: list[dict[str, Any]]
    last: dict[str, Any] | None


class Reads:
    """What can be asked of the tables of one stage. Thread-safe."""

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
        self._offset = (0, 0.0)
        self.clock = Clock(self.clock_offset_s) if sandbox else Clock()

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

    def let_old_programs_die(self) -> None:
        """Wait until no function decides by settings or rules read before now."""
        self._pause(PROGRAM_AGE_S_MAX + 0.2)

    # --- reads -----------------------------------------------------------------------------------

    def get(self, table: Table, key: Key) -> dict[str, Any] | None:
        """One item, read consistently."""
        answer = self._ask(
            self._client.get_item,
            TableName=self._tables[table],
            Key=written(key),
            ConsistentRead=True,
        )
        return read(answer["Item"]) if "Item" in answer else None

    def get_many(
        self, wanted: Sequence[tuple[Table, Key]], *, consistent: bool = True
    ) -> list[dict[str, Any] | None]:
        """Items in the order of `wanted`, None for none; one round trip for each 100."""
        found: dict[tuple[str, str, str], dict[str, Any]] = {}
        for first in range(0, len(wanted), _BATCH_MAX):
            found |= self._batch(wanted[first : first + _BATCH_MAX], consistent)
        return [found.get((self._tables[t], k["pk"], k["sk"])) for t, k in wanted]

    def _batch(
        self, wanted: Sequence[tuple[Table, Key]], consistent: bool
    ) -> dict[tuple[str, str, str], dict[str, Any]]:
        """At most 100 items, by table, partition key and sort key."""
        asked: dict[str, Any] = {}
        for table, key in wanted:
            slot = asked.setdefault(self._tables[table], {"Keys": [], "ConsistentRead": consistent})
            slot["Keys"].append(written(key))
        found: dict[tuple[str, str, str], dict[str, Any]] = {}
        for attempt in range(TRIES_MAX):
            answer = self._ask(self._client.batch_get_item, RequestItems=asked)
            for name, items in answer["Responses"].items():
                for item in map(read, items):
                    found[name, item["pk"], item["sk"]] = item
            asked = answer.get("UnprocessedKeys", {})
            if not asked:
                return found
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
        _refuse_keys_in_filter(only, index)
        request: dict[str, Any] = {
            "TableName": self._tables[table],
            "KeyConditionExpression": condition,
            "ExpressionAttributeNames": names(condition, only),
            "ExpressionAttributeValues": written({f":{k}": v for k, v in values.items()}),
            "ScanIndexForward": not newest_first,
            "ConsistentRead": consistent,
        }
        optional = {
            "IndexName": index,
            "Limit": limit,
            "FilterExpression": only,
            "ExclusiveStartKey": written(after) if after else None,
        }
        answer = self._ask(
            self._client.query, **request, **{k: v for k, v in optional.items() if v}
        )
        last = answer.get("LastEvaluatedKey")
        return Page([read(item) for item in answer["Items"]], read(last) if last else None)

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

    def query_page(  # noqa: PLR0913 - the facets of a DynamoDB query
        self, table: Table, condition: str, values: Mapping[str, Any], *, limit: int,
        after: Mapping[str, Any] | None = None, only: str = "", index: str | None = None,
        newest_first: bool = False, consistent: bool = False,
    ) -> Page:  # fmt: skip
        """Up to `limit` items that pass the filter `only`.

        A filter is applied after reading, so a page under one reads at most 500 items and may be
        short, or empty, and still have a `last` to go on from.
        """
        read_at_once = _FILTERED_READ if only else limit
        items: list[dict[str, Any]] = []
        last = after
        for _ in range(_FILTERED_PAGES_MAX):
            page = self.query(
                table, condition, values, limit=read_at_once, after=last, only=only,
                index=index, newest_first=newest_first, consistent=consistent,
            )  # fmt: skip
            items += page.items
            last = page.last
            if len(items) > limit:
                return Page(items[:limit], _key_of(items[limit - 1], index))
            if not last or len(items) == limit or not only:
                break
        return Page(items, dict(last) if last else None)

    def _ask(self, call: Callable[..., Any], **request: Any) -> Any:
        try:
            return call(**request)
        except ClientError as error:
            if error.response["Error"]["Code"] in AGAIN:
                raise Busy() from error
            raise
        except (ConnectionError, HTTPClientError) as error:
            raise Busy("The database did not answer.") from error

    def _wait(self, tried: int) -> None:
        longest = min(_PAUSE_S_MAX, _PAUSE_S * 2**tried)
        self._pause(random.uniform(0, longest))  # noqa: S311 - jitter is no secret


def _key_of(item: Mapping[str, Any], index: str | None) -> dict[str, Any]:
    """The key to go on from after an item, on the table or on an index."""
    names = ("pk", "sk", *keys.INDEX_KEYS.get(index or "", ()))
    return {name: item[name] for name in names}


def _refuse_keys_in_filter(only: str, index: str | None) -> None:
    """DynamoDB refuses a filter on a key of what is queried; the engines of the tests do not."""
    keyed = keys.INDEX_KEYS.get(index, ()) if index else ("pk", "sk")
    named = [name for name in names(only).values() if name in keyed]
    if named:
        raise ValueError(f"a filter cannot name the key {named[0]}")
