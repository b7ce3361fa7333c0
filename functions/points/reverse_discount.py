"""POST /v1/points/discounts/{discount_id}/reverse: the cart is refunded, its points return.

Points return in proportion to the very lots they came from, in the transaction that moves the
discount on: refunds of the whole cart sum exactly to its points, and two at once never exceed them.
"""

from mall import errors, keys
from mall.http import Caller, IdempotencyKey, PathId, operation
from mall.ids import derived_id, request_hash
from mall.points.discounts.undoing import owned, reverse
from mall.points.discounts.views import ReversalView, ReverseDiscountRequest
from mall.store import Commit, OpenStore
from mall.store.ledger import head
from mall.store.once import once


@operation(
    refuses=(
        errors.IdempotencyKeyRequired, errors.NotFound, errors.RefundExceeds,
        errors.AccountClosed, errors.PointsLimit, errors.IdempotencyKeyReused, errors.Busy,
    ),
)  # fmt: skip
def reverse_discount(
    discount_id: PathId, request: ReverseDiscountRequest, key: IdempotencyKey, caller: Caller,
    store: OpenStore,
) -> ReversalView:  # fmt: skip
    """Return points, or answer as before to the same key."""

    def attempt(_: errors.Stale | None) -> Commit[ReversalView]:
        known = owned(store.get("points", keys.discount(discount_id)), caller.id)
        newest = head(store, known.member)
        return Commit(*reverse(known, request.amount, newest, store.now()))

    receipt_id = derived_id("reverse_discount", caller.id, key)
    digest = request_hash(f"reverse_discount {discount_id}", request)
    return once(store, ReversalView, receipt_id, digest, attempt, table="points")
