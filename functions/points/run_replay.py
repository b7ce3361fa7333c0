"""Queue `replays`: go on with a replay of rules, for a minute, and ask again if days are left.

Each day is noted when it is done, so a crash repeats one day at most, and a message delivered
twice does the same work twice and no harm.
"""

from mall.events import Work
from mall.exports import open_exports
from mall.queue import consumer
from mall.store import open_store
from mall.store.replays import RunReplay, go_on

_RUN_S = 60


@consumer(RunReplay)
def run_replay(message: RunReplay) -> None:
    """Play the days that are left, as many as time allows."""
    if not go_on(open_store(), open_exports(), message.replay_id, _RUN_S):
        Work("replays").send([message])
