"""Time in these tests: it stands still until it is moved, and nobody sleeps."""

from types import SimpleNamespace

import pytest
from mall import clock
from mall.clock import Millis
from mall.store import line, lotteries, program, shelf, window

NOON: Millis = 1_795_348_800_000  # 2026-11-22T12:00:00Z
SECOND: Millis = 1000
MINUTE: Millis = 60 * SECOND
HOUR: Millis = 60 * MINUTE
DAY: Millis = 24 * HOUR
GONE_AT: Millis = 1_827_619_200_000  # 2027-12-01T00:00:00Z: what is earned at noon, by default


class Time:
    """The wall clock and the uptime of the process, both still."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = NOON
        self._up = 0
        wall = SimpleNamespace(time_ns=lambda: self.now * 1_000_000)
        monkeypatch.setattr(clock, "time", wall)
        uptime = SimpleNamespace(monotonic=lambda: self._up / 1000)
        for remembering in (line, lotteries, program, shelf, window):
            monkeypatch.setattr(remembering, "time", uptime)

    def set(self, at: Millis) -> None:
        """Move the wall clock, and it alone: memories age by uptime."""
        self.now = at

    def forward(self, by: Millis) -> None:
        """Let time go by."""
        self.now += by
        self._up += by

    def pause(self, seconds: float) -> None:
        """Wait as a process does that lets memories die; the wall clock stands still."""
        self._up += round(seconds * SECOND)
