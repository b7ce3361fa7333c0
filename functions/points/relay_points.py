"""Stream of the points table: tell the world of entries and notices, and begin statements.

At least once and in any order: events carry a stable id and the entry's revision, and a statement
that is begun twice is written once. What cannot be told comes again, and pages in the end.
"""

from mall.events import Work, open_bus
from mall.keys import ENTRY_PREFIX, NOTICE_PREFIX
from mall.points.ledger.entry import from_item
from mall.points.reports import facts, notices
from mall.points.reports.export import ExportStatement, statement_id_of
from mall.stream import Image, follower


@follower
def relay_points(image: Image) -> None:
    """Relay one new item."""
    if image["sk"].startswith(ENTRY_PREFIX):
        open_bus().publish(facts.SOURCE, [facts.moved(from_item(image))])
    elif image["sk"].startswith(NOTICE_PREFIX):
        open_bus().publish(facts.SOURCE, [facts.expiring(notices.from_item(image))])
    else:
        statement = ExportStatement(statement_id=statement_id_of(image))
        Work("statements").send([statement])
