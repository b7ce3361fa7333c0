"""One page over several partitions of an index by time, the newest first, whatever they hold.

Each partition is asked for a page, so the cost is that of a page for each of them. A partition that
answered only in part, because its items are large, is shown no further than it answered.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from mall import keys
from mall.store.client import Store
from mall.store.reads import Page

Place = Mapping[str, Any]  # {"before": "<where the page before ended>"}


def newest(
    store: Store, table: keys.Table, partitions: Sequence[str], limit: int, after: Place | None
) -> Page:
    """Up to `limit` items of these partitions of the index `by_time`, and where to go on."""
    before = after["before"] if after else keys.LAST
    pages = [
        store.query(
            table,
            "#gsi1pk = :partition AND #gsi1sk < :before",
            {"partition": partition, "before": before},
            index=keys.BY_TIME,
            newest_first=True,
            limit=limit + 1,
        )
        for partition in partitions
    ]
    told_since = max((page.items[-1]["gsi1sk"] for page in pages if page.last), default="")
    items = [item for page in pages for item in page.items if item["gsi1sk"] >= told_since]
    items.sort(key=lambda item: str(item["gsi1sk"]), reverse=True)
    more = len(items) > limit or any(page.last for page in pages)
    shown = items[:limit]
    return Page(shown, {"before": shown[-1]["gsi1sk"]} if more else None)
