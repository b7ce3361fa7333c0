"""The refusal tree: every way the mall says no, with its code, status and facts.

Refusal
├── 400 Malformed, IdempotencyKeyRequired, BadCursor, BadSignature
├── 401 WrongCredentials
├── 403 Forbidden
│   ├── AccountClosed
│   └── Unconfirmed
├── 404 NotFound
├── 409 InsufficientPoints, PointsLimit, SoldOut, PriceChanged, NotOnSale, LimitReached,
│       TierRequired, NotRefundable, WrongStatus,
│       NotCancellable, EmailTaken, StockFollowsCodes, StockUnlimited, InsufficientStock,
│       Erased, VersionChanged, AlreadyDecided, NotOffered, AlreadyCheckedIn, DailyLimitReached,
│       OwnAccount, BadQuote, QuoteUsed, QuoteExpired, WrongMemberCode, CartDiscounted,
│       RefundExceeds, NotInParts, TooManyRefunds, ReferralRejected,
│       BadUpload, TooManyImages,
│       VoucherUsed, VoucherNotUsed, VoucherExpired, VoucherVoid,
│       CategoryExists, TooManyCategories, CashNotAccepted,
│       NoDraft, RuleExists, TooManyRules, InUse, TooManyAddresses
├── 422 Invalid, AddressRequired, IdempotencyKeyReused, WrongCode
├── 429 RateLimited
└── 503 Busy, PaymentUnavailable

The OpenAPI statuses and the error catalogue are generated from these classes. What is not a
refusal (`Stale`, `AlreadyDone`) never leaves the mall: the store and the handlers act on it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

Fault = Mapping[str, str]  # {"field": "price.points", "message": "..."}


class Refusal(Exception):
    """A request that was understood and turned down; nothing was written.

    `facts` are extra members of the problem document, such as `available`.
    """

    status: ClassVar[int]
    code: ClassVar[str]
    title: ClassVar[str]
    facts: Mapping[str, Any]
    faults: Sequence[Fault]
    retry_after_s: ClassVar[int | None] = None

    def __init__(self, detail: str = "", *, faults: Sequence[Fault] = (), **facts: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.faults = faults
        self.facts = facts


class Malformed(Refusal):
    """The body is not JSON, or not of a shape that could be read."""

    status, code, title = 400, "malformed", "The request could not be read."


class IdempotencyKeyRequired(Refusal):
    """The route moves something and the Idempotency-Key header is missing or unusable."""

    status, code = 400, "idempotency_key_required"
    title = "This route needs an Idempotency-Key header of 1 to 255 printable characters."


class BadCursor(Refusal):
    """The cursor was not issued for this list and this caller."""

    status, code, title = 400, "bad_cursor", "The cursor does not belong to this list."


class BadSignature(Refusal):
    """No live secret signed this body in the last five minutes."""

    status, code, title = 400, "bad_signature", "The signature does not hold."


class WrongCredentials(Refusal):
    """E-mail and password, or the refresh token, do not belong together."""

    status, code, title = 401, "wrong_credentials", "The credentials are wrong."


class Forbidden(Refusal):
    """The caller is known and may not do this."""

    status, code, title = 403, "forbidden", "You may not do this."


class AccountClosed(Forbidden):
    """The member's account is closed: nothing moves, whatever the token says."""

    code, title = "account_closed", "This account is closed."


class Unconfirmed(Forbidden):
    """The address is registered and was never confirmed; Cognito says so before any password."""

    code, title = "unconfirmed", "The e-mail address has not been confirmed yet."


class NotFound(Refusal):
    """No such thing, or it is another member's."""

    status, code, title = 404, "not_found", "There is no such thing here."


class InsufficientPoints(Refusal):
    """The movement costs more than is available now. Fact: available."""

    status, code, title = 409, "insufficient_points", "There are not enough points."


class PointsLimit(Refusal):
    """A balance would pass 2^53 - 1, the largest integer that every client can read."""

    status, code, title = 409, "points_limit", "The balance would become too large."


class SoldOut(Refusal):
    """Not enough units are left over all shards."""

    status, code, title = 409, "sold_out", "Not enough of this product is left."


class PriceChanged(Refusal):
    """The price sent is not the price in force. Fact: price."""

    status, code, title = 409, "price_changed", "The price has changed."


class NotOnSale(Refusal):
    """The product is not published, or its sale has not begun or is over."""

    status, code, title = 409, "not_on_sale", "This product is not on sale."


class TierRequired(Refusal):
    """The product is for members of certain tiers. Fact: tiers."""

    status, code, title = 409, "tier_required", "This product is not for your tier."


class NotRefundable(Refusal):
    """Nothing of the order can be refunded in its state. Fact: order_status."""

    status, code, title = 409, "not_refundable", "This order cannot be refunded."


class WrongStatus(Refusal):
    """The order is not in a state in which this can be done to it. Fact: order_status."""

    status, code, title = 409, "wrong_status", "This order is not in a state for this."


class TooManyAddresses(Refusal):
    """The member's address book is full. Fact: limit."""

    status, code, title = 409, "too_many_addresses", "There are as many addresses as there may be."


class CashNotAccepted(Refusal):
    """The payment provider takes no such amount. Fact: currency."""

    status, code, title = 409, "cash_not_accepted", "This amount cannot be paid."


class LimitReached(Refusal):
    """The member would own more than the product's limit. Fact: limit."""

    status, code, title = 409, "limit_reached", "The limit per member has been reached."


class NotCancellable(Refusal):
    """The order has left the state in which it can be cancelled. Fact: order_status."""

    status, code, title = 409, "not_cancellable", "This order can no longer be cancelled."


