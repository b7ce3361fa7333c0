"""Drawing: cost, prize, record, counter and shard in one transaction, or nothing.

Whether a draw is taken never depends on what it would win. So a refusal tells nothing about the
next outcome, and asking again with another client seed gains nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from mall import keys
from mall.clock import Millis, instant
from mall.errors import (
    AccountClosed,
    DailyLimitReached,
    IdempotencyKeyReused,
    LimitReached,
    LotteryClosed,
    NotFound,
    PointsLimit,
)
from mall.lottery import fairness
from mall.lottery.draws import Draw, recorded
from mall.lottery.lottery import Kind, Lottery
from mall.lottery.played import Played, counted, played_in
from mall.lottery.prizes import as_order
from mall.lottery.shards import Seen, Shard
from mall.lottery.taking import Places, Taking
from mall.models import MAX_INTEGER
from mall.points import ledger
from mall.points.ledger import Grant, Posting
from mall.points.ledger.entry import Entry, Source
from mall.points.ledger.writes import append
from mall.points.program import Program
from mall.writes import ABSENT, Item, Write, check


@dataclass(frozen=True)
class Draft:
    """What a member asks for, before anything was looked at."""

    lottery_id: str
    draw_id: str
    member: str
    client_seed: str
    request_hash: bytes


@dataclass(frozen=True)
class Account:
    """A member's newest entry, and the item of what the member has drawn; read together."""

    head: Entry | None
    played: Item | None


@dataclass(frozen=True)
class Known:
    """What a draw is decided by: the seed of its epoch, and the shards as they were last seen."""

    lottery: Lottery
    seed: bytes
    shards: Sequence[Shard]
    program: Program


@dataclass(frozen=True)
class Outcome:
    """What a draw comes to: places in the table, and the member's draws in vain after it.

    `drawn` is what the sample said, or the guaranteed prize; `prize` is given, which is the same
    unless that is gone.
    """

    sampled: int
    drawn: int
    prize: int
    forced: bool
    since: int

    @property
    def places(self) -> Places:
        """What the shards count."""
        return Places(self.sampled, self.drawn, self.prize)

    @property
    def substituted(self) -> bool:
        """Whether another prize is given than was drawn."""
        return self.prize != self.drawn


@dataclass(frozen=True)
class Drawn:
    """A draw, its writes, and the shards as they are known to be once these stand."""

    writes: list[Write]
    draw: Draw
    shards: Sequence[Shard]


def moment(lottery: Lottery, head: Entry | None, now: Millis, kind: Kind = "instant") -> Millis:
    """The instant of a draw in an instant lottery, or of a purchase of tickets in a scheduled one.

    It is never before the member's newest entry. Raises LotteryClosed, and NotFound for a draft:
    nobody is to learn of that, nor when it may open.
    """
    if lottery.status == "draft":
        raise NotFound("There is no such lottery.")
    at = max(now, head.at) if head else now
    if lottery.kind != kind or not lottery.takes_draws(at):
        raise LotteryClosed(
            opens_at=instant(lottery.opens_at), closes_at=instant(lottery.closes_at)
        )
    return at


def draw(asked: Draft, known: Known, account: Account, at: Millis, random: Random) -> Drawn:
    """A draw at a `moment`.

    Raises LotteryClosed when it is drawn out, LimitReached(limit), DailyLimitReached(limit),
    AccountClosed, InsufficientPoints(available) and PointsLimit; the writes mean AlreadyDone,
    LotteryClosed and ShardMoved.
    """
    lottery, program, shards = known.lottery, known.program, known.shards
    epoch = lottery.epoch(at)
    played = played_in(account.played, lottery.lottery_id)
    day = day_of(at, program, played, shards)
    seen = Seen(lottery, lottery.table(epoch), day, shards)
    _refuse(seen, played, epoch)
    posting = ledger.open_posting(asked.member, account.head, at)
    cause = Source("draw", asked.draw_id)
    pay(posting, lottery.cost, cause, program, most=seen.table.points_most)
    inputs = fairness.Inputs(
        lottery.lottery_id, epoch, seen.table.version, asked.member, asked.client_seed,
        played.nonce + 1,
    )  # fmt: skip
    number = fairness.sample(known.seed, inputs, seen.table.total)
    outcome = decide(seen, number, played)
    taking = Taking(seen, random, epoch, outcome.places)
    prize = seen.table.prizes[outcome.prize]
    ordered = as_order(lottery, prize, asked.member, asked.draw_id, at) if prize.delivered else None
    made = Draw(
        **vars(inputs),
        draw_id=asked.draw_id,
        at=at,
        since=played.since,
        number=number,
        sampled=seen.table.prizes[outcome.sampled].prize_id,
        prize=prize.prize_id,
        request_hash=asked.request_hash,
        forced=outcome.forced,
        substituted=outcome.substituted,
        serial=taking.serial,
        cost=lottery.cost,
        points=prize.points,
        order_id=ordered.order_id if ordered else "",
    )
    if prize.points:
        win(posting, prize.points, cause, program)
    after = played.further(1, day, since=outcome.since, until=lottery.closes_at)
    writes = [recorded(made), *entries(posting), *taking.writes()]
    writes.append(counted(asked.member, lottery.lottery_id, account.played, after, at))
    writes += [ordered.write] if ordered else []
    return Drawn(writes, made, taking.after())


