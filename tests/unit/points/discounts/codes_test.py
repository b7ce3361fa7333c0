"""One-time codes: ten minutes, one a member, and nothing of them kept that could be used."""

import pytest
from mall.errors import AccountClosed, WrongMemberCode
from mall.points.discounts import codes

from tests.builders import any_id, any_member
from tests.unit.points.account import Account
from tests.unit.points.discounts.cart import MINUTE, SECRET

NOW = 1_795_348_800_000


def _issued(member: str, code: str) -> dict[str, object]:
    [write], _ = codes.issue(SECRET, member, code, None, NOW)
    return dict(write.item)


def should_keep_a_digest_and_not_the_code() -> None:
    code = any_id()
    item = _issued(any_member(), code)
    assert code not in str(item)
    assert item["ttl"] == (NOW + 10 * MINUTE) // 1000 + 1


def should_show_the_code_to_its_member() -> None:
    _, view = codes.issue(SECRET, any_member(), "the code", None, NOW)
    assert (view.code, view.expires_at) == ("the code", "2026-11-22T12:10:00.000Z")


def should_stand_in_the_place_of_the_one_before() -> None:
    member = any_member()
    [first], _ = codes.issue(SECRET, member, any_id(), None, NOW)
    [second], _ = codes.issue(SECRET, member, any_id(), None, NOW)
    assert first.key == second.key
    assert not second.condition


def should_be_used_up_on_condition_that_it_stands_there_still() -> None:
    member, code = any_member(), any_id()
    kept = _issued(member, code)
    write = codes.use(SECRET, member, code, kept, NOW + 10 * MINUTE - 1)
    assert (write.action, write.condition) == ("Delete", "#mac = :mac")
    assert write.values == {"mac": kept["mac"]}
    assert isinstance(write.refused(None), WrongMemberCode)


def should_be_read_as_people_type_it() -> None:
    member, code = any_member(), any_id()
    codes.use(SECRET, member, f" {code.upper()} ", _issued(member, code), NOW)


def should_refuse_every_code_but_the_members_live_one() -> None:
    member, code = any_member(), any_id()
    kept = _issued(member, code)
    for who, sent, stands, now in (
        (member, any_id(), kept, NOW),
        (member, code, None, NOW),
        (member, code, kept, NOW + 10 * MINUTE),
        (any_member(), code, kept, NOW),
        (member, code, _issued(member, any_id()), NOW),
    ):
        with pytest.raises(WrongMemberCode):
            codes.use(SECRET, who, sent, stands, now)


def should_not_be_given_to_a_closed_member() -> None:
    account = Account()
    account.close()
    with pytest.raises(AccountClosed):
        codes.issue(SECRET, account.member, any_id(), account.chain[-1], account.now)
