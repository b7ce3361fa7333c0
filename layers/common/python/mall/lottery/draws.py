"""A draw as it was made: its record in the table, and what its proof says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mall import keys
from mall.clock import Millis
from mall.ids import derived_id
from mall.writes import ABSENT, Write, already_done, put

_WHO_LENGTH = 13  # base32 characters: 65 bits tell the members of a lottery apart


@dataclass(frozen=True)
class Draw:
    """One draw. `sampled` is the prize that `number` fell on, `prize` the one that was given.

    They differ where pity forced another (`forced`) or where the drawn one was gone
    (`substituted`); `serial` is of the unit given, None for what has no end. `since` are the
    member's draws in vain before this one.
    """

    draw_id: str
    lottery_id: str
    member: str
    at: Millis
    epoch: int
    table_version: int
    client_seed: str
    nonce: int
    since: int
    number: int
    sampled: str
    prize: str
    request_hash: bytes
    forced: bool = False
    substituted: bool = False
    serial: int | None = None
    cost: int = 0
    points: int = 0
    order_id: str = ""


def draw_id(lottery_id: str, member: str, key: str) -> str:
    """The only draw id that this member's Idempotency-Key can have in a lottery."""
    return f"{drawer(lottery_id, member)}-{derived_id('draw', lottery_id, member, key)}"


def drawer(lottery_id: str, member: str) -> str:
    """What the ids of a member's draws in a lottery begin with."""
    return derived_id("drawer", lottery_id, member)[:_WHO_LENGTH]


_PLAIN = (
    "member", "at", "epoch", "table_version", "client_seed", "nonce", "since", "number", "sampled",
    "prize", "request_hash",
)  # fmt: skip
_FILLED = ("forced", "substituted", "serial", "cost", "points", "order_id")


def recorded(draw: Draw) -> Write:
    """The write of a new draw; it means AlreadyDone when its key is taken."""
    item = {**keys.draw(draw.lottery_id, draw.draw_id)}
    plain = {name: getattr(draw, name) for name in _PLAIN}
    filled = {name: value for name in _FILLED if (value := getattr(draw, name))}
    return put("points", {**item, **plain, **filled}, condition=ABSENT, refused=already_done)


def from_item(item: Mapping[str, Any]) -> Draw:
    """The draw that an item of the points table holds."""
    return Draw(
        draw_id=item["sk"],
        lottery_id=item["pk"].split("#")[1],
        **{name: item[name] for name in (*_PLAIN, *_FILLED) if name in item},
    )
