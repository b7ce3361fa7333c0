"""POST /v1/passwords/forgot: have a reset code mailed.

The answer is the same whether the address is a member's or not: this route tells nobody who is.
One call to Cognito; after a lost answer ask again, and the newest code is the one that counts.
"""

from mall import users
from mall.errors import Busy, RateLimited
from mall.http import operation
from mall.identity import OpenIdentity


@operation(status=204, refuses=(RateLimited, Busy))
def forgot_password(request: users.ForgotPasswordRequest, identity: OpenIdentity) -> None:
    """Mail a reset code, if there is somebody to mail it to."""
    identity.mail_reset_code(request.email)