def day_of(at: Millis, program: Program, played: Played, shards: Sequence[Shard]) -> str:
    """The program day that an instant counts on.

    Two functions may see midnight seconds apart: a day that began stays begun.
    """
    begun = (str(shard.item["day"]) for shard in shards)
    return max(program.calendar.day(at), played.day, *begun)


def _refuse(seen: Seen, played: Played, epoch: int) -> None:
    """Refuse what limits and shards do not allow, whatever the outcome would be."""
    if seen.over:
        raise LotteryClosed("All prizes of this lottery were won.")
    if any(shard.revealed >= epoch for shard in seen.shards):
        raise LotteryClosed("The seed of this epoch is known.")
    hold_to_limits(seen, played, 1)


def hold_to_limits(seen: Seen, played: Played, units: int) -> None:
    """Raise LimitReached(limit), then DailyLimitReached(limit), where so many are too many: for the
    member, or over all shards.
    """
    limits = seen.lottery.limits
    if limits.member_total is not None and played.nonce + units > limits.member_total:
        raise LimitReached(limit=limits.member_total)
    if sum(map(seen.room_in_all, seen.shards)) < units:
        raise LimitReached(limit=limits.program_total)
    if limits.member_per_day is not None and played.on(seen.day) + units > limits.member_per_day:
        raise DailyLimitReached(limit=limits.member_per_day)
    if sum(map(seen.room_today, seen.shards)) < units:
        raise DailyLimitReached(limit=limits.program_per_day)


def pay(posting: Posting, cost: int, cause: Source, program: Program, *, most: int = 0) -> None:
    """Take what it costs from an account that can hold the `most` that it may win.

    Raises AccountClosed, InsufficientPoints(available) and PointsLimit.
    """
    if posting.state.closed:
        raise AccountClosed()
    if cost:
        program.note_activity(posting, posting.at)
        ledger.spend(posting, "lottery_cost", cost, cause)
    if posting.state.available + posting.state.pending_points + most > MAX_INTEGER:
        raise PointsLimit()


def win(posting: Posting, points: int, cause: Source, program: Program) -> None:
    """Credit points that were won. Raises AccountClosed and PointsLimit."""
    program.note_activity(posting, posting.at)
    grant = program.landing(Grant(program.lot(posting.at)), posting.state)
    ledger.credit(posting, "lottery_prize", points, grant, cause)


def entries(posting: Posting) -> list[Write]:
    """The entries of a posting. What moves no points is held to the chain: none may follow."""
    if posting.entries:
        return append(posting)
    following = posting.head.revision + 1 if posting.head else 1
    return [check("points", keys.entry(posting.member, following), ABSENT)]


def decide(seen: Seen, number: int, played: Played) -> Outcome:
    """What a sample comes to: the guaranteed prize when it is due, a substitute for what is gone.

    What counts as in vain is decided before substitutes, so that it follows from the member's own
    draws alone.
    """
    table = seen.table
    sampled = fairness.place_of(number, table.weights)
    pity = table.pity
    forced = pity is not None and played.since + 1 >= pity.draws
    drawn = table.place(pity.prize_id) if pity and forced else sampled
    since = 0 if pity and table.prizes[drawn].prize_id == pity.prize_id else played.since + 1
    given = table.place(table.prizes[drawn].substitute) if seen.gone(drawn) else drawn
    return Outcome(sampled, drawn, given, forced and drawn != sampled, since)


def same_draw(asked: Draft, draw: Draw) -> Draw:
    """The draw made before under the same key. Raises IdempotencyKeyReused."""
    if draw.request_hash != asked.request_hash:
        raise IdempotencyKeyReused()
    return draw
