"""Buying tickets: cost, purchase, shard and counters in one transaction, or nothing.

A purchase goes through a shard that is open, so whoever has closed every shard has the whole list:
a purchase is in it, or was refused. Its tickets are `<purchase>-1` to `<purchase>-<quantity>`. The
purchases of a member in a lottery lie side by side: their ids begin with the same `drawer`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from mall import keys
from mall.catalog import stock
from mall.clock import Millis
from mall.errors import IdempotencyKeyReused
from mall.ids import derived_id
from mall.lottery.drawing import Account, day_of, entries, hold_to_limits, pay
from mall.lottery.draws import drawer
from mall.lottery.lottery import Lottery
from mall.lottery.played import counted, played_in
from mall.lottery.shards import Seen, Shard
from mall.lottery.taking import why_not
from mall.points import ledger
from mall.points.ledger.entry import Source
from mall.points.program import Program
from mall.writes import ABSENT, Write, already_done, put, update

TICKETS_MAX = 1_000_000  # of one lottery, whatever its limits: so ranking them is bounded
_STORED = ("member", "quantity", "at", "cost", "request_hash")


@dataclass(frozen=True)
class Draft:
    """What a member asks for, before anything was looked at."""

    lottery_id: str
    purchase_id: str
    member: str
    quantity: int
    request_hash: bytes


@dataclass(frozen=True)
class Purchase:
    """Tickets that were bought at once; `cost` is what all of them cost, in points."""

    purchase_id: str
    member: str
    quantity: int
    at: Millis
    cost: int
    request_hash: bytes


def purchase_id(lottery_id: str, member: str, key: str) -> str:
    """The only purchase id that this member's Idempotency-Key can have in a lottery."""
    return f"{drawer(lottery_id, member)}-{derived_id('tickets', lottery_id, member, key)}"


def buy(
    asked: Draft, lottery: Lottery, shards: Sequence[Shard], account: Account, program: Program,
    at: Millis, random: Random,
) -> tuple[list[Write], Purchase]:  # fmt: skip
    """The writes of a purchase at a `drawing.moment`, and the purchase.

    Raises LimitReached(limit), DailyLimitReached(limit), AccountClosed and
    InsufficientPoints(available); the writes mean AlreadyDone, LotteryClosed and ShardMoved.
    """
    played = played_in(account.played, lottery.lottery_id)
    day = day_of(at, program, played, shards)
    seen = Seen(_bounded(lottery), lottery.table(1), day, shards)
    hold_to_limits(seen, played, asked.quantity)
    in_all, today = _plan(seen, asked.quantity, random)
    posting = ledger.open_posting(asked.member, account.head, at)
    cost = lottery.cost * asked.quantity
    pay(posting, cost, Source("tickets", asked.purchase_id), program)
    bought = Purchase(
        asked.purchase_id, asked.member, asked.quantity, at, cost, asked.request_hash
    )  # fmt: skip
    after = played.further(asked.quantity, day, since=0, until=lottery.closes_at)
    writes = [
        recorded(asked.lottery_id, bought),
        *entries(posting),
        *(
            _count(seen, shard, in_all.get(shard.number, 0), today.get(shard.number, 0))
            for shard in shards
            if shard.number in {*in_all, *today}
        ),
        counted(asked.member, lottery.lottery_id, account.played, after, at),
    ]
    return writes, bought


def _bounded(lottery: Lottery) -> Lottery:
    most = min(lottery.limits.program_total or TICKETS_MAX, TICKETS_MAX)
    return replace(lottery, limits=replace(lottery.limits, program_total=most))


def _plan(seen: Seen, units: int, random: Random) -> tuple[stock.Plan, stock.Plan]:
    """Which shards count how many among all, and which among today's: the same where they can.

    One that has room for all of them, else as few as have it together.
    """
    in_all = {shard.number: seen.room_in_all(shard) for shard in seen.shards}
    today = {shard.number: seen.room_today(shard) for shard in seen.shards}
    both = {number: min(room, today[number]) for number, room in in_all.items()}
    if sum(both.values()) < units:
        return stock.plan(in_all, units, random), stock.plan(today, units, random)
    plan = stock.plan(both, units, random)
    return plan, plan


def _count(seen: Seen, shard: Shard, in_all: int, today: int) -> Write:
    """The write that counts tickets in a shard which is open and has room: of all, and of today's.

    Mostly these are the same; where room among all is in one shard and room today in another, a
    shard counts of one kind only.
    """
    limits, same_day = seen.lottery.limits, shard.item["day"] == seen.day
    values: dict[str, Any] = {"open": 1}
    sets, conditions = [], ["#open = :open"]
    if in_all:
        values["in_all"] = in_all
        sets.append("#drawn = #drawn + :in_all")
        if (most := seen.most(limits.program_total, shard)) is not None:
            values["drawn_most"] = most - in_all
            conditions.append("#drawn <= :drawn_most")
    if today:
        values |= {"today": today, "day": seen.day}
        sets += ["#today = #today + :today"] if same_day else ["#day = :day", "#today = :today"]
        conditions.append("#day = :day" if same_day else "#day < :day")
        if (most := seen.most(limits.program_per_day, shard)) is not None and same_day:
            values["today_most"] = most - today
            conditions.append("#today <= :today_most")
    return update(
        "points",
        keys.lottery_shard(seen.lottery.lottery_id, shard.number),
        f"SET {', '.join(sets)}",
        condition=" AND ".join(conditions),
        refused=why_not,
        more=values,
    )


def recorded(lottery_id: str, bought: Purchase) -> Write:
    """The write of a new purchase; it means AlreadyDone when its key is taken."""
    item = {**keys.tickets(lottery_id, bought.purchase_id)}
    stored = {name: getattr(bought, name) for name in _STORED}
    return put("points", {**item, **stored}, condition=ABSENT, refused=already_done)


def from_item(item: Mapping[str, Any]) -> Purchase:
    """The purchase that an item of the points table holds."""
    return Purchase(purchase_id=item["sk"], **{name: item[name] for name in _STORED})


def same_purchase(asked: Draft, bought: Purchase) -> Purchase:
    """The purchase made before under the same key. Raises IdempotencyKeyReused."""
    if bought.request_hash != asked.request_hash:
        raise IdempotencyKeyReused()
    return bought
