"""The main story over HTTP: register, earn, redeem, receive; and what cancelling gives back."""

import httpx

from tests.e2e.mall import (
    any_key,
    any_member,
    any_product,
    eventually,
    give_points,
    order_of,
    partner,
)


def should_deliver_a_code_for_points_earned_by_a_purchase() -> None:
    """From the purchase event to the code; the coupon's last unit goes, and then it is sold out."""
    member, user_id = any_member()
    product = any_product(codes=1)
    give_points(user_id, 250)

    placed = member.told("POST", "/orders", order_of(product), key=any_key())
    assert placed["status"] == "placed"
    path = f"/orders/{placed['order_id']}"
    order = eventually(lambda: member.told("GET", path), lambda o: o["status"] == "fulfilled")
    assert len(order["delivery"]["codes"]) == 1
    assert [step["status"] for step in order["history"]] == ["placed", "fulfilling", "fulfilled"]

    balance = member.told("GET", "/points/balance")
    assert (balance["available"], balance["revision"]) == (150, 2)
    again = member.ask("POST", "/orders", order_of(product), key=any_key())
    assert (again.status_code, again.json()["code"]) == (409, "sold_out")
    late = member.ask("POST", f"{path}/cancel", key=any_key())
    assert (late.status_code, late.json()["code"]) == (409, "not_cancellable")
    assert (late.json()["status"], late.json()["order_status"]) == (409, "fulfilled")


def should_give_back_what_a_cancelled_order_took() -> None:
    """Points are as before; the fulfilment may have been faster, then another order is tried."""
    member, user_id = any_member()
    product = any_product(codes=5)
    give_points(user_id, 500)

    def cancelled() -> tuple[str, httpx.Response]:
        placed = member.told("POST", "/orders", order_of(product), key=any_key())
        path = f"/orders/{placed['order_id']}"
        return path, member.ask("POST", f"{path}/cancel", key=any_key())

    path, answer = eventually(cancelled, lambda tried: tried[1].is_success)
    assert answer.json()["status"] == "cancelled" == member.told("GET", path)["status"]
    delivered = len(member.told("GET", "/orders", limit=100)["items"]) - 1
    balance = member.told("GET", "/points/balance")
    assert balance["available"] == 500 - 100 * delivered
    entries = member.told("GET", "/points/entries", limit=2)["items"]
    assert [(entry["kind"], entry["points"]) for entry in entries] == [
        ("refund", 100),
        ("redeem", -100),
    ]


def should_answer_a_retry_as_before_even_when_the_order_took_everything() -> None:
    """36, 37, 39: same key and body, after the purse is empty and the shelf too."""
    member, user_id = any_member()
    product = any_product(codes=1)
    give_points(user_id, 100)
    key = any_key()
    first = member.ask("POST", "/orders", order_of(product), key=key)
    again = member.ask("POST", "/orders", order_of(product), key=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    other = member.ask("POST", "/orders", order_of(product, quantity=2), key=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert len(member.told("GET", "/orders")["items"]) == 1


def should_take_back_a_refunded_purchase_once() -> None:
    """43: the refund event repeated claws back once."""
    member, user_id = any_member()
    give_points(user_id, 40)
    purchase = member.told("GET", "/points/entries")["items"][0]["source"]
    event = {
        "event_id": any_key(),
        "type": "purchase_refunded",
        "member": {"user_id": user_id},
        "occurred_at": member.told("GET", "/points/balance")["as_of"],
        "refunds_event_id": purchase["id"],
    }
    statuses = [partner().told("POST", "/events", event)["status"] for _ in range(3)]
    assert statuses == ["clawed_back", "duplicate", "duplicate"]
    balance = member.told("GET", "/points/balance")
    assert (balance["available"], balance["debt"], balance["revision"]) == (0, 0, 2)
