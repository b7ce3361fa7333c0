"""A draw on its way: newest entry and counters in one query, then one transaction."""

from random import SystemRandom

from mall import keys
from mall.errors import Stale
from mall.lottery import drawing
from mall.lottery.draws import Draw, from_item
from mall.lottery.taking import ShardMoved
from mall.points.ledger.entry import from_item as entry_from
from mall.points.program import Program
from mall.store.client import Commit, Store
from mall.store.lotteries import Lotteries

_BESIDE = "#pk = :pk AND #sk BETWEEN :first AND :last"
_RANDOM = SystemRandom()


def read_account(store: Store, member: str) -> drawing.Account:
    """A member's newest entry and counters, in one round trip, however long the chain.

    One read unit for the counters of about forty lotteries. They stand right behind the last entry,
    so both come first when the newest come first.
    """
    values = {
        "pk": keys.member(member),
        "first": keys.ENTRY_PREFIX,
        "last": keys.PLAYED_SK,
    }
    page = store.query("points", _BESIDE, values, newest_first=True, limit=2, consistent=True)
    items = page.items
    played = items.pop(0) if items and items[0]["sk"] == keys.PLAYED_SK else None
    return drawing.Account(entry_from(items[0]) if items else None, played)


def read_draw(store: Store, lottery_id: str, draw_id: str) -> Draw | None:
    """A draw by its id."""
    item = store.get("points", keys.draw(lottery_id, draw_id))
    return from_item(item) if item else None


class Drawing:
    """One request to draw. Over the tries of a commit it remembers what it need not ask again."""

    def __init__(
        self, asked: drawing.Draft, store: Store, lotteries: Lotteries, program: Program
    ) -> None:
        self._asked = asked
        self._store = store
        self._lotteries = lotteries
        self._program = program
        self._account: drawing.Account | None = None

    def commit(self) -> Draw:
        """Draw. Raises every refusal of `draw_lottery` but those of its key, and AlreadyDone."""
        drawn = self._store.commit(self._attempt)
        self._lotteries.remember(self._asked.lottery_id, drawn.shards)
        return drawn.draw

    def _attempt(self, last: Stale | None) -> Commit[drawing.Drawn]:
        """Decide once, on what stands now; `last` is what went stale the time before."""
        moved = isinstance(last, ShardMoved)
        lottery = self._lotteries.terms(self._asked.lottery_id)
        if self._account is None or not moved:
            self._account = read_account(self._store, self._asked.member)
        now = self._store.now()
        if not lottery.takes_draws(now):  # it may have opened since it was remembered
            lottery = self._lotteries.terms(self._asked.lottery_id, fresh=True)
        at = drawing.moment(lottery, self._account.head, now)
        known = drawing.Known(
            lottery,
            self._lotteries.seed(lottery, lottery.epoch(at)),
            self._lotteries.shards(lottery, fresh=moved),
            self._program,
        )
        drawn = drawing.draw(self._asked, known, self._account, at, _RANDOM)
        return Commit(drawn.writes, drawn)
