"""PUT /v1/me/addresses/{address_id}: another address in the place of one.

Orders that were placed keep the one they had. Sending it again changes nothing.
"""

from mall.errors import Busy, NotFound
from mall.http import Caller, PathId, operation
from mall.store import Commit, OpenStore
from mall.users import addresses


@operation(refuses=(NotFound, Busy))
def change_address(
    request: addresses.AddressRequest, address_id: PathId, caller: Caller, store: OpenStore
) -> addresses.AddressView:
    """Change an address."""
    changed = addresses.replace(caller.id, address_id, request)
    return store.commit(lambda _: Commit(changed, addresses.shown(changed[-1].item)))
