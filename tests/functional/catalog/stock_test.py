"""Stock: it grows by codes or by movements with a reason, and shrinks by orders and by these."""

import random
from typing import Any

import pytest
from mall import keys
from mall.catalog.codes import CODES_PER_COMMIT_MAX
from mall.catalog.requests import ImportCodesRequest
from mall.clock import instant
from mall.errors import Stale
from mall.ids import derived_id, request_hash
from mall.store import Store, open_store

from tests.builders import any_id
from tests.events import Answer, member_claims
from tests.functional.acts import (
    ADMIN,
    any_draft,
    any_member_with,
    any_product,
    call,
    delist,
    everything,
    fulfil,
    import_codes,
    order_of,
    place,
    publish,
    shelf_holds,
    try_to_place,
)
from tests.functional.times import NOON, SECOND, Time

OTHER_ADMIN = member_claims("another", "admin")


def _import(
    product: str, codes: object, key: str = "", claims: Any = ADMIN, **more: object
) -> Answer:
    body = {"codes": codes} | more
    path = {"product_id": product}
    return call("import_codes", claims, path=path, body=body, key=key or any_id())


def _move(product: str, delta: object, key: str = "", **more: object) -> Answer:
    body = {"delta": delta, "reason": "lost in the post"} | more
    path = {"product_id": product}
    return call("move_stock", ADMIN, path=path, body=body, key=key or any_id())


