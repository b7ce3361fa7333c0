"""The program's calendar: days in its time zone, and the day on which a lot expires.

A lot is keyed by the local day, `yyyymmdd`, at whose first instant it is gone: validity is half
open, so `20270201` can be spent through the last millisecond of 31 January. `never` sorts last.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from mall.clock import Millis, millis

Day = str  # "yyyymmdd" in the program's zone, or NEVER

NEVER: Day = "never"


@dataclass(frozen=True)
class Calendar:
    """Turns instants into program days and back. `zone` is an IANA name."""

    zone: str = "UTC"

    def day(self, at: Millis) -> Day:
        """The program day that an instant falls on."""
        return (
            datetime.fromtimestamp(at / 1000, UTC)
            .astimezone(ZoneInfo(self.zone))
            .strftime("%Y%m%d")
        )

    def begins(self, day: Day) -> Millis:
        """The first instant of a program day; 23- and 25-hour days come out right."""
        local = datetime.strptime(day, "%Y%m%d").replace(tzinfo=ZoneInfo(self.zone))
        return millis(local)

    def month_end_after(self, at: Millis, months: int) -> Day:
        """The day after the end of the month that is `months` later, in program days.

        31 January and one month give 1 March: the lot lives through the end of February.
        """
        today = datetime.fromtimestamp(at / 1000, UTC).astimezone(ZoneInfo(self.zone)).date()
        index = today.year * 12 + (today.month - 1) + months + 1
        return date(index // 12, index % 12 + 1, 1).strftime("%Y%m%d")
