"""POST /v1/sessions: trade e-mail and password for tokens.

A wrong password and an unknown address get the same answer. Nothing is written here, so a death at
any line costs a session that nobody holds, which ends by itself; log in again.
"""

from mall import users
from mall.errors import Busy, Forbidden, RateLimited, Unconfirmed, WrongCredentials
from mall.http import operation
from mall.identity import OpenIdentity


@operation(refuses=(WrongCredentials, Unconfirmed, Forbidden, RateLimited, Busy))
def log_in(request: users.LogInRequest, identity: OpenIdentity) -> users.SessionView:
    """Begin a session."""
    tokens = identity.log_in(request.email, request.password)
    return users.session(tokens.access, tokens.refresh, tokens.expires_in_s)
