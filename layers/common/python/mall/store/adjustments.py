"""Reading adjustments: by time over one status or all, with their reasons from `users`."""

from collections.abc import Mapping, Sequence
from typing import Any

from mall import keys
from mall.points import adjusting
from mall.points.adjusting import Adjustment, Status
from mall.points.alone import Alone, Tally
from mall.points.views import AdjustmentView
from mall.store.client import Store

Place = Mapping[str, Any]  # {"before": "<where the page before ended>"}
_LAST = "~"  # after every instant


def alone(store: Store, admin: str, member: str) -> Alone:
    """What this admin adjusted alone lately, and what was adjusted so for this member."""
    by_admin, for_member = keys.adjusted_by(admin), keys.adjusted_for(member)
    first, second = store.get_many([("points", by_admin), ("points", for_member)])
    return Alone(Tally.of(by_admin, first), Tally.of(for_member, second))


def newest(
    store: Store, statuses: Sequence[Status], limit: int, after: Place | None
) -> tuple[list[Adjustment], Place | None]:
    """One page over these statuses, newest first, and where the next one goes on, if any."""
    before = after["before"] if after else _LAST
    found = [
        adjusting.from_item(item)
        for status in statuses
        for item in store.query(
            "points",
            "#gsi1pk = :listed AND #gsi1sk < :before",
            {"listed": keys.adjustments(status), "before": before},
            index=keys.BY_TIME,
            newest_first=True,
            limit=limit + 1,
        ).items
    ]
    found.sort(key=lambda adjustment: adjustment.place, reverse=True)
    page = found[:limit]
    return page, {"before": page[-1].place} if len(found) > limit else None


def told(store: Store, adjustments: Sequence[Adjustment]) -> list[AdjustmentView]:
    """The adjustments (at most 100) as admins read them, with the reasons that still stand."""
    wanted = [keys.note(each.member, each.adjustment_id) for each in adjustments]
    notes = store.get_many([("users", key) for key in wanted])
    return [
        adjusting.view(each, note["text"] if note else None)
        for each, note in zip(adjustments, notes, strict=True)
    ]
