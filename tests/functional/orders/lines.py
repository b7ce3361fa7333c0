"""Standing in line in a test: joining, and being settled by the consumer of the queue."""

from collections.abc import Sequence
from typing import Any

from mall.orders.queueing import RedeemQueued

from tests.functional.acts import any_product, try_to_place, waiting_messages
from tests.stage import handler

QUEUE = "redemptions"


def any_queued_product(points: int = 50, codes: int = 3, **changed: object) -> str:
    """A product on sale that is sold through the queue."""
    return any_product(points, codes, **{"stock_mode": "queued", **changed})


def join(
    member: str, product: str, points: int = 50, quantity: int = 1, key: str | None = None
) -> dict[str, Any]:
    """An order that was taken in."""
    answer = try_to_place(member, product, points, quantity, key)
    assert answer.status == 202, answer.body
    order: dict[str, Any] = answer.body
    return order


def standing() -> list[RedeemQueued]:
    """Who stands in line, taken out of it."""
    return [RedeemQueued.model_validate_json(body) for body in waiting_messages(QUEUE)]


def records(messages: Sequence[RedeemQueued | str], tries: int = 1) -> dict[str, Any]:
    """The event that hands messages over, each at this try; text is a body of the first group."""
    first = next((each.group for each in messages if isinstance(each, RedeemQueued)), "a group")
    return {
        "Records": [
            {
                "messageId": str(number),
                "receiptHandle": f"handle {number}",
                "attributes": {
                    "ApproximateReceiveCount": str(tries),
                    "MessageGroupId": first if isinstance(each, str) else each.group,
                },
                "body": each if isinstance(each, str) else each.model_dump_json(),
                "eventSource": "aws:sqs",
            }
            for number, each in enumerate(messages)
        ]
    }


def settle(*messages: RedeemQueued | str, tries: int = 1) -> list[str]:
    """Settle these, or whoever stands in line; the numbers of those that go back."""
    event = records(messages or standing(), tries)
    answer = handler("redeem_queued")(event, None)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
