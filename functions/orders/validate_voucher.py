"""POST /v1/vouchers/validate: whether a voucher can be used at a shop's checkout.

Nothing is written. A code that no voucher has is unknown, as everything is that never was; of a
voucher that stands, the shop learns what to tell the customer who shows it, and nobody's name.
"""

from mall import errors, keys
from mall.http import Caller, operation
from mall.orders.requests import ValidateVoucherRequest
from mall.orders.voucher_views import VoucherValidityView, validity
from mall.orders.vouchers import existing, mac_of
from mall.secrets import CodeMacsSecret
from mall.store import OpenStore


@operation(refuses=(errors.NotFound, errors.Busy))
def validate_voucher(
    request: ValidateVoucherRequest, caller: Caller, store: OpenStore, secret: CodeMacsSecret
) -> VoucherValidityView:
    """Show whether a voucher is valid, and what it is good for."""
    voucher = existing(store.get("orders", keys.voucher(mac_of(secret, request.code))))
    return validity(voucher, caller.id, request.cart_id, request.amount, store.now())
