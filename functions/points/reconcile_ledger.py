"""Every hour: close the days that are over, and hold their totals against the chains, to the point.

Reads what moved on a day, by its markers, and nothing else. A run stops when its time is up and
the next one goes on from there. A day that differs is looked at again until it does not, so that
the alarm lasts as long as the difference.
"""

from collections.abc import Mapping

from mall.schedule import job
from mall.store import open_store
from mall.store.program import current_program
from mall.store.reconciliation import close_days, reconcile_days

_RUN_S = 240


@job
def reconcile_ledger() -> Mapping[str, int]:
    """Close and reconcile; the counts say how many days were looked at and how they differ."""
    store = open_store()
    days = close_days(store, current_program().calendar, store.now())
    return reconcile_days(store, days, _RUN_S)
