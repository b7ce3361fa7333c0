"""POST /v1/vouchers/unburn: give a voucher back that was used for a cart which came to nothing.

Only the partner that burned it can, naming the cart that it was for; to everybody else it is not
used here. The voucher and the receipt of the key commit together, so it is given back once.
"""

from mall import errors, keys
from mall.http import Caller, IdempotencyKey, operation
from mall.ids import derived_id, sealed_hash
from mall.orders.requests import UnburnVoucherRequest
from mall.orders.voucher_views import VoucherValidityView, validity
from mall.orders.vouchers import existing, mac_of, unburn
from mall.secrets import CodeMacsSecret
from mall.store import Commit, OpenStore
from mall.store.once import once


@operation(
    refuses=(
        errors.IdempotencyKeyRequired, errors.NotFound, errors.VoucherNotUsed,
        errors.IdempotencyKeyReused, errors.Busy,
    ),
)  # fmt: skip
def unburn_voucher(
    request: UnburnVoucherRequest, key: IdempotencyKey, caller: Caller, store: OpenStore,
    secret: CodeMacsSecret,
) -> VoucherValidityView:  # fmt: skip
    """Give a voucher back, or answer as before to the same key."""
    place = keys.voucher(mac_of(secret, request.code))

    def attempt(_: errors.Stale | None) -> Commit[VoucherValidityView]:
        voucher = existing(store.get("orders", place))
        write, after = unburn(voucher, caller.id, request.cart_id)
        return Commit([write], validity(after, caller.id, request.cart_id, None, store.now()))

    receipt_id = derived_id("unburn_voucher", caller.id, key)
    digest = sealed_hash(secret, "unburn_voucher", request)
    return once(store, VoucherValidityView, receipt_id, digest, attempt, table="orders")
