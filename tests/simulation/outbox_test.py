"""The outbox when the relay is down: the repair finds every order, and fulfilment happens once."""

from collections import Counter

import pytest
from mall import keys
from mall.writes import put

from functions.orders.relay_orders import relay_orders
from functions.orders.repair_outbox import repair_outbox
from tests.emulated import PRICE, EmulatedMall

HOUR_S = 3600


def _untold(mall: EmulatedMall, orders: int = 3, every_h: int = 1) -> list[str]:
    """Orders placed at intervals while no stream record is relayed; their buyers."""
    mall.sent()
    clean = {**keys.OUTBOX, "clean_until": mall.store.now()}
    mall.store.transact([put("orders", clean)])
    product = mall.product(codes=orders)
    buyers = mall.members([PRICE] * orders)
    for buyer in buyers:
        mall.place(buyer, product, "key")
        mall.ahead_s += every_h * HOUR_S
    return buyers


def should_bring_every_order_to_fulfilment_once(
    mall: EmulatedMall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Case 85: relay down for two days; one order was cancelled meanwhile, one just placed."""
    monkeypatch.setattr(keys, "STATUS_BUCKETS", 1)  # of two days' hours, in every state, in each
    buyers = _untold(mall, orders=12, every_h=4)
    mall.cancel(buyers[3], "key", "cancel")
    mall.ahead_s += HOUR_S
    [late] = mall.members([PRICE])
    mall.place(late, mall.product(codes=1), "key")
    assert repair_outbox.story() == {"told": 12}
    waiting = {buyer: mall.order(buyer, "key").order_id for buyer in buyers if buyer != buyers[3]}
    assert Counter(mall.sent()) == Counter(waiting.values())
    for buyer in waiting:
        mall.fulfil(buyer, "key")
        mall.fulfil(buyer, "key")
    statuses = Counter(order.status for order in mall.audit().orders.values())
    assert statuses == {"fulfilled": 11, "cancelled": 1, "placed": 1}


def should_send_nothing_a_second_time(mall: EmulatedMall) -> None:
    """What was told is told: a second run sends nothing, and later ones only what has changed."""
    buyers = _untold(mall)
    assert repair_outbox.story() == {"told": 3}
    assert len(mall.sent()) == 3
    assert (repair_outbox.story(), mall.sent()) == ({"told": 0}, [])
    mall.fulfil(buyers[0], "key")
    assert repair_outbox.story() == {"told": 0}, "the stream has its five minutes first"
    mall.ahead_s += HOUR_S
    assert (repair_outbox.story(), mall.sent()) == ({"told": 1}, [])
    assert not mall.order(buyers[0], "key").lagging


def should_leave_alone_what_the_relay_has_told(mall: EmulatedMall) -> None:
    """A relay that works leaves the repair nothing to do."""
    buyers = _untold(mall)
    for buyer in buyers:
        item = mall.store.get("orders", keys.order(mall.order(buyer, "key").order_id))
        assert item
        relay_orders.story(item)
        relay_orders.story(item)
    assert set(mall.sent()) == {mall.order(buyer, "key").order_id for buyer in buyers}
    assert (repair_outbox.story(), mall.sent()) == ({"told": 0}, [])


def should_be_seen_to_send_again_without_the_mark(
    mall: EmulatedMall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control: an outbox that does not note what it told is found by the second run."""
    _untold(mall)
    monkeypatch.setattr("mall.outbox.relayed", lambda order: put("users", keys.profile("nobody")))
    monkeypatch.setattr("mall.store.untold.put", lambda *_: put("users", keys.CLOCK))
    assert repair_outbox.story() == {"told": 3}
    with pytest.raises(AssertionError):
        assert repair_outbox.story() == {"told": 0}
