"""What moving points, discounts, invitations and rules are refused for."""

from mall.errors.refusal import Refusal


class InsufficientPoints(Refusal):
    """The movement costs more than is available now. Fact: available."""

    status, code, title = 409, "insufficient_points", "There are not enough points."


class PointsLimit(Refusal):
    """A balance would pass 2^53 - 1, the largest integer that every client can read."""

    status, code, title = 409, "points_limit", "The balance would become too large."


class NotOffered(Refusal):
    """The program does not have what was asked for."""

    status, code, title = 409, "not_offered", "The program does not offer this."


class AlreadyCheckedIn(Refusal):
    """The member has checked in on this program day. Fact: date."""

    status, code, title = 409, "already_checked_in", "You have checked in today."


class DailyLimitReached(Refusal):
    """More than may be moved, drawn or bought on one program day. Facts: limit; left, of points."""

    status, code, title = 409, "daily_limit_reached", "The limit for today has been reached."


class OwnAccount(Refusal):
    """Points were to go where they came from."""

    status, code, title = 409, "own_account", "This is your own account."


class BadQuote(Refusal):
    """The quote was not made for this caller and request, was changed, or takes nothing off."""

    status, code, title = 409, "bad_quote", "This quote cannot be used here."


class QuoteUsed(Refusal):
    """The quote has become a discount before, by another key."""

    status, code, title = 409, "quote_used", "This quote has been used."


class QuoteExpired(Refusal):
    """The quote's minutes are over: ask for a new one."""

    status, code, title = 409, "quote_expired", "This quote has expired."


class WrongMemberCode(Refusal):
    """The one-time code is not this member's newest, was used, or is older than ten minutes."""

    status, code = 409, "wrong_member_code"
    title = "The member's code is wrong, used or too old."


class CartDiscounted(Refusal):
    """The cart has a discount already; it may get another one when that is reversed whole."""

    status, code, title = 409, "cart_discounted", "This cart has a discount already."


class ReferralRejected(Refusal):
    """The invitation cannot be accepted. Fact: reason (`unknown_code`, `own_code`,
    `already_referred`, `already_purchased`, `circular` or `closed`).
    """

    status, code, title = 409, "referral_rejected", "This invitation cannot be accepted."


class NoDraft(Refusal):
    """The rule has no draft that could be activated: save one first."""

    status, code, title = 409, "no_draft", "This rule has no draft to activate."


class RuleExists(Refusal):
    """A rule with this id was created before: save a new version of it."""

    status, code, title = 409, "rule_exists", "There is a rule with this id already."


class TooManyRules(Refusal):
    """The program or the rule has as many versions, or as many active ones, as it may have."""

    status, code, title = 409, "too_many_rules", "There are as many rules as there may be."
