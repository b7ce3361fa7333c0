"""Write parts and receipts, as plain data."""

import pytest
from mall import keys
from mall.errors import AlreadyDone, IdempotencyKeyReused, Stale
from mall.models import View
from mall.receipts import receipt, replayed, same_request
from mall.writes import ABSENT, already_done, check, delete, put, stale, update


class _AnswerView(View):
    points: int


def should_put_an_item_under_its_own_key() -> None:
    write = put("points", {**keys.CLOCK, "offset_s": 5})
    assert (write.action, write.table, write.key) == ("Put", "points", keys.CLOCK)
    assert (write.item["offset_s"], write.condition) == (5, "")


def should_fill_in_the_values_of_an_update() -> None:
    write = update("points", keys.CLOCK, "SET #a = :a", more={"gsi1pk": "x"}, a=1)
    assert write.values == {"a": 1, "gsi1pk": "x"}
    assert (write.action, write.item) == ("Update", {})
    assert delete("points", keys.CLOCK, condition="attribute_exists(#pk)").action == "Delete"


def should_check_an_item_without_writing_it() -> None:
    write = check("points", keys.CLOCK, "#a = :a", a=1)
    assert (write.action, write.item, write.update) == ("ConditionCheck", {}, "")
    assert (write.condition, write.values) == ("#a = :a", {"a": 1})


def should_decide_again_unless_told_otherwise() -> None:
    assert isinstance(put("points", {**keys.CLOCK}).refused(None), Stale)
    assert isinstance(stale({"pk": "x"}), Stale)


def should_answer_from_a_receipt_that_exists() -> None:
    done = already_done({"answer": "{}"})
    assert isinstance(done, AlreadyDone)
    assert done.item == {"answer": "{}"}
    assert isinstance(already_done(None), Stale)  # the engine did not hand it over: read it


def should_keep_and_replay_an_answer() -> None:
    write = receipt("points", "id", b"digest", _AnswerView(points=5).model_dump_json())
    assert (write.key, write.condition) == (keys.receipt("id"), ABSENT)
    view = replayed(_AnswerView, write.item, b"digest")
    assert (view.points, view._replayed) == (5, True)


def should_refuse_another_request_under_the_same_key() -> None:
    item = receipt("points", "id", b"digest").item
    same_request(item, b"digest")
    with pytest.raises(IdempotencyKeyReused):
        same_request(item, b"another")
    with pytest.raises(IdempotencyKeyReused):
        replayed(_AnswerView, item, b"another")
