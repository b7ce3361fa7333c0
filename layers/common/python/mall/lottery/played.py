"""What a member has drawn: in each lottery the nonce, the draws of the day, and those in vain.

All lotteries of a member are one item, right behind the chain of entries, so that one query reads
it with the newest entry. Lotteries that are long over leave it with the next draw.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mall import keys
from mall.clock import DAY_MS, Millis
from mall.writes import Item, Write, update

_KEPT_MS = 30 * DAY_MS
_PREFIX = "of_"


@dataclass(frozen=True)
class Played:
    """A member's draws or tickets in one lottery.

    `nonce` counts them all; `today` those of the program day `day`; `since` the draws since the
    last one whose prize was the guaranteed one, or since the first. `until` is when it closes.
    """

    nonce: int = 0
    day: str = ""
    today: int = 0
    since: int = 0
    until: Millis = 0

    def on(self, day: str) -> int:
        """Draws on a program day."""
        return self.today if self.day == day else 0

    def further(self, units: int, day: str, *, since: int, until: Millis) -> "Played":
        """The same after so many more on a day that is not before the last."""
        return replace(
            self, nonce=self.nonce + units, day=day, today=self.on(day) + units, since=since,
            until=until,
        )  # fmt: skip


def played_in(item: Item | None, lottery_id: str) -> Played:
    """What the member's item says of a lottery."""
    stored = (item or {}).get(_PREFIX + lottery_id)
    return Played(*stored) if stored else Played()


def counted(member: str, lottery_id: str, item: Item | None, after: Played, at: Millis) -> Write:
    """The write that moves a member's counters of a lottery on. Stale when another one did."""
    name, stored = _PREFIX + lottery_id, _stored(after)
    before = (item or {}).get(name)
    condition = f"#{name} = :before" if before else f"attribute_not_exists(#{name})"
    values: Mapping[str, Any] = {"after": stored} | ({"before": before} if before else {})
    over = [
        other
        for other, kept in (item or {}).items()
        if other.startswith(_PREFIX) and other != name and kept[-1] + _KEPT_MS < at
    ]
    removed = f" REMOVE {', '.join('#' + other for other in over)}" if over else ""
    return update(
        "points", keys.played(member), f"SET #{name} = :after{removed}", condition=condition,
        more=values,
    )  # fmt: skip


def _stored(played: Played) -> list[Any]:
    return [played.nonce, played.day, played.today, played.since, played.until]
