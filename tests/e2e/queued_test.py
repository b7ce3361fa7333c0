"""What is sold through the queue, on the deployed stack: lines, their consumer, dead letters."""

from collections import Counter

from mall.orders.queueing import RedeemQueued

from tests.e2e import aws, mall
from tests.e2e.mall import Client, any_key, any_product, eventually, member_with, order_of


def _outcome(member: Client, order_id: str) -> tuple[str, str]:
    """Status and reason of an order, once it has left the line."""
    order = eventually(
        lambda: member.told("GET", f"/orders/{order_id}"), lambda found: found["status"] != "queued"
    )
    told = [step for step in order["history"] if step["status"] in ("placed", "rejected")]
    return told[0]["status"], told[0].get("reason", "")


def should_settle_a_crowd_for_a_few_units() -> None:
    """Ten want six units: six are served, and four are told why not, at once or in their turn."""
    product = any_product(codes=6, stock_mode="queued", shards=2)
    members = [member_with(100)[0] for _ in range(10)]
    asked = [
        (member, member.ask("POST", "/orders", order_of(product), key=any_key()))
        for member in members
    ]
    outcomes = Counter(
        _outcome(member, answer.json()["order_id"])
        if answer.status_code == 202
        else ("rejected", answer.json()["code"])
        for member, answer in asked
    )
    assert outcomes == {("placed", ""): 6, ("rejected", "sold_out"): 4}
    left = [member.told("GET", "/points/balance")["available"] for member in members]
    assert Counter(left) == {0: 6, 100: 4}


def should_deliver_what_was_bought_in_line() -> None:
    product = any_product(codes=1, stock_mode="queued")
    member, _ = member_with(100)
    asked, key = order_of(product), any_key()
    first = member.told("POST", "/orders", asked, key=key)
    assert first["status"] == "queued"
    order = eventually(
        lambda: member.told("GET", f"/orders/{first['order_id']}"),
        lambda found: found["status"] == "fulfilled",
    )
    assert len(order["delivery"]["codes"]) == 1
    assert member.told("POST", "/orders", asked, key=key) == first


def should_reject_a_dead_letter() -> None:
    """As if every run of the consumer had died over it."""
    product = any_product(codes=1, stock_mode="queued")
    member, user_id = member_with(100)
    message = RedeemQueued(
        order_id=any_key(),
        member=user_id,
        product_id=product,
        product_name="A cup",
        product_type="coupon",
        sku="default",
        shard=0,
        quantity=1,
        points=100,
        quoted=False,
        address_id=None,
        request_hash="00" * 16,
        enqueued_at=1_795_348_800_000,
    )
    aws.sqs().send_message(
        QueueUrl=mall.stack()["queues"]["redemptions_dead_letter"],
        MessageBody=message.model_dump_json(),
        MessageGroupId=message.group,
        MessageDeduplicationId=message.order_id,
    )
    order = eventually(
        lambda: member.ask("GET", f"/orders/{message.order_id}"),
        lambda answer: answer.status_code == 200,
    ).json()
    assert (order["status"], order["history"][-1]["reason"]) == ("rejected", "failed")
    assert member.told("GET", "/points/balance")["available"] == 100
