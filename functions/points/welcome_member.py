"""Stream of the users table: record what was kept for a member who is known now.

Each event goes the way that it would have gone at POST /v1/events, except that its age was judged
when it came. Recorded first, deleted afterwards: a crash between the two records it again, which
its event id makes a duplicate. What a closed account refuses waits on; enabling the account changes
the profile, so the member is welcomed again.
"""

from aws_lambda_powertools import Logger
from mall import errors
from mall.store import open_store
from mall.store.earning import Told, record
from mall.store.program import open_programs
from mall.store.waiting import let_go, welcomed
from mall.stream import Image, follower

logger = Logger()


@follower
def welcome_member(image: Image) -> None:
    """Record what waits for one member, unless the item is no confirmed profile."""
    if image["sk"] != "PROFILE" or image["status"] != "confirmed":
        return
    store, programs = open_store(), open_programs()
    for kept in welcomed(store, image):
        try:
            record(store, programs, Told(kept.client, image["user_id"], kept.event))
        except (errors.AccountClosed, errors.PointsLimit, errors.Invalid) as refusal:
            logger.warning("kept on", event_id=kept.event.event_id, code=refusal.code)
        else:
            let_go(store, kept)
