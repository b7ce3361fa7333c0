"""GET /v1/admin/rules: all earning rules, each by its newest version, in order of their ids."""

from mall import cursor, errors, keys
from mall.http import Caller, Limit, Position, operation
from mall.points.rules.views import RuleListView
from mall.secrets import SigningSecret
from mall.store import OpenStore
from mall.store import rules as stored


@operation(refuses=(errors.BadCursor, errors.Busy))
def list_rules(
    caller: Caller, store: OpenStore, secret: SigningSecret, limit: Limit = 20,
    position: Position = None,
) -> RuleListView:  # fmt: skip
    """Show one page."""
    scope = f"rules:{caller.id}"
    page = store.query_page(
        "points",
        "#gsi1pk = :rules",
        {"rules": keys.RULES},
        index=keys.BY_TIME,
        limit=limit,
        after=cursor.accept(secret, scope, position),
    )
    return RuleListView(
        items=list(stored.list_rules(store, page, store.now())),
        next_cursor=cursor.issue(secret, scope, page.last),
    )
