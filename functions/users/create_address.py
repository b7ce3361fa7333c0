"""POST /v1/me/addresses: add an address to one's book.

The profile counts it in the same transaction, and a stub refuses it. If the function dies after
the commit, the address stands; sent again, it stands twice, and one of them can be deleted.
"""

from mall.errors import Busy, NotFound, TooManyAddresses
from mall.http import Caller, operation
from mall.ids import new_id
from mall.store import Commit, OpenStore
from mall.users import addresses


@operation(status=201, refuses=(NotFound, TooManyAddresses, Busy))
def create_address(
    request: addresses.AddressRequest, caller: Caller, store: OpenStore
) -> addresses.AddressView:
    """Add an address."""
    address_id = new_id()
    added = addresses.add(caller.id, address_id, request)
    return store.commit(lambda _: Commit(added, addresses.shown(added[-1].item)))
