"""A whole instant lottery, drawn by the pure decisions, as a bundle that the verifier reads.

It runs into everything that the verifier looks at: several epochs, a table that changes, prizes
that run out and are substituted, the guaranteed prize, and two members who name one client seed.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Any

from mall import keys
from mall.clock import DAY_MS, Millis, millis
from mall.errors import LotteryClosed
from mall.ids import text_of
from mall.lottery import drawing, fairness, shards
from mall.lottery.draw_views import draw_view
from mall.lottery.draws import Draw, draw_id
from mall.lottery.lottery import Lottery
from mall.lottery.revealing import Revealed
from mall.lottery.shards import Shard
from mall.lottery.showing import public, seeds_shown
from mall.lottery.table import Pity, Prize, PrizeTable
from mall.points.program import PROGRAM
from mall.store.playing import read_account

from tests.memory import MemoryStore

Bundle = dict[str, Any]
OPENS_AT: Millis = 1_795_348_800_000
SHARED_SEED = "lucky"

CUP = Prize("cup", "Cup", "points", weight=60, stock=4, points=500, substitute="five")
BAG = Prize("bag", "Bag", "points", weight=120, stock=9, points=50, substitute="nothing")
FIVE = Prize("five", "Five points", "points", weight=200, points=5)
NOTHING = Prize("nothing", "Nothing", "nothing", weight=620)


def any_table(lottery_id: str, version: int, from_epoch: int, *prizes: Prize) -> PrizeTable:
    """A table with a guaranteed prize at the sixth draw."""
    pity = Pity(6, "five") if any(prize.prize_id == "five" for prize in prizes) else None
    return PrizeTable(lottery_id, version, from_epoch, prizes or (CUP, BAG, FIVE, NOTHING), pity)


class Campaign:
    """A lottery of four days that members draw in, one after the other."""

    def __init__(self, random: Random, **changed: Any) -> None:
        self._random = random
        lottery_id = self._id()
        tables = (
            any_table(lottery_id, 1, 1, CUP, BAG, FIVE, NOTHING),
            any_table(lottery_id, 2, 3, replace(CUP, weight=30, stock=3), FIVE, NOTHING),
        )
        self.last = random.randbytes(fairness.SEED_BYTES)
        terms = {"tables": tables, "closes_at": OPENS_AT + 4 * DAY_MS, "budget": 1_000_000}
        lottery = Lottery(
            lottery_id, "instant", "Wheel", 0, OPENS_AT, status="open", shards=3,
            **{**terms, **changed},
        )  # fmt: skip
        self.lottery = replace(lottery, anchor=fairness.before(self.last, lottery.epochs))
        self.draws: list[Draw] = []
        self._store = MemoryStore()
        self._store.transact(shards.opened(self.lottery))

    def _id(self) -> str:
        """The campaign is the same each time, so its ids are of its own chance."""
        return text_of(self._random.randbytes(17))

    def seed(self, epoch: int) -> bytes:
        """The seed of an epoch."""
        return fairness.before(self.last, self.lottery.epochs - epoch)

    def shards(self) -> list[Shard]:
        """The shards as they stand."""
        places = [keys.lottery_shard(self.lottery.lottery_id, n) for n in range(3)]
        found = [self._store.get("points", place) for place in places]
        return [Shard(n, item) for n, item in enumerate(found) if item]

    def draw(self, member: str, client_seed: str, at: Millis) -> None:
        """One draw, or none where the lottery is drawn out."""
        lottery = self.lottery
        account = read_account(self._store, member)
        own = draw_id(lottery.lottery_id, member, self._id())
        asked = drawing.Draft(lottery.lottery_id, own, member, client_seed, b"")
        at = drawing.moment(lottery, account.head, at)
        known = drawing.Known(lottery, self.seed(lottery.epoch(at)), self.shards(), PROGRAM)
        try:
            drawn = drawing.draw(asked, known, account, at, self._random)
        except LotteryClosed:
            return
        self._store.transact(drawn.writes)
        self.draws.append(drawn.draw)

    def play(self, draws: int = 300, members: int = 12) -> "Campaign":
        """Draws of all the members, over the whole time."""
        length = self.lottery.closes_at - OPENS_AT
        names = [self._id() for _ in range(members)]
        for n in range(draws):
            member = self._random.choice(names)
            two = member in names[:2]
            client_seed = SHARED_SEED if two else self._random.choice([member, "süß", "7\u2028"])
            self.draw(member, client_seed, OPENS_AT + n * length // draws)
        return self

    def bundle(self, epochs: int | None = None) -> Bundle:
        """All that is published of it once so many epochs are revealed, as the API answers."""
        lottery, known = self.lottery, self.lottery.epochs if epochs is None else epochs
        now = OPENS_AT + known * DAY_MS + fairness.REVEAL_AFTER_MS
        if epochs is None:
            lottery = replace(lottery, status="closed", closed_at=lottery.closes_at + 60_000)
        revealed = Revealed(known, self.seed(known)) if known else Revealed()
        return {
            "lottery": _answered(public(lottery, self.shards(), now)),
            "seed": _answered(seeds_shown(lottery, revealed, now, None)),
            "draws": [_answered(draw_view(draw, lottery)) for draw in self.draws],
        }


def _answered(view: Any) -> Any:
    return json.loads(view.model_dump_json())


def proofs(bundle: Bundle, **said: object) -> Sequence[Bundle]:
    """The proofs of a bundle's draws that say this."""
    all_ = [draw["proof"] for draw in bundle["draws"]]
    return [proof for proof in all_ if all(proof.get(n) == v for n, v in said.items())]


def moment_of(draw: Bundle) -> Millis:
    """When a draw was made."""
    return millis(datetime.fromisoformat(draw["at"]))


def copied(bundle: Bundle) -> Bundle:
    """A bundle to tamper with."""
    copy: Bundle = json.loads(json.dumps(bundle))
    return copy
