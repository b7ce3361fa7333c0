"""GET /v1/points/entries: the member's statement, newest first, with running balances."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from mall import cursor, errors, keys
from mall.http import Caller, Limit, Position, operation
from mall.points.ledger.entry import Entry, Kind, from_item
from mall.points.views import EntryListView, statement_line
from mall.secrets import SigningSecret
from mall.store import OpenStore, Store
from mall.store.ledger import CHAIN


@operation(refuses=(errors.BadCursor, errors.Busy))
def list_entries(
    caller: Caller, store: OpenStore, secret: SigningSecret, limit: Limit = 20,
    position: Position = None, kind: Annotated[Kind | None, Query()] = None,
) -> EntryListView:  # fmt: skip
    """Show one page."""
    scope = f"entries:{caller.id}:{kind}"
    page = store.query_page(
        "points",
        CHAIN,
        {
            "pk": keys.member(caller.id),
            "prefix": keys.ENTRY_PREFIX,
            **({"kind": kind} if kind else {}),
        },
        newest_first=True,
        only="#kind = :kind" if kind else "",
        limit=limit,
        after=cursor.accept(secret, scope, position),
    )
    entries = [from_item(item) for item in page.items]
    notes = _notes(store, caller.id, entries)
    return EntryListView(
        items=[statement_line(entry, notes) for entry in entries],
        next_cursor=cursor.issue(secret, scope, page.last),
    )


def _notes(store: Store, member: str, entries: list[Entry]) -> dict[str, str]:
    """The text of the notes that these entries refer to and that were not erased."""
    ids = [entry.note.id for entry in entries if entry.note]
    items = store.get_many([("users", keys.note(member, note_id)) for note_id in ids])
    return {note_id: item["text"] for note_id, item in zip(ids, items, strict=True) if item}
