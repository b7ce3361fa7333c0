"""A member's addresses, and the one that an order is sent to.

Both are personal data and stand under the member's own key, so an erasure takes them all. Whatever
changes the book holds to the profile in the same transaction: a live token outlasts an erasure, and
nothing may appear behind it. The profile also counts the addresses, so that rivals cannot fill the
book beyond its end.

An order's address is a copy. It is written by the transaction that places the order, which stands
on the member's chain of entries; erasing closes that chain first, so no copy comes after it.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from mall import keys
from mall.clock import Millis
from mall.errors import Invalid, NotFound, TooManyAddresses
from mall.models import Request, View, is_none
from mall.users.countries import COUNTRIES
from mall.users.profile import ERASED, NOT_ERASED
from mall.users.requests import Name, Phone
from mall.writes import ABSENT, Item, Write, check, delete, put, update

ADDRESSES_MAX = 20
_STANDS = f"attribute_exists(#pk) AND {NOT_ERASED}"


def _known_country(code: str) -> str:
    if code not in COUNTRIES:
        raise ValueError("must be an ISO 3166-1 alpha-2 code, such as DE")
    return code


class AddressRequest(Request):
    """Where something can be sent, and whom the carrier may call."""

    recipient: Name
    phone: Phone
    line1: Name
    line2: Name | None = None
    city: Name
    region: Name | None = None
    postal_code: Annotated[Name, Field(max_length=20)]
    country: Annotated[str, AfterValidator(_known_country)]


class AddressView(View):
    """An address as its member is shown it."""

    address_id: str
    recipient: str
    phone: str
    line1: str
    line2: str | None = Field(default=None, exclude_if=is_none)
    city: str
    region: str | None = Field(default=None, exclude_if=is_none)
    postal_code: str
    country: str


class AddressListView(View):
    """One page of a member's addresses."""

    items: list[AddressView]
    next_cursor: str | None


def add(member: str, address_id: str, request: AddressRequest) -> list[Write]:
    """A new address. Means NotFound without a profile or when erased, TooManyAddresses(limit)."""

    def full(profile: Item | None) -> Exception:
        stands = profile is not None and profile["status"] != ERASED
        return TooManyAddresses(limit=ADDRESSES_MAX) if stands else NotFound()

    counted = update(
        "users",
        keys.profile(member),
        "ADD #addresses :one",
        condition=f"{_STANDS} AND (attribute_not_exists(#addresses) OR #addresses < :most)",
        refused=full,
        one=1,
        most=ADDRESSES_MAX,
        erased=ERASED,
    )
    return [counted, put("users", _item(member, address_id, request), condition=ABSENT)]


def replace(member: str, address_id: str, request: AddressRequest) -> list[Write]:
    """Another address in the place of one. Means NotFound where there is none."""
    return [
        check("users", keys.profile(member), _STANDS, refused=lambda _: NotFound(), erased=ERASED),
        put(
            "users",
            _item(member, address_id, request),
            condition="attribute_exists(#pk)",
            refused=lambda _: NotFound(),
        ),
    ]


def remove(member: str, address_id: str) -> list[Write]:
    """One address less. Means NotFound where there is none."""
    counted = update(
        "users",
        keys.profile(member),
        "ADD #addresses :less",
        condition=_STANDS,
        refused=lambda _: NotFound(),
        less=-1,
        erased=ERASED,
    )
    gone = delete(
        "users",
        keys.address(member, address_id),
        condition="attribute_exists(#pk)",
        refused=lambda _: NotFound(),
    )
    return [gone, counted]


def chosen(address: Item | None) -> Item:
    """The address that an order names. Raises Invalid for one that the member does not have."""
    if address is None:
        raise Invalid.of("address_id", "You have no such address.")
    return address


def sent_to(member: str, order_id: str, address: Item, now: Millis) -> Write:
    """The copy of an address that an order keeps, whatever becomes of the address."""
    return put("users", {**address, **keys.order_address(member, order_id), "kept_at": now})


def shown(address: Item) -> AddressView:
    """An address, or an order's copy of one, as an answer."""
    told: Mapping[str, Any] = {name: address.get(name) for name in AddressView.model_fields}
    return AddressView(**told)


def _item(member: str, address_id: str, request: AddressRequest) -> dict[str, Any]:
    told = request.model_dump(exclude_none=True)
    return {**keys.address(member, address_id), "address_id": address_id, **told}
