"""Referrals: an invite code, its acceptance, and the reward of both with the first purchase."""

from typing import Any

import pytest
from mall import keys
from mall.clock import instant
from mall.models import MAX_INTEGER
from mall.points import ledger
from mall.points.ledger import Grant
from mall.points.ledger.entry import NEVER
from mall.points.ledger.writes import append
from mall.store import open_store
from mall.store.ledger import head

from tests.builders import any_id, any_source
from tests.events import Answer, member_claims
from tests.functional.acts import (
    PARTNER,
    any_confirmed_member,
    any_purchase,
    any_refund,
    available,
    balance,
    call,
    close_account,
    everything,
    invite_code,
    record,
    set_program,
    statement,
)
from tests.functional.precedence import Told, each_first
from tests.functional.times import DAY, NOON

TERMS: dict[str, Any] = {
    "referrer_points": 500, "referred_points": 200, "minimum_amount": 5_000, "rewards_max": 2,
}  # fmt: skip


@pytest.fixture(autouse=True)
def in_a_program_with_referrals(on_a_stage: None) -> None:
    """500 for who invites, 200 for who is invited, from 50.00 on."""
    set_program(referral=TERMS)


def _referral(member: str) -> dict[str, Any]:
    answer = call("get_referral", member_claims(member))
    assert answer.status == 200, answer.body
    shown: dict[str, Any] = answer.body
    return shown


def _accept(member: str, code: str) -> Answer:
    return call("accept_invite", member_claims(member), body={"invite_code": code})


def _invited(by: str) -> str:
    """A new member who accepted an invitation."""
    member = any_confirmed_member()
    answer = _accept(member, invite_code(by))
    assert answer.status == 201, answer.body
    return member


def _reason(answer: Answer) -> str:
    assert (answer.status, answer.code) == (409, "referral_rejected"), answer.body
    reason: str = answer.body["reason"]
    return reason


def _buy(member: str, amount: int = 5_000, **changed: object) -> dict[str, Any]:
    event = any_purchase(member, lines=[{"quantity": 1, "amount": amount}]) | changed
    answer = record(event)
    assert answer.status == 202, answer.body
    return event


def _rewards(member: str) -> list[tuple[int, str]]:
    """Points and source id of the rewards that a member got."""
    return [
        (entry["points"], entry["source"]["id"])
        for entry in statement(member)
        if entry["source"]["type"] == "referral"
    ]


def _give(member: str, points: int) -> None:
    store = open_store()
    posting = ledger.open_posting(member, head(store, member), store.now())
    ledger.credit(posting, "adjust", points, Grant(NEVER), any_source())
    store.transact(append(posting))


def _kept(member: str) -> dict[str, Any]:
    return open_store().get("points", keys.referral(member)) or {}


# --- inviting ------------------------------------------------------------------------------------


def should_make_a_code_when_it_is_first_asked_for_and_keep_it() -> None:
    member = any_confirmed_member()
    first = _referral(member)
    assert first == {
        "invite_code": first["invite_code"],
        "invited": 0,
        "rewarded": 0,
        "referred_by": False,
    }
    assert len(first["invite_code"]) == 10
    assert not set(first["invite_code"]) & set("0189abcdefghijklmnopqrstuvwxyz")
    before = everything()
    assert _referral(member) == first
    assert everything() == before


def should_make_another_code_for_everybody() -> None:
    assert len({invite_code(any_confirmed_member()) for _ in range(5)}) == 5


def should_make_no_code_for_a_closed_member() -> None:
    """Case 84; one who has a code may still look at it."""
    closed, known = any_confirmed_member(), any_confirmed_member()
    code = invite_code(known)
    for member in (closed, known):
        close_account(member)
    before = everything()
    answer = call("get_referral", member_claims(closed))
    assert (answer.status, answer.code) == (403, "account_closed")
    assert invite_code(known) == code
    assert everything() == before


