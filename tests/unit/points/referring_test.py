"""Referrals, decided: which reason comes first, what is guarded, and who goes without a reward."""

from dataclasses import replace

import pytest
from mall.errors import AccountClosed, ReferralRejected
from mall.models import MAX_INTEGER
from mall.points.program import Program, ProgramSettings
from mall.points.referring import (
    Invitation,
    Purchase,
    Referral,
    Referred,
    Reward,
    accept,
    code_as_typed,
    code_from,
    reward,
)

from tests.builders import any_id
from tests.unit.points.account import Account

TERMS = {"referrer_points": 500, "referred_points": 200, "minimum_amount": 1_000}


def _program(currency: str = "USD") -> Program:
    return Program(ProgramSettings.model_validate({"currency": currency, "referral": TERMS}))


def _known(member: str = "", **changed: object) -> Referral:
    known = Referral(member or any_id(), code="ABCDEFGHIJ")
    return replace(known, **changed)  # type: ignore[arg-type] # names checked at run time


def _closed() -> Account:
    account = Account()
    account.close()
    return account


def _reason(known: Invitation) -> str:
    with pytest.raises(ReferralRejected) as refusal:
        accept(known, 0)
    return str(refusal.value.facts["reason"])


def should_take_50_bits_of_an_id_as_a_code() -> None:
    assert code_from("abcdefghijklmnopqrstuvwxyz") == "ABCDEFGHIJ"
    assert code_as_typed(" abcde-fghij ") == "ABCDEFGHIJ"


def should_name_the_first_reason_that_holds() -> None:
    member = _known("me", referrer="another")
    line = [_known("friend", referrer="me"), _known("me")]
    known = Invitation(member, line, None, _closed().chain[-1], purchases=1)
    assert _reason(replace(known, line=())) == "unknown_code"
    assert _reason(replace(known, line=[_known("me")])) == "own_code"
    assert _reason(known) == "already_referred"
    free = replace(known, member=_known("me"))
    assert _reason(free) == "already_purchased"
    assert _reason(replace(free, purchases=0)) == "circular"
    assert _reason(replace(free, purchases=0, line=line[:1])) == "closed"


def should_refuse_a_closed_member_before_anything_else() -> None:
    with pytest.raises(AccountClosed):
        accept(Invitation(_known(), head=_closed().chain[-1]), 0)


def should_hold_the_first_of_the_line_to_being_nobodys_guest() -> None:
    """Else the first could accept an invitation of the last at the same moment."""
    line = [_known("friend", referrer="first"), _known("first")]
    writes, _ = accept(Invitation(_known("me"), line), 0)
    held = {w.key["pk"] for w in writes if "attribute_not_exists(#referrer)" in w.condition}
    assert held == {"MEMBER#me", "MEMBER#first"}


def _rewarded(
    member: Account, inviter: Account, amount: int = 1_000, currency: str = "USD", count: int = 0
) -> Reward:
    referred = Referred(
        member.member,
        _known(inviter.member, rewarded=count),
        inviter.chain[-1] if inviter.chain else None,
    )
    posting = member.open()
    given = reward(referred, Purchase(amount, currency, member.now), posting, _program())
    member.commit(posting)
    return given


def _outcomes(given: Reward) -> tuple[object, object]:
    values = given.writes[0].values
    return values["own"], values["theirs"]


def should_give_both_their_points_in_the_same_transaction() -> None:
    member, inviter = Account(), Account()
    given = _rewarded(member, inviter)
    assert _outcomes(given) == ("granted", "granted")
    assert member.state.available == 200
    [entry] = [w.item for w in given.writes if w.item.get("kind") == "earn"]
    assert (entry["points"], entry["source"]) == (500, ["referral", member.member])
    assert [told.points for told in given.told] == [200]


def should_write_nothing_for_a_purchase_that_does_not_count() -> None:
    for amount, currency in ((999, "USD"), (10_000, "EUR")):
        assert _rewarded(Account(), Account(), amount, currency) == Reward()


def should_write_nothing_for_a_member_who_was_not_invited() -> None:
    account = Account()
    posting = account.open()
    assert reward(None, Purchase(5_000, "USD", 0), posting, _program()) == Reward()
    assert posting.entries == []


def should_let_each_go_without_alone() -> None:
    full = Account()
    full.earn(MAX_INTEGER)
    assert _outcomes(_rewarded(Account(), _closed())) == ("granted", "closed")
    assert _outcomes(_rewarded(Account(), full)) == ("granted", "points_limit")
    assert _outcomes(_rewarded(full, Account())) == ("points_limit", "granted")
    assert _outcomes(_rewarded(Account(), Account(), count=100)) == ("granted", "rewards_max")
