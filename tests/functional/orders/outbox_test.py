"""The stream of orders, and `repair_outbox` for what the stream lost: told at least once."""

import json
from functools import partial
from typing import Any

import boto3
import pytest
from mall import keys
from mall.clock import instant
from mall.ids import derived_id
from mall.outbox import Outbox
from mall.store import open_store, untold
from mall.writes import put

from tests.functional.acts import (
    any_member_with,
    any_product,
    cancel,
    deliver,
    everything,
    follow,
    fulfil,
    order_of,
    place,
    waiting_messages,
)
from tests.functional.times import DAY, MINUTE, NOON, Time
from tests.stage import handler


@pytest.fixture
def bus(stage: None, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the bus was told; it takes everything."""
    told: list[dict[str, Any]] = []
    client: Any = boto3.client("events")
    put_events = client.put_events

    def listen(Entries: list[dict[str, Any]]) -> object:
        told.extend(Entries)
        return put_events(Entries=Entries)

    monkeypatch.setattr(client, "put_events", listen)
    return told


def _told_of(bus: list[dict[str, Any]], order: str) -> list[tuple[int, str]]:
    """Version and kind of what the bus was told of an order, in its order."""
    facts = [(json.loads(event["Detail"]), event["DetailType"]) for event in bus]
    return [(fact["version"], kind) for fact, kind in facts if fact["order_id"] == order]


def _item(order: str) -> dict[str, Any]:
    return open_store().get("orders", keys.order(order)) or {}


_follow = partial(follow, "relay_orders")


# --- the stream ----------------------------------------------------------------------------------


def should_ask_for_fulfilment_and_tell_the_bus_of_a_placed_order(bus: list[dict[str, Any]]) -> None:
    member, product = any_member_with(100), any_product(type="coupon")
    order = place(member, product, quantity=2)["order_id"]
    assert _follow(_item(order)) == []
    assert [json.loads(body) for body in waiting_messages("fulfil")] == [
        {"order_id": order, "version": 1}
    ]
    (event,) = bus
    assert (event["EventBusName"], event["Source"]) == ("bus", "points-mall.orders")
    assert event["DetailType"] == "order.placed"
    assert json.loads(event["Detail"]) == {
        "event_id": derived_id("order stepped", order, "1"),
        "schema_version": 1,
        "order_id": order,
        "version": 1,
        "member": member,
        "product_id": product,
        "product_type": "coupon",
        "sku": "default",
        "quantity": 2,
        "points": 100,
        "cash": None,
        "status": "placed",
        "points_refunded": 0,
        "cash_refunded": 0,
        "at": instant(NOON),
    }
    assert _item(order)["relayed_version"] == 1


def should_fulfil_from_the_message_that_it_sent() -> None:
    member = any_member_with(50)
    order = place(member, any_product())["order_id"]
    _follow(_item(order))
    (body,) = waiting_messages("fulfil")
    assert deliver("fulfil_order", body) == []
    assert order_of(member, order)["status"] == "fulfilled"


def should_ask_for_nothing_but_tell_of_an_order_that_is_over(bus: list[dict[str, Any]]) -> None:
    member, product = any_member_with(100), any_product()
    cancelled, fulfilled = (place(member, product)["order_id"] for _ in range(2))
    cancel(member, cancelled)
    fulfil(fulfilled)
    assert _follow(_item(cancelled), _item(fulfilled)) == []
    assert waiting_messages("fulfil") == []
    assert _told_of(bus, cancelled) == [(1, "order.placed"), (2, "order.cancelled")]
    assert _told_of(bus, fulfilled) == [
        (1, "order.placed"),
        (2, "order.fulfilling"),
        (3, "order.fulfilled"),
    ]


def should_never_tell_a_code(bus: list[dict[str, Any]]) -> None:
    order = place(any_member_with(50), any_product())["order_id"]
    fulfil(order)
    _follow(_item(order))
    assert len(bus) == 3
    assert not [event for event in bus if "codes" in json.loads(event["Detail"])]


def should_tell_nothing_twice_and_nothing_of_other_items(bus: list[dict[str, Any]]) -> None:
    order = place(any_member_with(50), any_product())["order_id"]
    _follow(_item(order))
    waiting_messages("fulfil")
    bus.clear()
    before = everything()
    progress = {**keys.OUTBOX, "clean_until": 1}
    assert _follow(_item(order), progress, None) == []
    assert (waiting_messages("fulfil"), bus) == ([], [])
    assert everything() == before


def should_tell_each_step_once_however_many_came_at_once(bus: list[dict[str, Any]]) -> None:
    order = place(any_member_with(50), any_product())["order_id"]
    _follow(_item(order))
    fulfil(order)
    _follow(_item(order))
    versions = [version for version, _ in _told_of(bus, order)]
    assert versions == [1, 2, 3]


def should_not_mark_a_newer_version_told_by_an_older_image() -> None:
    member = any_member_with(50)
    order = place(member, any_product())["order_id"]
    placed = _item(order)
    fulfil(order)
    assert _follow(placed) == []
    assert _item(order)["relayed_version"] == 0
    assert len(waiting_messages("fulfil")) == 1


def should_report_only_the_order_that_could_not_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    member, product = any_member_with(100), any_product()
    lost, sent = (place(member, product)["order_id"] for _ in range(2))
    publish = Outbox._publish

    def refuse(outbox: Outbox, order: Any) -> None:
        if order.order_id == lost:
            raise RuntimeError("the bus is down")
        publish(outbox, order)

    monkeypatch.setattr(Outbox, "_publish", refuse)
    assert _follow(_item(lost), _item(sent)) == ["0"]
    assert (_item(lost)["relayed_version"], _item(sent)["relayed_version"]) == (0, 1)


def should_not_mark_told_what_the_bus_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    order = place(any_member_with(50), any_product())["order_id"]
    monkeypatch.setattr(
        boto3.client("events"), "put_events", lambda **_: {"FailedEntryCount": 1, "Entries": []}
    )
    assert _follow(_item(order)) == ["0"]
    assert _item(order)["relayed_version"] == 0


# --- repair --------------------------------------------------------------------------------------


@pytest.fixture
def repaired() -> None:
    """The job has been running until now."""
    progress = {**keys.OUTBOX, "clean_until": NOON}
    open_store().transact([put("orders", progress)])


def _repair() -> int:
    told: int = handler("repair_outbox")({}, None)["told"]
    return told


def _wanted() -> list[str]:
    return sorted(json.loads(body)["order_id"] for body in waiting_messages("fulfil"))


def should_repair_what_has_lagged_for_five_minutes_and_not_before(
    time: Time, repaired: None
) -> None:
    order = place(any_member_with(50), any_product())["order_id"]
    time.forward(5 * MINUTE)
    assert (_repair(), _wanted()) == (0, [])
    time.forward(1)
    assert (_repair(), _wanted()) == (1, [order])
    assert _item(order)["relayed_version"] == 1
    time.forward(5 * MINUTE)
    assert (_repair(), _wanted()) == (0, [])


def should_leave_alone_what_the_stream_has_told(time: Time, repaired: None) -> None:
    order = place(any_member_with(50), any_product())["order_id"]
    _follow(_item(order))
    waiting_messages("fulfil")
    time.forward(10 * MINUTE)
    assert (_repair(), _wanted()) == (0, [])


def should_tell_every_order_once_after_two_days_without_a_relay(
    time: Time, repaired: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Case 85: what was placed, cancelled and fulfilled meanwhile, over many hours."""
    monkeypatch.setattr(keys, "STATUS_BUCKETS", 1)  # moto is slow to look into many
    member, product = any_member_with(100), any_product(1, codes=9)
    placed = []
    for _ in range(4):
        time.forward(11 * 60 * MINUTE)
        placed.append(place(member, product, 1)["order_id"])
    cancelled, fulfilled = (place(member, product, 1)["order_id"] for _ in range(2))
    cancel(member, cancelled)
    fulfil(fulfilled)
    time.forward(6 * MINUTE)
    assert _repair() == 6
    assert _wanted() == sorted(placed)
    assert (_repair(), _wanted()) == (0, [])
    for order in placed:
        assert fulfil(order) == []
        assert len(order_of(member, order)["delivery"]["codes"]) == 1
    time.forward(6 * MINUTE)
    assert (_repair(), _wanted()) == (4, [])


def should_look_back_on_a_stage_that_never_repaired(
    time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(untold, "_LOOK_BACK_MS", 3 * 60 * MINUTE)
    order = place(any_member_with(50), any_product(codes=1))["order_id"]
    time.forward(3 * 60 * MINUTE)
    assert (_repair(), _wanted()) == (1, [order])


def should_walk_a_longer_gap_in_several_runs(
    time: Time, repaired: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(untold, "_HOURS_MAX", 2)
    time.forward(5 * 60 * MINUTE)
    order = place(any_member_with(50), any_product(codes=1))["order_id"]
    time.forward(6 * MINUTE)
    assert [_repair() for _ in range(4)] == [0, 0, 1, 0]
    assert _wanted() == [order]


def should_go_on_where_a_run_died(
    time: Time, repaired: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = place(any_member_with(50), any_product())["order_id"]
    time.forward(6 * MINUTE)
    with monkeypatch.context() as dying:
        dying.setattr(Outbox, "tell", _dies)
        with pytest.raises(RuntimeError):
            _repair()
    time.forward(5 * MINUTE)
    assert (_repair(), _wanted()) == (1, [order])


def _dies(*_: object) -> None:
    raise RuntimeError


@pytest.fixture
def untellable(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Orders that the bus refuses while they are in here."""
    refused: set[str] = set()
    publish = Outbox._publish

    def refuse(outbox: Outbox, order: Any) -> None:
        if order.order_id in refused:
            raise RuntimeError("the bus does not want it")
        publish(outbox, order)

    monkeypatch.setattr(Outbox, "_publish", refuse)
    monkeypatch.setattr(keys, "STATUS_BUCKETS", 1)  # moto is slow to look into many
    return refused


def should_keep_telling_others_however_long_one_cannot_be_told(
    time: Time, repaired: None, untellable: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(untold, "_HOURS_MAX", 2)
    member, product = any_member_with(100), any_product(codes=2)
    lost = place(member, product)["order_id"]
    untellable.add(lost)
    time.forward(6 * 60 * MINUTE)
    sent = place(member, product)["order_id"]
    time.forward(6 * MINUTE)
    for _ in range(4):
        with pytest.raises(RuntimeError, match="1 orders"):
            _repair()
    assert (_item(lost)["relayed_version"], _item(sent)["relayed_version"]) == (0, 1)
    untellable.clear()
    assert (_repair(), _item(lost)["relayed_version"]) == (1, 1)
    assert _repair() == 0


def should_stay_where_it_is_while_more_cannot_be_told_than_are_noted(
    time: Time, repaired: None, untellable: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.orders.repair_outbox.NOTED_MAX", 1)
    member, product = any_member_with(150), any_product()
    orders = [place(member, product)["order_id"] for _ in range(3)]
    untellable.update(orders[:2])
    time.forward(6 * MINUTE)
    with pytest.raises(RuntimeError, match="2 orders"):
        _repair()
    assert _item(orders[2])["relayed_version"] == 1
    assert (open_store().get("orders", keys.OUTBOX) or {})["clean_until"] == NOON
    untellable.clear()
    assert _repair() == 2


def should_outlive_a_clock_that_is_set_back(time: Time, repaired: None) -> None:
    time.set(NOON - DAY)
    order = place(any_member_with(50), any_product(codes=1))["order_id"]
    time.forward(6 * MINUTE)
    assert (_repair(), _wanted()) == (1, [order])
