"""POST /v1/points/discounts: spend the points of a quote, by the member's own one-time code.

Entry, discount, used code and receipt commit together. A partner alone burns nothing; a quote
becomes one discount whatever the key. If the function dies before the commit, nothing happened and
the code is still good; after it, the retry finds the receipt.
"""

from mall import errors
from mall.http import Caller, IdempotencyKey, operation
from mall.ids import derived_id, request_hash
from mall.points.discounts import quoting
from mall.points.discounts.burning import Burn, Known, burn
from mall.points.discounts.views import BurnDiscountRequest, DiscountView
from mall.secrets import SigningSecret
from mall.store import Commit, OpenStore
from mall.store.ledger import head
from mall.store.once import once
from mall.store.program import OpenPrograms


@operation(
    status=201,
    refuses=(
        errors.IdempotencyKeyRequired, errors.BadQuote, errors.QuoteUsed, errors.QuoteExpired,
        errors.WrongMemberCode, errors.CartDiscounted, errors.AccountClosed,
        errors.InsufficientPoints, errors.IdempotencyKeyReused, errors.Busy,
    ),
)  # fmt: skip
def burn_discount(
    request: BurnDiscountRequest, key: IdempotencyKey, caller: Caller, store: OpenStore,
    programs: OpenPrograms, secret: SigningSecret,
) -> DiscountView:  # fmt: skip
    """Give a discount, or answer as before to the same key."""

    def attempt(_: errors.Stale | None) -> Commit[DiscountView]:
        quote = quoting.accept(secret, caller.id, request.quote_id)
        asked = Burn(caller.id, quote, request.member_code)
        known = Known(*store.get_many(asked.places))
        newest = head(store, quote.member)
        program = programs.of_account(newest)
        return Commit(*burn(asked, known, newest, secret, program, store.now()))

    receipt_id = derived_id("burn_discount", caller.id, key)
    digest = request_hash("burn_discount", request)
    return once(store, DiscountView, receipt_id, digest, attempt, table="points")
