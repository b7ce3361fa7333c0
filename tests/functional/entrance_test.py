"""What holds for every HTTP operation: who may call, what can be read, and what a failure tells."""

import base64
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from mall.errors import Busy
from mall.http import caller
from mall.orders.states import Status
from mall.settings import settings
from mall.store import Store

from infra.operations import Http, Operation
from tests.builders import any_id
from tests.events import Claims, ask, http_event, member_claims, partner_claims
from tests.functional.acts import (
    ADMIN,
    PARTNER,
    SHOP,
    any_address,
    any_burned_voucher,
    any_cart,
    any_category,
    any_confirmed_member,
    any_failed_order,
    any_image,
    any_image_request,
    any_import,
    any_import_request,
    any_member_with,
    any_order_request,
    any_product,
    any_product_request,
    any_purchase,
    any_replay,
    any_replay_request,
    any_rule,
    any_rule_request,
    any_statement,
    any_statement_request,
    any_voucher_order,
    any_waiting_adjustment,
    any_waiting_version,
    burn_discount,
    call,
    everything,
    invite_code,
    issue_code,
    place,
    quote_discount,
    set_program,
    voucher_code,
)
from tests.functional.lottery.games import any_draft_lottery, any_lottery, any_lottery_request, draw
from tests.functional.lottery.scheduled_games import any_scheduled, run_the_job
from tests.functional.orders.afterlife import rewritten
from tests.functional.orders.cash import any_payment_report
from tests.functional.times import NOON
from tests.payments import OLD_SECRET, event_of, signed
from tests.stage import BY_NAME, handler

pytestmark = pytest.mark.usefixtures("stage")

HTTP = [
    operation
    for operation in BY_NAME.values()
    if isinstance(operation.trigger, Http) and operation.domain != "users"
]
AUTHORIZED = [operation for operation in HTTP if operation.access != "anyone"]
DISCOUNTING = {"issue_discount_code", "quote_discount", "burn_discount", "reverse_discount"}
_NOTHING_NEW = event_of("pi_somebodys")
KEPT = {
    "get_contract": "public, max-age=60",
    "get_product": "public, max-age=5",
    "list_products": "public, max-age=5",
    "list_categories": "public, max-age=5",
    "get_lottery": "public, max-age=5",
    "list_lotteries": "public, max-age=5",
}
READS = {"get_contract", "receive_webhook"}  # and what else needs no table when it is right


def _named(operation: Operation) -> str:
    return operation.name


def _route(operation: Operation) -> str:
    assert isinstance(operation.trigger, Http)
    return operation.trigger.route


def _right_claims(operation: Operation, member: str) -> Claims | None:
    return {
        "anyone": None,
        "member": member_claims(member),
        "admin": ADMIN,
        "operator": member_claims("the-operator", "operator"),
        "mall/events": PARTNER,
        "mall/discounts": SHOP,
    }[operation.access]


def _right_request(operation: Operation) -> dict[str, Any]:
    """A request that succeeds; only what it needs is made."""
    member = caller_id = any_member_with(200)
    if operation.name == "accept_invite":
        caller_id = any_confirmed_member()
    _let_program_offer(operation)
    path, body = _right_path(operation, member), _right_body(operation, member)
    return {
        "path": path,
        "body": body() if body else None,
        "claims": _right_claims(operation, caller_id),
        "headers": {"Idempotency-Key": any_id(), **_right_headers(operation)},
    }


