"""What closing, opening and erasing write, given a profile and a head."""

from typing import Any

import pytest
from mall import keys, users
from mall.errors import Erased, NotFound
from mall.points import ledger
from mall.points.ledger.entry import Entry
from mall.users import DisableUserRequest
from mall.writes import ABSENT, Write

from tests.builders import any_instant, any_member, any_source

REQUEST = DisableUserRequest(reason="a stolen card")
NOW = any_instant()


def _profile(member: str, **more: object) -> dict[str, Any]:
    standing = {"user_id": member, "status": "confirmed", "email": "a@b.test"}
    return {**keys.profile(member), **standing, **more}


def _closed_head(member: str) -> Entry:
    posting = ledger.open_posting(member, None, NOW)
    ledger.close(posting, any_source(), "the-admin")
    return posting.entries[-1]


def _written(writes: list[Write]) -> list[tuple[str, str, str]]:
    return [(write.action, write.key["pk"], write.key["sk"]) for write in writes]


def should_disable_with_an_entry_and_a_word_on_the_profile() -> None:
    member = any_member()
    writes = users.disable(member, REQUEST, "the-admin", _profile(member), None, NOW)
    assert _written(writes) == [
        ("Update", f"USER#{member}", "PROFILE"),
        ("Put", f"MEMBER#{member}", "ENTRY#000000000001"),
    ]


def should_hold_to_the_head_where_no_entry_is_needed() -> None:
    member = any_member()
    head = _closed_head(member)
    for writes in (
        users.disable(member, REQUEST, "the-admin", _profile(member), head, NOW),
        users.erase(member, _profile(member), member, head, NOW),
    ):
        [held] = [write for write in writes if write.table == "points"]
        assert (held.action, held.key) == ("ConditionCheck", keys.entry(member, 2))
        assert held.condition == ABSENT
    [_, held] = users.enable(member, "the-admin", _profile(member, disabled_at=NOW), None, NOW)
    assert (held.action, held.key) == ("ConditionCheck", keys.entry(member, 1))


def should_write_nothing_where_it_is_so_already() -> None:
    member = any_member()
    disabled = _profile(member, disabled_at=NOW)
    stub = {**keys.profile(member), "user_id": member, "status": "erased"}
    assert users.disable(member, REQUEST, "the-admin", disabled, None, NOW) == []
    assert users.enable(member, "the-admin", _profile(member), None, NOW) == []
    assert users.erase(member, stub, None, None, NOW) == []


def should_erase_in_one_transaction_what_names_the_member() -> None:
    member = any_member()
    writes = users.erase(member, _profile(member), member, None, NOW)
    assert _written(writes) == [
        ("Put", f"USER#{member}", "PROFILE"),
        ("Put", f"MEMBER#{member}", "ENTRY#000000000001"),
        ("Put", "ERASURES", member),
        ("Delete", "EMAIL#a@b.test", "EMAIL"),
    ]
    assert set(writes[0].item) == {"pk", "sk", "user_id", "status", "erased_at"}


def should_leave_an_address_that_is_somebody_elses() -> None:
    member = any_member()
    writes = users.erase(member, _profile(member), any_member(), None, NOW)
    assert "Delete" not in [write.action for write in writes]


@pytest.mark.parametrize(
    ("profile", "refusal"),
    [(None, NotFound), ({"status": "erased", "user_id": "x"}, Erased)],
)
def should_switch_nobody_who_is_not_there(
    profile: dict[str, Any] | None, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        users.disable("x", REQUEST, "the-admin", profile, None, NOW)
    with pytest.raises(refusal):
        users.enable("x", "the-admin", profile, None, NOW)
    with pytest.raises(refusal):
        users.account("x", profile)


@pytest.mark.parametrize("status", ["confirmed", "unconfirmed"])
def should_tell_of_an_account_that_it_is_disabled_before_all_else(status: str) -> None:
    assert users.account("x", _profile("x", status=status)).status == status
    disabled = _profile("x", status=status, disabled_at=NOW)
    assert users.account("x", disabled).status == "disabled"
