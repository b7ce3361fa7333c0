"""DELETE /v1/me/addresses/{address_id}: take an address out of one's book.

Orders that were placed keep theirs. If the function dies after the commit, sending it again gets
404: it is gone.
"""

from mall.errors import Busy, NotFound
from mall.http import Caller, PathId, operation
from mall.store import Commit, OpenStore
from mall.users import addresses


@operation(status=204, refuses=(NotFound, Busy))
def delete_address(address_id: PathId, caller: Caller, store: OpenStore) -> None:
    """Delete an address."""
    store.commit(lambda _: Commit(addresses.remove(caller.id, address_id), None))
