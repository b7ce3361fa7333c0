"""DELETE /v1/me: erase the caller, for good.

One transaction closes the account and makes the profile a stub: from then on a token that is still
alive moves nothing. Sign-in, notes and all else personal go after it. If the function dies on the
way, or Cognito has no time, the answer is 202 all the same: the marker stands, and another request
or the hourly job finishes. What remains is a chain of entries that names nobody.
"""

from contextlib import suppress

from mall import users
from mall.errors import Busy, RateLimited
from mall.http import Caller, operation
from mall.identity import OpenIdentity
from mall.store import OpenStore
from mall.store.erasure import begin, finish


@operation(status=202, refuses=(Busy,))
def erase_me(caller: Caller, identity: OpenIdentity, store: OpenStore) -> users.ErasureView:
    """Erase the caller."""
    begin(store, caller.id)
    with suppress(Busy, RateLimited):  # begun is begun; the hourly job goes on
        finish(store, identity, caller.id)
    return users.ErasureView(user_id=caller.id)
