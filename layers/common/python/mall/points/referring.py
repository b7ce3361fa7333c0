"""Referrals: a member invites another one, whose first purchase that counts rewards both.

Who was invited by whom never changes once it stands. The reward is part of the transaction that
records the purchase: both chains and both items move together or not at all, and the invited
member's item leaves `accepted` once, so it happens once. Whoever is closed, or could hold no more,
goes without, and the purchase is none the worse for it.

Invitations make no circle: each is held against the line of those who invited before it, and
against its first member being nobody's guest still.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from pydantic import Field

from mall import keys
from mall.clock import Millis
from mall.errors import AccountClosed, NotOffered, PointsLimit, ReferralRejected
from mall.models import Request, View
from mall.points import ledger
from mall.points.ledger import Grant, Posting
from mall.points.ledger.entry import Entry, Source
from mall.points.ledger.writes import append
from mall.points.program import Program, ProgramSettings
from mall.points.program.settings import Referrals
from mall.points.rules.evaluation import Explained
from mall.writes import ABSENT, Write, check, put, update

RULE = "referral"
LINE_MAX = 10  # how many inviters up an invitation is held against
_CODE_LENGTH = 10  # base32 characters, without 0, 1, 8 and 9: 50 bits

Reason = Literal[
    "unknown_code", "own_code", "already_referred", "already_purchased", "circular", "closed"
]
Status = Literal["", "accepted", "rewarded"]
Outcome = Literal["granted", "no_points", "closed", "points_limit", "rewards_max"]


class AcceptInviteRequest(Request):
    """The invite code of another member, in either case, with or without dashes."""

    invite_code: Annotated[str, Field(min_length=1, max_length=40)]


class InvitationView(View):
    """An invitation that stands; what it gives comes with the first purchase that counts."""

    status: Literal["accepted"]


class ReferralView(View):
    """A member's own invitations: who accepted, and the rewards that this gave.

    `referred_by` says whether the member accepted somebody else's.
    """

    invite_code: str
    invited: int
    rewarded: int
    referred_by: bool


@dataclass(frozen=True)
class Referral:
    """What stands of a member: the code and counts of an inviter, and by whom invited, if at all.

    `invited` counts who accepted, `rewarded` the rewards that this gave.
    """

    member: str
    code: str = ""
    invited: int = 0
    rewarded: int = 0
    referrer: str = ""
    status: Status = ""


def from_item(member: str, item: Mapping[str, Any] | None) -> Referral:
    """The referral item of a member, or that of one who has none."""
    item = item or {}
    return Referral(
        member=member,
        code=item.get("code", ""),
        invited=item.get("invited", 0),
        rewarded=item.get("rewarded", 0),
        referrer=item.get("referrer", ""),
        status=item.get("status", ""),
    )


def terms_of(settings: ProgramSettings) -> Referrals:
    """The terms of the program. Raises NotOffered."""
    if settings.referral is None:
        raise NotOffered("This program has no referrals.")
    return settings.referral


# --- inviting and accepting ----------------------------------------------------------------------


def code_from(token: str) -> str:
    """The invite code that is made of a random id."""
    return token[:_CODE_LENGTH].upper()


def code_as_typed(text: str) -> str:
    """The invite code that somebody means who types it, in either case and in groups."""
    return "".join(text.split()).replace("-", "").upper()


def invite(known: Referral, code: str, head: Entry | None) -> tuple[list[Write], ReferralView]:
    """The writes that give a member this code, once and to nobody else. Raises AccountClosed."""
    if head and head.after.closed:
        raise AccountClosed()
    writes = [
        put("points", {**keys.invite(code), "member": known.member}, condition=ABSENT),
        update(
            "points",
            keys.referral(known.member),
            "SET #code = :code, #invited = :none, #rewarded = :none",
            condition="attribute_not_exists(#code)",
            code=code,
            none=0,
        ),
    ]
    return writes, view(replace(known, code=code))


def view(known: Referral) -> ReferralView:
    """What a member is told of the own invitations."""
    return ReferralView(
        invite_code=known.code,
        invited=known.invited,
        rewarded=known.rewarded,
        referred_by=bool(known.referrer),
    )


@dataclass(frozen=True)
class Invitation:
    """What stands when a member accepts an invitation.

    `line` are the inviter, who invited the inviter, and so on, at most LINE_MAX; `purchases` is
    how many the member made. `line` is empty for a code that nobody has.
    """

    member: Referral
    line: Sequence[Referral] = ()
    head: Entry | None = None
    referrer_head: Entry | None = None
    purchases: int = 0


def accept(known: Invitation, now: Millis) -> tuple[list[Write], InvitationView]:
    """The writes that accept an invitation; none when this very one was accepted before.

    Raises AccountClosed, and ReferralRejected(reason).
    """
    if known.head and known.head.after.closed:
        raise AccountClosed()
    accepted = InvitationView(status="accepted")
    if known.line and known.member.referrer == known.line[0].member:
        return [], accepted
    if reason := _rejected(known):
        raise ReferralRejected(reason=reason)
    member, referrer, first = known.member.member, known.line[0], known.line[-1]
    nobodys_guest = "attribute_not_exists(#referrer)"
    writes = [
        update(
            "points",
            keys.referral(member),
            "SET #referrer = :referrer, #status = :accepted, #accepted_at = :now",
            condition=nobodys_guest,
            referrer=referrer.member,
            accepted="accepted",
            now=now,
        ),
        update(
            "points",
            keys.referral(referrer.member),
            "SET #invited = #invited + :one",
            condition="" if referrer.referrer else nobodys_guest,
            one=1,
        ),
        check("points", keys.standing(member), f"{ABSENT} OR #purchases = :none", none=0),
    ]
    if first.member != referrer.member and not first.referrer:
        writes.append(check("points", keys.referral(first.member), nobodys_guest))
    return writes, accepted


def _rejected(known: Invitation) -> Reason | None:
    """Why an invitation cannot be accepted, the first reason that holds."""
    member = known.member.member
    line = [each.member for each in known.line]
    closed = known.referrer_head is not None and known.referrer_head.after.closed
    reasons: Mapping[Reason, bool] = {
        "unknown_code": not line,
        "own_code": line[:1] == [member],
        "already_referred": bool(known.member.referrer),
        "already_purchased": known.purchases > 0,
        "circular": member in line,
        "closed": closed,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


# --- the reward ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Referred:
    """An invitation that was accepted and not rewarded yet: the two, and the inviter's head."""

    member: str
    referrer: Referral
    head: Entry | None


