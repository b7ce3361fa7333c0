"""Reading a member's chain: the head in one consistent query, whatever its length."""

from collections.abc import Iterator

from mall import keys
from mall.clock import Millis
from mall.points.ledger.entry import Entry, from_item
from mall.store.client import Store

CHAIN = "#pk = :pk AND begins_with(#sk, :prefix)"
_RANGE = "#pk = :pk AND #sk BETWEEN :first AND :last"


def head(store: Store, member: str) -> Entry | None:
    """The newest entry, or None for a member without movements. One round trip, one read unit."""
    values = {"pk": keys.member(member), "prefix": keys.ENTRY_PREFIX}
    page = store.query("points", CHAIN, values, newest_first=True, limit=1, consistent=True)
    return from_item(page.items[0]) if page.items else None


def entry(store: Store, member: str, revision: int) -> Entry | None:
    """One entry by its revision."""
    item = store.get("points", keys.entry(member, revision))
    return from_item(item) if item else None


def entries(store: Store, member: str, first_revision: int = 1) -> Iterator[Entry]:
    """The chain from a revision on, oldest first, page by page."""
    values = {
        "pk": keys.member(member),
        "first": keys.entry(member, first_revision)["sk"],
        "last": keys.ENTRY_PREFIX + "9" * 12,
    }
    items = store.query_all("points", _RANGE, values, consistent=True)
    return map(from_item, items)


def head_at(store: Store, newest: Entry, at: Millis) -> Entry | None:
    """The newest entry that is not later than `at`; time never runs backwards along a chain.

    Halves the revisions: about log2(n) reads of one entry.
    """
    low, high = 0, newest.revision  # an entry `low` is early enough (0: none), `high` is too late
    found: Entry | None = None
    while high - low > 1:
        middle = (low + high) // 2
        probe = entry(store, newest.member, middle)
        if probe is None:
            raise LookupError(f"revision {middle} is missing")
        if probe.at <= at:
            low, found = middle, probe
        else:
            high = middle
    return found
