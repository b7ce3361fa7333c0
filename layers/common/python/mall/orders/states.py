"""The states of an order, and which may follow which. Nothing else decides that."""

from collections.abc import Mapping
from typing import Literal, get_args

Status = Literal[
    "queued", "rejected", "pending_payment", "placed", "cancelled", "fulfilling",
    "fulfilment_failed", "fulfilled", "shipped", "completed", "return_requested", "returned",
    "refunded",
]  # fmt: skip
STATUSES: tuple[Status, ...] = get_args(Status)

_NEXT: Mapping[Status, tuple[Status, ...]] = {
    "queued": ("placed", "rejected"),
    "rejected": (),
    "pending_payment": ("placed", "cancelled"),
    "placed": ("fulfilling", "cancelled"),
    "cancelled": (),
    "fulfilling": ("fulfilled", "shipped", "fulfilment_failed"),
    "fulfilment_failed": ("fulfilling", "refunded"),
    "fulfilled": ("return_requested",),
    "shipped": ("completed", "return_requested"),
    "completed": ("return_requested",),
    "return_requested": ("returned",),
    "returned": ("refunded",),
    "refunded": (),
}
CANCELLABLE: tuple[Status, ...] = ("pending_payment", "placed")
RETURNABLE: tuple[Status, ...] = ("fulfilled", "shipped", "completed")


def follows(before: Status, after: Status) -> bool:
    """Whether an order may go from one state to the other."""
    return after in _NEXT[before]


def way_to_refund(status: Status) -> tuple[Status, ...]:
    """The states that an order passes when it is refunded now; none where it cannot be.

    A refund of something that was delivered is a return that the merchant takes without asking for
    it. An order that is refunded in part stays refunded when more follows.
    """
    path: list[Status] = ["return_requested", "returned", "refunded"]
    if status == "fulfilment_failed":
        return ("refunded",)
    if status in RETURNABLE:
        return tuple(path)
    if status in path:
        return tuple(path[path.index(status) + 1 :]) or ("refunded",)
    return ()