class EmailTaken(Refusal):
    """Somebody has registered this address."""

    status, code, title = 409, "email_taken", "This e-mail address is registered already."


class StockFollowsCodes(Refusal):
    """Codes back this product's stock: import codes to add to it."""

    status, code = 409, "stock_follows_codes"
    title = "The stock of this product grows by importing codes."


class BadUpload(Refusal):
    """What was uploaded cannot be used. Fact: reason (`missing`, `size` or `type`)."""

    status, code, title = 409, "bad_upload", "What was uploaded cannot be used."


class TooManyImages(Refusal):
    """The product has as many images as it may have. Fact: limit."""

    status, code, title = 409, "too_many_images", "The product has as many images as it may have."


class StockUnlimited(Refusal):
    """The units of this product are not counted: there is no stock to move."""

    status, code, title = 409, "stock_unlimited", "The stock of this product is not counted."


class InsufficientStock(Refusal):
    """A movement would take more than is left. Fact: stock_left."""

    status, code, title = 409, "insufficient_stock", "There is less stock than the movement takes."


class Erased(Refusal):
    """The member asked to be erased: the account stays closed for ever."""

    status, code, title = 409, "erased", "This member has been erased."


class VersionChanged(Refusal):
    """The document was changed since the version that this change is about. Fact: version."""

    status, code, title = 409, "version_changed", "The document has a newer version."


class AlreadyDecided(Refusal):
    """What waited for a second admin was decided otherwise. Fact: decision."""

    status, code, title = 409, "already_decided", "This was decided already."


class NotOffered(Refusal):
    """The program does not have what was asked for."""

    status, code, title = 409, "not_offered", "The program does not offer this."


class AlreadyCheckedIn(Refusal):
    """The member has checked in on this program day. Fact: date."""

    status, code, title = 409, "already_checked_in", "You have checked in today."


class DailyLimitReached(Refusal):
    """More than may be moved on one program day. Facts: limit, left."""

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


class RefundExceeds(Refusal):
    """More is refunded than is left. Facts: amount_left, and points_left of an order."""

    status, code, title = 409, "refund_exceeds", "There is less left to refund."


class NotInParts(Refusal):
    """Nothing was delivered, so all goes back at once. Facts: points_left, amount_left."""

    status, code, title = 409, "not_in_parts", "This order can only be refunded whole."


class TooManyRefunds(Refusal):
    """As many refunds are on record as an order may have; of parts, fewer. Fact: limit."""

    status, code, title = 409, "too_many_refunds", "There are as many refunds as there may be."


class VoucherUsed(Refusal):
    """The voucher was burned before: at a checkout, by another key than this one."""

    status, code, title = 409, "voucher_used", "This voucher has been used."


class VoucherNotUsed(Refusal):
    """This partner has not burned the voucher for this cart, so there is nothing to give back."""

    status, code, title = 409, "voucher_not_used", "This voucher was not used for this cart."


class VoucherExpired(Refusal):
    """The voucher's time is over."""

    status, code, title = 409, "voucher_expired", "This voucher has expired."


class VoucherVoid(Refusal):
    """The order that the voucher was issued for was refunded."""

    status, code, title = 409, "voucher_void", "This voucher is no longer valid."


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


class CategoryExists(Refusal):
    """There is a category with this id, and it says something else: change that one."""

    status, code, title = 409, "category_exists", "There is a category with this id already."


class TooManyCategories(Refusal):
    """There are 500 categories."""

    status, code, title = 409, "too_many_categories", "There are as many categories as may be."


class InUse(Refusal):
    """Something speaks of what would be gone: active rules (facts: names, rules), or products or
    categories of a category.
    """

    status, code, title = 409, "in_use", "Something needs what would be gone."


class Invalid(Refusal):
    """Values that were read and are not acceptable; `errors` names each field."""

    status, code, title = 422, "invalid", "Some values are not acceptable."


class AddressRequired(Refusal):
    """The product is sent by post: say which of the member's addresses it goes to."""

    status, code, title = 422, "address_required", "This product needs an address."


class IdempotencyKeyReused(Refusal):
    """The key was used on this route with another request."""

    status, code = 422, "idempotency_key_reused"
    title = "This Idempotency-Key was used with another request."


class WrongCode(Refusal):
    """The confirmation or reset code is wrong, used or too old."""

    status, code, title = 422, "wrong_code", "The code is wrong or has expired."


class RateLimited(Refusal):
    """Too many requests of one kind."""

    status, code, title = 429, "rate_limited", "Too many requests; wait a moment."
    retry_after_s = 30


class PaymentUnavailable(Refusal):
    """The payment provider did not answer: nothing was written, and the order stays as it was."""

    status, code = 503, "payment_unavailable"
    title = "The payment provider does not answer; try again in a moment."
    retry_after_s = 5


class Busy(Refusal):
    """Rivals kept winning until the tries ran out: nothing was written. Or AWS did not answer.

    Then what became of the request is unknown; repeating it with the same key tells.
    """

    status, code, title = 503, "busy", "The system is busy; try again in a moment."
    retry_after_s = 1


class Stale(Exception):
    """The snapshot that a decision was made on has changed: read again and decide again.

    `rival` tells that somebody is at the same item now, so a pause before the next try helps.
    """

    rival: ClassVar[bool] = True


class AlreadyDone(Exception):
    """A receipt with this key exists; `item` is what it holds."""

    def __init__(self, item: Mapping[str, Any]) -> None:
        super().__init__("a receipt with this key exists")
        self.item = item


def refusals(root: type[Refusal] = Refusal) -> list[type[Refusal]]:
    """Every refusal of the tree, parents before children."""
    return [kind for child in root.__subclasses__() for kind in [child, *refusals(child)]]
