"""A scheduled drawing, step by step: what is known so far, what comes next, what is won.

    listing ──▶ listed ──────────────────────▶ ranked ──▶ drawn
    bucket by   the list's hash is published;   winners    each prize given,
    bucket      then, at its time and with      are known  or forfeited
                its beacon, bucket by bucket

Each step is saved before the next, as the version after the one that it goes by, and follows from
what is saved, the list and the seed alone. So it may die anywhere, and run as often and as many
times at once as it likes: there is one result. A prize is given in one transaction with the record
of its winner, which can be made once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from mall import keys
from mall.clock import Millis, instant
from mall.errors import LotteryFixed, LotteryNotClosed, PointsLimit
from mall.lottery import ranking
from mall.lottery.drawing import entries, win
from mall.lottery.lottery import Lottery
from mall.lottery.prizes import as_order
from mall.lottery.ranking import Bucket, Ranked
from mall.lottery.table import Prize, PrizeTable
from mall.points import ledger
from mall.points.ledger import Posting
from mall.points.ledger.entry import Entry, Source
from mall.points.program import Program
from mall.writes import ABSENT, Item, Write, already_done, put, put_version

Stage = Literal["listing", "listed", "ranked", "drawn"]
Fate = Literal["awarded", "forfeited"]
_PLAIN = (
    "version", "stage", "list_hash", "listed_at", "beacon", "beacon_at", "ranked",
)  # fmt: skip


@dataclass(frozen=True)
class Progress:
    """How far a drawing has come. `version` is 0 before it is saved at all.

    `buckets` are those of the list that were summed; `list_hash` is that of the list, in hex, once
    all are. `beacon` is the public value that was waited for. `ranked` counts the buckets whose
    tickets `best` takes into account.
    """

    lottery_id: str
    version: int = 0
    stage: Stage = "listing"
    buckets: Sequence[Bucket] = ()
    list_hash: str = ""
    listed_at: Millis = 0
    beacon: str = ""
    beacon_at: Millis = 0
    ranked: int = 0
    best: Sequence[Ranked] = ()

    @property
    def purchases(self) -> int:
        """Purchases in the buckets that were summed."""
        return sum(bucket.purchases for bucket in self.buckets)

    @property
    def tickets(self) -> int:
        """Tickets in them."""
        return sum(bucket.tickets for bucket in self.buckets)

    @property
    def letters(self) -> str:
        """The letters whose buckets hold purchases."""
        pairs = zip(keys.TICKET_LETTERS, self.buckets, strict=False)
        return "".join(letter for letter, bucket in pairs if bucket.purchases)

    def summed(self, bucket: Bucket, now: Millis) -> "Progress":
        """After the next bucket of the list; after the last one the hash of the list is known."""
        buckets = [*self.buckets, bucket]
        if len(buckets) < len(keys.TICKET_LETTERS):
            return replace(self, buckets=buckets)
        listed = ranking.list_hash([each.digest for each in buckets])
        return replace(self, buckets=buckets, stage="listed", list_hash=listed, listed_at=now)

    def ranked_on(self, best: Sequence[Ranked]) -> "Progress":
        """After the tickets of the next bucket; after the last one the winners are known."""
        ranked = self.ranked + 1
        over = ranked == len(keys.TICKET_LETTERS)
        return replace(self, ranked=ranked, best=best, stage="ranked" if over else self.stage)

    def drawn(self) -> "Progress":
        """After every prize was given; who won is in the winners' records."""
        return replace(self, stage="drawn", best=())

    def draws(self, lottery: Lottery, now: Millis) -> bool:
        """Whether it is time to rank: its hour has come, and the beacon if it waits for one."""
        due = lottery.draws_at is not None and lottery.draws_at <= now
        return self.stage == "listed" and due and bool(self.beacon or not lottery.beacon)


def progress_of(lottery_id: str, item: Item | None) -> Progress:
    """How far the drawing has come that an item tells of."""
    if item is None:
        return Progress(lottery_id)
    return Progress(
        lottery_id,
        **{name: item[name] for name in _PLAIN},
        buckets=[Bucket(*bucket) for bucket in item["buckets"]],
        best=[Ranked(*ticket) for ticket in item["best"]],
    )


