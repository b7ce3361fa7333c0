"""What runs behind the API: redelivered messages, the dead-letter queue, the jobs."""

import json

from tests.e2e import aws, mall
from tests.e2e.mall import any_key, any_member, any_product, eventually, give_points, order_of
from tests.e2e.operating import days_ahead

_YEAR_AND_A_BIT = 400


def should_fulfil_once_however_often_the_message_comes() -> None:
    """60: five more messages for one order deliver no second code."""
    member, user_id = any_member()
    product = any_product(codes=3)
    give_points(user_id, 100)
    order_id = member.told("POST", "/orders", order_of(product), key=any_key())["order_id"]
    body = json.dumps({"order_id": order_id, "version": 1})
    for _ in range(5):
        aws.sqs().send_message(QueueUrl=mall.stack()["queues"]["fulfil"], MessageBody=body)
    order = eventually(
        lambda: member.told("GET", f"/orders/{order_id}"), lambda o: o["status"] == "fulfilled"
    )
    eventually(lambda: aws.waiting("fulfil"), lambda count: count == 0)
    assert member.told("GET", f"/orders/{order_id}") == order
    assert mall.Client().told("GET", f"/products/{product}")["stock_left"] == 2


def should_book_what_expired_and_change_no_balance() -> None:
    """The sweep shows in the statement what time had done; running it twice adds nothing."""
    member, user_id = any_member()
    give_points(user_id, 70)
    with days_ahead(_YEAR_AND_A_BIT):
        assert member.told("GET", "/points/balance")["available"] == 0
        assert member.told("GET", "/points/balance")["revision"] == 1
        aws.run("expire_points")
        balance = eventually(
            lambda: member.told("GET", "/points/balance"),
            lambda found: found["revision"] == 2,
            deadline_s=180,
        )
        assert balance["available"] == 0
        aws.run("expire_points")
        eventually(lambda: aws.waiting("expiry"), lambda count: count == 0, deadline_s=180)
        entries = member.told("GET", "/points/entries")["items"]
        assert [(entry["kind"], entry["points"]) for entry in entries] == [
            ("expire", -70),
            ("earn", 70),
        ]
    verdict = mall.admin().told("GET", f"/admin/points/{user_id}/verify")
    assert verdict == {"valid": True, "entries": 2}


def should_find_nothing_to_repair_when_the_relay_works() -> None:
    """The repair job runs with its own role on the deployed stack."""
    assert aws.run("repair_outbox")["told"] == 0