def should_sell_without_end_though_no_shard_was_taught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its publishing died before the first shard; and it is off sale once that is answered."""
    member = any_member_with(100)
    product = any_draft(type="service", stock_mode="unlimited", shards=2)
    transact = Store.transact

    def dies_at_a_shard(store: Store, writes: Any) -> None:
        if any("STOCK" in write.key["sk"] for write in writes):
            raise RuntimeError
        transact(store, writes)

    with monkeypatch.context() as dying:
        dying.setattr(Store, "transact", dies_at_a_shard)
        path = {"product_id": product}
        assert call("publish_product", ADMIN, path=path).status == 500
    assert try_to_place(member, product).status == 201
    delist(product)
    assert try_to_place(member, product).code == "not_on_sale"


# --- importing -----------------------------------------------------------------------------------


def should_add_as_many_units_as_new_codes() -> None:
    product = any_product(codes=0, shards=2)
    answer = _import(product, ["a", "b", "c"])
    assert (answer.status, answer.body) == (201, {"imported": 3, "rejected": []})
    assert shelf_holds(product) == 3


def should_reject_by_row_what_is_known_or_repeated() -> None:
    product = any_product(codes=0)
    _import(product, ["a", "b"])
    answer = _import(product, ["x", "a", "y", " x ", "b", "x"])
    known, repeated = "this code is known already", "this code is repeated in the import"
    assert (answer.status, answer.body["imported"]) == (201, 2)
    assert answer.body["rejected"] == [
        {"row": 2, "code": "a", "reason": known},
        {"row": 4, "code": "x", "reason": repeated},
        {"row": 5, "code": "b", "reason": known},
        {"row": 6, "code": "x", "reason": repeated},
    ]
    assert shelf_holds(product) == 4


def should_reject_a_code_that_was_delivered() -> None:
    member, product = any_member_with(50), any_product(codes=0)
    (code,) = import_codes(product, 1)
    fulfil(place(member, product)["order_id"])
    assert _import(product, [code]).body["imported"] == 0
    assert shelf_holds(product) == 0


def should_make_no_stock_of_what_is_not_sold_by_codes() -> None:
    """Goods come by movements with a reason, and an unlimited product has no units."""
    for type_, stocked in (("physical", "direct"), ("service", "unlimited")):
        product = any_product(codes=0, type=type_, stock_mode=stocked)
        before = everything()
        answer = _import(product, ["a", "b"])
        assert (answer.status, answer.code) == (422, "invalid")
        assert [fault["field"] for fault in answer.body["errors"]] == ["product_id"]
        assert everything() == before


def should_keep_nothing_that_a_code_could_be_guessed_by() -> None:
    """The receipt is no plain digest of the request: a table reader could try short codes on it."""
    product = any_product(codes=0)
    _import(product, ["8841"], key="k")
    kept = [item["request_hash"] for item in everything()["catalog"] if "request_hash" in item]
    guess = request_hash("import_codes", ImportCodesRequest(codes=("8841",)))
    assert kept
    assert guess not in [bytes(each) for each in kept]


def should_take_the_same_code_for_another_product() -> None:
    for _ in range(2):
        assert _import(any_product(codes=0), ["a"]).body["imported"] == 1


def should_import_more_than_one_transaction_takes() -> None:
    count = 2 * CODES_PER_COMMIT_MAX + 1
    product = any_product(codes=0, shards=1)
    codes = [any_id() for _ in range(count)]
    assert _import(product, codes).body == {"imported": count, "rejected": []}
    assert shelf_holds(product) == count


def should_answer_a_retry_as_before_and_add_nothing() -> None:
    """Case 36; and what was rejected is rejected again."""
    product = any_product(codes=0)
    _import(product, ["b"])
    first = _import(product, ["a", "b", "c", "c"], key="k")
    before = everything()
    again = _import(product, ["a", "b", "c", "c"], key="k")
    assert (again.status, again.body) == (first.status, first.body)
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert everything() == before


def should_finish_an_import_that_died_half_way(monkeypatch: pytest.MonkeyPatch) -> None:
    product = any_product(codes=0, shards=3)
    codes = [f"code {number}" for number in range(9)]
    transact, done = Store.transact, list[object]()

    def dies_after_three(store: Store, writes: Any) -> None:
        if len(done) == 3:
            raise RuntimeError
        done.append(writes)
        transact(store, writes)

    with monkeypatch.context() as dying:
        dying.setattr(Store, "transact", dies_after_three)
        assert _import(product, codes, key="k").status == 500
    assert shelf_holds(product) == 6
    answer = _import(product, codes, key="k")
    assert (answer.status, answer.body) == (201, {"imported": 9, "rejected": []})
    assert shelf_holds(product) == 9


def should_refuse_other_codes_under_the_same_key() -> None:
    """Case 37; the keys of two admins (case 41) and of two products are apart."""
    product = any_product(codes=0)
    _import(product, ["a"], key="k")
    before = everything()
    answer = _import(product, ["b"], key="k")
    assert (answer.status, answer.code) == (422, "idempotency_key_reused")
    assert everything() == before
    assert _import(product, ["b"], key="k", claims=OTHER_ADMIN).body["imported"] == 1
    assert _import(any_product(codes=0), ["b"], key="k").body["imported"] == 1


def should_not_burn_the_key_of_a_refused_import() -> None:
    """Case 45."""
    product = any_product(codes=0)
    assert _import(product, [], key="k").status == 422
    assert _import(product, ["a"], key="k", sku="XL").status == 422
    assert _import(product, ["a"], key="k").status == 201


@pytest.mark.parametrize(
    ("codes", "field"),
    [
        ([], "codes"),
        (["x"] * 1001, "codes"),
        (["ok", ""], "codes.1"),
        (["ok", "x" * 201], "codes.1"),
        (["ok", 7], "codes.1"),
        ("abc", "codes"),
        (None, "codes"),
    ],
)
def should_refuse_what_are_no_codes(codes: object, field: str) -> None:
    product = any_draft()
    before = everything()
    answer = _import(product, codes)
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", [field])
    assert everything() == before


def should_refuse_a_code_of_blanks() -> None:
    answer = _import(any_draft(), ["ok", "   "])
    assert (answer.status, answer.fields) == (422, ["codes.1"])


# --- moving --------------------------------------------------------------------------------------


def should_take_units_away_and_log_why() -> None:
    product = any_product(codes=5, shards=2)
    answer = _move(product, -4, key="k")
    assert (answer.status, answer.body) == (200, {"stock_left": 1})
    assert shelf_holds(product) == 1
    (line,) = _log(product)["items"]
    assert line == {
        "movement_id": derived_id("move_stock", ADMIN["sub"], product, "k"),
        "at": instant(NOON),
        "sku": "default",
        "delta": -4,
        "reason": "lost in the post",
        "actor": ADMIN["sub"],
    }


def should_put_new_units_on_every_shard_alike() -> None:
    product = any_counted(shards=4)
    answer = _move(product, 10)
    assert (answer.status, answer.body) == (200, {"stock_left": 10})
    assert _shards(product, 4) == [2, 2, 3, 3]
    assert _move(product, 2).body == {"stock_left": 12}
    assert _shards(product, 4) == [3, 3, 3, 3]
    assert _move(product, -5).body == {"stock_left": 7}
    assert sum(_shards(product, 4)) == 7


def _shards(product: str, count: int) -> list[int]:
    items = [open_store().get("catalog", keys.stock(product, "default", n)) for n in range(count)]
    return sorted(item["available"] if item else 0 for item in items)


def any_counted(type_: str = "", **changed: Any) -> str:
    """The id of a draft whose units are counted, and are no codes."""
    return any_draft(type=type_ or random.choice(["physical", "service", "discount"]), **changed)


def should_stock_a_draft_before_it_is_ever_published() -> None:
    """The shards do not stand yet, and are made; publishing keeps what they hold."""
    product = any_counted(shards=3)
    assert _move(product, 7).status == 200
    assert publish(product)["stock_left"] == 7
    assert shelf_holds(product) == 7


def should_sell_what_was_added_and_no_more() -> None:
    product = any_counted("service", shards=2)
    _move(product, 1)
    publish(product)
    members = [any_member_with(50), any_member_with(50)]
    place(members[0], product)
    answer = try_to_place(members[1], product)
    assert (answer.status, answer.code) == (409, "sold_out")
    _move(product, 1)
    place(members[1], product)
    assert shelf_holds(product) == 0


@pytest.mark.parametrize("delta", [1, -1])
def should_refuse_to_move_what_is_not_counted(delta: int) -> None:
    product = any_counted(stock_mode="unlimited")
    before = everything()
    answer = _move(product, delta)
    assert (answer.status, answer.code) == (409, "stock_unlimited")
    assert everything() == before


def should_add_to_fewer_shards_the_longer_a_sale_keeps_them_busy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    product = any_counted(shards=16)
    transact, tried = Store.transact, list[int]()

    def conflicts(store: Store, writes: Any) -> None:
        tried.append(len(writes) - 2)  # the receipt and the line of the log are not rivalled
        if len(tried) < 6:
            raise Stale()
        transact(store, writes)

    monkeypatch.setattr(Store, "transact", conflicts)
    assert _move(product, 100).status == 200
    assert tried == [16, 8, 4, 2, 1, 1]
    assert shelf_left(product) == 100


def should_move_the_stock_of_one_sku() -> None:
    variants = [{"sku": "S", "name": "Small"}, {"sku": "L", "name": "Large"}]
    product = any_product(codes=0, variants=variants)
    import_codes(product, 2, sku="S")
    import_codes(product, 2, sku="L")
    assert _move(product, -2, sku="L").body == {"stock_left": 0}
    assert _move(product, -1).fields == ["sku"]
    assert shelf_holds(product) == 2


def should_move_the_stock_of_a_product_that_is_off_sale() -> None:
    product = any_product(codes=2)
    delist(product)
    assert _move(product, -1).body == {"stock_left": 1}


def should_leave_enough_codes_for_whatever_is_left() -> None:
    member, product = any_member_with(100), any_product(codes=3)
    _move(product, -1)
    orders = [place(member, product)["order_id"] for _ in range(2)]
    assert [fulfil(order) for order in orders] == [[], []]
    assert all(order_of(member, order)["delivery"]["codes"] for order in orders)


def should_refuse_to_add_what_only_codes_can_add() -> None:
    product = any_product(codes=1)
    before = everything()
    answer = _move(product, 1)
    assert (answer.status, answer.code) == (409, "stock_follows_codes")
    assert everything() == before


def should_refuse_to_take_more_than_there_is() -> None:
    product = any_product(codes=3, shards=2)
    before = everything()
    answer = _move(product, -4)
    assert (answer.status, answer.code) == (409, "insufficient_stock")
    assert answer.body["stock_left"] == 3
    assert everything() == before


@pytest.mark.parametrize("delta", [0, 1.5, -1.0, "-1", True, None, -(10**9) - 1, 10**9 + 1, 2**53])
def should_refuse_what_is_no_integer_but_0(delta: object) -> None:
    """Cases 3 and 4: 422, and nothing is written."""
    product = any_product(codes=1)
    before = everything()
    answer = _move(product, delta)
    assert (answer.status, answer.code) == (422, "invalid")
    assert everything() == before


def should_answer_a_repeated_movement_as_before() -> None:
    """Case 36, though the stock has moved on."""
    product = any_product(codes=5)
    first = _move(product, -2, key="k")
    _move(product, -1)
    before = everything()
    again = _move(product, -2, key="k")
    assert (again.status, again.body) == (first.status, first.body) == (200, {"stock_left": 3})
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert everything() == before


def should_refuse_another_movement_under_the_same_key() -> None:
    """Case 37, and before whatever else would be wrong with it."""
    product = any_product(codes=5)
    _move(product, -2, key="k")
    before = everything()
    for delta in (-1, 1, -100):
        answer = _move(product, delta, key="k")
        assert (answer.status, answer.code) == (422, "idempotency_key_reused")
    assert everything() == before


def should_not_burn_the_key_of_a_refused_movement() -> None:
    """Case 45."""
    product = any_product(codes=1)
    assert _move(product, -2, key="k").code == "insufficient_stock"
    assert _move(product, 2, key="k").code == "stock_follows_codes"
    import_codes(product, 1)
    assert _move(product, -2, key="k").status == 200


# --- the log ------------------------------------------------------------------------------------


def _log(product: str, **query: str) -> dict[str, Any]:
    path = {"product_id": product}
    answer = call("list_stock_movements", ADMIN, path=path, query=query)
    assert answer.status == 200, answer.body
    shown: dict[str, Any] = answer.body
    return shown


def shelf_left(product: str) -> int:
    """What is left of the only SKU of a product, a draft too."""
    left: int = _log(product)["stock"][0]["stock_left"]
    return left


def should_show_the_newest_movements_first_page_by_page(time: Time) -> None:
    product = any_counted()
    for delta in (5, -1, 3):
        _move(product, delta)
        time.forward(SECOND)
    first = _log(product, limit="2")
    rest = _log(product, limit="2", cursor=first["next_cursor"])
    assert [line["delta"] for line in first["items"] + rest["items"]] == [3, -1, 5]
    assert rest["next_cursor"] is None
    assert first["stock"] == rest["stock"] == [{"sku": "default", "stock_left": 7}]


def should_show_what_is_left_of_each_sku() -> None:
    variants = [{"sku": "S", "name": "Small"}, {"sku": "L", "name": "Large"}]
    product = any_counted(variants=variants)
    _move(product, 4, sku="L")
    expected = [{"sku": "S", "stock_left": 0}, {"sku": "L", "stock_left": 4}]
    assert _log(product)["stock"] == expected
    endless = any_counted(stock_mode="unlimited")
    assert _log(endless)["stock"] == [{"sku": "default", "stock_left": None}]


def should_take_no_cursor_of_another_product() -> None:
    product, other = any_counted(), any_counted()
    for _ in range(2):
        _move(product, 1)
    path, cursor = {"product_id": other}, _log(product, limit="1")["next_cursor"]
    answer = call("list_stock_movements", ADMIN, path=path, query={"cursor": cursor})
    assert (answer.status, answer.code) == (400, "bad_cursor")


# --- refusals ------------------------------------------------------------------------------------

BODIES: dict[str, dict[str, object]] = {
    "import_codes": {"codes": ["a"]},
    "move_stock": {"delta": -100, "reason": "x"},
}
PRECEDENCE = [
    (403, "forbidden"),
    (400, "malformed"),
    (422, "invalid"),
    (400, "idempotency_key_required"),
    (404, "not_found"),
    (422, "invalid"),
]


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("first", range(len(PRECEDENCE)))
def should_tell_the_first_refusal_and_write_nothing(name: str, first: int) -> None:
    """Each row is wrong in its own way and in every later one; the last is an unknown SKU."""
    product = any_product(codes=1)
    body = BODIES[name] | {"sku": "XL"} | ({"more": 1} if first <= 2 else {})
    before = everything()
    answer = call(
        name,
        member_claims("m", "operator") if first == 0 else ADMIN,
        path={"product_id": "unknown" if first <= 4 else product},
        body="{" if first <= 1 else body,
        key=None if first <= 3 else any_id(),
    )
    assert (answer.status, answer.code) == PRECEDENCE[first]
    assert answer.body["status"] == answer.status
    if first == 2:
        assert answer.fields == ["more"]
    if first == 5:
        assert answer.fields == ["sku"]
    assert everything() == before
