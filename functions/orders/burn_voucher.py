"""POST /v1/vouchers/burn: use a voucher for a cart, once.

The voucher and the receipt of the key commit together, on condition that nobody has burned it and
no refund has made it void. If the function dies before the commit, nothing happened; after it, the
retry finds the receipt. A voucher is used whole, whatever of its worth the cart needs.
"""

from mall import errors, keys
from mall.http import Caller, IdempotencyKey, operation
from mall.ids import derived_id, sealed_hash
from mall.orders.requests import BurnVoucherRequest
from mall.orders.voucher_views import BurnedVoucherView, burned
from mall.orders.vouchers import burn, existing, mac_of
from mall.secrets import CodeMacsSecret
from mall.store import Commit, OpenStore
from mall.store.once import once


@operation(
    refuses=(
        errors.IdempotencyKeyRequired, errors.NotFound, errors.VoucherUsed, errors.VoucherVoid,
        errors.VoucherExpired, errors.IdempotencyKeyReused, errors.Busy,
    ),
)  # fmt: skip
def burn_voucher(
    request: BurnVoucherRequest, key: IdempotencyKey, caller: Caller, store: OpenStore,
    secret: CodeMacsSecret,
) -> BurnedVoucherView:  # fmt: skip
    """Burn a voucher, or answer as before to the same key."""
    place = keys.voucher(mac_of(secret, request.code))

    def attempt(_: errors.Stale | None) -> Commit[BurnedVoucherView]:
        voucher = existing(store.get("orders", place))
        write, after = burn(voucher, caller.id, request.cart_id, store.now())
        return Commit([write], burned(after, request.amount))

    receipt_id = derived_id("burn_voucher", caller.id, key)
    digest = sealed_hash(secret, "burn_voucher", request)
    return once(store, BurnedVoucherView, receipt_id, digest, attempt, table="orders")
