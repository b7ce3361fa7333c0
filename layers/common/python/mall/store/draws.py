"""A draw on its way: newest entry and counters in one query, then one transaction."""

from random import SystemRandom

from mall import keys
from mall.errors import Stale
from mall.lottery import drawing
from mall.lottery.draws import Draw, from_item
from mall.points.program import Program
from mall.store.client import Commit, Store
from mall.store.lotteries import Lotteries
from mall.store.playing import Playing

_RANDOM = SystemRandom()


def read_draw(store: Store, lottery_id: str, draw_id: str) -> Draw | None:
    """A draw by its id."""
    item = store.get("points", keys.draw(lottery_id, draw_id))
    return from_item(item) if item else None


class Drawing:
    """One request to draw."""

    def __init__(
        self, asked: drawing.Draft, store: Store, lotteries: Lotteries, program: Program
    ) -> None:
        self._asked = asked
        self._store = store
        self._lotteries = lotteries
        self._program = program
        self._playing = Playing(store, lotteries, asked.lottery_id, asked.member, "instant")

    def commit(self) -> Draw:
        """Draw. Raises every refusal of `draw_lottery` but those of its key, and AlreadyDone."""
        drawn = self._store.commit(self._attempt)
        self._lotteries.remember(self._asked.lottery_id, drawn.shards)
        return drawn.draw

    def _attempt(self, last: Stale | None) -> Commit[drawing.Drawn]:
        """Decide once, on what stands now; `last` is what went stale the time before."""
        seen = self._playing.look(last)
        seed = self._lotteries.seed(seen.lottery, seen.lottery.epoch(seen.at))
        known = drawing.Known(seen.lottery, seed, seen.shards, self._program)
        drawn = drawing.draw(self._asked, known, seen.account, seen.at, _RANDOM)
        return Commit(drawn.writes, drawn)
