"""Files of products and codes: checked whole, brought in once, whatever dies or comes twice."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from mall import keys
from mall.store import Store, open_store
from mall.store.imports import Importer, read_import

from tests.builders import any_id
from tests.events import Answer
from tests.functional.acts import (
    ADMIN,
    any_draft,
    any_import,
    any_import_request,
    any_product,
    call,
    deliver,
    everything,
    import_codes,
    publish,
    shelf_holds,
    upload_import,
    waiting_messages,
)

HEADER = "name,type,category,points"
UNKNOWN = "0" * 26


def _file(rows: Sequence[str], header: str = HEADER) -> bytes:
    return "\r\n".join([header, *rows, ""]).encode()


def _products(count: int) -> bytes:
    return _file([f"Mug {n},physical,home,{n + 1}" for n in range(count)])


def _codes(count: int) -> bytes:
    return _file([f"CODE-{any_id()}" for _ in range(count)], "code")


def _start(import_id: str) -> Answer:
    return call("start_import", ADMIN, path={"import_id": import_id})


def _state(import_id: str) -> dict[str, Any]:
    answer = call("get_import", ADMIN, path={"import_id": import_id})
    assert answer.status == 200, answer.body
    state: dict[str, Any] = answer.body
    return state


def _deliver_all() -> None:
    """Run what waits until nothing does."""
    while bodies := waiting_messages("imports"):
        assert deliver("run_import", *bodies) == []


def _imported(content: bytes, product: str | None = None) -> dict[str, Any]:
    import_id = any_import(content, product)
    assert _start(import_id).status == 202
    _deliver_all()
    return _state(import_id)


def _kinds(prefix: str) -> list[dict[str, Any]]:
    return [item for item in everything()["catalog"] if item["pk"].startswith(prefix)]


def _files(import_id: str) -> set[str]:
    listed = boto3.client("s3").list_objects_v2(Bucket="files", Prefix=f"imports/{import_id}/")
    return {each["Key"].rpartition("/")[2] for each in listed.get("Contents", [])}


def _listed_ids(state: dict[str, Any]) -> dict[str, str]:
    """Product ids by row, from where the link leads."""
    found = re.search(r"(imports/[^?]+)\?", state["products_url"])
    assert found
    body = boto3.client("s3").get_object(Bucket="files", Key=found.group(1))["Body"].read()
    rows = csv.DictReader(io.StringIO(body.decode()))
    return {row["row"]: row["product_id"] for row in rows}


# --- beginning -----------------------------------------------------------------------------------


def should_begin_with_a_link_and_wait() -> None:
    answer = call("create_import", ADMIN, body=any_import_request(), key="k")
    assert answer.status == 201
    assert answer.body["headers"] == {"Content-Type": "text/csv"}
    import_id = answer.body["import_id"]
    assert f"imports/{import_id}/upload.csv" in answer.body["upload_url"]
    expected = {"kind": "products", "rows": 0, "done": 0, "errors": [], "errors_more": 0}
    assert _state(import_id) == expected | {"import_id": import_id, "status": "waiting"}


def should_begin_once_per_key() -> None:
    first = call("create_import", ADMIN, body=any_import_request(), key="k")
    before = everything()
    again = call("create_import", ADMIN, body=any_import_request(), key="k")
    assert again.body["import_id"] == first.body["import_id"]
    assert again.headers["idempotent-replayed"] == "true"
    body = any_import_request(any_product())
    before = everything()
    assert call("create_import", ADMIN, body=body, key="k").code == "idempotency_key_reused"
    assert call("create_import", ADMIN, body=body).code == "idempotency_key_required"
    assert everything() == before


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "users"},
        {"kind": "codes"},
        {"kind": "products", "product_id": UNKNOWN},
        {"kind": "products", "sku": "x"},
        {"kind": "products", "rows": 3},
    ],
)
def should_refuse_what_is_no_import(body: dict[str, str]) -> None:
    answer = call("create_import", ADMIN, body=body, key="k")
    assert (answer.status, answer.code) == (422, "invalid")


def should_import_codes_only_where_codes_are_delivered() -> None:
    for product, sku, expected in (
        (UNKNOWN, None, "not_found"),
        (any_draft(type="physical"), None, "invalid"),
        (any_draft(), "other", "invalid"),
    ):
        body = any_import_request(product) | ({"sku": sku} if sku else {})
        assert call("create_import", ADMIN, body=body, key=any_id()).code == expected


# --- starting ------------------------------------------------------------------------------------


def should_not_start_without_a_file() -> None:
    import_id = any_import()
    answer = _start(import_id)
    assert (answer.status, answer.code, answer.body["reason"]) == (409, "bad_upload", "missing")
    assert _state(import_id)["status"] == "waiting"
    assert waiting_messages("imports") == []


def should_not_start_with_too_large_a_file() -> None:
    answer = _start(any_import(bytes(10 * 1024 * 1024 + 1)))
    assert (answer.code, answer.body["reason"]) == ("bad_upload", "size")


def should_not_know_an_import_that_never_was() -> None:
    assert _start(UNKNOWN).code == "not_found"
    assert call("get_import", ADMIN, path={"import_id": UNKNOWN}).code == "not_found"


def should_start_once_and_tell_the_queue_again() -> None:
    import_id = any_import(_products(1))
    first, before = _start(import_id), everything()
    assert (first.status, first.body["status"]) == (202, "validating")
    assert _start(import_id).body == first.body
    assert everything() == before
    assert len(waiting_messages("imports")) == 2


def should_not_start_again_what_is_done() -> None:
    state = _imported(_products(1))
    answer = _start(state["import_id"])
    assert (answer.status, answer.body["status"]) == (202, "done")
    assert waiting_messages("imports") == []


# --- products ------------------------------------------------------------------------------------


def should_bring_products_in_as_drafts_with_all_that_a_row_says() -> None:
    header = (
        "name,type,category,points,cash_amount,cash_currency,description,stock_mode,shards,"
        "limit_per_member,limit_per,tiers,on_sale_from,on_sale_until,stock,attributes"
    )
    row = (
        '"Mug, ""blue""",physical,home,50,250,USD,"Two\nlines",direct,2,3,week,gold;silver,'
        "2026-11-01T00:00:00Z,2026-12-01T00:00:00Z,7,color=blue; size=big"
    )
    state = _imported(_file([row], header))
    assert (state["status"], state["rows"], state["done"]) == ("done", 1, 1), state
    [product] = _listed_ids(state).values()
    assert call("get_product", path={"product_id": product}).code == "not_found"
    shown = publish(product)
    expected = {
        "name": 'Mug, "blue"',
        "description": "Two\nlines",
        "limit_per_member": {"units": 3, "per": "week"},
        "tiers": ["gold", "silver"],
        "attributes": {"color": "blue", "size": "big"},
        "stock_left": 7,
    }
    assert {name: shown[name] for name in expected} == expected
    assert shown["price"]["cash"] == {"amount": 250, "currency": "USD"}
    assert shown["on_sale_until"].startswith("2026-12-01T00:00:00")
    [logged] = [item for item in _kinds("PRODUCT#") if item["sk"].startswith("MOVEMENT#")]
    assert (logged["delta"], logged["actor"]) == (7, "the-admin")


