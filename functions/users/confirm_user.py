"""POST /v1/users/confirm: prove the e-mail address with the mailed code.

Only now does the address resolve to the member. Cognito first, then profile and address in one
transaction. If the function dies between the two, Cognito has the address confirmed and will look
at no code again; so a retry writes what is missing, which is no more than what Cognito has settled,
whatever code it brings. Once that is written, every code is refused like a wrong one, so nobody
learns from this route which addresses are members'.
"""

from mall import keys, users
from mall.errors import Busy, EmailTaken, RateLimited, WrongCode
from mall.http import operation
from mall.identity import OpenIdentity
from mall.store import Commit, OpenStore


@operation(status=204, refuses=(WrongCode, EmailTaken, RateLimited, Busy))
def confirm_user(
    request: users.ConfirmUserRequest, identity: OpenIdentity, store: OpenStore
) -> None:
    """Confirm a member's e-mail address."""
    confirmation = identity.confirm(request.email, request.code)
    if not confirmation.by_this_code and store.get("users", keys.email(request.email)):
        raise WrongCode()
    writes = users.confirm(confirmation.member, request.email, store.now())
    store.commit(lambda _: Commit(writes, None))
