"""What the API says no to, seen from outside: tokens, other people's things, bad input."""

import base64
import json
import time

import httpx
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.e2e import mall
from tests.e2e.mall import (
    Client,
    any_email,
    any_key,
    any_member,
    any_product,
    give_points,
    order_of,
)


def _part(text: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return found


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _signed_again(token: str, **changes: object) -> str:
    """The token with other claims, signed with the emulator's own key."""
    header, claims, _ = token.split(".")
    pool = str(_part(claims)["iss"]).rpartition("/")[2]
    keys = mall.stack_file().parent / "state/emulator/cognito-pool-keys"
    pem = (keys / f"{pool}-access.pem").read_bytes()
    key = serialization.load_pem_private_key(pem, password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    body = f"{header}.{_text(json.dumps(_part(claims) | changes).encode())}"
    signature = key.sign(body.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{body}.{_text(signature)}"


def should_accept_only_tokens_that_are_valid_now() -> None:
    """A token signed anew with the emulator's key passes; expired or tampered, it does not."""
    member, user_id = any_member()
    now = int(time.time())
    control = Client(_signed_again(member.token, exp=now + 600))
    assert control.told("GET", "/me")["user_id"] == user_id
    header, claims, signature = member.token.split(".")
    forged = _text(json.dumps(_part(claims) | {"sub": "somebody-else"}).encode())
    for bad in (
        _signed_again(member.token, exp=now - 1),
        f"{header}.{forged}.{signature}",
        f"{header}.{claims}.{signature[:-4]}AAAA",
        "nonsense",
        "",
    ):
        assert Client(bad).ask("GET", "/me").status_code == httpx.codes.UNAUTHORIZED


def should_not_log_in_with_a_wrong_password_or_an_unknown_address() -> None:
    """Both get the same answer, so nobody learns which addresses are registered."""
    email = any_email()
    body = {"email": email, "password": mall.PASSWORD, "name": "Ada"}
    Client().told("POST", "/users", body)
    Client().told("POST", "/users/confirm", {"email": email, "code": mall.SIGN_UP_CODE})
    wrong = Client().ask("POST", "/sessions", {"email": email, "password": "Wrong-horse-7"})
    unknown = Client().ask("POST", "/sessions", {"email": any_email(), "password": "Wrong-1-horse"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "wrong_credentials")
    assert wrong.json() == unknown.json()


def should_keep_members_partners_and_admins_apart() -> None:
    """Each token opens its own routes and no other."""
    member, user_id = any_member()
    assert mall.partner().ask("GET", "/me").status_code in (401, 403)
    assert member.ask("POST", "/events", {}).status_code in (401, 403)
    path = f"/admin/points/{user_id}/verify"
    refused = member.ask("GET", path)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert mall.admin().told("GET", path) == {"valid": True, "entries": 0}


def should_not_show_one_member_anothers_order() -> None:
    """Another member's order is as unknown as one that never was, and cannot be cancelled."""
    owner, owner_id = any_member()
    other, _ = any_member()
    give_points(owner_id, 100)
    placed = owner.told("POST", "/orders", order_of(any_product(codes=1)), key=any_key())
    path = f"/orders/{placed['order_id']}"
    never = other.ask("GET", "/orders/aaaaaaaaaaaaaaaaaaaaaaaaaa")
    for answer in (other.ask("GET", path), other.ask("POST", f"{path}/cancel", key=any_key())):
        assert answer.status_code == httpx.codes.NOT_FOUND
        assert answer.json() == never.json()


@pytest.mark.parametrize(
    ("body", "key", "status", "code"),
    [
        ({"quantity": 1, "surprise": 1}, "k", 422, "invalid"),
        ({"quantity": 1}, "", 400, "idempotency_key_required"),
        ({"quantity": 1}, "k" * 256, 400, "idempotency_key_required"),
        ({"quantity": 0}, "k", 422, "invalid"),
        ({"quantity": 1.5}, "k", 422, "invalid"),
        ({"quantity": 10**400}, "k", 422, "invalid"),
        ({"quantity": True}, "k", 422, "invalid"),
    ],
)
def should_refuse_an_order_that_is_not_one(
    body: dict[str, object], key: str, status: int, code: str
) -> None:
    """Bad input has a stable code, and nothing is written."""
    member, _ = any_member()
    asked = {"product_id": "a", "price": {"points": 1}} | body
    answer = member.ask("POST", "/orders", asked, key=key)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["X-Request-Id"]
    assert member.told("GET", "/orders") == {"items": [], "next_cursor": None}


@pytest.mark.parametrize(
    "body", ["[" * 100_000, '{"a": 1', '{"quantity": ' + "9" * 5000 + "}", "\ufeff{}", "[]", "1"]
)
def should_refuse_what_is_no_json_object(body: str) -> None:
    """Malformed, whatever was sent; never a failure of ours."""
    answer = mall.http().post(
        f"{mall.stack()['api_url']}/users",
        content=body,
        headers={"Content-Type": "application/json"},
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


def should_refuse_a_cursor_that_was_not_issued_for_this_list_and_caller() -> None:
    """Forged, cut, another member's, another list's: all are bad_cursor."""
    member, user_id = any_member()
    other, _ = any_member()
    for _ in range(2):
        give_points(user_id, 10)
    cursor = member.told("GET", "/points/entries", limit=1)["next_cursor"]
    page = member.told("GET", "/points/entries", limit=1, cursor=cursor)
    assert [entry["revision"] for entry in page["items"]] == [1]
    flipped = ("B" if cursor[0] == "A" else "A") + cursor[1:]
    for client, path, sent in (
        (member, "/points/entries", flipped),
        (member, "/points/entries", cursor[:-3]),
        (member, "/points/entries", "🂡"),
        (other, "/points/entries", cursor),
        (member, "/orders", cursor),
    ):
        answer = client.ask("GET", path, cursor=sent)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor"), sent
