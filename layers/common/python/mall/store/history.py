"""What a member holds and how it came about, for the member and for admins alike."""

from mall import cursor, keys
from mall.clock import Millis
from mall.errors import Invalid
from mall.points.ledger.entry import Entry, Kind, State, from_item
from mall.points.ledger.lots import state_at
from mall.points.program import Program
from mall.points.views import BalanceView, EntryListView, balance, statement_line
from mall.store.client import Store
from mall.store.ledger import CHAIN, head, head_at
from mall.store.standing import tier_of


def balance_of(store: Store, program: Program, member: str, at: Millis | None) -> BalanceView:
    """The account now, or at an instant in the past; the tier is that of now.

    The newest entry holds the account; what time has done since is computed, not looked up.
    Raises Invalid for an instant in the future.
    """
    now = store.now()
    asked = now if at is None else at
    if asked > now:
        raise Invalid.of("at", "This is in the future.")
    newest = head(store, member)
    if newest and newest.at > asked and at is not None:
        newest = head_at(store, newest, asked)
    state = state_at(newest.after, asked) if newest else State()
    tier = tier_of(store, member, program)
    return balance(state, newest.revision if newest else 0, asked, tier)


def statement_of(
    store: Store, secret: bytes, reader: str, member: str, *, limit: int, position: str | None,
    kind: Kind | None,
) -> EntryListView:  # fmt: skip
    """One page of a member's entries, newest first; its cursor is `reader`'s alone.

    Raises BadCursor.
    """
    scope = f"entries:{reader}:{member}:{kind}"
    page = store.query_page(
        "points",
        CHAIN,
        {
            "pk": keys.member(member),
            "prefix": keys.ENTRY_PREFIX,
            **({"kind": kind} if kind else {}),
        },
        newest_first=True,
        only="#kind = :kind" if kind else "",
        limit=limit,
        after=cursor.accept(secret, scope, position),
    )
    entries = [from_item(item) for item in page.items]
    notes = _notes(store, member, entries)
    return EntryListView(
        items=[statement_line(entry, notes) for entry in entries],
        next_cursor=cursor.issue(secret, scope, page.last),
    )


def _notes(store: Store, member: str, entries: list[Entry]) -> dict[str, str]:
    """The text of the notes that these entries refer to and that were not erased."""
    ids = [entry.note.id for entry in entries if entry.note]
    items = store.get_many([("users", keys.note(member, note_id)) for note_id in ids])
    return {note_id: item["text"] for note_id, item in zip(ids, items, strict=True) if item}
