"""Members, their accounts and their addresses."""

import random
from typing import Any

from mall import keys
from mall.points.ledger import close, open_posting
from mall.points.ledger.entry import Source
from mall.points.ledger.writes import append
from mall.store import open_store
from mall.store.ledger import head
from mall.writes import put

from tests.builders import any_member
from tests.events import member_claims
from tests.functional.acts.asking import call


def any_confirmed_member(member: str = "") -> str:
    """The id of a member with a confirmed address, `<id>@example.test`."""
    member = member or any_member()
    address = keys.email(f"{member}@example.test")
    profile = {**keys.profile(member), "user_id": member, "status": "confirmed"}
    open_store().transact([put("users", profile), put("users", {**address, "user_id": member})])
    return member


def close_account(member: str) -> None:
    """Append the entry that closes a member's account."""
    store = open_store()
    posting = open_posting(member, head(store, member), store.now())
    close(posting, Source("user", member), "the-admin")
    store.transact(append(posting))


def any_address_request(**changed: object) -> dict[str, Any]:
    """A request for a new address."""
    return {
        "recipient": "Ada Lovelace",
        "phone": "+12025550123",
        "line1": f"{random.randint(1, 999)} Byron Street",
        "city": "Nottingham",
        "postal_code": "NG15 6RY",
        "country": "GB",
    } | changed


def any_address(member: str, **changed: object) -> str:
    """The id of an address in a member's book."""
    body = any_address_request(**changed)
    answer = call("create_address", member_claims(member), body=body)
    assert answer.status == 201, answer.body
    address: str = answer.body["address_id"]
    return address