def _right_headers(operation: Operation) -> dict[str, str]:
    if operation.name != "receive_webhook":
        return {}
    return {"Stripe-Signature": signed(_NOTHING_NEW, OLD_SECRET, NOON // 1000)}


def _let_program_offer(operation: Operation) -> None:
    if operation.name == "get_payment_report":
        any_payment_report()
    if operation.name in {"check_in", "transfer_points"}:
        set_program(check_in={"cycle": [5]}, transfers={"daily_limit": 1})
    elif operation.name in DISCOUNTING:
        set_program(discounts={"points": 1, "worth": 1})
    elif operation.name in {"get_referral", "accept_invite"}:
        set_program(referral={"referrer_points": 5, "referred_points": 5})


def _right_path(operation: Operation, member: str) -> dict[str, str]:
    makes: Mapping[str, Callable[[], str]] = {
        "user_id": lambda: member,
        "product_id": any_product,
        "category_id": any_category,
        "order_id": lambda: _right_order(operation, member),
        "discount_id": lambda: burn_discount(member, 10),
        "rule_id": any_rule,
        "adjustment_id": lambda: any_waiting_adjustment(member),
        "replay_id": any_replay,
        "statement_id": any_statement,
        "import_id": lambda: any_import(b"name,type,category,points\nMug,physical,home,5\n"),
    }
    path = {name: make() for name, make in makes.items() if f"{{{name}}}" in _route(operation)}
    if "{lottery_id}" in _route(operation):
        path["lottery_id"] = _right_lottery(operation)
    if "{draw_id}" in _route(operation):
        path["draw_id"] = draw(member, path["lottery_id"])["draw_id"]
    if "{image_id}" in _route(operation):
        path["image_id"] = any_image(path["product_id"])
    return path


def _right_lottery(operation: Operation) -> str:
    if operation.name in {"change_lottery", "open_lottery"}:
        return any_draft_lottery()
    if operation.name == "buy_tickets":
        return any_scheduled()
    if operation.name in {"list_tickets", "set_beacon"}:
        lottery = any_scheduled(beacon="Lotto")
        call("close_lottery", ADMIN, path={"lottery_id": lottery})
        run_the_job()
        return lottery
    return any_lottery()


def _right_order(operation: Operation, member: str) -> str:
    if operation.name == "retry_fulfilment":
        return any_failed_order(member)
    order = str(place(member, any_product())["order_id"])
    ways: Mapping[str, tuple[Status, ...]] = {
        "request_return": ("fulfilling", "fulfilled"),
        "set_order_address": ("fulfilling",),
        "ship_order": ("fulfilling",),
        "fail_fulfilment": ("fulfilling",),
        "complete_order": ("fulfilling", "shipped"),
        "accept_return": ("fulfilling", "fulfilled", "return_requested"),
        "refund_order": ("fulfilling", "fulfilled"),
    }
    if way := ways.get(operation.name):
        rewritten(order, *way, product_type="physical")
    return order


def _right_body(operation: Operation, member: str) -> Callable[[], object] | None:
    made: Mapping[str, Callable[[], object]] = {
        "record_event": lambda: any_purchase(member),
        "receive_webhook": lambda: _NOTHING_NEW,
        "adjust_points": lambda: {"user_id": member, "points": 5, "reason": "x"},
        "set_clock": lambda: {"offset_s": 0},
        "create_product": any_product_request,
        "change_product": lambda: {"name": "Another"},
        "set_price": lambda: {"points": 70},
        "move_stock": lambda: {"delta": -1, "reason": "x"},
        "import_codes": lambda: {"codes": ["a"]},
        "upload_image": any_image_request,
        "create_category": lambda: {"category_id": "cafe", "name": "Cafés"},
        "change_category": lambda: {"name": "Cafés"},
        "create_import": any_import_request,
        "place_order": lambda: any_order_request(any_product()),
        "quote_product": lambda: {"product_id": any_product(), "quantity": 1},
        "create_rule": any_rule_request,
        "change_rule": lambda: any_rule_request(priority=1),
        "retire_rule": dict,
        "set_program": lambda: {"pending_days": 1},
        "approve_program": lambda: {"version": any_waiting_version()},
        "reject_program": lambda: {"version": any_waiting_version()},
        "replay_rules": any_replay_request,
        "start_statement": any_statement_request,
        "transfer_points": lambda: {
            "to_email": f"{any_confirmed_member()}@example.test",
            "points": 1,
        },
        "accept_invite": lambda: {"invite_code": invite_code(member)},
        "validate_voucher": lambda: {"code": voucher_code(*any_voucher_order())},
        "burn_voucher": lambda: {"code": voucher_code(*any_voucher_order()), "cart_id": "c"},
        "unburn_voucher": lambda: {"code": any_burned_voucher("c"), "cart_id": "c"},
        "create_lottery": any_lottery_request,
        "change_lottery": any_lottery_request,
        "draw_lottery": dict,
        "buy_tickets": lambda: {"quantity": 1},
        "set_beacon": lambda: {"value": "4711"},
        "set_order_address": lambda: {"address_id": any_address(member)},
        "cancel_for_merchant": lambda: {"reason": "x"},
        "request_return": lambda: {"reason": "x"},
        "ship_order": lambda: {"carrier": "post", "tracking_number": "1"},
        "fail_fulfilment": lambda: {"reason": "x"},
        "accept_return": lambda: {"restock": True},
        "refund_order": lambda: {"reason": "x"},
        "quote_discount": lambda: any_cart(member),
        "reverse_discount": lambda: {"amount": 1},
        "burn_discount": lambda: {
            "quote_id": quote_discount(member, 10),
            "member_code": issue_code(member),
        },
    }
    return made.get(operation.name)


# --- who may call --------------------------------------------------------------------------------


def _strangers(operation: Operation) -> dict[str, Claims | None]:
    """Claims that the operation must not let in, by what is wrong with them."""
    right = dict(_right_claims(operation, "m") or {})
    strangers: dict[str, Claims | None] = {
        "no claims": None,
        "an ID token": right | {"token_use": "id"},
        "a token of no use": {name: right[name] for name in right if name != "token_use"},
    }
    if operation.access == "admin":
        for groups in ("[administrators]", "[operator]", "[xadmin adminx]", "administrator", "[]"):
            strangers[groups] = right | {"cognito:groups": groups}
        strangers["no groups"] = member_claims("m")
        strangers["a partner"] = PARTNER
    if operation.access == "operator":
        for groups in ("[operators]", "[xoperator operatorx]", "administrator", "[]"):
            strangers[groups] = right | {"cognito:groups": groups}
        strangers["no groups"] = member_claims("m")
        strangers["a partner"] = PARTNER
    if "/" in operation.access:
        other = "mall/discounts" if operation.access == "mall/events" else "mall/events"
        for scopes in (other, f"{operation.access}2", f"x{operation.access}", ""):
            strangers[scopes] = partner_claims("shop", scopes)
        strangers["an admin"] = ADMIN
    return strangers


@pytest.mark.parametrize("operation", AUTHORIZED, ids=_named)
def should_refuse_everybody_else_and_write_nothing(operation: Operation) -> None:
    before = everything()
    for what, claims in _strangers(operation).items():
        event = http_event(
            _route(operation), path={"order_id": "x", "product_id": "x"}, body="{", claims=claims
        )
        answer = ask(handler(operation.name), event, access=operation.access)
        assert (answer.status, answer.code) == (403, "forbidden"), what
    assert everything() == before


@pytest.mark.parametrize(
    "groups", ["[admin]", "[admin operator]", "[operator admin]", "admin", "[a, admin, b]"]
)
def should_let_admins_in_however_their_groups_are_listed(groups: str) -> None:
    claims = member_claims("m") | {"cognito:groups": groups}
    answer = call("verify_ledger", claims, path={"user_id": "unknown"})
    assert (answer.status, answer.code) == (404, "not_found")


def should_let_a_partner_in_by_one_of_several_scopes() -> None:
    claims = partner_claims("shop", "mall/discounts", "mall/events")
    assert call("record_event", claims, body="{").code == "malformed"


@pytest.mark.parametrize(
    ("access", "groups", "status"),
    [
        ("operator", "[operator]", 200),
        ("operator", "[admin]", 200),
        ("operator", "[operators]", 403),
        ("admin", "[operator]", 403),
    ],
)
def should_let_operators_and_admins_in_where_operators_may(
    access: str, groups: str, status: int
) -> None:
    claims = member_claims("m") | {"cognito:groups": groups}
    event = http_event("GET /v1/points/balance", claims=claims)
    assert ask(handler("get_balance"), event, access=access).status == status


def should_read_who_may_call_from_the_functions_own_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    event = http_event("GET /v1/points/balance", claims=member_claims("m"))
    for access, status in (("member", 200), ("admin", 403), ("none", 403)):
        monkeypatch.setenv("MALL_ACCESS", access)
        settings.cache_clear()
        assert handler("get_balance")(event, None)["statusCode"] == status


def should_hear_only_what_came_through_the_edge_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secrets = {"current": "one", "next": "two"}
    arn = boto3.client("secretsmanager").create_secret(
        Name="origin", SecretString=json.dumps(secrets)
    )["ARN"]
    monkeypatch.setenv("MALL_ORIGIN_SECRET_ARN", arn)
    settings.cache_clear()
    caller._origin_secrets.cache_clear()
    told = {}
    for sent in (None, "", "three", "on", "one two", "caf\u00e9", "one", "two"):
        headers = {} if sent is None else {"X-Origin-Secret": sent}
        event = http_event("GET /v1/points/balance", claims=member_claims("m"), headers=headers)
        told[sent] = ask(handler("get_balance"), event, access="member").status
    caller._origin_secrets.cache_clear()
    assert [sent for sent, status in told.items() if status == 200] == ["one", "two"]
    assert {status for status in told.values() if status != 200} == {403}


# --- what can be read ----------------------------------------------------------------------------

WITH_BODY = [
    operation
    for operation in HTTP
    if handler(operation.name).story.__annotations__.keys() & {"request", "event"}
]
UNREADABLE = {
    "nothing of JSON": "{",
    "no object": "[]",
    "text": '"{}"',
    "a name twice": '{"points": 1, "points": 2}',
    "bytes": b"\xff\xfe{}",
    "half a letter": '{"reason": "\\ud800"}',
    "deep": '{"a":' + "[" * 100_000,
    "long": '{"a": ' + "9" * 5000 + "}",
    "not a number": '{"a": NaN}',
}


@pytest.mark.parametrize("operation", [o for o in HTTP if "{" in _route(o)], ids=_named)
def should_refuse_an_id_that_nothing_here_can_have(operation: Operation) -> None:
    path = dict.fromkeys(re.findall(r"{(\w+)}", _route(operation)), "x y")
    claims = _right_claims(operation, any_id())
    body: dict[str, object] | None = {} if operation in WITH_BODY else None
    answer = call(operation.name, claims, path=path, body=body, key=any_id())
    assert (answer.status, answer.code) == (422, "invalid")
    assert set(path) <= set(answer.fields)


def should_know_which_operations_take_a_body() -> None:
    assert {operation.name for operation in WITH_BODY} == {
        "record_event",
        "adjust_points",
        "set_clock",
        "create_product",
        "change_product",
        "set_price",
        "create_category",
        "change_category",
        "move_stock",
        "import_codes",
        "upload_image",
        "create_import",
        "place_order",
        "quote_product",
        "create_rule",
        "change_rule",
        "retire_rule",
        "create_lottery",
        "change_lottery",
        "draw_lottery",
        "buy_tickets",
        "set_beacon",
        "set_order_address",
        "set_program",
        "approve_program",
        "reject_program",
        "transfer_points",
        "quote_discount",
        "burn_discount",
        "reverse_discount",
        "validate_voucher",
        "burn_voucher",
        "unburn_voucher",
        "accept_invite",
        "replay_rules",
        "start_statement",
        "cancel_for_merchant",
        "request_return",
        "fail_fulfilment",
        "ship_order",
        "accept_return",
        "refund_order",
    }


@pytest.mark.parametrize("operation", WITH_BODY, ids=_named)
def should_refuse_a_body_that_cannot_be_read(operation: Operation) -> None:
    claims = _right_claims(operation, "m")
    path = {"product_id": "x"}
    for what, body in UNREADABLE.items():
        event = http_event(_route(operation), path=path, body=body, claims=claims)
        answer = ask(handler(operation.name), event, access=operation.access)
        assert (answer.status, answer.code) == (400, "malformed"), what


@pytest.mark.parametrize("operation", WITH_BODY, ids=_named)
def should_refuse_a_body_that_is_not_sent_as_json(operation: Operation) -> None:
    request = _right_request(operation)
    headers = request.pop("headers") | {"Content-Type": "text/plain"}
    event = http_event(_route(operation), headers=headers, **request)
    answer = ask(handler(operation.name), event, access=operation.access)
    assert (answer.status, answer.code) == (400, "malformed")


@pytest.mark.parametrize("operation", WITH_BODY, ids=_named)
def should_refuse_a_request_without_a_body(operation: Operation) -> None:
    request = _right_request(operation) | {"body": None}
    event = http_event(_route(operation), **request)
    answer = ask(handler(operation.name), event, access=operation.access)
    assert (answer.status, answer.code) == (422, "invalid")


@pytest.mark.parametrize("operation", WITH_BODY, ids=_named)
def should_refuse_an_unknown_field_and_write_nothing(operation: Operation) -> None:
    request = _right_request(operation)
    request["body"] = request["body"] | {"surprise": 1}
    before = everything()
    answer = ask(
        handler(operation.name), http_event(_route(operation), **request), access=operation.access
    )
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", ["surprise"])
    assert everything() == before


def should_read_a_body_that_the_gateway_passes_on_in_base64() -> None:
    member, product = any_member_with(50), any_product()
    body = json.dumps(any_order_request(product)).encode()
    event = http_event(
        "POST /v1/orders",
        body=body,
        claims=member_claims(member),
        headers={"Idempotency-Key": "k"},
    )
    assert base64.b64decode(event["body"]) == body
    assert ask(handler("place_order"), event, access="member").status == 201


# --- what an answer carries ----------------------------------------------------------------------


@pytest.mark.parametrize("operation", HTTP, ids=_named)
def should_name_the_request_and_forbid_keeping_the_answer(operation: Operation) -> None:
    event = http_event(_route(operation), **_right_request(operation))
    answer = ask(handler(operation.name), event, access=operation.access)
    if operation.name in {"get_clock", "set_clock"}:
        assert answer.status == 403  # not the sandbox
    else:
        assert answer.status < 300
    assert answer.headers["x-request-id"] == event["requestContext"]["requestId"]
    assert answer.headers["cache-control"] == KEPT.get(operation.name, "no-store")


def should_tell_a_refusal_as_a_problem_document() -> None:
    answer = call("verify_ledger", ADMIN, path={"user_id": "unknown"})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.body == {
        "type": "urn:points-mall:problem:not_found",
        "title": "There is no such thing here.",
        "status": 404,
        "code": "not_found",
        "detail": "There is no such member.",
    }


# --- what goes wrong inside ----------------------------------------------------------------------

TOUCHING = [operation for operation in HTTP if operation.name not in READS]


CALLS: Mapping[Any, tuple[str, ...]] = {
    "dynamodb": (
        "get_item", "batch_get_item", "query", "put_item", "update_item", "transact_write_items",
    ),
    "s3": (
        "get_object", "head_object", "copy_object", "delete_object", "put_object",
        "create_multipart_upload",
    ),
}  # fmt: skip


def _fail(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """From now on, every call of the database fails in the same way."""

    def fails(**_: object) -> None:
        raise error

    for service, calls in CALLS.items():
        for call_name in calls:
            monkeypatch.setattr(boto3.client(service), call_name, fails)
    monkeypatch.setattr(Store, "_wait", lambda *_: None)


def _client_error(code: str) -> ClientError:
    error: Any = {"Error": {"Code": code, "Message": "in table points of pk MEMBER#m"}}
    return ClientError(error, "GetItem")


@pytest.mark.parametrize("operation", TOUCHING, ids=_named)
@pytest.mark.parametrize("what", ["throttled", "silent"])
def should_be_busy_when_the_database_is(
    operation: Operation, what: str, monkeypatch: pytest.MonkeyPatch, request: Any
) -> None:
    """Case 44: 503 with Retry-After."""
    if operation.name in {"get_clock", "set_clock"}:
        request.getfixturevalue("sandbox")
    event = http_event(_route(operation), **_right_request(operation))
    error = (
        _client_error("ThrottlingException")
        if what == "throttled"
        else EndpointConnectionError(endpoint_url="https://dynamodb.example.test")
    )
    _fail(monkeypatch, error)
    answer = ask(handler(operation.name), event, access=operation.access)
    assert (answer.status, answer.code) == (503, Busy.code)
    assert answer.headers["retry-after"] == "1"


@pytest.mark.parametrize("operation", TOUCHING, ids=_named)
def should_tell_nothing_of_what_broke(
    operation: Operation, monkeypatch: pytest.MonkeyPatch, request: Any
) -> None:
    if operation.name in {"get_clock", "set_clock"}:
        request.getfixturevalue("sandbox")
    event = http_event(_route(operation), **_right_request(operation))
    _fail(monkeypatch, _client_error("AccessDeniedException"))
    answer = ask(handler(operation.name), event, access=operation.access)
    assert answer.status == 500
    assert answer.headers["x-request-id"]
    assert answer.body == {
        "type": "urn:points-mall:problem:internal",
        "title": "Something went wrong on our side.",
        "status": 500,
        "code": "internal",
        "detail": "Something went wrong on our side.",
    }


@pytest.mark.parametrize("reason", ["TransactionConflict", "ThrottlingError"])
def should_give_up_on_a_conflict_after_a_bounded_number_of_tries(
    reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Case 44: nothing is written, and the same key can be used again."""
    member, product = any_member_with(50), any_product()
    before = everything()
    client: Any = boto3.client("dynamodb")
    tries, waits = [], []

    def conflicts(**request: Any) -> None:
        tries.append(request)
        error: Any = {
            "Error": {"Code": "TransactionCanceledException", "Message": ""},
            "CancellationReasons": [{"Code": reason}, {"Code": "None"}, {"Code": "None"}],
        }
        raise ClientError(error, "TransactWriteItems")

    with monkeypatch.context() as contended:
        contended.setattr(client, "transact_write_items", conflicts)
        contended.setattr(Store, "_wait", lambda _, tried: waits.append(tried))
        body = any_order_request(product)
        answer = call("place_order", member_claims(member), body=body, key="k")
    assert (answer.status, answer.code) == (503, "busy")
    assert answer.headers["retry-after"] == "1"
    assert (len(tries), waits) == (8, list(range(8)))
    assert everything() == before
    assert call("place_order", member_claims(member), body=body, key="k").status == 201
