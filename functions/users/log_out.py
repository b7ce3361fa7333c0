"""DELETE /v1/sessions: end all of the caller's sessions, on every device.

Refresh tokens die at once; access tokens live out their minutes, because whoever checks them asks
nobody. One call to Cognito that can be repeated at will: after a lost answer, ask again.
"""

from mall.errors import Busy, RateLimited
from mall.http import Caller, operation
from mall.identity import OpenIdentity


@operation(status=204, refuses=(RateLimited, Busy))
def log_out(caller: Caller, identity: OpenIdentity) -> None:
    """End all sessions."""
    identity.log_out(caller.id)
