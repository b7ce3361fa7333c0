"""Who calls, from the claims that the authorizer hands over."""

import pytest
from mall.errors import Forbidden
from mall.http.caller import NOBODY, Identity, groups, identify

from tests.events import Claims, http_event, member_claims, partner_claims


def _identify(claims: Claims | None, access: str) -> Identity:
    return identify(http_event("GET /v1/x", claims=claims), access)


@pytest.mark.parametrize(
    ("claim", "found"),
    [
        ("", set()),
        ("[]", set()),
        ("[admin]", {"admin"}),
        ("[admin operator]", {"admin", "operator"}),
        ("[admin,operator]", {"admin", "operator"}),
        ("admin", {"admin"}),
        ("[administrators]", {"administrators"}),
        ("[not-admin]", {"not-admin"}),
        ("[[admin]]", {"[admin]"}),
    ],
)
def should_split_groups_exactly(claim: str, found: set[str]) -> None:
    assert groups(claim) == found


def should_take_the_member_from_the_tokens_subject() -> None:
    claims = member_claims("m", "operator") | {"username": "another", "client_id": "third"}
    assert _identify(claims, "member") == Identity("m", frozenset({"operator"}))


def should_take_the_partner_from_the_tokens_client() -> None:
    assert _identify(partner_claims("shop", "mall/events"), "mall/events") == Identity("shop")


def should_look_at_no_claim_where_anyone_may_call() -> None:
    assert _identify(None, "anyone") is NOBODY
    assert _identify(member_claims("m", "admin"), "anyone") is NOBODY


@pytest.mark.parametrize(
    ("claims", "access"),
    [
        (None, "member"),
        ({}, "member"),
        (member_claims("m") | {"token_use": "id"}, "member"),
        (member_claims("m"), "admin"),
        (member_claims("m", "administrators"), "admin"),
        (member_claims("m", "operator"), "admin"),
        (member_claims("m"), "operator"),
        (member_claims("m", "admin"), "none"),
        (member_claims("m", "admin"), "mall/events"),
        (partner_claims("shop"), "mall/events"),
        (partner_claims("shop", "mall/event", "mall/eventsx"), "mall/events"),
        (partner_claims("shop", "mall/events"), "admin"),
    ],
)
def should_let_nobody_else_in(claims: Claims | None, access: str) -> None:
    with pytest.raises(Forbidden):
        _identify(claims, access)


@pytest.mark.parametrize(
    ("roles", "access"), [(["admin"], "admin"), (["admin"], "operator"), (["operator"], "operator")]
)
def should_let_a_role_in_where_it_may(roles: list[str], access: str) -> None:
    assert _identify(member_claims("m", *roles), access).id == "m"