def should_name_new_products_by_row() -> None:
    ids = _listed_ids(_imported(_products(3)))
    assert list(ids) == ["2", "3", "4"]
    assert [publish(product)["price"]["points"] for product in ids.values()] == [1, 2, 3]


def should_hold_each_row_to_the_request_of_a_single_product() -> None:
    rows = [
        "Mug,physical,home,5,,direct",
        ",physical,home,5,,",
        "Mug,toy,Home!,many,,",
        "Mug,physical,home,0,,",
        "Mug,coupon,home,5,,unlimited",
        "Mug,coupon,home,5,3,",
        "Mug,physical,home,5,-1,",
    ]
    before = everything()
    state = _imported(_file(rows, f"{HEADER},stock,stock_mode"))
    assert state["status"] == "rejected"
    assert {(each["row"], each["column"]) for each in state["errors"]} == {
        (3, "name"),
        (4, "type"),
        (4, "category"),
        (4, "points"),
        (5, "points"),
        (6, "stock_mode"),
        (7, "stock"),
        (8, "stock"),
    }
    assert [item["pk"] for item in everything()["catalog"]] == [f"IMPORT#{state['import_id']}"]
    assert before["catalog"] == []


def should_refuse_a_row_that_comes_twice() -> None:
    state = _imported(_file(["Mug,physical,home,5", "Cup,physical,home,5", "Mug,physical,home,5"]))
    [wrong] = state["errors"]
    assert (state["status"], wrong["row"], wrong["column"]) == ("rejected", 4, "")
    assert "row 2" in wrong["message"]


def should_show_the_first_thousand_errors_and_count_the_rest() -> None:
    state = _imported(_file([f"Mug {n},toy,home,5" for n in range(1005)]))
    assert (len(state["errors"]), state["errors_more"]) == (1000, 5)