@dataclass(frozen=True)
class Purchase:
    """What of a purchase decides whether it rewards. `amount` is in minor units."""

    amount: int
    currency: str
    occurred_at: Millis


@dataclass(frozen=True)
class Reward:
    """The writes beside the invited member's own posting, and what is told of that one's part."""

    writes: Sequence[Write] = ()
    told: tuple[Explained, ...] = ()


def reward(
    referred: Referred | None, purchase: Purchase, posting: Posting, program: Program
) -> Reward:
    """What a purchase of an invited member gives to both; nothing for one that does not count.

    The invited member's part joins `posting`, which holds the purchase's grant and is not closed.
    The writes mean Stale.
    """
    terms = program.settings.referral
    if referred is None or terms is None or not _counts(purchase, terms, program):
        return Reward()
    grant = program.grant(purchase.occurred_at)
    source = Source(RULE, referred.member)
    own = _give(posting, terms.referred_points, grant, source, program)
    theirs, outcome = _give_referrer(referred, terms, grant, source, posting.at, program)
    done = update(
        "points",
        keys.referral(referred.member),
        "SET #status = :rewarded, #rewarded_at = :at, #outcome = :own, #referrer_outcome = :theirs",
        condition="#status = :accepted",
        rewarded="rewarded",
        accepted="accepted",
        at=posting.at,
        own=own,
        theirs=outcome,
    )
    return Reward([done, *theirs], (_told(own, terms.referred_points, program),))


def _counts(purchase: Purchase, terms: Referrals, program: Program) -> bool:
    in_currency = purchase.currency == program.settings.currency
    return in_currency and purchase.amount >= terms.minimum_amount


def _give_referrer(
    referred: Referred, terms: Referrals, grant: Grant, source: Source, at: Millis, program: Program
) -> tuple[list[Write], Outcome]:
    """The writes of the inviter's part; none for one who goes without."""
    referrer = referred.referrer
    if referrer.rewarded >= terms.rewards_max:
        return [], "rewards_max"
    posting = ledger.open_posting(referrer.member, referred.head, at)
    outcome = _give(posting, terms.referrer_points, grant, source, program)
    if outcome != "granted":
        return [], outcome
    counted = update(
        "points",
        keys.referral(referrer.member),
        "SET #rewarded = :next",
        condition="#rewarded = :was",
        was=referrer.rewarded,
        next=referrer.rewarded + 1,
    )
    return [counted, *append(posting)], outcome


def _give(posting: Posting, points: int, grant: Grant, source: Source, program: Program) -> Outcome:
    """Add a reward to a posting, or say why it goes without."""
    if not points:
        return "no_points"
    try:
        landed = program.landing(grant, posting.state)
        ledger.credit(posting, "earn", points, landed, source, rules=f"{RULE}:{program.version}")
    except AccountClosed:
        return "closed"
    except PointsLimit:
        return "points_limit"
    return "granted"


def _told(outcome: Outcome, points: int, program: Program) -> Explained:
    given = points if outcome == "granted" else 0
    reason = "the first purchase after an invitation that counts, beside what it earned"
    return Explained(RULE, program.version, given, 0, outcome, reason)
