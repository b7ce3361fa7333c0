"""Vouchers: what a service or a discount delivers, burned once at a shop's checkout.

A voucher is known by the HMAC of its code. The code itself stands sealed on its order and nowhere
else, so whoever reads the tables can use none. Of issued, burned and void only one can follow: the
shop burns and unburns, a refund makes void, and each is conditional on the state it leaves.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Literal

from mall import keys, money
from mall.clock import DAY_MS, Millis
from mall.errors import (
    NotFound,
    Stale,
    VoucherExpired,
    VoucherNotUsed,
    VoucherUsed,
    VoucherVoid,
)
from mall.money import Money
from mall.orders.order import Order, Voucher
from mall.writes import ABSENT, Item, Write, put, update

State = Literal["issued", "burned", "void"]
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that is read as something else
GROUPS, GROUP_LENGTH = 5, 5  # 25 characters of 5 bits each: 125 bits
_READ_AS = str.maketrans("ILO", "110", "- ")


@dataclass(frozen=True)
class IssuedVoucher:
    """A voucher as it stands. `worth` is of the whole voucher; none is for the shop to know.

    It is good until `expires_at`; none is for ever. `burned_by` is the partner that used it, for
    `cart_id`, at `burned_at`.
    """

    mac: str
    order_id: str
    member: str
    product_id: str
    kind: str
    issued_at: Millis
    worth: Money | None = None
    expires_at: Millis | None = None
    state: State = "issued"
    burned_by: str = ""
    cart_id: str = ""
    burned_at: Millis = 0

    def expired(self, now: Millis) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= now

    def takes_off(self, amount: int | None) -> int | None:
        """Minor units that it takes off a cart, never more than is due; None without a worth."""
        if self.worth is None:
            return None
        return self.worth.amount if amount is None else min(self.worth.amount, amount)


# --- codes ---------------------------------------------------------------------------------------


def new_code(random: Random) -> str:
    """A new code in groups; `random` must be a secure source."""
    groups = ("".join(random.choice(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))
    return "-".join(groups)


def mac_of(secret: bytes, code: str) -> str:
    """What a code is known by: 128 bits of HMAC-SHA256, in hex.

    As people type it: in either case, with or without hyphens, a letter O for a zero.
    """
    typed = code.upper().translate(_READ_AS)
    return hmac.new(secret, b"voucher" + typed.encode(), hashlib.sha256).hexdigest()[:32]


# --- what happens to a voucher -------------------------------------------------------------------


def issue(order: Order, mac: str, sealed: bytes, now: Millis) -> tuple[Voucher, Write]:
    """The voucher of an order, worth its terms times the quantity, and the write that issues it."""
    terms = order.voucher_terms
    days = terms.valid_days if terms else None
    worth = terms.worth if terms else None
    issued = IssuedVoucher(
        mac=mac,
        order_id=order.order_id,
        member=order.member,
        product_id=order.product_id,
        kind=order.product_type,
        issued_at=now,
        worth=worth and worth.times(order.quantity),
        expires_at=None if days is None else now + days * DAY_MS,
    )
    written = put("orders", to_item(issued), condition=ABSENT)
    return Voucher(mac, sealed, issued.expires_at), written


def existing(item: Mapping[str, Any] | None) -> IssuedVoucher:
    """The voucher, or NotFound."""
    if item is None:
        raise NotFound("There is no such voucher.")
    return from_item(item)


def burn(
    voucher: IssuedVoucher, client: str, cart_id: str, now: Millis
) -> tuple[Write, IssuedVoucher]:
    """Use a voucher for a partner's cart: the write, and the voucher after it.

    Raises VoucherUsed, VoucherVoid and VoucherExpired; so does the write, for what a rival did.
    """
    refuse_unusable(voucher, now)
    after = replace(voucher, state="burned", burned_by=client, cart_id=cart_id, burned_at=now)
    write = update(
        "orders",
        keys.voucher(voucher.mac),
        "SET #state = :burned, #burned_by = :client, #cart_id = :cart_id, #burned_at = :now",
        condition="#state = :issued",
        refused=_unusable,
        burned="burned",
        issued="issued",
        client=client,
        cart_id=cart_id,
        now=now,
    )
    return write, after


def unburn(voucher: IssuedVoucher, client: str, cart_id: str) -> tuple[Write, IssuedVoucher]:
    """Give a voucher back that this partner used for this cart; the write, and the voucher.

    Raises VoucherNotUsed for what was not; so does the write. Whose it was else is not told.
    """
    if (voucher.state, voucher.burned_by, voucher.cart_id) != ("burned", client, cart_id):
        raise VoucherNotUsed()
    after = replace(voucher, state="issued", burned_by="", cart_id="", burned_at=0)
    write = update(
        "orders",
        keys.voucher(voucher.mac),
        "SET #state = :issued REMOVE #burned_by, #cart_id, #burned_at",
        condition="#state = :burned AND #burned_by = :client AND #cart_id = :cart_id",
        refused=lambda _: VoucherNotUsed(),
        burned="burned",
        issued="issued",
        client=client,
        cart_id=cart_id,
    )
    return write, after


def void(order: Order) -> list[Write]:
    """Write parts that make an order's voucher worth nothing; none where it has none.

    For the transaction that refunds the order. They mean VoucherUsed when a shop has burned it;
    voiding what is void changes nothing.
    """
    if order.voucher is None:
        return []
    return [
        update(
            "orders",
            keys.voucher(order.voucher.mac),
            "SET #state = :void",
            condition="attribute_exists(#pk) AND #state <> :burned",
            refused=_unusable,
            void="void",
            burned="burned",
        )
    ]


def refuse_unusable(voucher: IssuedVoucher, now: Millis) -> None:
    """Raise VoucherUsed, VoucherVoid or VoucherExpired, if the voucher cannot be used now."""
    if voucher.state == "burned":
        raise VoucherUsed()
    if voucher.state == "void":
        raise VoucherVoid()
    if voucher.expired(now):
        raise VoucherExpired()


def _unusable(item: Item | None) -> Exception:
    refusals = {"burned": VoucherUsed(), "void": VoucherVoid()}
    return refusals.get(item["state"], Stale()) if item else Stale()


# --- in the table --------------------------------------------------------------------------------


def to_item(voucher: IssuedVoucher) -> dict[str, Any]:
    """The voucher as it stands in the orders table: never its code."""
    item = {
        **keys.voucher(voucher.mac),
        "order_id": voucher.order_id,
        "member": voucher.member,
        "product_id": voucher.product_id,
        "kind": voucher.kind,
        "issued_at": voucher.issued_at,
        "worth": money.to_list(voucher.worth),
        "expires_at": voucher.expires_at,
        "state": voucher.state,
        "burned_by": voucher.burned_by,
        "cart_id": voucher.cart_id,
        "burned_at": voucher.burned_at,
    }
    return {name: value for name, value in item.items() if value not in (None, "", 0)}


def from_item(item: Mapping[str, Any]) -> IssuedVoucher:
    """The voucher that an item of the orders table holds."""
    return IssuedVoucher(
        mac=item["pk"].partition("#")[2],
        order_id=item["order_id"],
        member=item["member"],
        product_id=item["product_id"],
        kind=item["kind"],
        issued_at=item["issued_at"],
        worth=money.from_list(item.get("worth")),
        expires_at=item.get("expires_at"),
        state=item["state"],
        burned_by=item.get("burned_by", ""),
        cart_id=item.get("cart_id", ""),
        burned_at=item.get("burned_at", 0),
    )
