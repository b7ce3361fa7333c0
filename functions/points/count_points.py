"""Stream of the points table: count new entries into the daily totals, each once.

The records only say who moved: what is counted is read from the chain, from where the totals know
it to its newest entry. So records may come twice, late, apart and out of order. An entry that is
changed or removed is nobody's right: it pages, and so does a chain that does not go on.
"""

from collections.abc import Sequence

from aws_lambda_powertools import Logger
from mall.metrics import measure
from mall.points.reports.counting import labels
from mall.store import open_store
from mall.store.program import current_program
from mall.store.totals import count
from mall.stream import Change, batch_follower

logger = Logger()


@batch_follower
def count_points(changes: Sequence[Change]) -> None:
    """Count the chains of everybody who moved; page for what was tampered with."""
    for change in changes:
        if change.kind != "INSERT":
            _page(_member(change), change.key["sk"], change.kind)
    store = open_store()
    moved = [_member(change) for change in changes]
    label = labels(current_program().calendar, store.now())
    for broken in count(store, moved, label):
        _page(broken.member, broken.revision, "broken")


def _member(change: Change) -> str:
    member: str = change.key["pk"].partition("#")[2]
    return member


def _page(member: str, entry: str | int, how: str) -> None:
    measure("LedgerTampered")
    logger.error("tampered", member=member, entry=entry, how=how)
