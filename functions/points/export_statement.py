"""Queue `statements`: write all entries of a period to a file, day by day and bucket by bucket.

Holds one part of the file at a time. What was uploaded is noted part by part: a run that is killed
or out of time is gone on with from there, and of two runs at once one gives way.
"""

from contextlib import suppress

from mall.events import Work
from mall.exports import open_exports
from mall.points.reports.export import ExportStatement
from mall.queue import consumer
from mall.store import open_store
from mall.store.statements import ExportWriter, Overtaken

_RUN_S = 200


@consumer(ExportStatement)
def export_statement(message: ExportStatement) -> None:
    """Write one statement, or as much of it as there is time for."""
    with suppress(Overtaken):
        writer = ExportWriter(open_store(), open_exports(), message.statement_id)
        if not writer.run(_RUN_S).ready:
            Work("statements").send([message])
