"""Claiming a receipt before work that takes several transactions."""

from mall import keys
from mall.errors import AlreadyDone, Stale
from mall.receipts import receipt, same_request
from mall.store.client import Commit, Store


def claim(store: Store, table: keys.Table, receipt_id: str, request_hash: bytes) -> bool:
    """Whether this key was claimed before, by the same request; claims it if not.

    Raises IdempotencyKeyReused.
    """

    def attempt(_: Stale | None) -> Commit[bool]:
        return Commit([receipt(table, receipt_id, request_hash)], False)

    try:
        return store.commit(attempt)
    except AlreadyDone as done:
        same_request(done.item, request_hash)
        return True
