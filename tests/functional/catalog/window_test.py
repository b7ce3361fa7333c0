"""What a function remembers of what anybody may see, and what lists are told of the stock."""

from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from mall import keys
from mall.catalog import stock
from mall.store import open_store
from mall.store.shelf import read_product
from mall.store.window import Kept

from tests.events import Answer
from tests.functional.acts import (
    any_category,
    any_draft,
    any_member_with,
    any_product,
    call,
    everything,
    import_codes,
    place,
    publish,
)
from tests.functional.times import SECOND, Time
from tests.stage import handler
from tests.streams import stream_event, stream_record

# --- what is remembered --------------------------------------------------------------------------


@pytest.fixture
def one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every call of the test is answered by one process, which remembers."""
    unforgetting = SimpleNamespace(cache_clear=lambda: None)
    monkeypatch.setattr("tests.functional.acts.asking.open_window", unforgetting)


def _names(**query: str) -> list[str]:
    return [product["name"] for product in call("list_products", query=query).body["items"]]


@pytest.mark.usefixtures("one_process")
def should_remember_each_page_for_two_seconds(time: Time) -> None:
    any_product(codes=0, name="Tea")
    assert _names() == ["Tea"]
    any_product(codes=0, name="Cake")
    time.forward(2 * SECOND - 1)
    assert (_names(), _names(q="cake"), _names(limit="2")) == (["Tea"], ["Cake"], ["Cake", "Tea"])
    time.forward(1)
    assert _names() == ["Cake", "Tea"]


@pytest.mark.usefixtures("one_process")
def should_remember_units_for_two_seconds_and_nothing_else_of_a_product(time: Time) -> None:
    first, second = any_product(codes=2), any_product(codes=1)
    member = any_member_with(50)

    def left(product: str) -> int:
        units: int = call("get_product", path={"product_id": product}).body["stock_left"]
        return units

    assert (left(first), left(second)) == (2, 1)
    place(member, first)
    time.forward(2 * SECOND - 1)
    assert (left(first), left(second)) == (2, 1)
    time.forward(1)
    assert (left(first), left(second)) == (1, 1)


@pytest.mark.usefixtures("one_process")
def should_remember_categories_for_two_seconds(time: Time) -> None:
    any_category("food")
    assert len(call("list_categories").body["items"]) == 1
    any_category("films")
    assert len(call("list_categories").body["items"]) == 1
    time.forward(2 * SECOND)
    assert len(call("list_categories").body["items"]) == 2


def should_let_go_of_what_was_least_used(time: Time) -> None:
    kept: Kept[int] = Kept(most=2)
    reads: list[str] = []

    def read(name: str) -> int:
        reads.append(name)
        return len(reads)

    for name in ("a", "b", "a", "c", "a", "b"):
        kept.get(name, partial(read, name))
    assert reads == ["a", "b", "c", "b"]


# --- what lists are told of the stock ------------------------------------------------------------


def _shard(product: str, number: int = 0) -> dict[str, Any]:
    return {**keys.stock(product, "default", number), "available": 0, "sale_version": 1}


def _tell(*products: str) -> None:
    """Let lists learn that shards of these products changed."""
    records = [stream_record(_shard(product), kind="MODIFY") for product in products]
    answer = handler("summarise_stock")(stream_event(*records), None)
    assert answer == {"batchItemFailures": []}


def _listed() -> dict[str, bool]:
    """Whether the listed products are available, by id."""
    items = call("list_products").body["items"]
    return {product["product_id"]: product["available"] for product in items}


def should_show_as_gone_what_has_no_units_in_any_shard() -> None:
    empty, stocked = any_product(codes=0), any_product(codes=1, shards=4)
    _tell(empty, stocked, empty)
    assert _listed() == {empty: False, stocked: True}
    import_codes(empty, 1)
    _tell(empty)
    assert _listed() == {empty: True, stocked: True}


def should_tell_nothing_by_what_a_shard_held_when_it_changed() -> None:
    """The record says 0, but by now there are units: what counts is what is there."""
    product = any_product(codes=0)
    _tell(product)
    import_codes(product, 3)
    _tell(product)
    assert _listed() == {product: True}


def should_count_the_units_of_every_variant() -> None:
    variants = [{"sku": "s", "name": "Small"}, {"sku": "l", "name": "Large"}]
    product = any_product(codes=0, variants=variants, shards=64)
    _tell(product)
    assert _listed() == {product: False}
    import_codes(product, 1, sku="l")
    _tell(product)
    assert _listed() == {product: True}


def should_never_run_out_of_what_has_no_end() -> None:
    product = any_product(codes=0, type="service", stock_mode="unlimited")
    _tell(product)
    assert _listed() == {product: True}


def should_keep_the_summary_when_an_admin_changes_the_product() -> None:
    draft = any_draft(shards=1)
    _tell(draft)
    publish(draft)
    assert _listed() == {draft: False}


def should_sum_up_again_when_a_rival_was_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    """Units come, and are summed up, after the shards were read as empty."""
    product = any_product(codes=0, shards=1)
    read = open_store().get_many
    rivals = iter([True])

    def read_and_lose(wanted: Any, **facets: Any) -> Any:
        found = read(wanted, **facets)
        if next(rivals, False):
            whole = read_product(open_store(), product)
            assert whole
            open_store().transact([stock.add(whole, "default", 0, 1)])
            _tell(product)
        return found

    monkeypatch.setattr(open_store(), "get_many", read_and_lose)
    _tell(product)
    assert _listed() == {product: True}


def should_pass_over_stock_of_no_product() -> None:
    before = everything()
    _tell("none")
    assert everything() == before


def should_read_no_shard_for_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    any_product(codes=3)
    wanted: list[str] = []
    read = open_store().get_many

    def note(places: Any, **facets: Any) -> Any:
        wanted.extend(key["pk"].split("#")[0] for _, key in places)
        return read(places, **facets)

    monkeypatch.setattr(open_store(), "get_many", note)
    answer: Answer = call("list_products")
    assert answer.status == 200
    assert wanted == ["PRODUCT"]
