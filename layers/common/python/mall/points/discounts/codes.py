"""One-time codes: a member's own word that a shop may burn points, good for ten minutes.

A member has one at most: a new one makes the one before useless. What is kept of it is a keyed
digest, under the member, so that it says nothing to whoever reads the table and opens no other
member's purse.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from mall import keys
from mall.clock import Millis, instant
from mall.errors import AccountClosed, WrongMemberCode
from mall.points.discounts.views import DiscountCodeView
from mall.points.ledger.entry import Entry
from mall.writes import Item, Write, put

CODE_MINUTES = 10
_MINUTE_MS = 60_000


def issue(
    secret: bytes, member: str, code: str, head: Entry | None, now: Millis
) -> tuple[list[Write], DiscountCodeView]:
    """The write that makes `code` the member's only one, and its answer. Raises AccountClosed."""
    if head and head.after.closed:
        raise AccountClosed()
    expires_at = now + CODE_MINUTES * _MINUTE_MS
    item = {
        **keys.discount_code(member),
        "mac": _mac(secret, member, code),
        "expires_at": expires_at,
        "ttl": expires_at // 1000 + 1,
    }
    return [put("points", item)], DiscountCodeView(code=code, expires_at=instant(expires_at))


def use(
    secret: bytes, member: str, code: str, kept: Mapping[str, Any] | None, now: Millis
) -> Write:
    """The write that uses a member's code up; `kept` is what stands of the member's code now.

    Raises WrongMemberCode for one that is not the member's, was used, or is too old; so does the
    write, for one that a rival used.
    """
    mac = _mac(secret, member, code)
    if not kept or now >= kept["expires_at"] or not hmac.compare_digest(mac, kept["mac"]):
        raise WrongMemberCode()
    return Write(
        "Delete",
        "points",
        keys.discount_code(member),
        condition="#mac = :mac",
        values={"mac": mac},
        refused=_used,
    )


def _used(_: Item | None) -> Exception:
    return WrongMemberCode()


def _mac(secret: bytes, member: str, code: str) -> bytes:
    """128 bits that tell codes apart; letters are as good in either case, as people type them."""
    framed = len(member.encode()).to_bytes(4) + member.encode() + code.strip().lower().encode()
    return hmac.new(secret, b"discount-code" + framed, hashlib.sha256).digest()[:16]
