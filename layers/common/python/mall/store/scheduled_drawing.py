"""Scheduled lotteries on their way from closing to the last prize, whoever comes and how often.

Every step goes by what is saved and saves what it came to under the version that it read. A run
that was overtaken reads again and goes on from there, so two runs cost time and change nothing. A
run stops between two steps when its time is up; the next one goes on.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from time import monotonic
from typing import Any

from mall import keys
from mall.clock import Millis
from mall.errors import AlreadyDone, Stale
from mall.lottery import items, ranking, scheduled
from mall.lottery.items import from_item
from mall.lottery.lottery import Lottery
from mall.lottery.ranking import Listed
from mall.lottery.scheduled import Progress, Winner, progress_of
from mall.seeds import SeedVault
from mall.store.client import Commit, Store
from mall.store.ledger import head
from mall.store.lotteries import open_seed, read_lottery
from mall.store.lottery_closing import close, settle
from mall.store.program import Programs
from mall.store.reads import Page
from mall.store.tickets import purchases_in
from mall.writes import Item

_WINNERS = "#pk = :pk AND begins_with(#sk, :winners)"
_UNSAVED_MAX = 20_000  # purchases summed, or tickets ranked, after which a run saves
_UNFINISHED = ("open", "closing", "drawing")


def due_lotteries(store: Store) -> list[str]:
    """The lotteries that are to be closed, or that have not given out all of their prizes yet."""
    return [lottery.lottery_id for lottery in _unfinished(store) if _due(lottery, store.now())]


def _unfinished(store: Store) -> Iterator[Lottery]:
    for status in _UNFINISHED:
        values = {"lotteries": keys.lotteries(status)}
        found = store.query_all("points", "#gsi1pk = :lotteries", values, index=keys.BY_TIME)
        yield from map(from_item, found)


def _due(lottery: Lottery, now: Millis) -> bool:
    return lottery.status != "open" or lottery.closes_at <= now


def read_progress(store: Store, lottery_id: str) -> Progress:
    """How far a drawing has come."""
    return progress_of(lottery_id, store.get("points", keys.drawing(lottery_id)))


def winner_records(store: Store, lottery_id: str) -> list[Item]:
    """The records of the prizes that were given or forfeited so far, by rank."""
    values = {"pk": keys.drawing(lottery_id)["pk"], "winners": keys.WINNER_PREFIX}
    return list(store.query_all("points", _WINNERS, values, consistent=True))


def page_of_winners(
    store: Store, lottery_id: str, limit: int, after: Mapping[str, Any] | None
) -> Page:
    """A page of those records."""
    values = {"pk": keys.drawing(lottery_id)["pk"], "winners": keys.WINNER_PREFIX}
    return store.query_page("points", _WINNERS, values, limit=limit, after=after, consistent=True)


class Drawings:
    """One run of the job, which begins nothing more after so many seconds of this process."""

    def __init__(self, store: Store, vault: SeedVault, programs: Programs, seconds: float) -> None:
        self._store = store
        self._vault = vault
        self._programs = programs
        self._until = monotonic() + seconds

    def go_on(self, lottery_id: str) -> bool:
        """Go on with a lottery that is due, as far as hour, beacon and time allow; whether it ends.

        Raises Busy, and NotFound for no lottery.
        """
        if not self._in_time():
            return False
        lottery = read_lottery(self._store, lottery_id)
        if lottery.kind == "instant" or lottery.status == "closed":
            return close(self._store, lottery_id).status == "closed"
        progress = read_progress(self._store, lottery_id)
        if not progress.version:
            lottery = close(self._store, lottery_id)
        progress = self._list(progress)
        if progress.draws(lottery, self._store.now()):
            progress = self._rank(self._begin(lottery), progress)
        if progress.stage == "ranked":
            progress = self._award(lottery, progress)
        if progress.stage != "drawn":
            return False
        given = winner_records(self._store, lottery_id)
        settle(self._store, lottery, scheduled.unclaimed(lottery.table(1), given))
        return True

    def _in_time(self) -> bool:
        return monotonic() < self._until

    def _save(self, after: Progress) -> Progress:
        """Save the next version; what stands then, if another run was faster."""
        try:
            self._store.transact([scheduled.saved(after)])
        except Stale:
            return read_progress(self._store, after.lottery_id)
        return replace(after, version=after.version + 1)

    def _list(self, progress: Progress) -> Progress:
        """Sum the buckets of the list, until its hash is published. No shard is open any more."""
        while progress.stage == "listing" and self._in_time():
            after = progress
            while after.stage == "listing" and after.purchases < progress.purchases + _UNSAVED_MAX:
                letter = keys.TICKET_LETTERS[len(after.buckets)]
                found = purchases_in(self._store, after.lottery_id, letter)
                after = after.summed(ranking.summed(found), self._store.now())
            progress = self._save(after)
        return progress

    def _begin(self, lottery: Lottery) -> Lottery:
        """Say that the lottery draws."""

        def attempt(_: Stale | None) -> Commit[Lottery]:
            before = read_lottery(self._store, lottery.lottery_id)
            if before.status != "closing":
                return Commit([], before)
            after = replace(before, status="drawing")
            return Commit([items.changed(before, after)], after)

        return self._store.commit(attempt)

    def _rank(self, lottery: Lottery, progress: Progress) -> Progress:
        """Rank the tickets of a list that is published, bucket by bucket."""
        seed = open_seed(self._store, self._vault, lottery, 1)
        score = ranking.scorer(seed, lottery.lottery_id, progress.list_hash, progress.beacon)
        most = scheduled.most(lottery.table(1))
        while progress.stage == "listed" and self._in_time():
            after, unsaved = progress, 0
            while after.stage == "listed" and unsaved < _UNSAVED_MAX:
                unsaved += after.buckets[after.ranked].tickets
                found = self._purchases_to_rank(after)
                after = after.ranked_on(ranking.best(after.best, found, score, most))
            progress = self._save(after)
        return progress

    def _purchases_to_rank(self, progress: Progress) -> Iterable[Listed]:
        if not progress.buckets[progress.ranked].purchases:
            return ()
        letter = keys.TICKET_LETTERS[progress.ranked]
        return purchases_in(self._store, progress.lottery_id, letter)

    def _award(self, lottery: Lottery, progress: Progress) -> Progress:
        """Give each winner the prize, those that were given apart."""
        given = {record["rank"] for record in winner_records(self._store, lottery.lottery_id)}
        for winner in scheduled.winners(lottery.table(1), progress.best):
            if not self._in_time():
                return progress
            if winner.rank not in given:
                self._give(lottery, winner)
        return self._save(progress.drawn())

    def _give(self, lottery: Lottery, winner: Winner) -> None:
        def attempt(_: Stale | None) -> Commit[None]:
            newest = head(self._store, winner.ticket.member)
            program, now = self._programs.current(), self._store.now()
            return Commit(scheduled.award(lottery, winner, newest, program, now), None)

        try:
            self._store.commit(attempt)
        except AlreadyDone:
            return
