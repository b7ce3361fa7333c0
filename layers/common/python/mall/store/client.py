"""The store: reads, one transaction, and a bounded retry around a decision.

`commit` is the heart: read a snapshot, decide, write everything in ONE transaction. A lost race
(`Stale`), a transaction conflict or throttling decides again on a fresh snapshot with full jitter,
10 ms doubling up to 400 ms, 8 tries and no new one after 6 seconds; then `Busy`, with nothing
written: a function that is ended at its tenth second could not even say so. botocore repeats
neither a cancelled transaction nor throttling inside its reasons, so this is the only place that
does.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Generic, TypeVar, cast

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

from mall.errors import Busy, Stale
from mall.keys import Table
from mall.settings import Settings
from mall.store.reads import AGAIN, TRIES_MAX, Reads
from mall.store.wire import names, read, written
from mall.writes import Write

T = TypeVar("T")

_FAILED = "ConditionalCheckFailed"


@dataclass(frozen=True)
class Commit(Generic[T]):
    """What a decision came to: the writes of one transaction, and the answer once they stand."""

    writes: Sequence[Write]
    answer: T


class Store(Reads):
    """The tables of one stage. Thread-safe; one per process is enough."""

    patience_s = 6.0

    @classmethod
    def on(cls, settings: Settings) -> "Store":
        """The store that a function's settings describe."""
        config = Config(
            connect_timeout=1,
            read_timeout=2,
            retries={"mode": "standard", "total_max_attempts": 2},
            max_pool_connections=64,
        )
        tables: Mapping[Table, str] = {
            "points": settings.points_table,
            "orders": settings.orders_table,
            "catalog": settings.catalog_table,
            "users": settings.users_table,
        }
        return cls(boto3.client("dynamodb", config=config), tables, sandbox=settings.sandbox)

    def commit(self, attempt: Callable[[Stale | None], Commit[T]]) -> T:
        """Decide and write until it holds; `attempt` gets what went stale the time before.

        Raises what the decision or a refused write raises, and Busy when tries or time run out.
        """
        last: Stale | None = None
        until = monotonic() + self.patience_s
        for tried in range(TRIES_MAX):
            if tried and monotonic() > until:
                break
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
            if len(writes) == 1 and writes[0].action != "ConditionCheck":
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
            request["Item"] = written(write.item)
        else:
            request["Key"] = written(write.key)
        if write.update:
            request["UpdateExpression"] = write.update
        if write.condition:
            request["ConditionExpression"] = write.condition
            request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        if named := names(write.update, write.condition):
            request["ExpressionAttributeNames"] = named
        if write.values:
            request["ExpressionAttributeValues"] = written(
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
                return write.refused(read(item) if item else None)
        if code in AGAIN or any(reason["Code"] in AGAIN for reason in reasons):
            return Stale()
        return error
