"""Reading adjustments: by time over one status or all, with their reasons from `users`."""

from collections.abc import Sequence

from mall import keys
from mall.points import adjusting
from mall.points.adjusting import Adjustment, Status
from mall.points.alone import Alone, Tally
from mall.points.views import AdjustmentView
from mall.store.client import Store
from mall.store.newest import Place
from mall.store.newest import newest as newest_of


def alone(store: Store, admin: str, member: str) -> Alone:
    """What this admin adjusted alone lately, and what was adjusted so for this member."""
    by_admin, for_member = keys.adjusted_by(admin), keys.adjusted_for(member)
    first, second = store.get_many([("points", by_admin), ("points", for_member)])
    return Alone(Tally.of(by_admin, first), Tally.of(for_member, second))


def newest(
    store: Store, statuses: Sequence[Status], limit: int, after: Place | None
) -> tuple[list[Adjustment], Place | None]:
    """One page over these statuses, newest first, and where the next one goes on, if any."""
    page = newest_of(store, "points", [keys.adjustments(s) for s in statuses], limit, after)
    return [adjusting.from_item(item) for item in page.items], page.last


def told(store: Store, adjustments: Sequence[Adjustment]) -> list[AdjustmentView]:
    """The adjustments (at most 100) as admins read them, with the reasons that still stand."""
    wanted = [keys.note(each.member, each.adjustment_id) for each in adjustments]
    notes = store.get_many([("users", key) for key in wanted])
    return [
        adjusting.view(each, note["text"] if note else None)
        for each, note in zip(adjustments, notes, strict=True)
    ]
