"""Purchases and their refunds: granted once, taken back once, the same in every order."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mall.clock import Millis, instant
from mall.errors import Invalid
from mall.points.earning import (
    Purchase,
    Refund,
    check_time,
    duplicate,
    from_item,
    points_for,
    purchase_id,
    record,
)
from mall.points.ledger.entry import Entry
from mall.points.ledger.entry import from_item as entry_from_item
from mall.points.program import BaseRule, Program
from mall.points.views import EventRequest, EventView
from pydantic import ValidationError

from tests.builders import any_id

PROGRAM = Program()
NOW: Millis = 1_795_348_800_000  # 2026-11-22T12:00:00Z
AMOUNTS = st.integers(1, 100_000)


def _event(**changed: object) -> EventRequest:
    said = {
        "event_id": "p",
        "type": "purchase",
        "member": {"user_id": "m"},
        "occurred_at": instant(NOW),
        "currency": "USD",
        "lines": [{"quantity": 1, "amount": 10_000}],
    }
    return EventRequest.model_validate(said | changed)


def _purchase(amount: int) -> EventRequest:
    return _event(lines=[{"quantity": 1, "amount": amount}])


def _refund(amount: int | None = None) -> EventRequest:
    lines = [{"quantity": 1, "amount": amount}] if amount else []
    named = {"type": "purchase_refunded", "event_id": any_id(), "refunds_event_id": "p"}
    return _event(lines=lines, **named)


class _Shop:
    """One purchase and one member, with what was committed of them."""

    def __init__(self) -> None:
        self.known = Purchase("shop", "p", "m")
        self.chain: list[Entry] = []

    def tell(self, event: EventRequest) -> EventView:
        """Record an event as its handler does."""
        if repeated := duplicate(self.known, event):
            return repeated
        head = self.chain[-1] if self.chain else None
        writes, view = record(self.known, event, head, (), PROGRAM, NOW)
        for write in writes:
            if write.key["sk"] == "PURCHASE":
                self.known = from_item("shop", "p", "m", write.item)
            elif write.key["sk"].startswith("ENTRY#"):
                self.chain.append(entry_from_item(write.item))
        return view

    @property
    def available(self) -> int:
        """What the member holds."""
        return self.chain[-1].after.available if self.chain else 0


@given(amount=AMOUNTS, parts=st.lists(st.integers(1, 50_000), max_size=5), whole=st.booleans())
def should_take_back_exactly_the_share_that_was_refunded(
    amount: int, parts: Sequence[int], whole: bool
) -> None:
    """Case 25 for every split, and never more than was granted."""
    shop = _Shop()
    granted = shop.tell(_purchase(amount)).points
    assert granted == amount // 100
    refunded = 0
    for part in parts:
        shop.tell(_refund(part))
        refunded = min(amount, refunded + part)
        assert shop.available == granted - granted * refunded // amount
    if whole:
        shop.tell(_refund())
        assert shop.available == 0


@given(
    amount=AMOUNTS,
    parts=st.lists(st.integers(1, 50_000), min_size=1, max_size=4),
    order=st.randoms(use_true_random=False),
)
def should_come_to_the_same_end_in_every_order_of_arrival(
    amount: int, parts: Sequence[int], order: object
) -> None:
    """Case 31, with several partial refunds."""
    events = [_purchase(amount), *(_refund(part) for part in parts)]
    straight, shuffled = _Shop(), _Shop()
    for event in events:
        straight.tell(event)
    order.shuffle(events)  # type: ignore[attr-defined] # a generator of random numbers
    for event in [*events, *events]:
        shuffled.tell(event)
    assert shuffled.available == straight.available
    assert shuffled.known.granted == straight.known.granted
    assert shuffled.known.clawed_back == straight.known.clawed_back


def should_take_back_by_the_amount_stored_at_earning() -> None:
    """Case 27: the rule has changed between purchase and refund."""
    shop = _Shop()
    shop.tell(_purchase(10_000))
    richer = replace(PROGRAM, base_rule=BaseRule(version=2, points=5))
    writes, view = record(shop.known, _refund(), shop.chain[-1], (), richer, NOW)
    assert view.points == -100
    assert [w.item["points"] for w in writes if w.key["sk"].startswith("ENTRY#")] == [-100]


@pytest.mark.parametrize(
    ("rule", "amount", "points"),
    [
        (BaseRule(points=5, per_amount=250), 300, 5),  # case 1
        (BaseRule(), 99, 0),
        (BaseRule(), 100, 1),
        (BaseRule(points=3), 250, 6),
        (BaseRule(currency="EUR"), 100_000, None),
    ],
)
def should_give_for_every_whole_unit(rule: BaseRule, amount: int, points: int | None) -> None:
    given_points, why = points_for(rule, _purchase(amount))
    assert given_points == points
    assert (why.points, why.rule_id, why.version) == (points or 0, "base", 1)


def should_sum_the_lines_before_it_floors() -> None:
    lines = [{"quantity": 2, "amount": 50}, {"quantity": 1, "amount": 50}]
    assert points_for(BaseRule(), _event(lines=lines))[0] == 1


def should_meet_on_the_purchase() -> None:
    assert purchase_id(_purchase(1)) == "p"
    assert purchase_id(_refund()) == "p"


def should_know_what_arrived_before() -> None:
    shop, purchase, refund = _Shop(), _purchase(10_000), _refund(5_000)
    assert duplicate(shop.known, purchase) is None
    shop.tell(refund)
    assert duplicate(shop.known, purchase) is None
    shop.tell(purchase)
    for event, points in ((purchase, 100), (refund, -50)):
        again = duplicate(shop.known, event)
        assert again is not None
        assert (again.status, again.points) == ("duplicate", points)
    assert duplicate(shop.known, _refund(5_000)) is None


def should_come_back_from_its_item() -> None:
    shop = _Shop()
    shop.tell(_purchase(10_000))
    refund = _refund(1_234)
    shop.tell(refund)
    assert (shop.known.version, shop.known.granted, shop.known.revision) == (2, 100, 1)
    assert shop.known.refunds == {refund.event_id: Refund(1_234, "USD", 12, 12)}
    assert from_item("shop", "q", "m", None) == Purchase("shop", "q", "m")


def should_refuse_a_purchase_and_a_refund_of_two_members() -> None:
    with pytest.raises(Invalid) as wrong:
        from_item("shop", "p", "m", {"member": "another"})
    assert wrong.value.faults[0]["field"] == "member"


def should_write_a_purchase_only_over_what_was_read() -> None:
    purchase, *_ = record(Purchase("shop", "p", "m"), _purchase(100), None, (), PROGRAM, NOW)[0]
    assert purchase.condition == "attribute_not_exists(#pk)"
    known = replace(Purchase("shop", "p", "m"), version=3)
    purchase, *_ = record(known, _purchase(100), None, (), PROGRAM, NOW)[0]
    assert (purchase.condition, purchase.values) == ("#version = :version", {"version": 3})


@pytest.mark.parametrize(
    ("age_ms", "fine"),
    [(0, True), (90 * 86_400_000, True), (90 * 86_400_000 + 1, False), (-1, False)],
)
def should_take_events_of_the_last_days_only(age_ms: Millis, fine: bool) -> None:
    event = _event(occurred_at=instant(NOW - age_ms))
    if fine:
        check_time(event, PROGRAM, NOW)
        return
    with pytest.raises(Invalid) as wrong:
        check_time(event, PROGRAM, NOW)
    assert wrong.value.faults[0]["field"] == "occurred_at"


@pytest.mark.parametrize(
    "changed",
    [
        {"lines": []},
        {"currency": None},
        {"refunds_event_id": "q"},
        {"type": "purchase_refunded"},
        {"member": {}},
        {"member": {"user_id": "m", "email": "m@example.test"}},
        {"occurred_at": "2026-11-22T12:00:00"},
        {"occurred_at": NOW},
    ],
)
def should_refuse_half_an_event(changed: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        _event(**changed)
