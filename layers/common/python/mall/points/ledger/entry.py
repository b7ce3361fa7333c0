"""A ledger entry: the movement, the whole state after it, and the link to the one before.

The chain is the account. `hash` is SHA-256 over `canonical(entry)`, which includes `prev_hash`;
the first entry's `prev_hash` is 32 zero bytes. The exact bytes are documented in
docs/concepts/ledger.md, so that anyone can check a chain with any language.

A lot is keyed by the minute since 1970 (UTC, 8 digits) at which it expires, `never` for points
that never do. Validity is half open, text order is time order, and no zone is needed to read it.
A lot whose key ends in `i` lives by the inactivity policy: activity moves it to a later minute.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from mall import keys
from mall.clock import Millis

Kind = Literal[
    "earn", "redeem", "refund", "expire", "claw_back", "adjust", "lottery_cost", "lottery_prize",
    "check_in", "transfer_out", "transfer_in", "discount", "close", "reopen",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)
GENESIS = bytes(32)
ENTRY_SIZE_BYTES_MAX = 2048

Lot = str  # "<minute of expiry, 8 digits>", the same with "i" under inactivity, or NEVER
Lots = Mapping[Lot, int]  # points by expiry, always > 0
Pending = Mapping[str, int]  # "<activation minute, 8 digits>|<lot>" -> points, always > 0
NEVER: Lot = "never"
IDLE = "i"
_MINUTE_MS = 60_000
_MINUTE_DIGITS = 8  # until the year 2160


def minute(at: Millis) -> str:
    """The whole minutes since 1970 that have passed at an instant, as a lot is keyed."""
    return f"{at // _MINUTE_MS:0{_MINUTE_DIGITS}d}"


def instant_of(lot: Lot) -> Millis | None:
    """The instant at which a lot is gone; None for never."""
    return None if lot == NEVER else int(lot[:_MINUTE_DIGITS]) * _MINUTE_MS


def is_due(key: str, now: str) -> bool:
    """Whether a lot is gone, or a pending grant active, by a minute."""
    return key[:_MINUTE_DIGITS] <= now


@dataclass(frozen=True)
class Totals:
    """Lifetime sums; available + pending - debt = granted + refunded - spent - expired - clawed."""

    granted: int = 0
    refunded: int = 0
    spent: int = 0
    expired: int = 0
    clawed_back: int = 0

    @property
    def net(self) -> int:
        """What the balance must be."""
        return self.granted + self.refunded - self.spent - self.expired - self.clawed_back


@dataclass(frozen=True)
class State:
    """A member's account at one instant. Points are integers >= 0."""

    lots: Lots = field(default_factory=dict)
    pending: Pending = field(default_factory=dict)
    debt: int = 0
    shortfall: int = 0
    totals: Totals = Totals()
    closed: bool = False

    @property
    def available(self) -> int:
        """Points that can be spent."""
        return sum(self.lots.values())

    @property
    def pending_points(self) -> int:
        """Points that were granted and are not yet active."""
        return sum(self.pending.values())

    @property
    def net(self) -> int:
        """Available + pending - debt."""
        return self.available + self.pending_points - self.debt


@dataclass(frozen=True)
class Source:
    """What caused a movement, such as an order or a purchase event."""

    type: str
    id: str


@dataclass(frozen=True)
class Note:
    """A reference to free text kept in `users`, and the salted digest that binds it."""

    id: str
    digest: bytes


@dataclass(frozen=True)
class Entry:
    """One link of a member's chain. `points` is signed; `lots` and `pending` are signed deltas.

    `renewed` is the lot that this activity moved all idle lots to, before the movement itself.
    """

    member: str
    revision: int
    at: Millis
    kind: Kind
    points: int
    source: Source
    lots: Mapping[Lot, int]
    pending: Mapping[str, int]
    after: State
    prev_hash: bytes
    renewed: str = ""
    rules: str = ""
    actor: str = ""
    note: Note | None = None
    hash: bytes = b""


def canonical(entry: Entry) -> bytes:
    """The bytes that are hashed: JSON, ASCII, sorted names, no spaces, hashes in hex."""
    after = entry.after
    named = {
        "member": entry.member,
        "revision": entry.revision,
        "at": entry.at,
        "kind": entry.kind,
        "points": entry.points,
        "source": [entry.source.type, entry.source.id],
        "lots": dict(entry.lots),
        "pending": dict(entry.pending),
        "after": {
            "lots": dict(after.lots),
            "pending": dict(after.pending),
            "debt": after.debt,
            "shortfall": after.shortfall,
            "totals": _totals_list(after.totals),
            "closed": after.closed,
        },
        "renewed": entry.renewed,
        "rules": entry.rules,
        "actor": entry.actor,
        "note": [entry.note.id, entry.note.digest.hex()] if entry.note else None,
        "prev_hash": entry.prev_hash.hex(),
    }
    return json.dumps(named, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def sealed(entry: Entry) -> Entry:
    """The entry with its hash."""
    return replace(entry, hash=hashlib.sha256(canonical(entry)).digest())


def _totals_list(totals: Totals) -> list[int]:
    return [
        totals.granted,
        totals.refunded,
        totals.spent,
        totals.expired,
        totals.clawed_back,
    ]


def to_item(entry: Entry) -> dict[str, Any]:
    """The entry as it stands in the points table.

    `available` repeats the sum of `lots` for whoever audits the table; what is empty is left out.
    """
    after = entry.after
    item: dict[str, Any] = {
        **keys.entry(entry.member, entry.revision),
        "at": entry.at,
        "kind": entry.kind,
        "points": entry.points,
        "source": [entry.source.type, entry.source.id],
        "touched": dict(entry.lots),
        "available": after.available,
        "lots": dict(after.lots),
        "totals": _totals_list(after.totals),
        "prev_hash": entry.prev_hash,
        "hash": entry.hash,
    }
    sometimes = {
        "touched_pending": dict(entry.pending),
        "pending": dict(after.pending),
        "debt": after.debt,
        "shortfall": after.shortfall,
        "closed": after.closed,
        "renewed": entry.renewed,
        "rules": entry.rules,
        "actor": entry.actor,
        "note": [entry.note.id, entry.note.digest] if entry.note else None,
    }
    return item | {name: value for name, value in sometimes.items() if value}


def from_item(item: Mapping[str, Any]) -> Entry:
    """The entry that an item of the points table holds."""
    note = item.get("note")
    return Entry(
        member=item["pk"].partition("#")[2],
        revision=int(item["sk"].partition("#")[2]),
        at=item["at"],
        kind=item["kind"],
        points=item["points"],
        source=Source(*item["source"]),
        lots=item["touched"],
        pending=item.get("touched_pending", {}),
        after=State(
            lots=item["lots"],
            pending=item.get("pending", {}),
            debt=item.get("debt", 0),
            shortfall=item.get("shortfall", 0),
            totals=Totals(*item["totals"]),
            closed=item.get("closed", False),
        ),
        prev_hash=item["prev_hash"],
        renewed=item.get("renewed", ""),
        rules=item.get("rules", ""),
        actor=item.get("actor", ""),
        note=Note(*note) if note else None,
        hash=item["hash"],
    )
