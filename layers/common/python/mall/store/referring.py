"""Reading who invited whom: what accepting an invitation, and rewarding one, is decided on."""

from mall import keys
from mall.points.earning.standing import from_item as standing_from_item
from mall.points.referring import LINE_MAX, Invitation, Referral, Referred, from_item
from mall.store.client import Store
from mall.store.ledger import head


def referral(store: Store, member: str) -> Referral:
    """What stands of a member."""
    return from_item(member, store.get("points", keys.referral(member)))


def invitation(store: Store, member: str, code: str) -> Invitation:
    """What stands when a member accepts the invitation of this code."""
    own = referral(store, member)
    known = store.get("points", keys.invite(code))
    if known is None:
        return Invitation(own, head=head(store, member))
    referrer = known["member"]
    return Invitation(
        member=own,
        line=_line(store, referrer),
        head=head(store, member),
        referrer_head=head(store, referrer),
        purchases=standing_from_item(member, store.get("points", keys.standing(member))).purchases,
    )


def _line(store: Store, referrer: str) -> list[Referral]:
    """The inviter, who invited the inviter, and so on."""
    line = [referral(store, referrer)]
    while line[-1].referrer and len(line) < LINE_MAX:
        line.append(referral(store, line[-1].referrer))
    return line


def unrewarded(store: Store, member: str) -> Referred | None:
    """The invitation that a purchase of this member may reward. One read where there is none."""
    own = referral(store, member)
    if own.status != "accepted":
        return None
    return Referred(member, referral(store, own.referrer), head(store, own.referrer))