# --- codes ---------------------------------------------------------------------------------------


def should_bring_codes_in_with_their_units() -> None:
    product = any_product(codes=0)
    state = _imported(_codes(101), product)
    assert (state["status"], state["rows"], state["done"]) == ("done", 101, 101)
    assert shelf_holds(product) == 101
    assert len(_kinds("POOL#")) == len(_kinds("CODE#")) == 101
    assert "products_url" not in state
    shards = [item["available"] for item in _kinds("STOCK#")]
    assert sorted(shards) == [40, 61]


def should_refuse_known_and_repeated_codes_without_ever_repeating_one() -> None:
    product = any_product(codes=0)
    [known] = import_codes(product, 1)
    content = _file(["fresh", known, "twice", "twice", "x" * 201, "bad\tcode"], "code")
    state = _imported(content, product)
    assert state["status"] == "rejected"
    assert [(each["row"], each["column"]) for each in state["errors"]] == [
        (3, "code"),
        (5, "code"),
        (6, "code"),
        (7, "code"),
    ]
    told = json.dumps(state)
    assert not any(code in told for code in ("fresh", known, "twice", "xxxx", "bad"))
    assert shelf_holds(product) == 1


def should_leave_a_code_that_came_in_elsewhere_meanwhile_where_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    product = any_product(codes=0)
    codes = [any_id() for _ in range(3)]
    import_id = any_import(_file(codes, "code"), product)
    _start(import_id)

    def rival(self: Importer, *rest: Any) -> bool:
        body = {"codes": codes[:1]}
        call("import_codes", ADMIN, path={"product_id": product}, body=body, key=any_id())
        return bring_in(self, *rest)

    bring_in = Importer._bring_in
    monkeypatch.setattr(Importer, "_bring_in", rival)
    _deliver_all()
    state = _state(import_id)
    assert (state["status"], state["done"], len(state["errors"])) == ("done", 3, 1)
    assert shelf_holds(product) == len(_kinds("POOL#")) == 3


# --- the file ------------------------------------------------------------------------------------


def should_leave_no_file_with_codes_behind() -> None:
    state = _imported(_codes(1), any_product(codes=0))
    assert _files(state["import_id"]) == set()
    assert _files(_imported(_products(1))["import_id"]) == {"products.csv"}
    assert _files(_imported(b"nonsense")["import_id"]) == set()


def should_reject_a_file_that_was_replaced_after_the_start() -> None:
    import_id = any_import(_products(1))
    _start(import_id)
    upload_import(import_id, _products(2))
    _deliver_all()
    state = _state(import_id)
    assert state["status"] == "rejected"
    assert "replaced" in state["errors"][0]["message"]


def should_reject_a_file_that_is_gone() -> None:
    import_id = any_import(_products(1))
    _start(import_id)
    boto3.client("s3").delete_object(Bucket="files", Key=f"imports/{import_id}/upload.csv")
    _deliver_all()
    assert _state(import_id)["status"] == "rejected"


def should_go_on_with_the_file_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.catalog.run_import._RUN_S", 0)
    import_id = any_import(_products(50))
    _start(import_id)
    deliver("run_import", *waiting_messages("imports"))
    bodies = waiting_messages("imports")
    upload_import(import_id, _products(90))
    while bodies:
        deliver("run_import", *bodies)
        bodies = waiting_messages("imports")
    state = _state(import_id)
    assert (state["status"], state["done"], len(_drafts())) == ("done", 50, 50)


# --- deaths --------------------------------------------------------------------------------------


def _drafts() -> list[dict[str, Any]]:
    return [item for item in _kinds("PRODUCT#") if item["sk"] == "PRODUCT"]


class Died(Exception):
    """The function was killed."""


@contextmanager
def _dying(
    monkeypatch: pytest.MonkeyPatch, at: int, *, before: bool
) -> Iterator[Callable[[], int]]:
    """The `at`th transaction is the last thing that happens, or (`before`) does not happen."""
    transact, calls = Store.transact, [0]

    def dies(self: Store, writes: Any) -> None:
        calls[0] += 1
        if before and calls[0] == at:
            raise Died
        transact(self, writes)
        if calls[0] == at:
            raise Died

    with monkeypatch.context() as patch:
        patch.setattr(Store, "transact", dies)
        yield lambda: calls[0]


