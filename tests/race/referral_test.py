"""Invitations and their rewards at once: one inviter a member, one reward a member, no circle.

Each race of writers has a control beside it: one guard is taken away, and what the test asserts is
seen to fail.
"""

from collections.abc import Callable

from mall.errors import Refusal
from mall.http import Identity
from mall.points.earning.events import EventRequest, EventView
from mall.points.ledger.chain import verify
from mall.points.program import Program, ProgramSettings
from mall.points.referring import AcceptInviteRequest, InvitationView
from mall.store.earning import Told, record
from mall.store.ledger import entries
from mall.store.program import Programs
from mall.store.referring import referral
from mall.writes import Write

from functions.points.accept_invite import accept_invite
from functions.points.get_referral import get_referral
from tests.builders import any_id
from tests.emulated import EmulatedMall
from tests.race.rivals import Outcomes, RivalStore, rivals

RIVALS = 8
TERMS = {"referrer_points": 500, "referred_points": 200, "rewards_max": 3}
PROGRAM = Program(ProgramSettings.model_validate({"referral": TERMS}))
Forgets = Callable[[Write], bool]


class FixedPrograms(Programs):
    """A memory that holds the program of these tests."""

    def current(self) -> Program:
        return PROGRAM


def _nothing(_: Write) -> bool:
    return False


def _referral_guards(write: Write) -> bool:
    return bool(write.condition) and write.key["sk"] == "REFERRAL" and write.action == "Update"


def _code(mall: EmulatedMall, member: str) -> str:
    return get_referral.story(Identity(member), mall.store, PROGRAM).invite_code


def _accept(mall: EmulatedMall, member: str, code: str) -> InvitationView:
    request = AcceptInviteRequest(invite_code=code)
    return accept_invite.story(request, Identity(member), mall.store, PROGRAM)


def _buy(mall: EmulatedMall, member: str) -> EventView:
    event = EventRequest.model_validate(
        {
            "event_id": any_id(),
            "type": "purchase",
            "member": {"user_id": member},
            "occurred_at": mall.opened_at,
            "currency": "USD",
            "lines": [{"quantity": 1, "amount": 1_000}],
        }
    )
    return record(mall.store, FixedPrograms(mall.store), Told("the-shop", member, event))


def _rewards(mall: EmulatedMall, member: str) -> list[int]:
    chain = [*entries(mall.store, member)]
    assert verify(chain).valid
    return [entry.points for entry in chain if entry.source.type == "referral"]


def _reasons(refusals: list[Refusal]) -> set[str]:
    return {str(refusal.facts["reason"]) for refusal in refusals}


def should_make_one_code_for_a_member_who_asks_often_at_once(mall: EmulatedMall) -> None:
    member = mall.member()
    mall.use(mall.opened(RivalStore, parties=RIVALS))
    outcomes = rivals(RIVALS, lambda _: _code(mall, member))
    assert (len(outcomes.answers), len(set(outcomes.answers))) == (RIVALS, 1)


def _race_of_inviters(
    mall: EmulatedMall, forgets: Forgets = _nothing
) -> tuple[list[int], Outcomes[InvitationView]]:
    """One member accepts the invitations of many at once; how many each inviter counts."""
    inviters, member = mall.members([0] * RIVALS), mall.member()
    codes = [_code(mall, inviter) for inviter in inviters]
    mall.use(mall.opened(RivalStore, parties=RIVALS, forgets=forgets))
    outcomes = rivals(RIVALS, lambda n: _accept(mall, member, codes[n]))
    return [referral(mall.store, inviter).invited for inviter in inviters], outcomes


def should_let_a_member_be_invited_by_one(mall: EmulatedMall) -> None:
    invited, outcomes = _race_of_inviters(mall)
    assert sorted(invited) == [0] * (RIVALS - 1) + [1]
    assert _reasons([*outcomes.refusals]) == {"already_referred"}


def should_be_seen_to_count_a_member_often_without_the_conditions(mall: EmulatedMall) -> None:
    """Control."""
    invited, _ = _race_of_inviters(mall, forgets=_referral_guards)
    assert sum(invited) > 1


def _race_in_a_ring(
    mall: EmulatedMall, forgets: Forgets = _nothing
) -> tuple[list[str], Outcomes[InvitationView]]:
    """Everybody accepts the invitation of the next, at once; who was invited by whom."""
    members = mall.members([0] * RIVALS)
    codes = [_code(mall, member) for member in members]
    mall.use(mall.opened(RivalStore, parties=RIVALS, forgets=forgets))
    outcomes = rivals(RIVALS, lambda n: _accept(mall, members[n], codes[(n + 1) % RIVALS]))
    return [referral(mall.store, member).referrer for member in members], outcomes


def should_leave_no_circle_when_all_of_one_accept_at_once(mall: EmulatedMall) -> None:
    referrers, outcomes = _race_in_a_ring(mall)
    assert referrers.count("") >= 1
    assert len(outcomes.answers) == RIVALS - referrers.count("")


def should_be_seen_to_leave_a_circle_without_the_conditions(mall: EmulatedMall) -> None:
    """Control."""
    referrers, _ = _race_in_a_ring(mall, forgets=_referral_guards)
    assert referrers.count("") == 0


def _race_of_purchases(mall: EmulatedMall, forgets: Forgets = _nothing) -> tuple[str, str]:
    """An invited member's first purchases, all at once."""
    inviter, member = mall.members([0, 0])
    _accept(mall, member, _code(mall, inviter))
    mall.use(mall.opened(RivalStore, parties=RIVALS, forgets=forgets))
    rivals(RIVALS, lambda _: _buy(mall, member))
    return inviter, member


def should_reward_once_when_first_purchases_meet(mall: EmulatedMall) -> None:
    inviter, member = _race_of_purchases(mall)
    assert (_rewards(mall, member), _rewards(mall, inviter)) == ([200], [500])
    assert referral(mall.store, inviter).rewarded == 1


def should_reward_no_more_members_than_the_program_says(mall: EmulatedMall) -> None:
    """Rivals are different members here, and meet at the inviter's chain and count."""
    inviter, *members = mall.members([0] * (RIVALS + 1))
    code = _code(mall, inviter)
    for member in members:
        _accept(mall, member, code)
    mall.use(mall.opened(RivalStore, parties=RIVALS))
    outcomes = rivals(RIVALS, lambda n: _buy(mall, members[n]))
    assert not outcomes.refusals
    assert _rewards(mall, inviter) == [500] * 3
    assert [_rewards(mall, member) for member in members] == [[200]] * RIVALS
    assert referral(mall.store, inviter).rewarded == 3
