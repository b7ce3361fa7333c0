"""POST /v1/points/discounts/quote: how many points a cart may use, and what they take off.

Nothing is written and nothing is held back: the quote is signed, and burning it finds out whether
the points are still there.
"""

from mall import errors
from mall.http import Caller, operation
from mall.ids import new_id
from mall.points.discounts import quoting
from mall.points.discounts.terms import terms_of
from mall.points.discounts.views import DiscountQuoteView, QuoteDiscountRequest
from mall.secrets import SigningSecret
from mall.store import OpenStore
from mall.store.ledger import head
from mall.store.members import resolve
from mall.store.program import OpenProgram


@operation(refuses=(errors.NotOffered, errors.NotFound, errors.AccountClosed, errors.Busy))
def quote_discount(
    request: QuoteDiscountRequest, caller: Caller, store: OpenStore, program: OpenProgram,
    secret: SigningSecret,
) -> DiscountQuoteView:  # fmt: skip
    """Quote a discount."""
    terms_of(program.settings)
    member = resolve(store, request.member)
    quoted = quoting.quote(request, member, new_id(), head(store, member), program, store.now())
    return quoting.signed(secret, caller.id, quoted)
