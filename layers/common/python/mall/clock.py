"""Time, injected: real time plus the stage's offset, in milliseconds since the epoch, UTC."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

Millis = int
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


class Clock:
    """Tells the stage's time. `offset_s` is asked at each reading; it is 0 outside the sandbox."""

    def __init__(self, offset_s: Callable[[], int] = lambda: 0) -> None:
        self._offset_s = offset_s

    def now(self) -> Millis:
        """Milliseconds since the epoch on this stage."""
        return time.time_ns() // 1_000_000 + self._offset_s() * 1000


def instant(at: Millis) -> str:
    """RFC 3339 in UTC with milliseconds, as every answer shows an instant."""
    moment = datetime.fromtimestamp(at / 1000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at % 1000:03d}Z"


def millis(moment: datetime) -> Millis:
    """Milliseconds since the epoch of an aware datetime."""
    return round(moment.timestamp() * 1000)


def utc_day(at: Millis) -> str:
    """The UTC day that an instant falls on, `yyyymmdd`."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y%m%d")


def utc_hour(at: Millis) -> str:
    """The UTC hour that an instant falls in, `yyyymmddhh`."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y%m%d%H")
