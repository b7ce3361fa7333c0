"""A whole scheduled lottery, drawn by the pure decisions, as a bundle that the verifier reads."""

import json
from collections.abc import Iterator
from random import Random
from typing import Any

from mall import keys
from mall.clock import DAY_MS
from mall.ids import text_of
from mall.lottery import fairness, ranking
from mall.lottery.lottery import Lottery
from mall.lottery.ranking import Listed
from mall.lottery.revealing import Revealed
from mall.lottery.scheduled import Progress, most, winners
from mall.lottery.showing import public, seeds_shown
from mall.lottery.table import Prize, PrizeTable
from mall.lottery.ticket_views import purchase_list, winner_list
from mall.lottery.tickets import Purchase, purchase_id
from mall.writes import Item

from tests.unit.lottery.campaign import OPENS_AT, Bundle

COST = 7
CAR = Prize("car", "Car", "points", stock=1, points=9_000)
BOOK = Prize("book", "Book", "points", stock=5, points=90)


def raffle(
    random: Random, purchases: int = 60, tickets: int = 9, *, revealed: bool = True
) -> Bundle:
    """All that is published of a raffle that has drawn, as the API answers.

    So many purchases, of 1 to `tickets` each.
    """

    def any_id() -> str:
        return text_of(random.randbytes(17))

    seed, lottery_id = random.randbytes(fairness.SEED_BYTES), any_id()
    closes_at = OPENS_AT + DAY_MS
    lottery = Lottery(
        lottery_id, "scheduled", "Raffle", COST, OPENS_AT, closes_at,
        (PrizeTable(lottery_id, 1, 1, (CAR, BOOK)),), "closed", shards=1, draws_at=closes_at,
        beacon="the lotto numbers of Saturday", anchor=fairness.before(seed),
        closed_at=closes_at + 60_000,
    )  # fmt: skip
    members = [any_id() for _ in range(purchases // 3)]
    bought = []
    for n in range(purchases):
        member, quantity = random.choice(members), random.randint(1, tickets)
        own = purchase_id(lottery_id, member, any_id())
        bought.append(
            Purchase(own, member, quantity, OPENS_AT + n, COST * quantity, request_hash=b"")
        )
    bought.sort(key=lambda each: each.purchase_id)
    progress, records = _drawn(lottery, seed, bought)
    known = Revealed(1, seed) if revealed else Revealed()
    now = closes_at + DAY_MS
    return {
        "lottery": _answered(public(lottery, [], now)),
        "seed": _answered(seeds_shown(lottery, known, now, None)),
        "tickets": _answered(purchase_list(bought, progress, None))["items"],
        "winners": _answered(winner_list(lottery, progress, records, None)),
    }


def _drawn(lottery: Lottery, seed: bytes, bought: list[Purchase]) -> tuple[Progress, list[Item]]:
    """The drawing at its end, and the winners' records."""
    at = lottery.closes_at + 1
    lines = [Listed(each.purchase_id, each.member, each.quantity) for each in bought]
    progress = Progress(lottery.lottery_id, beacon="3 14 15 92 65", beacon_at=at + 1)
    for letter in keys.TICKET_LETTERS:
        lettered = [line for line in lines if line.purchase_id[0] == letter]
        progress = progress.summed(ranking.summed(lettered), at)
    score = ranking.scorer(seed, lottery.lottery_id, progress.list_hash, progress.beacon)
    table = lottery.tables[0]
    best = ranking.best([], lines, score, most(table))
    return progress, list(_records(lottery, winners(table, best)))


def _records(lottery: Lottery, won: Any) -> Iterator[Item]:
    for winner in won:
        yield {
            "rank": winner.rank, "ticket": winner.ticket.ticket_id,
            "member": winner.ticket.member, "score": winner.ticket.score,
            "prize": winner.prize.prize_id, "serial": winner.serial, "fate": "awarded",
            "at": lottery.closed_at,
        }  # fmt: skip


def _answered(view: Any) -> Any:
    return json.loads(view.model_dump_json())
