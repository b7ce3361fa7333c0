"""Standing in line: ids that say by themselves that they were given out, and to whom."""

from collections import Counter

from mall import keys
from mall.orders.items import from_item, to_item
from mall.orders.order import order_id
from mall.orders.queueing import is_queued, queued, rejected, shard_of, signed_id
from mall.orders.views import placed_view

from tests.builders import any_id, any_instant, any_member
from tests.unit.orders.line import any_asked

SECRET = b"a secret"


def should_know_an_id_that_was_given_out() -> None:
    member = any_member()
    derived = order_id(member, "key")
    signed = signed_id(derived, member, SECRET)
    assert signed == signed_id(derived, member, SECRET)
    assert is_queued(signed, member, SECRET)
    assert len(signed) <= 64  # what a path may hold


def should_know_no_other_id() -> None:
    member, other = any_member(), any_member()
    derived = order_id(member, "key")
    signed = signed_id(derived, member, SECRET)
    assert not is_queued(signed, other, SECRET)
    assert not is_queued(signed, member, b"another secret")
    for forged in (derived, f"{derived}-", signed[:-1], signed + "a", any_id(), "", "-", "ä-ö"):
        assert not is_queued(forged, member, SECRET), forged


def should_be_found_by_the_one_key_that_member_and_key_can_have() -> None:
    """Whatever signs the id: one key, one order, even when the secret is replaced meanwhile."""
    derived = any_id()
    ids = [derived, signed_id(derived, "m", SECRET), signed_id(derived, "m", b"another")]
    assert len(set(ids)) == 3
    assert [keys.order(each) for each in ids] == [keys.order(derived)] * 3


def should_come_back_from_its_item_with_the_id_that_was_told() -> None:
    asked = any_asked()
    order = rejected(asked, asked.enqueued_at + 5, "sold_out")
    assert from_item(to_item(order)) == order
    assert order.order_id == asked.order_id


def should_answer_when_it_is_decided_as_when_it_was_taken_in() -> None:
    asked = any_asked()
    waiting = placed_view(queued(asked))
    decided = placed_view(rejected(asked, asked.enqueued_at + 5, "limit_reached"))
    assert decided == waiting
    assert waiting.status == "queued"
    assert waiting.points == asked.points * asked.quantity


def should_say_why_it_was_rejected() -> None:
    asked, at = any_asked(), any_instant()
    order = rejected(asked, at, "failed")
    assert [(step.status, step.reason) for step in order.history] == [
        ("queued", ""),
        ("rejected", "failed"),
    ]
    assert order.history[1].at >= order.history[0].at
    assert (order.taken, order.spent_revision, order.limit_period) == ({}, 0, "")


def should_spread_orders_over_the_shards() -> None:
    shards = Counter(shard_of(any_id(), 8) for _ in range(4_000))
    assert set(shards) == set(range(8))
    assert min(shards.values()) > 350
    same = any_id()
    assert shard_of(same, 8) == shard_of(same, 8)
