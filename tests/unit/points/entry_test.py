"""An entry as bytes: what is hashed, what is stored, and how large it is."""

import json
import math
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from boto3.dynamodb.types import TypeSerializer
from mall.models import MAX_INTEGER
from mall.points import ledger
from mall.points.ledger.entry import (
    ENTRY_SIZE_BYTES_MAX,
    GENESIS,
    Entry,
    Note,
    Source,
    State,
    Totals,
    canonical,
    from_item,
    sealed,
    to_item,
)

from tests.builders import any_calendar, any_entry, any_lots, any_note, any_source
from tests.unit.points.account import Account

KNOWN = Entry(
    member="mmmmmmmmmmmmmmmmmmmmmmmmmm",
    revision=7,
    at=1767225600000,
    kind="redeem",
    points=-60,
    source=Source("order", "oooooooooooooooooooooooooo"),
    lots={"29498400i": -50, "never": -10},
    pending={},
    after=State(
        lots={"never": 90},
        pending={"29473920|30024000i": 5},
        debt=0,
        shortfall=3,
        totals=Totals(200, 20, 100, 20, 5),
    ),
    prev_hash=bytes(range(32)),
    renewed="29498400i",
    rules="",
    actor="caf\N{LATIN SMALL LETTER E WITH ACUTE}",
    note=Note("nnnn", b"\x01\xff"),
)
KNOWN_BYTES = (
    b'{"actor":"caf\\u00e9","after":{"closed":false,"debt":0,"lots":{"never":90},'
    b'"pending":{"29473920|30024000i":5},"shortfall":3,"totals":[200,20,100,20,5]},'
    b'"at":1767225600000,"kind":"redeem","lots":{"29498400i":-50,"never":-10},'
    b'"member":"mmmmmmmmmmmmmmmmmmmmmmmmmm","note":["nnnn","01ff"],"pending":{},"points":-60,'
    b'"prev_hash":"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",'
    b'"renewed":"29498400i","revision":7,"rules":"","source":["order","oooooooooooooooooooooooooo"]}'
)
KNOWN_HASH = "65ff690e669a38fe931a8f87590fa6e08677b6f43dbead541684179204ea59db"


def should_hash_the_same_bytes_for_ever() -> None:
    """Whoever wrote a verifier years ago must still reach this hash."""
    assert canonical(KNOWN) == KNOWN_BYTES
    assert sealed(KNOWN).hash.hex() == KNOWN_HASH


def should_hash_without_regard_to_the_order_of_lots() -> None:
    lots = any_lots(count=8)
    shuffled = dict(random.sample(sorted(lots.items()), 8))
    after = replace(KNOWN.after, lots=lots)
    again = replace(KNOWN.after, lots=shuffled)
    assert canonical(replace(KNOWN, lots=lots, after=after)) == canonical(
        replace(KNOWN, lots=shuffled, after=again)
    )


def should_hash_every_field_but_the_hash_itself() -> None:
    entry = any_entry(note=any_note())
    named = json.loads(canonical(entry))
    fields = {name for name in vars(entry) if name != "hash"}
    assert set(named) == fields
    assert set(named["after"]) == set(vars(entry.after))
    assert canonical(replace(entry, hash=GENESIS)) == canonical(entry)


def should_read_back_what_it_stores() -> None:
    for _ in range(200):
        entry = any_entry()
        stored = to_item(entry)
        assert from_item(stored) == entry
        assert sealed(from_item(stored)).hash == entry.hash


def should_store_the_sum_of_the_lots_beside_them() -> None:
    entry = any_entry()
    assert to_item(entry)["available"] == sum(entry.after.lots.values())


def should_store_nothing_for_what_is_empty() -> None:
    item = to_item(sealed(replace(KNOWN, actor="", note=None, renewed="", after=State())))
    absent = {
        "touched_pending", "pending", "debt", "shortfall", "closed", "renewed", "rules", "actor",
        "note",
    }  # fmt: skip
    assert not absent & set(item)


