"""Vouchers: issued with the order, shown to its owner, used once at a shop's checkout."""

import io
from typing import Any

import boto3
import pytest
from mall.clock import instant
from mall.http.operation import logger
from mall.ids import request_hash
from mall.orders.requests import BurnVoucherRequest, UnburnVoucherRequest

from tests.builders import any_id
from tests.events import Answer, Claims, member_claims, partner_claims
from tests.functional.acts import (
    ADMIN,
    PARTNER,
    SHOP,
    any_member_with,
    any_product,
    any_voucher_order,
    burn_voucher,
    call,
    close_account,
    everything,
    follow,
    fulfil,
    order_of,
    place,
    voucher_code,
    waiting_messages,
)
from tests.functional.orders.afterlife import refund
from tests.functional.precedence import Told, each_first
from tests.functional.times import DAY, NOON, Time

ELSEWHERE = partner_claims("another-shop", "mall/discounts")
WORTH = {"amount": 500, "currency": "USD"}
UNKNOWN = "00000-00000-00000-00000-00000"


def _code(**changed: Any) -> str:
    return voucher_code(*any_voucher_order(**changed))


def _validate(code: object, claims: Claims = SHOP, **asked: object) -> Answer:
    return call("validate_voucher", claims, body={"code": code} | asked)


def _burn(
    code: object, cart: object = "cart", key: str | None = None, claims: Claims = SHOP,
    **asked: object,
) -> Answer:  # fmt: skip
    body = {"code": code, "cart_id": cart} | asked
    return call("burn_voucher", claims, body=body, key=key or any_id())


def _unburn(
    code: object, cart: object = "cart", key: str | None = None, claims: Claims = SHOP
) -> Answer:
    body = {"code": code, "cart_id": cart}
    return call("unburn_voucher", claims, body=body, key=key or any_id())


# --- issuing -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["service", "discount"])
def should_show_a_voucher_to_its_owner_once_it_was_issued(kind: str) -> None:
    member, order = any_voucher_order(type=kind)
    shown = order_of(member, order)
    assert [step["status"] for step in shown["history"]] == ["placed", "fulfilling", "fulfilled"]
    assert shown["delivery"] == {
        "voucher": {"code": voucher_code(member, order), "expires_at": instant(NOON + 30 * DAY)}
    }
    assert len(voucher_code(member, order)) == 29  # 25 characters of 5 bits, in groups
    stranger = call("get_order", member_claims("another"), path={"order_id": order})
    assert (stranger.status, stranger.code) == (404, "not_found")


def should_issue_one_voucher_when_the_message_comes_twice() -> None:
    """Case 60."""
    member, order = any_voucher_order()
    before = everything()
    assert fulfil(order) == fulfil(order, tries=6) == []
    assert everything() == before
    assert len([item for item in before["orders"] if item["sk"] == "VOUCHER"]) == 1
    assert voucher_code(member, order)


def should_leave_vouchers_out_of_lists() -> None:
    member, order = any_voucher_order()
    [listed] = call("list_orders", member_claims(member)).body["items"]
    assert (listed["order_id"], "delivery" in listed) == (order, False)


def should_honour_the_terms_that_were_ordered() -> None:
    """What an admin changes afterwards is for those who order afterwards."""
    terms = {"worth": WORTH, "valid_days": 10}
    product = any_product(codes=0, type="discount", stock_mode="unlimited", voucher=terms)
    member = any_member_with(100)
    order = place(member, product, quantity=2)["order_id"]
    less = {"voucher": {"worth": {"amount": 1, "currency": "USD"}, "valid_days": 1}}
    changed = call("change_product", ADMIN, path={"product_id": product}, body=less)
    assert changed.status == 200, changed.body
    fulfil(order)
    shown = _validate(voucher_code(member, order)).body
    assert shown["worth"] == {"amount": 1000, "currency": "USD"}
    assert shown["expires_at"] == instant(NOON + 10 * DAY)


