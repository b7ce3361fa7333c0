"""What accounts, addresses and logging in are refused for."""

from mall.errors.everywhere import Forbidden
from mall.errors.refusal import Refusal


class WrongCredentials(Refusal):
    """E-mail and password, or the refresh token, do not belong together."""

    status, code, title = 401, "wrong_credentials", "The credentials are wrong."


class AccountClosed(Forbidden):
    """The member's account is closed: nothing moves, whatever the token says."""

    code, title = "account_closed", "This account is closed."


class Unconfirmed(Forbidden):
    """The address is registered and was never confirmed; Cognito says so before any password."""

    code, title = "unconfirmed", "The e-mail address has not been confirmed yet."


class EmailTaken(Refusal):
    """Somebody has registered this address."""

    status, code, title = 409, "email_taken", "This e-mail address is registered already."


class Erased(Refusal):
    """The member asked to be erased: the account stays closed for ever."""

    status, code, title = 409, "erased", "This member has been erased."


class TooManyAddresses(Refusal):
    """The member's address book is full. Fact: limit."""

    status, code, title = 409, "too_many_addresses", "There are as many addresses as there may be."


class WrongCode(Refusal):
    """The confirmation or reset code is wrong, used or too old."""

    status, code, title = 422, "wrong_code", "The code is wrong or has expired."
