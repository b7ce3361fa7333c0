"""An order: its key, its item, its changes, and the order of the writes that place it."""

from dataclasses import replace

import pytest
from mall.errors import (
    AlreadyDone,
    IdempotencyKeyReused,
    InsufficientPoints,
    NotCancellable,
    NotFound,
)
from mall.orders import changes, placing
from mall.orders.order import (
    STATUSES,
    from_item,
    hour,
    open_work_key,
    order_id,
    terminal,
    to_item,
)
from mall.orders.views import PlaceOrderRequest, PriceSeen, detail, placed_view
from mall.points.ledger import Grant, credit, open_posting
from mall.points.ledger.entry import Entry, Source
from mall.points.program import PROGRAM
from pydantic import ValidationError

from tests.builders import any_instant, any_member, any_order, any_product, lot

NOW = any_instant()
LOT = lot("20991231")


def _head(member: str, points: int) -> Entry:
    posting = open_posting(member, None, NOW)
    credit(posting, "earn", points, Grant(LOT), Source("purchase", "p"))
    return posting.entries[-1]


def _request(**changed: object) -> PlaceOrderRequest:
    said = {"product_id": "p", "quantity": 2, "price": PriceSeen(points=50)} | changed
    return PlaceOrderRequest.model_validate(said)


# --- the item ------------------------------------------------------------------------------------


def should_come_back_from_its_item() -> None:
    order = any_order()
    assert from_item(to_item(order)) == order
    later = replace(order, codes=(b"sealed",), cancel_key="k", status="fulfilled", version=3)
    kept = to_item(later) | {"codes": [b"sealed"], "cancel_key": "k"}
    assert from_item(kept) == later


def should_have_the_only_id_that_member_and_key_can_have() -> None:
    assert order_id("m", "k") == order_id("m", "k")
    ids = {order_id("m", "k"), order_id("m", "k2"), order_id("m2", "k"), order_id("mk", "")}
    assert len(ids) == 4


def should_stand_in_the_open_work_index_by_status_and_hour() -> None:
    order = any_order()
    where = open_work_key(order, order.placed_at)
    assert where["gsi2pk"].startswith(f"OPEN#placed#{hour(order.placed_at)}#")
    assert where["gsi2sk"] == f"{order.placed_at:013d}#{order.order_id}"
    buckets = {open_work_key(any_order(), 0)["gsi2pk"][-1] for _ in range(200)}
    assert buckets == {"0", "1", "2", "3"}


def should_know_where_an_order_ends() -> None:
    assert [status for status in STATUSES if terminal(status)] == ["cancelled", "fulfilled"]


def should_lag_until_the_newest_version_was_told() -> None:
    order = any_order()
    assert order.lagging
    assert not replace(order, relayed_version=1).lagging
    assert replace(order, relayed_version=1, version=2).lagging


# --- placing -------------------------------------------------------------------------------------


def should_write_the_order_first_so_that_a_retry_is_answered_before_all_else() -> None:
    member, product = any_member(), any_product(points=50, limit_per_member=9)
    asked = placing.draft(member, "k", _request())
    writes, view = placing.place(asked, product, {3: 2}, _head(member, 100), PROGRAM, NOW)
    assert [write.table for write in writes] == ["orders", "points", "catalog", "catalog"]
    assert writes[0].condition == "attribute_not_exists(#pk)"
    assert isinstance(writes[0].refused({"pk": "x"}), AlreadyDone)
    assert (view.order_id, view.points, view.quantity) == (order_id(member, "k"), 100, 2)
    stored = from_item(writes[0].item)
    assert (stored.taken, stored.limited, stored.spent_revision) == ({"3": 2}, True, 2)
    assert placed_view(stored) == view


def should_cost_quantity_times_price_and_not_a_point_more() -> None:
    member, product = any_member(), any_product(points=50)
    asked = placing.draft(member, "k", _request(quantity=3))
    with pytest.raises(InsufficientPoints) as short:
        placing.place(asked, product, {0: 3}, _head(member, 149), PROGRAM, NOW)
    assert short.value.facts == {"available": 149}
    placing.place(asked, product, {0: 3}, _head(member, 150), PROGRAM, NOW)


def should_answer_the_same_request_only() -> None:
    asked = placing.draft("m", "k", _request())
    order = replace(any_order(), request_hash=asked.request_hash, status="cancelled")
    again = placing.replay(asked, order)
    assert (again.status, again._replayed) == ("placed", True)
    for changed in ({"quantity": 3}, {"price": PriceSeen(points=51)}, {"sku": "S"}):
        with pytest.raises(IdempotencyKeyReused):
            placing.replay(placing.draft("m", "k", _request(**changed)), order)


@pytest.mark.parametrize(
    "changed",
    [
        {"quantity": 0},
        {"quantity": 21},
        {"quantity": 1.0},
        {"price": {"points": 0}},
        {"price": {"points": 1, "cash_amount": 5}},
        {"product_id": ""},
        {"more": 1},
    ],
)
def should_refuse_what_is_no_request(changed: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        _request(**changed)


# --- changes -------------------------------------------------------------------------------------


def should_belong_to_its_member_or_not_be_known() -> None:
    order = any_order()
    assert changes.owned(order, order.member) is order
    for found, member in ((order, "another"), (None, order.member)):
        with pytest.raises(NotFound):
            changes.owned(found, member)


@pytest.mark.parametrize("status", ["fulfilling", "fulfilled", "cancelled"])
def should_refuse_to_cancel_what_has_moved_on(status: str) -> None:
    order = replace(any_order(), status=status)  # type: ignore[arg-type] # a status
    with pytest.raises(NotCancellable) as refused:
        changes.cancel(order, None, None, NOW, "k")  # type: ignore[arg-type] # not looked at
    assert refused.value.facts == {"order_status": status}


def should_change_an_order_only_from_the_version_that_was_read() -> None:
    order = any_order()
    write = changes.fulfil(order, [b"sealed"], order.placed_at + 5)
    assert write.condition == "#status = :was AND #version = :version"
    assert (write.values["was"], write.values["version"]) == ("placed", 1)
    assert (write.values["status"], write.values["next_version"]) == ("fulfilled", 3)
    assert write.values["gsi2pk"].startswith("OPEN#fulfilled#")
    assert [line[1] for line in write.values["history"]] == ["placed", "fulfilling", "fulfilled"]


def should_never_let_an_orders_history_run_backwards() -> None:
    order = any_order()
    write = changes.fulfil(order, [], order.placed_at - 1000)
    instants = [line[0] for line in write.values["history"]]
    assert instants == sorted(instants)


def should_leave_the_open_work_index_when_all_is_done_and_told() -> None:
    order = any_order()
    assert "REMOVE" not in changes.relayed(order).update
    for status in ("cancelled", "fulfilled"):
        write = changes.relayed(replace(order, status=status, version=2))
        assert write.update.endswith("REMOVE #gsi2pk, #gsi2sk")
        assert write.condition == "#version = :version AND #relayed_version < :version"


def should_show_codes_to_whoever_was_given_them() -> None:
    order = any_order()
    assert detail(order).delivery is None
    shown = detail(order, ["a", "b"]).delivery
    assert shown is not None
    assert shown.codes == ["a", "b"]
