"""Queue `imports`: check a file whole, then bring it in, for a minute; ask again if rows are left.

Every batch is noted in the transaction that brings it in, so a message that comes twice, and a run
that is killed, bring in nothing twice.
"""

from contextlib import suppress

from mall.catalog.imports.progress import RunImport
from mall.events import Work
from mall.exports import open_exports
from mall.queue import consumer
from mall.secrets import code_macs_secret, code_vault
from mall.store import open_store
from mall.store.imports import Desk, Importer, Overtaken
from mall.uploads import open_import_files

_RUN_S = 60


@consumer(RunImport)
def run_import(message: RunImport) -> None:
    """Do one import, or as much of it as there is time for."""
    desk = Desk(open_store(), open_import_files(), open_exports(), code_macs_secret(), code_vault())
    with suppress(Overtaken):
        if not Importer(desk, message.import_id).run(_RUN_S):
            Work("imports").send([message])
