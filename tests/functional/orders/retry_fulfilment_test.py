"""Orders that cannot be fulfilled: given up at the last try, seen, and tried again."""

from typing import Any

import pytest
from mall.orders.facts import untold
from mall.settings import settings

from tests.builders import any_id
from tests.events import Answer, Claims, member_claims
from tests.functional.acts import (
    ADMIN,
    PARTNER,
    any_member_with,
    any_product,
    cancel,
    deliver,
    everything,
    follow,
    fulfil,
    import_codes,
    lose_codes,
    order_of,
    place,
    waiting_messages,
)
from tests.functional.orders.afterlife import OPERATOR, ask, goods_at, stored
from tests.functional.precedence import Told, each_first


def _retry(order: str, claims: Claims = OPERATOR) -> Answer:
    return ask("retry_fulfilment", order, claims=claims)


def _short() -> tuple[str, str, str]:
    """A member, a product and an order of it whose code is gone."""
    member, product = any_member_with(50), any_product(codes=1)
    order: str = place(member, product)["order_id"]
    lose_codes()
    return member, product, order


def _failed() -> tuple[str, str, str]:
    member, product, order = _short()
    assert fulfil(order, tries=settings().receives_max) == []
    return member, product, order


def _walked(member: str, order: str) -> list[tuple[str, str | None]]:
    history = order_of(member, order)["history"]
    return [(step["status"], step.get("reason")) for step in history]


# --- giving up -----------------------------------------------------------------------------------


def should_try_again_until_the_last_try_and_then_say_why(
    capsys: pytest.CaptureFixture[str],
) -> None:
    member, _, order = _short()
    for tries in range(1, settings().receives_max):
        before = everything()
        assert fulfil(order, tries=tries) == ["0"]
        assert everything() == before
    capsys.readouterr()
    assert fulfil(order, tries=settings().receives_max) == []
    assert '"FulfilmentFailed":[1.0]' in capsys.readouterr().out
    assert _walked(member, order) == [
        ("placed", None),
        ("fulfilling", None),
        ("fulfilment_failed", "too_few_codes"),
    ]


def should_give_up_in_one_transaction_and_tell_of_both_steps() -> None:
    _, _, order = _failed()
    told = [(detail.version, kind) for kind, detail in untold(stored(order))]
    assert told == [(1, "order.placed"), (2, "order.fulfilling"), (3, "order.fulfilment_failed")]


def should_leave_what_failed_to_the_operators() -> None:
    """A message that comes again, or is redriven, changes nothing any more."""
    member, product, order = _failed()
    import_codes(product, 1)
    before = everything()
    assert fulfil(order) == fulfil(order, tries=settings().receives_max) == []
    assert everything() == before
    assert cancel(member, order).code == "not_cancellable"


def should_give_up_only_on_the_version_that_the_message_is_about() -> None:
    """An old message that still fails does not undo what an operator has begun since."""
    member, _, order = _failed()
    assert _retry(order).status == 200
    before = everything()
    assert fulfil(order, version=1, tries=settings().receives_max) == []
    assert everything() == before
    assert fulfil(order, version=4, tries=settings().receives_max) == []
    assert _walked(member, order)[-1] == ("fulfilment_failed", "too_few_codes")


def should_redrive_a_dead_letter_twice_without_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    """What not even giving up could settle waits in the dead-letter queue, and comes from there."""
    member, product = any_member_with(50), any_product()
    order: str = place(member, product)["order_id"]

    def silent(*_: object, **__: object) -> Any:
        raise RuntimeError("the database is down")

    with monkeypatch.context() as down:
        down.setattr("mall.store.client.Store.commit", silent)
        assert fulfil(order, tries=settings().receives_max) == ["0"]
    assert order_of(member, order)["status"] == "placed"
    assert fulfil(order) == []
    before = everything()
    assert fulfil(order) == fulfil(order) == []
    assert everything() == before
    assert len(order_of(member, order)["delivery"]["codes"]) == 1


