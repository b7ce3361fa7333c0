"""The report's arithmetic, against campaigns that are told draw by draw."""

from collections import Counter
from random import Random

import pytest
from mall.lottery.drawing import decide
from mall.lottery.lottery import Lottery
from mall.lottery.played import Played
from mall.lottery.report import Counted, report
from mall.lottery.shards import Seen, Shard
from mall.lottery.table import Pity, Prize, PrizeTable

CUP = Prize("cup", "Cup", "points", weight=2, stock=6, points=50, substitute="five")
BAG = Prize("bag", "Bag", "product", weight=5, stock=9, product_id="bag", substitute="five")
FIVE = Prize("five", "Five", "points", weight=10, points=5)
NOTHING = Prize("nothing", "Nothing", "nothing", weight=30)


@pytest.mark.parametrize("guaranteed", ["cup", "bag", "five", "nothing"])
def should_tell_what_was_forced_and_substituted(guaranteed: str) -> None:
    """Whatever is guaranteed: what can run out, what has no end, and what is a substitute."""
    table = PrizeTable("l", 1, 1, (CUP, BAG, FIVE, NOTHING), Pity(4, guaranteed))
    lottery = Lottery("l", "instant", "Wheel", 7, 0, 1, (table,), budget=10_000, shards=1)
    random, played, item = Random(guaranteed), Played(), Counter[str]()
    forced = 0
    substituted: Counter[str] = Counter()
    for _ in range(300):
        seen = Seen(lottery, table, "", [Shard(0, item)])
        outcome = decide(seen, random.randrange(table.total), played)
        item[f"sampled_1_{outcome.sampled}"] += 1
        item[f"given_1_{outcome.prize}"] += 1
        item["drawn"] += 1
        item["budget"] -= table.prizes[outcome.prize].points
        if outcome.substituted:
            item[f"instead_1_{outcome.drawn}"] += 1
            substituted[table.prizes[outcome.drawn].prize_id] += 1
        forced += outcome.forced
        played = played.further(1, "", since=outcome.since, until=1)
    item["budget"] += 10_000
    told = report(Counted(lottery, [Shard(0, item)], []), 0)
    [shown] = told.tables
    assert (shown.draws, shown.forced) == (300, forced)
    assert {p.prize_id: p.substituted for p in shown.prizes if p.substituted} == substituted
    assert sum(prize.given for prize in shown.prizes) == told.draws == 300
    assert (told.cost_taken, told.points_won + (told.budget_left or 0)) == (2100, 10_000)
