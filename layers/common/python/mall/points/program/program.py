"""One version of the program: its settings, and what follows from them for a grant."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from mall.clock import Millis
from mall.points.calendar import Calendar
from mall.points.ledger.entry import IDLE, Lot, State, minute
from mall.points.ledger.lots import held_in
from mall.points.ledger.movements import Grant, renew
from mall.points.ledger.posting import Posting
from mall.points.program.settings import ProgramSettings


@dataclass(frozen=True)
class Program:
    """What is in force. `rules_version` counts the changes of the active rules; both 0 at first.

    `rates_own` tells whether a rate was ever activated, which puts the built-in one out of force.
    """

    settings: ProgramSettings = field(default_factory=ProgramSettings)
    version: int = 0
    rules_version: int = 0
    rates_own: bool = False

    @property
    def calendar(self) -> Calendar:
        """The calendar of the program's time zone."""
        return Calendar(self.settings.zone)

    def lot(self, at: Millis) -> Lot:
        """The lot of points that count from an instant."""
        return self.settings.expiry.lot(at, self.calendar)

    def grace_lot(self, at: Millis) -> Lot:
        """The lot of points that are reissued by the merchant's fault."""
        last = self.calendar.date(at) + timedelta(days=self.settings.grace_days)
        return minute(self.calendar.start(last + timedelta(days=1)))

    def grant(self, occurred_at: Millis) -> Grant:
        """Where points go that were earned at an instant, and when they become active."""
        if not self.settings.pending_days:
            return Grant(self.lot(occurred_at))
        day = self.calendar.date(occurred_at) + timedelta(days=self.settings.pending_days)
        active_at = self.calendar.start(day)
        from_activation = self.settings.expiry_counted_from == "activation"
        lot = self.lot(active_at if from_activation else occurred_at)
        return Grant(lot, f"{minute(active_at)}|{lot}")

    def note_activity(self, posting: Posting, at: Millis) -> None:
        """Let the posting's next movement keep idle points alive, where the policy is inactivity.

        Call it before every movement by which a member is active: earning, redeeming, checking in,
        playing, giving points away.
        """
        lot = self.lot(at)
        if lot.endswith(IDLE):
            renew(posting, lot)

    def landing(self, grant: Grant, state: State) -> Grant:
        """A grant as it lands on an account: idle points live as long as those that are there."""
        if not grant.lot.endswith(IDLE):
            return grant
        lot = max([grant.lot, *(lot for lot in held_in(state) if lot.endswith(IDLE))])
        pending = grant.pending and f"{grant.pending.partition('|')[0]}|{lot}"
        return replace(grant, lot=lot, pending=pending)


PROGRAM = Program()
