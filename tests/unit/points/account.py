"""One member's account in a test: a chain, a clock to set, and each movement in one call.

Lots are named by days of the account's zone, as `tests.builders.lot` takes them: "20260301" for
what is gone when that day begins, "20260301i" where activity renews it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mall.clock import Millis
from mall.points import ledger
from mall.points.calendar import Calendar, Day
from mall.points.ledger import Grant, Posting
from mall.points.ledger.chain import Verdict, verify
from mall.points.ledger.entry import NEVER, Entry, Source, State
from mall.points.ledger.lots import state_at
from mall.points.ledger.movements import ClawBackPolicy

from tests.builders import any_member, any_source, day_of, lot

Days = Mapping[str, int]


@dataclass(frozen=True)
class Given:
    """A grant that was made: all that a claw back needs to know of it."""

    entry: Entry
    grant: Grant


@dataclass
class Account:
    """An account whose movements are committed as they are made; `on` sets its clock."""

    calendar: Calendar = field(default_factory=Calendar)
    now: Millis = 0
    chain: list[Entry] = field(default_factory=list)
    member: str = field(default_factory=any_member)

    def __post_init__(self) -> None:
        self.now = self.now or self.calendar.begins("20260101")

    def on(self, day: Day, plus: Millis = 0) -> "Account":
        """Set the clock to the first instant of a day, plus some milliseconds (or minus)."""
        self.now = self.calendar.begins(day) + plus
        return self

    def keyed(self, days: Days) -> dict[str, int]:
        """Points by lot or pending key, given by day."""
        return {lot(day, self.calendar.zone): points for day, points in days.items()}

    def by_day(self, lots: Mapping[str, int]) -> dict[str, int]:
        """Points by day, given by lot or pending key."""
        return {day_of(key, self.calendar.zone): points for key, points in lots.items()}

    @property
    def state(self) -> State:
        """What the member sees now."""
        head = self.chain[-1].after if self.chain else State()
        return state_at(head, self.now)

    @property
    def lots(self) -> dict[str, int]:
        """What the member can spend now, by day."""
        return self.by_day(self.state.lots)

    @property
    def kinds(self) -> list[str]:
        """The kinds of all entries, oldest first."""
        return [entry.kind for entry in self.chain]

    @property
    def verdict(self) -> Verdict:
        """What verify says of the chain."""
        return verify(self.chain)

    def open(self) -> Posting:
        """A posting on the newest entry, not committed yet."""
        head = self.chain[-1] if self.chain else None
        return ledger.open_posting(self.member, head, self.now)

    def commit(self, posting: Posting) -> list[Entry]:
        """Append a posting's entries; the first of them must have the next free revision."""
        if posting.entries and posting.entries[0].revision != len(self.chain) + 1:
            raise LookupError(f"revision {posting.entries[0].revision} is taken")
        self.chain += posting.entries
        return posting.entries

    def sweep(self) -> list[Entry]:
        """Book what has expired."""
        return self.commit(self.open())

    def grant(self, day: str = NEVER, active_from: Day = "") -> Grant:
        """Where points go that are gone on a day, and active at once or from a day on."""
        key = lot(day, self.calendar.zone)
        return Grant(key, f"{lot(active_from, self.calendar.zone)}|{key}" if active_from else None)

    def earn(
        self, points: int, day: str = NEVER, *, active_from: Day = "", renews: str = ""
    ) -> Given:
        """Grant points, at once or from a day on; idle ones that are there last until `renews`."""
        grant = self.grant(day, active_from)
        posting = self._active(renews)
        ledger.credit(posting, "earn", points, grant, any_source("purchase"))
        [entry] = [entry for entry in self.commit(posting) if entry.kind == "earn"]
        return Given(entry, grant)

    def redeem(self, points: int, *, order: str = "order", renews: str = "") -> dict[str, int]:
        """Spend for an order, the same one if none is named; returns the allocation, by day."""
        posting = self._active(renews)
        ledger.spend(posting, "redeem", points, Source("order", order))
        taken = self.by_day(self.commit(posting)[-1].lots)
        return {day: -points for day, points in taken.items()}

    def _active(self, renews: str) -> Posting:
        posting = self.open()
        if renews:
            ledger.renew(posting, lot(renews, self.calendar.zone))
        return posting

    def refund(self, allocation: Days, reissue: str = "", *, order: str = "order") -> list[Entry]:
        """Give an order's redemption back, or a part of it, given by day."""
        posting = self.open()
        again = lot(reissue, self.calendar.zone) if reissue else None
        source = Source("order", order)
        ledger.refund(posting, self.keyed(allocation), source, reissue=again)
        return self.commit(posting)

    def claw_back(
        self,
        given: Given,
        points: int = 0,
        *,
        policy: ClawBackPolicy = "within_balance",
        asked_before: int = 0,
    ) -> Entry:
        """Take a grant back, whole or in part; returns the entry."""
        posting = self.open()
        ledger.claw_back(
            posting,
            points or given.entry.points,
            given.grant,
            policy,
            given.entry.source,
            history=self.chain[given.entry.revision - 1 :],
            asked_before=asked_before,
        )
        return self.commit(posting)[-1]

    def close(self) -> Entry:
        """Close the account."""
        posting = self.open()
        ledger.close(posting, Source("admin", "a"), "a")
        return self.commit(posting)[-1]

    def reopen(self) -> list[Entry]:
        """Open it again."""
        posting = self.open()
        ledger.reopen(posting, Source("admin", "a"), "a")
        return self.commit(posting)