def should_give_up_on_a_voucher_that_nobody_seals(monkeypatch: pytest.MonkeyPatch) -> None:
    """KMS is silent: nothing is issued, and the pool is not to blame."""
    product = any_product(codes=0, type="service", stock_mode="unlimited")
    member = any_member_with(50)
    order: str = place(member, product)["order_id"]

    def silent(*_: object) -> Any:
        raise RuntimeError("KMS is down")

    with monkeypatch.context() as down:
        down.setattr("mall.secrets.CodeVault.seal", silent)
        assert fulfil(order) == ["0"]
        assert fulfil(order, tries=settings().receives_max) == []
    assert _walked(member, order)[-1] == ("fulfilment_failed", "unavailable")
    assert not [item for item in everything()["orders"] if item["sk"] == "VOUCHER"]
    assert _retry(order).status == 200
    assert fulfil(order, version=4) == []
    assert order_of(member, order)["delivery"]["voucher"]["code"]


# --- trying again --------------------------------------------------------------------------------


@pytest.mark.parametrize("claims", [OPERATOR, ADMIN])
def should_send_a_failed_order_to_fulfilment_again(claims: Claims) -> None:
    member, product, order = _failed()
    follow("relay_orders", _item(order))
    waiting_messages("fulfil")
    import_codes(product, 1)
    answer = _retry(order, claims)
    assert (answer.status, answer.body["status"]) == (200, "fulfilling")
    follow("relay_orders", _item(order))
    [message] = waiting_messages("fulfil")
    assert deliver("fulfil_order", message) == []
    shown = order_of(member, order)
    assert shown["status"] == "fulfilled"
    assert len(shown["delivery"]["codes"]) == 1
    retried = shown["history"][3]
    assert (retried["status"], retried["actor"], retried["reason"]) == (
        "fulfilling", "operator", "retried",
    )  # fmt: skip


def _item(order: str) -> dict[str, Any]:
    [item] = [item for item in everything()["orders"] if item["pk"] == f"ORDER#{order}"]
    return item


def should_change_nothing_when_it_is_asked_again() -> None:
    _, _, order = _failed()
    first = _retry(order)
    before = everything()
    again = _retry(order)
    assert (again.status, again.body) == (first.status, first.body)
    assert everything() == before


def should_try_no_order_again_for_ever() -> None:
    """Each time adds to its history; what has failed so often can be refunded still."""
    order = goods_at("fulfilling", *("fulfilment_failed", "fulfilling") * 19)
    lost = {"reason": "broken"}
    assert ask("fail_fulfilment", order, lost).status == 200
    assert ask("retry_fulfilment", order).status == 200
    assert ask("fail_fulfilment", order, lost).status == 200
    before = everything()
    answer = ask("retry_fulfilment", order)
    assert (answer.status, answer.code, answer.body["limit"]) == (409, "too_many_retries", 20)
    assert everything() == before
    assert ask("refund_order", order, {"reason": "lost"}, any_id()).status == 200


def should_let_a_failed_order_be_refunded_with_its_units() -> None:
    member, product, order = _failed()
    answer = ask("refund_order", order, {"reason": "no codes"}, any_id())
    assert (answer.status, answer.body["status"]) == (200, "refunded")
    assert fulfil(order) == []
    assert order_of(member, order)["status"] == "refunded"
    assert _retry(order).code == "wrong_status"
    assert product


RETRY_PRECEDENCE = [(403, "forbidden"), (422, "invalid"), (404, "not_found"), (409, "wrong_status")]


@each_first(RETRY_PRECEDENCE)
def should_tell_the_first_refusal_of_a_retry(told: Told, wrong: list[str]) -> None:
    """Each row is wrong in its own way and in every later one."""
    order: str = place(any_member_with(50), any_product())["order_id"]
    asked = "a b" if "invalid" in wrong else "unknown" if "not_found" in wrong else order
    before = everything()
    answer = _retry(asked, PARTNER if "forbidden" in wrong else OPERATOR)
    assert (answer.status, answer.code) == told
    assert everything() == before


def should_say_where_an_order_stands_that_did_not_fail() -> None:
    member = any_member_with(50)
    order: str = place(member, any_product())["order_id"]
    assert _retry(order).body["order_status"] == "placed"
    fulfil(order)
    assert _retry(order).body["order_status"] == "fulfilled"
    assert _retry(order, member_claims(member)).code == "forbidden"