def should_offer_nothing_where_there_are_no_referrals() -> None:
    set_program()
    member = any_confirmed_member()
    for answer in (call("get_referral", member_claims(member)), _accept(member, "ANYCODE234")):
        assert (answer.status, answer.code) == (409, "not_offered")


# --- accepting -----------------------------------------------------------------------------------


def should_accept_an_invitation_and_count_it() -> None:
    inviter, member = any_confirmed_member(), any_confirmed_member()
    answer = _accept(member, invite_code(inviter))
    assert (answer.status, answer.body) == (201, {"status": "accepted"})
    assert _referral(inviter)["invited"] == 1
    assert _referral(member)["referred_by"]
    assert _rewards(inviter) == _rewards(member) == []


def should_read_a_code_as_people_type_it() -> None:
    code = invite_code(any_confirmed_member())
    typed = f" {code[:5].lower()}-{code[5:]} "
    assert _accept(any_confirmed_member(), typed).status == 201


def should_answer_the_same_acceptance_again_whatever_came_since() -> None:
    inviter = any_confirmed_member()
    member = _invited(inviter)
    _buy(member)
    close_account(inviter)
    before = everything()
    assert _accept(member, invite_code(inviter)).status == 201
    assert everything() == before


def should_let_a_member_without_a_code_be_invited_and_invite_later() -> None:
    first = any_confirmed_member()
    second = _invited(first)
    third = _invited(second)
    assert [_referral(m)["invited"] for m in (first, second, third)] == [1, 1, 0]


def should_reject_what_cannot_be_accepted_and_say_why() -> None:
    """One reason each; nothing is written."""
    inviter = any_confirmed_member()
    invited = _invited(inviter)
    bought = any_confirmed_member()
    _buy(bought, 1)
    closed = any_confirmed_member()
    codes = {member: invite_code(member) for member in (inviter, invited, bought, closed)}
    close_account(closed)
    before = everything()
    for member, code, reason in (
        (any_confirmed_member("somebody"), "NOBODYS234", "unknown_code"),
        (inviter, codes[inviter], "own_code"),
        (invited, codes[bought], "already_referred"),
        (bought, codes[inviter], "already_purchased"),
        (inviter, codes[invited], "circular"),
        ("somebody", codes[closed], "closed"),
    ):
        assert _reason(_accept(member, code)) == reason
    assert everything()["points"] == before["points"]


def should_reject_a_longer_circle_too() -> None:
    first = any_confirmed_member()
    second = _invited(first)
    third = _invited(second)
    assert _reason(_accept(first, invite_code(third))) == "circular"


PRECEDENCE = [
    (403, "forbidden"),
    (400, "malformed"),
    (422, "invalid"),
    (409, "not_offered"),
    (403, "account_closed"),
    (409, "referral_rejected"),
]


@each_first(PRECEDENCE)
def should_tell_the_first_refusal_and_write_nothing(told: Told, wrong: list[str]) -> None:
    """Each row is wrong in its own way and in every later one."""
    member = any_confirmed_member()
    if "account_closed" in wrong:
        close_account(member)
    if "not_offered" in wrong:
        set_program()
    body = {"invite_code": "" if "invalid" in wrong else "NOBODYS234"}
    before = everything()
    answer = call(
        "accept_invite",
        None if "forbidden" in wrong else member_claims(member),
        body="{" if "malformed" in wrong else body,
    )
    assert (answer.status, answer.code) == told
    assert everything() == before


# --- the reward ----------------------------------------------------------------------------------


def should_reward_both_with_the_first_purchase() -> None:
    inviter = any_confirmed_member()
    member = _invited(inviter)
    event = _buy(member)
    assert _rewards(member) == [(200, member)]
    assert _rewards(inviter) == [(500, member)]
    assert _referral(inviter)["rewarded"] == 1
    again = record(event)
    assert (again.status, again.body["status"]) == (200, "duplicate")
    assert [each for each in again.body["explain"] if each["rule_id"] == "referral"] == [
        {
            "rule_id": "referral",
            "version": 1,
            "points": 200,
            "capped": 0,
            "code": "granted",
            "reason": "the first purchase after an invitation that counts, beside what it earned",
        }
    ]


