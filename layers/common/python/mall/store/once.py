"""Doing a thing once per Idempotency-Key, with the receipt in the transaction that does it.

The receipt is looked up first, for the retry that comes late; it is the transaction's first write,
for the rival; and it is looked up again before any refusal, because what refuses may be what this
very key has done a moment ago: emptied the purse, used the code, taken the last unit.
"""

from collections.abc import Callable
from typing import TypeVar

from mall import keys
from mall.errors import AlreadyDone, Refusal, Stale
from mall.models import View
from mall.receipts import receipt, replayed
from mall.store.client import Commit, Store

V = TypeVar("V", bound=View)


def once(
    store: Store, view: type[V], receipt_id: str, request_hash: bytes,
    decide: Callable[[Stale | None], Commit[V]], *, table: keys.Table,
) -> V:  # fmt: skip
    """Commit what `decide` comes to, with its receipt, or answer as before to the same key.

    Raises IdempotencyKeyReused for another request, what `decide` raises, and Busy.
    """
    place = keys.receipt(receipt_id)
    if kept := store.get(table, place):
        return replayed(view, kept, request_hash)

    def attempt(last: Stale | None) -> Commit[V]:
        decided = decide(last)
        own = receipt(table, receipt_id, request_hash, decided.answer.model_dump_json())
        return Commit([own, *decided.writes], decided.answer)

    try:
        return store.commit(attempt)
    except AlreadyDone as done:
        return replayed(view, done.item, request_hash)
    except Refusal:
        if kept := store.get(table, place):
            return replayed(view, kept, request_hash)
        raise
