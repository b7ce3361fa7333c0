"""Every hour: finish the erasures that a crash, or a busy Cognito, left half done.

Each step of an erasure can be repeated, so one that is under way elsewhere comes to no harm.
"""

from collections.abc import Mapping

from aws_lambda_powertools import Logger
from mall.identity import open_user_pool
from mall.schedule import job
from mall.store import open_store
from mall.store.erasure import finish, unfinished

logger = Logger()


@job
def finish_erasures() -> Mapping[str, int]:
    """Finish every erasure that was begun. Raises when one failed, having tried all others."""
    store, identity = open_store(), open_user_pool()
    finished, failed = 0, 0
    for member in unfinished(store):
        try:
            finish(store, identity, member)
            finished += 1
        except Exception:
            logger.exception("not erased", member=member)
            failed += 1
    if failed:
        raise RuntimeError(f"{failed} erasures could not be finished")
    return {"finished": finished}
