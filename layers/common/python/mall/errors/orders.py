"""What orders, vouchers and payments are refused for."""

from mall.errors.refusal import Refusal


class BadSignature(Refusal):
    """No live secret signed this body in the last five minutes."""

    status, code, title = 400, "bad_signature", "The signature does not hold."


class NotRefundable(Refusal):
    """Nothing of the order can be refunded in its state. Fact: order_status."""

    status, code, title = 409, "not_refundable", "This order cannot be refunded."


class WrongStatus(Refusal):
    """The order is not in a state in which this can be done to it. Fact: order_status."""

    status, code, title = 409, "wrong_status", "This order is not in a state for this."


class NotCancellable(Refusal):
    """The order has left the state in which it can be cancelled. Fact: order_status."""

    status, code, title = 409, "not_cancellable", "This order can no longer be cancelled."


class CashNotAccepted(Refusal):
    """The payment provider takes no such amount. Fact: currency."""

    status, code, title = 409, "cash_not_accepted", "This amount cannot be paid."


class RefundExceeds(Refusal):
    """More is refunded than is left. Facts: amount_left, and points_left of an order."""

    status, code, title = 409, "refund_exceeds", "There is less left to refund."


class NotInParts(Refusal):
    """Nothing was delivered, so all goes back at once. Facts: points_left, amount_left."""

    status, code, title = 409, "not_in_parts", "This order can only be refunded whole."


class TooManyRefunds(Refusal):
    """As many refunds are on record as an order may have; of parts, fewer. Fact: limit."""

    status, code, title = 409, "too_many_refunds", "There are as many refunds as there may be."


class TooManyRetries(Refusal):
    """The order failed and was sent to fulfilment again as often as it may be. Fact: limit."""

    status, code, title = 409, "too_many_retries", "Refund this order: it has been tried too often."


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


class AddressRequired(Refusal):
    """The product is sent by post: say which of the member's addresses it goes to."""

    status, code, title = 422, "address_required", "This product needs an address."


class AddressMissing(Refusal):
    """The goods were won, and their member has not said yet where they go."""

    status, code, title = 409, "address_missing", "The member has not named an address yet."


class PaymentUnavailable(Refusal):
    """The payment provider did not answer: nothing was written, and the order stays as it was."""

    status, code = 503, "payment_unavailable"
    title = "The payment provider does not answer; try again in a moment."
    retry_after_s = 5
