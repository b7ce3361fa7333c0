"""POST /v1/passwords/reset: set a new password with the mailed code.

One call to Cognito that takes code and password together. After a lost answer the code is used up:
log in with the new password, or have another code mailed.
"""

from mall import users
from mall.errors import Busy, RateLimited, WrongCode
from mall.http import operation
from mall.identity import OpenIdentity


@operation(status=204, refuses=(WrongCode, RateLimited, Busy))
def reset_password(request: users.ResetPasswordRequest, identity: OpenIdentity) -> None:
    """Set a new password."""
    identity.reset_password(request.email, request.code, request.password)
