"""Tickets on their way, and their list: newest entry and counters in one query, one transaction."""

from collections.abc import Iterator, Mapping
from random import SystemRandom
from typing import Any

from mall import keys
from mall.errors import Stale
from mall.lottery import tickets
from mall.lottery.draws import drawer
from mall.lottery.lottery import Lottery
from mall.lottery.ranking import Listed
from mall.lottery.tickets import Purchase, from_item
from mall.points.program import Program
from mall.store.client import Commit, Store
from mall.store.lotteries import Lotteries
from mall.store.playing import Playing, own_page

_RANDOM = SystemRandom()
Place = Mapping[str, Any]


def read_purchase(store: Store, lottery_id: str, purchase_id: str) -> Purchase | None:
    """A purchase by its id."""
    item = store.get("points", keys.tickets(lottery_id, purchase_id))
    return from_item(item) if item else None


class Buying:
    """One request for tickets.

    `attempt` raises every refusal of `buy_tickets` but those of its key.
    """

    def __init__(
        self, asked: tickets.Draft, store: Store, lotteries: Lotteries, program: Program
    ) -> None:
        self._asked = asked
        self._program = program
        self._playing = Playing(store, lotteries, asked.lottery_id, asked.member, "scheduled")

    def attempt(self, last: Stale | None) -> Commit[Purchase]:
        """Decide once, on what stands now; `last` is what went stale the time before."""
        seen = self._playing.look(last)
        return Commit(
            *tickets.buy(
                self._asked, seen.lottery, seen.shards, seen.account, self._program, seen.at,
                _RANDOM,
            )
        )  # fmt: skip


# --- the list ------------------------------------------------------------------------------------


def purchases_in(store: Store, lottery_id: str, letter: str) -> Iterator[Listed]:
    """The purchases of a bucket, in the order of their ids, page by page."""
    values = {"pk": keys.tickets_partition(lottery_id, letter)}
    found = store.query_all("points", "#pk = :pk", values, consistent=True)
    for item in found:
        yield Listed(item["sk"], item["member"], item["quantity"])


def own_purchases(
    store: Store, lottery: Lottery, member: str, limit: int, after: Place | None
) -> tuple[list[Purchase], Place | None]:
    """A page of a member's purchases, in the order of their ids."""
    place = keys.tickets(lottery.lottery_id, drawer(lottery.lottery_id, member))
    page = own_page(store, place, limit, after)
    return [from_item(item) for item in page.items], page.last


def page_of_list(
    store: Store, lottery: Lottery, letters: str, limit: int, after: Place | None
) -> tuple[list[Purchase], Place | None]:
    """A page of the final list, in its order, out of the buckets that hold purchases."""
    items: list[Purchase] = []
    place = after
    for letter in letters[letters.index(after["pk"][-1]) if after else 0 :]:
        values = {"pk": keys.tickets_partition(lottery.lottery_id, letter)}
        missing = limit - len(items)
        page = store.query_page(
            "points", "#pk = :pk", values, limit=missing, after=place, consistent=True
        )
        items += map(from_item, page.items)
        place = None
        if len(items) == limit:
            last = {**keys.tickets(lottery.lottery_id, items[-1].purchase_id)}
            more = page.last or letter != letters[-1]
            return items, last if more else None
    return items, None
