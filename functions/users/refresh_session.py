"""POST /v1/sessions/refresh: a new access token for a session that goes on.

The refresh token in hand stays good unless the answer brings another one. Nothing is written here:
whoever lost the answer asks again with the same token.
"""

from mall import users
from mall.errors import Busy, Forbidden, RateLimited, WrongCredentials
from mall.http import operation
from mall.identity import OpenIdentity


@operation(refuses=(WrongCredentials, Forbidden, RateLimited, Busy))
def refresh_session(
    request: users.RefreshSessionRequest, identity: OpenIdentity
) -> users.SessionView:
    """Go on with a session."""
    tokens = identity.refresh(request.refresh_token)
    return users.session(tokens.access, tokens.refresh, tokens.expires_in_s)