def _right(kind: str, product: str | None, count: int) -> None:
    if kind == "products":
        assert len(_drafts()) == count
        left = sum(item["available"] for item in _kinds("STOCK#"))
        assert left == 2 * count
    else:
        assert product
        assert shelf_holds(product) == len(_kinds("POOL#")) == len(_kinds("CODE#")) == count


def _content(kind: str, count: int) -> bytes:
    if kind == "codes":
        return _codes(count)
    rows = [f"Mug {n},physical,home,5,2" for n in range(count)]
    return _file(rows, f"{HEADER},stock")


@pytest.mark.parametrize("before", [True, False], ids=["before it", "after it"])
@pytest.mark.parametrize("kind", ["products", "codes"])
def should_come_in_once_whichever_write_it_dies_at(
    kind: str, before: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before and after every single transaction, and redelivered each time."""
    count = 45 if kind == "products" else 85  # some batches of each
    product = any_product(codes=0) if kind == "codes" else None
    import_id = any_import(_content(kind, count), product)
    _start(import_id)
    [body] = waiting_messages("imports")
    deaths = 0
    while _state(import_id)["status"] != "done":
        with _dying(monkeypatch, 2 if before else 1, before=before):
            deliver("run_import", body)
        deaths += 1
        assert deaths < 60
        state = _state(import_id)
        came = len(_drafts()) if kind == "products" else len(_kinds("POOL#"))
        assert came == state["done"]
    assert deaths >= 4
    assert deliver("run_import", body) == []
    _right(kind, product, count)
    assert _files(import_id) == ({"products.csv"} if kind == "products" else set())


@pytest.mark.parametrize("kind", ["products", "codes"])
def should_bring_in_nothing_twice_however_often_it_is_delivered(kind: str) -> None:
    product = any_product(codes=0) if kind == "codes" else None
    import_id = any_import(_content(kind, 60), product)
    _start(import_id)
    [body] = waiting_messages("imports")
    assert deliver("run_import", body, body, body) == []
    _right(kind, product, 60)


def should_give_way_to_a_worker_that_is_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second run overtakes the first one after each batch, and finishes before it."""
    import_id = any_import(_content("products", 60))
    _start(import_id)
    [body] = waiting_messages("imports")
    brought, inside = Importer._bring_products, [False]

    def overtaken(self: Importer, *rest: Any) -> None:
        if not inside[0]:
            inside[0] = True
            assert deliver("run_import", body) == []
        brought(self, *rest)

    monkeypatch.setattr(Importer, "_bring_products", overtaken)
    assert deliver("run_import", body) == []
    _right("products", None, 60)


def should_bring_in_twice_without_the_progress_in_the_transaction(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control: with units that are committed before the note, a death adds them twice."""
    import_id = any_import(_content("products", 20))
    _start(import_id)
    [body] = waiting_messages("imports")
    commit = Importer._commit

    def apart(self: Importer, decide: Callable[[], Any]) -> None:
        _, writes = decide()
        if writes:
            open_store().transact([w for w in writes if "STOCK#" in w.key["pk"]])
        commit(self, decide)

    monkeypatch.setattr(Importer, "_commit", apart)
    with _dying(monkeypatch, 3, before=True):
        assert deliver("run_import", body) == ["0"]
    assert deliver("run_import", body) == []
    with pytest.raises(AssertionError):
        _right("products", None, 20)


def should_go_on_in_another_run_when_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.catalog.run_import._RUN_S", 0)
    import_id = any_import(_content("products", 60))
    _start(import_id)
    runs, seen = 0, []
    while bodies := waiting_messages("imports"):
        assert deliver("run_import", *bodies) == []
        runs += 1
        seen.append(_state(import_id)["done"])
    assert runs > 3
    assert (seen, seen[-1]) == (sorted(seen), 60)
    _right("products", None, 60)


def should_page_when_the_checked_file_is_gone() -> None:
    """After a week in the dead-letter queue; what is in stays in, and nobody is told it is done."""
    import_id = any_import(_content("products", 1))
    _start(import_id)
    store = open_store()
    imported = read_import(store, import_id)
    assert imported.status == "validating"
    key = keys.bulk_import(import_id)
    boto3.client("dynamodb").update_item(
        TableName="catalog",
        Key={name: {"S": value} for name, value in key.items()},
        UpdateExpression="SET #s = :s",
        ExpressionAttributeNames={"#s": "status"},
        ExpressionAttributeValues={":s": {"S": "importing"}},
    )
    assert deliver("run_import", *waiting_messages("imports")) == ["0"]
    assert _state(import_id)["status"] == "importing"