def should_key_entries_so_that_they_sort_by_revision() -> None:
    keys = [to_item(any_entry(revision=n))["sk"] for n in (1, 9, 10, 4_999, 10**6, 10**11)]
    assert keys == sorted(keys)


@pytest.mark.parametrize("lots_spent", [1, 3, 12])
def should_fit_an_ordinary_spend_beside_24_lots_into_one_kilobyte(lots_spent: int) -> None:
    """Two write units a spend: lots of up to five digits, as a good customer has them."""
    spend = _spend_from_24_lots(lots_spent)
    assert len(spend.after.lots) == 24
    assert len(spend.lots) == lots_spent
    assert _item_size_bytes(to_item(spend)) <= 1_024


def should_fit_14_pending_days_as_well_into_two_kilobytes() -> None:
    pending = [f"202601{day:02d}" for day in range(2, 16)]
    spend = _spend_from_24_lots(12, pending)
    assert len(spend.after.pending) == 14
    size_bytes = _item_size_bytes(to_item(replace(spend, note=any_note(), actor="a" * 26)))
    assert size_bytes <= ENTRY_SIZE_BYTES_MAX == 2_048


def should_measure_items_as_dynamodb_does() -> None:
    """The sizes of AWS's own rules, worked out by hand."""
    item = {
        "pk": "MEMBER#1",  # 2 + 8
        "n": 1200,  # 1 + 1 byte for two digits + 1
        "m": -12345,  # 1 + 3 bytes for five digits + 1, and 1 for the sign
        "b": b"\x00" * 32,  # 1 + 32
        "t": True,  # 1 + 1
        "map": {"20260201": 7},  # 3 + 3 + 1 + (8 + 1 + 1)
        "list": ["ab", 0],  # 4 + 3 + 2 * 1 + 2 + 1
    }
    assert _item_size_bytes(item) == 10 + 3 + 6 + 33 + 2 + 17 + 12


def _spend_from_24_lots(lots_spent: int, pending: list[str] | None = None) -> Entry:
    """A spend that empties all but one of `lots_spent` lots and leaves 24."""
    account = Account(any_calendar())
    months = [f"{2026 + n // 12}{n % 12 + 1:02d}01" for n in range(1, 24 + lots_spent)]
    for day in months:
        account.earn(random.randint(10_000, 99_999), day)
    for day in pending or []:
        account.earn(random.randint(10_000, 99_999), "20270201", active_from=day)
    emptied = sum(account.lots[day] for day in months[: lots_spent - 1])
    account.redeem(emptied + 1_234)
    return account.chain[-1]


def _item_size_bytes(item: Mapping[str, Any]) -> int:
    """The size that DynamoDB bills: names and values, in the types that boto3 would send.

    Source: the developer guide's page on item sizes and formats. A number takes about a byte for
    two significant digits and one more; here one more again for a sign, to be on the safe side.
    """
    serialize = TypeSerializer().serialize
    typed = {name: dict(serialize(value)) for name, value in item.items()}
    return sum(len(name.encode()) + _size_bytes(value) for name, value in typed.items())


def _size_bytes(typed: Mapping[str, Any]) -> int:
    [(type_, value)] = typed.items()
    sizes: dict[str, Callable[[], int]] = {
        "S": lambda: len(value.encode()),
        "B": lambda: len(value),
        "BOOL": lambda: 1,
        "N": lambda: math.ceil(len(value.strip("-0")) / 2) + 1 + int(value.startswith("-")),
        "L": lambda: 3 + sum(1 + _size_bytes(element) for element in value),
        "M": lambda: 3 + sum(1 + len(k.encode()) + _size_bytes(v) for k, v in value.items()),
    }
    return sizes[type_]()


def should_carry_the_largest_balance_without_loss() -> None:
    account = Account(any_calendar())
    posting = account.open()
    ledger.credit(posting, "earn", MAX_INTEGER, ledger.Grant("never"), any_source())
    [entry] = posting.entries
    assert from_item(to_item(entry)).after.available == MAX_INTEGER
    assert b"9007199254740991" in canonical(entry)
