"""One member's account in a test: a chain, a clock to set, and each movement in one call."""

from dataclasses import dataclass, field

from mall.clock import Millis
from mall.points import ledger
from mall.points.calendar import NEVER, Calendar, Day
from mall.points.ledger.entry import Entry, Lots, Source, State
from mall.points.ledger import Grant, Posting
from mall.points.ledger.lots import state_at
from mall.points.program import ClawBackPolicy

from tests.builders import any_member, any_source


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

    @property
    def state(self) -> State:
        """What the member sees now."""
        head = self.chain[-1].after if self.chain else State()
        return state_at(head, self.now, self.calendar)

    @property
    def kinds(self) -> list[str]:
        """The kinds of all entries, oldest first."""
        return [entry.kind for entry in self.chain]

    def open(self) -> Posting:
        """A posting on the newest entry, not committed yet."""
        head = self.chain[-1] if self.chain else None
        return ledger.open_posting(self.member, head, self.now, self.calendar)

    def commit(self, posting: Posting) -> list[Entry]:
        """Append a posting's entries; the first of them must have the next free revision."""
        if posting.entries and posting.entries[0].revision != len(self.chain) + 1:
            raise LookupError(f"revision {posting.entries[0].revision} is taken")
        self.chain += posting.entries
        return posting.entries

    def sweep(self) -> list[Entry]:
        """Book what has expired."""
        return self.commit(self.open())

    def earn(self, points: int, lot: Day = NEVER, *, active_from: Day = "") -> Given:
        """Grant points, at once or from a day on."""
        grant = Grant(lot, f"{active_from}|{lot}" if active_from else None)
        posting = self.open()
        ledger.credit(posting, "earn", points, grant, any_source("purchase"))
        [entry] = [entry for entry in self.commit(posting) if entry.kind == "earn"]
        return Given(entry, grant)

    def redeem(self, points: int) -> Lots:
        """Spend; returns the allocation."""
        posting = self.open()
        ledger.spend(posting, "redeem", points, any_source("order"))
        return {day: -taken for day, taken in self.commit(posting)[-1].lots.items()}

    def refund(self, allocation: Lots) -> list[Entry]:
        """Give a redemption back, or a part of it."""
        posting = self.open()
        ledger.refund(posting, allocation, any_source("order"))
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
