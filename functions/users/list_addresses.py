"""GET /v1/me/addresses: the caller's addresses, in the order of their ids.

Read consistently, so that an address is there as soon as it was answered.
"""

from mall import cursor, keys
from mall.errors import BadCursor, Busy
from mall.http import Caller, Limit, Position, operation
from mall.secrets import SigningSecret
from mall.store import OpenStore
from mall.users.addresses import AddressListView, shown


@operation(refuses=(BadCursor, Busy))
def list_addresses(
    caller: Caller, store: OpenStore, secret: SigningSecret, limit: Limit = 20,
    position: Position = None,
) -> AddressListView:  # fmt: skip
    """Show one page."""
    scope = f"addresses:{caller.id}"
    page = store.query(
        "users",
        "#pk = :pk AND begins_with(#sk, :addresses)",
        {"pk": keys.person(caller.id), "addresses": keys.ADDRESS_PREFIX},
        limit=limit,
        after=cursor.accept(secret, scope, position),
        consistent=True,
    )
    return AddressListView(
        items=[shown(item) for item in page.items],
        next_cursor=cursor.issue(secret, scope, page.last),
    )
