"""POST /v1/users: become a member, who has still to prove the e-mail address.

Cognito comes first, because it alone can judge the password and knows whether the address is free.
If the function dies before the profile is written, nothing is lost but the name: confirming makes
the profile, under the address's local part. Registering again answers 409 `email_taken`, whether
the first answer was lost or not, and the mailed code stays good.
"""

from contextlib import suppress

from mall import users
from mall.errors import AlreadyDone, Busy, EmailTaken, RateLimited
from mall.http import operation
from mall.identity import OpenIdentity
from mall.store import Commit, OpenStore


@operation(status=201, refuses=(EmailTaken, RateLimited, Busy))
def register_user(
    request: users.RegisterUserRequest, identity: OpenIdentity, store: OpenStore
) -> users.RegisteredUserView:
    """Register a person; a code is mailed to them."""
    member = identity.sign_up(request.email, request.password)
    profile = users.register(member, request, store.now())
    with suppress(AlreadyDone):  # confirmed before this write came; that profile stands
        store.commit(lambda _: Commit([profile], None))
    return users.RegisteredUserView(user_id=member, email=request.email)