def should_keep_the_code_out_of_tables_logs_events_and_messages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A canary: who reads what the mall writes anywhere finds no code that can be used."""
    log, events = io.StringIO(), list[object]()
    monkeypatch.setattr(logger.registered_handler, "stream", log)
    client: Any = boto3.client("events")

    def listen(Entries: list[object]) -> dict[str, int]:
        events.extend(Entries)
        return {"FailedEntryCount": 0}

    monkeypatch.setattr(client, "put_events", listen)
    member, order = any_voucher_order()
    code = voucher_code(member, order)
    _validate(code, cart_id="cart", amount=100)
    burn_voucher(code)
    burn_voucher(code)
    _unburn(code)
    _validate(code, surprise=1)
    _burn(code, cart="")
    for item in everything()["orders"]:
        assert follow("relay_orders", item) == []
    tables, messages = str(everything()), waiting_messages("fulfil")
    written = [tables, str(messages), str(events), log.getvalue()]
    for form in (code, code.replace("-", ""), code.lower()):
        assert [text for text in written if form in text] == []
    assert all(order in text for text in (tables, str(events)))
    assert "/v1/vouchers/burn" in log.getvalue()  # the canary sees what is there


# --- validating ----------------------------------------------------------------------------------


def should_show_what_a_voucher_is_good_for_and_write_nothing() -> None:
    code = _code(quantity=2)
    before = everything()
    answer = _validate(code)
    assert answer.status == 200
    assert answer.body == {
        "kind": "discount",
        "product_id": answer.body["product_id"],
        "worth": {"amount": 1000, "currency": "USD"},
        "discount": 1000,
        "expires_at": instant(NOON + 30 * DAY),
        "valid": True,
    }
    assert (
        _validate(code.lower().replace("-", " "), cart_id="c", amount=999).body["discount"] == 999
    )
    assert everything() == before


def should_leave_worth_and_end_to_the_shop_where_the_product_does() -> None:
    shown = _validate(_code(worth=None, days=None, type="service"), amount=5).body
    assert (shown["worth"], shown["discount"], shown["expires_at"]) == (None, None, None)
    assert (shown["kind"], shown["valid"]) == ("service", True)


def should_say_why_a_voucher_is_no_good(time: Time) -> None:
    used, (member, order), expired = _code(), any_voucher_order(), _code(days=1)
    void = voucher_code(member, order)
    assert _burn(used).status == 200
    assert refund(order).status == 200
    time.forward(DAY)
    told = {
        code: [_validate(code, claims, cart_id=cart).body for claims, cart in (
            (SHOP, "cart"), (SHOP, "another"), (ELSEWHERE, "cart"),
        )]
        for code in (used, void, expired)
    }  # fmt: skip
    assert {shown["valid"] for answers in told.values() for shown in answers} == {False}
    assert [shown["reason"] for shown in told[used]] == ["used_here", "used", "used"]
    assert [shown["reason"] for shown in told[void]] == ["void"] * 3
    assert [shown["reason"] for shown in told[expired]] == ["expired"] * 3


VALIDATE_PRECEDENCE = [
    (403, "forbidden"), (400, "malformed"), (422, "invalid"), (404, "not_found"),
]  # fmt: skip


@each_first(VALIDATE_PRECEDENCE)
def should_tell_the_first_refusal_of_a_validation(told: Told, wrong: list[str]) -> None:
    """Each row is wrong in its own way and in every later one."""
    body = {"code": UNKNOWN} | ({"amount": 0} if "invalid" in wrong else {})
    answer = call(
        "validate_voucher",
        PARTNER if "forbidden" in wrong else SHOP,
        body="{" if "malformed" in wrong else body,
    )
    assert (answer.status, answer.code) == told


@pytest.mark.parametrize("code", ["", "x" * 65, 5, None])
def should_refuse_what_cannot_be_a_code(code: object) -> None:
    for answer in (_validate(code), _burn(code), _unburn(code)):
        assert (answer.status, answer.fields) == (422, ["code"])


@pytest.mark.parametrize("amount", [0, -1, 1.5, "5", True, 2**53])
def should_refuse_an_amount_that_is_no_amount_due(amount: object) -> None:
    """Cases 3 and 4."""
    code = _code()
    for answer in (_validate(code, amount=amount), _burn(code, amount=amount)):
        assert (answer.status, answer.fields) == (422, ["amount"])


# --- burning -------------------------------------------------------------------------------------


def should_use_a_voucher_for_a_cart_once() -> None:
    """Case 6: it takes off no more than is due, and is used whole."""
    code = _code()
    answer = _burn(code, amount=300)
    assert answer.status == 200
    assert answer.body == {
        "kind": "discount",
        "product_id": answer.body["product_id"],
        "worth": WORTH,
        "discount": 300,
        "expires_at": instant(NOON + 30 * DAY),
        "cart_id": "cart",
        "burned_at": instant(NOON),
    }
    before = everything()
    for again in (_burn(code), _burn(code, cart="another"), _burn(code, claims=ELSEWHERE)):
        assert (again.status, again.code) == (409, "voucher_used")
    assert everything() == before


def should_be_good_to_the_last_millisecond(time: Time) -> None:
    """Case 11."""
    early, late = _code(days=1), _code(days=1)
    time.forward(DAY - 1)
    assert _burn(early).status == 200
    time.forward(1)
    assert _burn(late).code == "voucher_expired"


def should_stay_good_for_whoever_holds_it_when_the_account_is_closed() -> None:
    member, order = any_voucher_order()
    code = voucher_code(member, order)
    close_account(member)
    assert _burn(code).status == 200


BURN_PRECEDENCE = [
    (403, "forbidden"),
    (400, "malformed"),
    (422, "invalid"),
    (400, "idempotency_key_required"),
    (404, "not_found"),
    (409, "voucher_void"),
    (409, "voucher_expired"),
]


@each_first(BURN_PRECEDENCE)
def should_tell_the_first_refusal_of_a_burn(told: Told, wrong: list[str], time: Time) -> None:
    """Each row is wrong in its own way and in every later one; one that was used is above."""
    member, order = any_voucher_order(days=1)
    code = voucher_code(member, order)
    if "voucher_void" in wrong:
        assert refund(order).status == 200
    time.forward(DAY)
    body = {
        "code": UNKNOWN if "not_found" in wrong else code,
        "cart_id": "" if "invalid" in wrong else "cart",
    }
    before = everything()
    answer = call(
        "burn_voucher",
        PARTNER if "forbidden" in wrong else SHOP,
        body="{" if "malformed" in wrong else body,
        key=None if "idempotency_key_required" in wrong else any_id(),
    )
    assert (answer.status, answer.code) == told
    assert everything() == before


# --- giving back ---------------------------------------------------------------------------------


def should_give_a_voucher_back_to_be_used_again() -> None:
    code = _code()
    _burn(code, cart="one")
    answer = _unburn(code, cart="one")
    assert (answer.status, answer.body["valid"]) == (200, True)
    assert "reason" not in answer.body
    assert _burn(code, cart="two", claims=ELSEWHERE).status == 200
    assert _unburn(code, cart="one").code == "voucher_not_used"


def should_give_back_only_what_this_partner_used_for_this_cart() -> None:
    code = _code()
    assert _unburn(code).code == "voucher_not_used"
    _burn(code)
    before = everything()
    for answer in (_unburn(code, cart="another"), _unburn(code, claims=ELSEWHERE)):
        assert (answer.status, answer.code) == (409, "voucher_not_used")
    assert everything() == before


UNBURN_PRECEDENCE = [
    (403, "forbidden"),
    (400, "malformed"),
    (422, "invalid"),
    (400, "idempotency_key_required"),
    (404, "not_found"),
    (409, "voucher_not_used"),
]


@each_first(UNBURN_PRECEDENCE)
def should_tell_the_first_refusal_of_giving_back(told: Told, wrong: list[str]) -> None:
    """Each row is wrong in its own way and in every later one."""
    body = {
        "code": UNKNOWN if "not_found" in wrong else _code(),
        "cart_id": "" if "invalid" in wrong else "cart",
    }
    before = everything()
    answer = call(
        "unburn_voucher",
        PARTNER if "forbidden" in wrong else SHOP,
        body="{" if "malformed" in wrong else body,
        key=None if "idempotency_key_required" in wrong else any_id(),
    )
    assert (answer.status, answer.code) == told
    assert everything() == before


# --- the same key again, and refunds -------------------------------------------------------------


def should_keep_nothing_that_a_code_could_be_guessed_by() -> None:
    """Neither receipt is a plain digest of its request, on which codes could be tried."""
    code = _code()
    assert (_burn(code).status, _unburn(code).status) == (200, 200)
    kept = [bytes(each["request_hash"]) for each in _receipts()]
    burning = BurnVoucherRequest(code=code, cart_id="cart")
    giving_back = UnburnVoucherRequest(code=code, cart_id="cart")
    assert len(kept) == 2
    assert request_hash("burn_voucher", burning) not in kept
    assert request_hash("unburn_voucher", giving_back) not in kept


def _receipts() -> list[dict[str, Any]]:
    return [item for item in everything()["orders"] if "answer" in item]


def should_answer_a_retry_as_before_however_late(time: Time) -> None:
    """Cases 36, 37, 39, 40 and 41: the burn used the voucher up, and it has expired since."""
    code = _code(days=1)
    burned = _burn(code, key="k")
    given_back = _unburn(code, key="k")
    before = everything()
    time.forward(2 * DAY)
    for first, again in ((burned, _burn(code, key="k")), (given_back, _unburn(code, key="k"))):
        assert (again.status, again.body) == (first.status, first.body)
        assert again.headers["idempotent-replayed"] == "true"
    for other in (_burn(code, cart="another", key="k"), _unburn(code, cart="another", key="k")):
        assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert _burn(code, key="k", claims=ELSEWHERE).code == "voucher_expired"
    assert everything() == before


def should_refund_no_order_whose_voucher_was_used() -> None:
    member, order = any_voucher_order()
    code = voucher_code(member, order)
    _burn(code)
    before = everything()
    answer = refund(order)
    assert (answer.status, answer.code) == (409, "voucher_used")
    assert everything() == before
    _unburn(code)
    assert refund(order).status == 200
    assert _burn(code).code == "voucher_void"


def should_show_a_voucher_no_more_once_its_order_was_refunded_whole() -> None:
    member, order = any_voucher_order()
    code = voucher_code(member, order)
    assert refund(order, points=20).status == 200
    assert voucher_code(member, order) == code  # a part went back, the voucher is good
    assert _validate(code).body["valid"]
    assert refund(order).status == 200
    assert "delivery" not in order_of(member, order)
