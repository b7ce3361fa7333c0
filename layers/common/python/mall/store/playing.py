"""A member at a lottery: what draws and purchases of tickets look at, and what a member has there.

A request looks at terms, shards, newest entry and counters. When its commit is tried again, only
what may have gone stale is looked at anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mall import keys
from mall.clock import Millis
from mall.errors import Stale
from mall.lottery.drawing import Account, moment
from mall.lottery.lottery import Kind, Lottery
from mall.lottery.shards import Shard
from mall.lottery.taking import ShardMoved
from mall.points.ledger.entry import from_item
from mall.store.client import Store
from mall.store.lotteries import Lotteries
from mall.store.reads import Page

_BESIDE = "#pk = :pk AND #sk BETWEEN :first AND :last"


def read_account(store: Store, member: str) -> Account:
    """A member's newest entry and counters, in one round trip, however long the chain.

    One read unit for the counters of about forty lotteries. They stand right behind the last entry,
    so both come first when the newest come first.
    """
    values = {
        "pk": keys.member(member),
        "first": keys.ENTRY_PREFIX,
        "last": keys.PLAYED_SK,
    }
    page = store.query("points", _BESIDE, values, newest_first=True, limit=2, consistent=True)
    items = page.items
    played = items.pop(0) if items and items[0]["sk"] == keys.PLAYED_SK else None
    return Account(from_item(items[0]) if items else None, played)


@dataclass(frozen=True)
class Sight:
    """What a try is decided by, at the `moment` of it."""

    lottery: Lottery
    shards: Sequence[Shard]
    account: Account
    at: Millis


class Playing:
    """One request of a member. Over the tries of a commit it remembers what it need not ask again.

    `kind` is that of the lotteries that such requests are for.
    """

    def __init__(
        self, store: Store, lotteries: Lotteries, lottery_id: str, member: str, kind: Kind
    ) -> None:
        self._store = store
        self._lotteries = lotteries
        self._lottery_id = lottery_id
        self._member = member
        self._kind = kind
        self._account: Account | None = None

    def look(self, last: Stale | None) -> Sight:
        """Look at what stands now; `last` is what went stale the time before.

        Raises NotFound and LotteryClosed(opens_at, closes_at).
        """
        moved = isinstance(last, ShardMoved)
        lottery = self._lotteries.terms(self._lottery_id)
        if self._account is None or not moved:
            self._account = read_account(self._store, self._member)
        now = self._store.now()
        if not lottery.takes_draws(now):  # it may have opened since it was remembered
            lottery = self._lotteries.terms(self._lottery_id, fresh=True)
        at = moment(lottery, self._account.head, now, self._kind)
        return Sight(lottery, self._lotteries.shards(lottery, fresh=moved), self._account, at)


def own_page(store: Store, place: keys.Key, limit: int, after: Mapping[str, Any] | None) -> Page:
    """A page of the draws, or purchases, whose ids begin as `place` does, in their order."""
    return store.query_page(
        "points",
        "#pk = :pk AND begins_with(#sk, :who)",
        {"pk": place["pk"], "who": f"{place['sk']}-"},
        limit=limit,
        after=after,
        consistent=True,
    )