def should_reward_once_however_many_purchases_follow() -> None:
    inviter = any_confirmed_member()
    member = _invited(inviter)
    for _ in range(3):
        _buy(member)
    assert (_rewards(member), _rewards(inviter)) == ([(200, member)], [(500, member)])


@pytest.mark.parametrize(("amount", "currency"), [(4_999, "USD"), (5_000, "EUR")])
def should_wait_for_a_purchase_that_counts(amount: int, currency: str) -> None:
    inviter = any_confirmed_member()
    member = _invited(inviter)
    _buy(member, amount, currency=currency)
    assert _rewards(inviter) == []
    _buy(member)
    assert _rewards(inviter) == [(500, member)]


def should_reward_nobody_who_came_uninvited() -> None:
    member = any_confirmed_member()
    _buy(member)
    assert _rewards(member) == []


def should_reward_for_so_many_members_at_most() -> None:
    inviter = any_confirmed_member()
    members = [_invited(inviter) for _ in range(3)]
    for member in members:
        _buy(member)
        assert _rewards(member) == [(200, member)]
    assert [source for _, source in _rewards(inviter)] == members[:2]
    assert _kept(members[2])["referrer_outcome"] == "rewards_max"


def should_not_let_a_closed_inviter_stand_in_the_way() -> None:
    inviter = any_confirmed_member()
    member = _invited(inviter)
    close_account(inviter)
    _buy(member)
    assert _rewards(member) == [(200, member)]
    assert _rewards(inviter) == []
    assert _kept(member)["referrer_outcome"] == "closed"


def should_not_let_a_full_balance_stand_in_the_way() -> None:
    inviter = any_confirmed_member()
    member = _invited(inviter)
    _give(inviter, MAX_INTEGER)
    _give(member, MAX_INTEGER - 199)
    _buy(member)
    assert _rewards(member) == _rewards(inviter) == []
    kept = _kept(member)
    assert (kept["outcome"], kept["referrer_outcome"]) == ("points_limit", "points_limit")


def should_let_rewards_wait_as_other_grants_do() -> None:
    set_program(referral=TERMS, pending_days=14)
    inviter = any_confirmed_member()
    member = _invited(inviter)
    _buy(member)
    for who, points in ((member, 200 + 50), (inviter, 500)):
        assert (balance(who)["pending"], available(who)) == (points, 0)


def should_let_rewards_expire_as_what_was_earned_with_the_purchase() -> None:
    inviter = any_confirmed_member()
    member = _invited(inviter)
    _buy(member, occurred_at=instant(NOON - 30 * DAY))
    [lot] = balance(inviter)["expiring"]
    assert lot == {"points": 500, "expires_at": "2027-11-01T00:00:00.000Z"}


def should_keep_the_reward_when_the_purchase_is_refunded_before_or_after() -> None:
    """Case 31: the order of arrival makes no difference."""
    for refund_first in (False, True):
        inviter = any_confirmed_member()
        member = _invited(inviter)
        event = any_purchase(member, lines=[{"quantity": 1, "amount": 5_000}])
        told = [event, any_refund(event)]
        for each in reversed(told) if refund_first else told:
            assert record(each).status == 202
        assert (available(member), available(inviter)) == (200, 500)


def should_reward_without_a_part_that_is_set_to_nothing() -> None:
    set_program(referral=TERMS | {"referrer_points": 0})
    inviter = any_confirmed_member()
    member = _invited(inviter)
    _buy(member)
    assert (_rewards(member), _rewards(inviter)) == ([(200, member)], [])
    assert _kept(member)["referrer_outcome"] == "no_points"


def should_not_reward_for_an_event_that_is_no_purchase() -> None:
    inviter = any_confirmed_member()
    member = _invited(inviter)
    event = {
        "event_id": any_id(),
        "type": "review",
        "member": {"user_id": member},
        "occurred_at": instant(NOON),
    }
    assert call("record_event", PARTNER, body=event).status == 202
    assert _rewards(inviter) == []
