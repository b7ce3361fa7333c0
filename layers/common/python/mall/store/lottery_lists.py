"""What everybody may see of lotteries: pages of them, of their draws, and the seeds that are known.

A page of lotteries reads the shards of each in one batch. A page of draws walks the 16 buckets that
a lottery's draws lie in, one after the other; a member's own lie side by side in one of them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from mall import keys
from mall.lottery.draws import Draw, drawer, from_item
from mall.lottery.items import from_item as lottery_from
from mall.lottery.lottery import Lottery
from mall.lottery.revealing import Revealed, revealed_in
from mall.lottery.shards import Shard
from mall.lottery.showing import visible
from mall.store.client import Store
from mall.store.lotteries import read_lottery, read_shards
from mall.store.newest import newest
from mall.store.playing import own_page

SHOWN = ("open", "closing", "drawing", "closed")
Place = Mapping[str, Any]


def find_visible(store: Store, lottery_id: str) -> Lottery:
    """A lottery that is no draft. Raises NotFound."""
    return visible(read_lottery(store, lottery_id))


def shards_seen(store: Store, lotteries: Sequence[Lottery]) -> list[list[Shard]]:
    """The shards of each lottery, as they were a moment ago."""
    return [read_shards(store, lottery, consistent=False) for lottery in lotteries]


def page_of_lotteries(
    store: Store, statuses: Sequence[str], limit: int, after: Place | None
) -> tuple[list[Lottery], Place | None]:
    """Lotteries in these statuses, newest first, and where the list goes on."""
    page = newest(store, "points", [keys.lotteries(s) for s in statuses], limit, after)
    return [lottery_from(item) for item in page.items], page.last


def read_revealed(store: Store, lottery_id: str) -> Revealed:
    """What is known of a lottery's seeds."""
    return revealed_in(store.get("points", keys.revealed_seed(lottery_id)))


def own_draws(
    store: Store, lottery_id: str, member: str, limit: int, after: Place | None
) -> tuple[list[Draw], Place | None]:
    """A page of a member's draws, in the order of their ids."""
    place = keys.draw(lottery_id, drawer(lottery_id, member))
    page = own_page(store, place, limit, after)
    return [from_item(item) for item in page.items], page.last


def public_draws(
    store: Store, lottery_id: str, limit: int, after: Place | None, *, until_epoch: int | None
) -> tuple[list[Draw], Place | None]:
    """A page of all draws, of epochs up to one or of all (None), and where the list goes on.

    Under an epoch a page reads at most 500 draws, so it may be short, or empty, and still go on.
    """
    place = dict(after) if after else {"bucket": 0}
    bucket, last = place.pop("bucket"), place or None
    filtered = {} if until_epoch is None else {"epoch": until_epoch}
    items: list[dict[str, Any]] = []
    while bucket < keys.DRAW_BUCKETS and len(items) < limit:
        page = store.query_page(
            "points",
            "#pk = :pk",
            {"pk": keys.draws_partition(lottery_id, bucket), **filtered},
            only="#epoch <= :epoch" if filtered else "",
            limit=limit - len(items),
            after=last,
            consistent=True,
        )
        items += page.items
        if page.last:
            return [from_item(item) for item in items], {"bucket": bucket, **page.last}
        bucket, last = bucket + 1, None
    goes_on = {"bucket": bucket} if bucket < keys.DRAW_BUCKETS else None
    return [from_item(item) for item in items], goes_on