def saved(progress: Progress) -> Write:
    """The write of the next version of a progress; Stale when another run was faster."""
    item: Mapping[str, Any] = {
        **keys.drawing(progress.lottery_id),
        **{name: getattr(progress, name) for name in _PLAIN},
        "buckets": [list(bucket) for bucket in progress.buckets],
        "best": [list(ticket) for ticket in progress.best],
    }
    return put_version("points", item, progress.version)


def with_beacon(lottery: Lottery, progress: Progress, value: str, now: Millis) -> Progress:
    """The progress with the public value that the lottery waits for; the same if it has that.

    Raises LotteryFixed(fixed) when it waits for none or has another one, and
    LotteryNotClosed(closes_at) as long as the hash of the list is not published.
    """
    if not lottery.beacon or progress.beacon not in ("", value):
        raise LotteryFixed(fixed="beacon")
    listed(lottery, progress)
    if progress.beacon:
        return progress
    return replace(progress, beacon=value, beacon_at=now)


def listed(lottery: Lottery, progress: Progress) -> Progress:
    """A progress whose list is final. Raises LotteryNotClosed(closes_at)."""
    if not progress.list_hash:
        raise LotteryNotClosed(closes_at=instant(lottery.closes_at))
    return progress


# --- winners -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Winner:
    """A ticket that won: its rank from 1, and the unit of the prize that it wins."""

    rank: int
    ticket: Ranked
    prize: Prize
    serial: int


def winners(table: PrizeTable, best: Sequence[Ranked]) -> list[Winner]:
    """Who wins what: the prizes in the order of the table, all units of each, to the best."""
    units = [(prize, n + 1) for prize in table.prizes for n in range(prize.stock or 0)]
    pairs = zip(best, units, strict=False)
    return [Winner(rank, ticket, *unit) for rank, (ticket, unit) in enumerate(pairs, start=1)]


def most(table: PrizeTable) -> int:
    """How many tickets can win."""
    return sum(prize.stock or 0 for prize in table.prizes)


def unclaimed(table: PrizeTable, given: Iterable[Item]) -> Mapping[tuple[int, int], int]:
    """Units that nobody got, by version of the table and place, from the winners' records."""
    got = [record["prize"] for record in given if record["fate"] == "awarded"]
    return {
        (table.version, place): (prize.stock or 0) - got.count(prize.prize_id)
        for place, prize in enumerate(table.prizes)
    }


def award(
    lottery: Lottery, winner: Winner, head: Entry | None, program: Program, now: Millis
) -> list[Write]:
    """The writes that give a prize, or record that it is forfeited; they mean AlreadyDone.

    It is forfeited when the account was closed, or cannot hold so many points; nobody else gets it.
    """
    member, prize = winner.ticket.member, winner.prize
    posting = ledger.open_posting(member, head, now)
    if posting.state.closed or not _lands(posting, winner, program):
        untouched = ledger.open_posting(member, head, now)
        return [_record(lottery, winner, "forfeited", posting.at), *entries(untouched)]
    if not prize.delivered:
        return [_record(lottery, winner, "awarded", posting.at), *entries(posting)]
    ordered = as_order(lottery, prize, member, winner.ticket.ticket_id, posting.at)
    record = _record(lottery, winner, "awarded", posting.at, ordered.order_id)
    return [record, *entries(posting), ordered.write]


def _lands(posting: Posting, winner: Winner, program: Program) -> bool:
    """Credit the points of a prize that has some; whether the account can hold them."""
    if winner.prize.points:
        try:
            win(posting, winner.prize.points, Source("ticket", winner.ticket.ticket_id), program)
        except PointsLimit:
            return False
    return True


def _record(lottery: Lottery, winner: Winner, fate: Fate, at: Millis, order_id: str = "") -> Write:
    item = {
        **keys.winner(lottery.lottery_id, winner.rank),
        "rank": winner.rank,
        "ticket": winner.ticket.ticket_id,
        "member": winner.ticket.member,
        "score": winner.ticket.score,
        "prize": winner.prize.prize_id,
        "serial": winner.serial,
        "points": winner.prize.points,
        "order_id": order_id,
        "fate": fate,
        "at": at,
    }
    return put("points", item, condition=ABSENT, refused=already_done)
