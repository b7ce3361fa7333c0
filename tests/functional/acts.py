"""What people do in these tests: one function per act, each through its operation's handler.

`call` asks any operation by its name. The other acts expect to succeed and return what came of it.
"""

import base64
import random
from collections.abc import Mapping
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from mall import keys
from mall.clock import Millis, instant
from mall.points.ledger import Grant, close, credit, open_posting
from mall.points.ledger.entry import Source
from mall.points.ledger.writes import append
from mall.points.program import PROGRAM
from mall.settings import settings
from mall.store import open_store
from mall.store.ledger import head
from mall.store.window import open_window
from mall.writes import put

from infra.operations import Http
from tests.builders import any_id, any_member
from tests.events import Answer, Claims, ask, http_event, member_claims, partner_claims
from tests.stage import BY_NAME, TABLES, handler

ADMIN = member_claims("the-admin", "admin")
SECOND_ADMIN = member_claims("the-second-admin", "admin")
PARTNER = partner_claims("shop", "mall/events")
SHOP = partner_claims("shop", "mall/discounts")


def call(
    name: str,
    claims: Claims | None = None,
    *,
    path: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    body: object = None,
    key: str | None = None,
) -> Answer:
    """What the operation answers to a caller with these claims, in a process that saw no page."""
    open_window.cache_clear()
    operation = BY_NAME[name]
    assert isinstance(operation.trigger, Http)
    headers = {} if key is None else {"Idempotency-Key": key}
    event = http_event(
        operation.trigger.route, path=path, query=query, body=body, claims=claims, headers=headers
    )
    return ask(handler(name), event, access=operation.access)


def deliver(name: str, *bodies: str, tries: int = 1) -> list[str]:
    """Hand messages to a queue consumer, at this try of each; the numbers of those that failed."""
    records = [
        {
            "messageId": str(number),
            "receiptHandle": f"handle {number}",
            "attributes": {"ApproximateReceiveCount": str(tries)},
            "body": body,
            "eventSource": "aws:sqs",
        }
        for number, body in enumerate(bodies)
    ]
    answer = handler(name)({"Records": records}, None)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def follow(name: str, *images: Mapping[str, Any] | None) -> list[str]:
    """Hand changed items (None: a removed one) to a follower; what failed, by number."""
    write = TypeSerializer().serialize
    records = []
    for number, image in enumerate(images):
        change: dict[str, Any] = {"SequenceNumber": str(number), "StreamViewType": "NEW_IMAGE"}
        if image is not None:
            change["NewImage"] = {name: _as_json(write(value)) for name, value in image.items()}
        kind = "REMOVE" if image is None else "MODIFY"
        records.append({"eventID": str(number), "eventName": kind, "dynamodb": change})
    answer = handler(name)({"Records": records}, None)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def _as_json(value: Any) -> dict[str, Any]:
    """A value as Lambda hands a record over: bytes are base64 text."""
    ((kind, held),) = value.items()
    if kind == "B":
        return {kind: base64.b64encode(held).decode()}
    if kind == "L":
        return {kind: [_as_json(part) for part in held]}
    if kind == "M":
        return {kind: {name: _as_json(part) for name, part in held.items()}}
    return {kind: held}


# --- people --------------------------------------------------------------------------------------


def any_confirmed_member(member: str = "") -> str:
    """The id of a member with a confirmed address, `<id>@example.test`."""
    member = member or any_member()
    address = keys.email(f"{member}@example.test")
    profile = {**keys.profile(member), "user_id": member, "status": "confirmed"}
    open_store().transact([put("users", profile), put("users", {**address, "user_id": member})])
    return member


def any_member_with(points: int) -> str:
    """The id of a member who has earned so many points just now."""
    member = any_confirmed_member()
    purchase(member, points)
    return member


def close_account(member: str) -> None:
    """Append the entry that closes a member's account."""
    store = open_store()
    posting = open_posting(member, head(store, member), store.now())
    close(posting, Source("user", member), "the-admin")
    store.transact(append(posting))


# --- points --------------------------------------------------------------------------------------


def any_purchase(member: str, points: int = 100, **changed: object) -> dict[str, Any]:
    """A purchase event that is worth so many points, having happened just now."""
    return {
        "event_id": any_id(),
        "type": "purchase",
        "member": {"user_id": member},
        "occurred_at": instant(open_store().now()),
        "currency": "USD",
        "lines": [{"quantity": 1, "amount": points * 100}],
    } | changed


def any_refund(purchase: Mapping[str, Any], amount: int | None = None) -> dict[str, Any]:
    """A refund of a purchase: of all of it, or of an amount in minor units."""
    refund = {
        "event_id": any_id(),
        "type": "purchase_refunded",
        "member": purchase["member"],
        "occurred_at": instant(open_store().now()),
        "refunds_event_id": purchase["event_id"],
    }
    lines = [{"quantity": 1, "amount": amount}]
    return refund | ({"currency": "USD", "lines": lines} if amount else {})


def record(event: Mapping[str, Any], claims: Claims = PARTNER, key: str | None = None) -> Answer:
    """What a partner is answered who tells of an event."""
    return call("record_event", claims, body=event, key=key)


def purchase(member: str, points: int, **changed: object) -> dict[str, Any]:
    """A purchase that was recorded."""
    event = any_purchase(member, points, **changed)
    answer = record(event)
    assert (answer.status, answer.body["points"]) == (202, points), answer.body
    return event


def give(member: str, points: int) -> None:
    """Let a member hold points, however many, that no rule gave and nobody approved."""
    store = open_store()
    posting = open_posting(member, head(store, member), store.now())
    grant, source = Grant(PROGRAM.lot(posting.at)), Source("adjustment", any_id())
    credit(posting, "adjust", points, grant, source)
    store.transact(append(posting))


def adjust(member: str, points: int, reason: str = "a mistake") -> dict[str, Any]:
    """An adjustment that was made; by two admins where one is not enough."""
    body = {"user_id": member, "points": points, "reason": reason}
    answer = call("adjust_points", ADMIN, body=body, key=any_id())
    assert answer.status == 201, answer.body
    adjustment: dict[str, Any] = answer.body
    if adjustment["status"] == "waiting_approval":
        path = {"adjustment_id": adjustment["adjustment_id"]}
        approved = call("approve_adjustment", SECOND_ADMIN, path=path)
        assert approved.status == 200, approved.body
        adjustment = approved.body
    return adjustment


def set_program(**settings: object) -> dict[str, Any]:
    """The program with these settings and defaults beside them, in force everywhere."""
    answer = call("set_program", ADMIN, body=settings)
    if answer.status == 202:
        version = {"version": answer.body["proposal_version"]}
        answer = call("approve_program", SECOND_ADMIN, body=version)
    assert answer.status == 200, answer.body
    program: dict[str, Any] = answer.body
    return program


def any_waiting_version() -> int:
    """A change of the program's money terms that waits for another admin than its author."""
    body = {"discounts": {"points": 100, "worth": 100}}
    answer = call("set_program", SECOND_ADMIN, body=body)
    assert answer.status == 202, answer.body
    version: int = answer.body["proposal_version"]
    return version


def any_waiting_adjustment(member: str) -> str:
    """An adjustment that waits for another admin than the one who asked."""
    body = {"user_id": member, "points": 10**9, "reason": "a mistake"}
    answer = call("adjust_points", SECOND_ADMIN, body=body, key=any_id())
    assert answer.body["status"] == "waiting_approval", answer.body
    adjustment: str = answer.body["adjustment_id"]
    return adjustment


def balance(member: str, at: Millis | None = None) -> dict[str, Any]:
    """What a member holds."""
    query = None if at is None else {"at": instant(at)}
    answer = call("get_balance", member_claims(member), query=query)
    assert answer.status == 200, answer.body
    shown: dict[str, Any] = answer.body
    return shown


def available(member: str) -> int:
    """What a member can spend."""
    points: int = balance(member)["available"]
    return points


def statement(member: str) -> list[dict[str, Any]]:
    """A member's entries, oldest first; the chain holds when it is verified."""
    verdict = call("verify_ledger", ADMIN, path={"user_id": member})
    assert verdict.body["valid"], verdict.body
    answer = call("list_entries", member_claims(member), query={"limit": "100"})
    assert answer.status == 200, answer.body
    return list(reversed(answer.body["items"]))


def kinds(member: str) -> list[tuple[str, int]]:
    """Kind and points of a member's entries, oldest first."""
    return [(entry["kind"], entry["points"]) for entry in statement(member)]


def any_rule_request(**changed: object) -> dict[str, Any]:
    """A request for a rule: two points for every whole dollar, unless told otherwise."""
    gives = {"points": 2, "per_amount": 100, "currency": "USD"}
    return {"name": "Two a dollar", "kind": "base", "gives": gives} | changed


def any_rule(**changed: object) -> str:
    """The id of a new rule, a draft that nobody earns by yet."""
    answer = call("create_rule", ADMIN, body=any_rule_request(**changed), key=any_id())
    assert answer.status == 201, answer.body
    rule: str = answer.body["rule_id"]
    return rule


# --- at a shop's checkout, and invitations -------------------------------------------------------


def any_cart(member: str, amount: object = 1_000, **changed: object) -> dict[str, Any]:
    """A cart of a member's, with so many minor units due."""
    cart = {"member": {"user_id": member}, "cart_id": any_id(), "amount": amount, "currency": "USD"}
    return cart | changed


def quote_discount(member: str, amount: int = 1_000, **changed: object) -> str:
    """The id of a quote for a cart."""
    answer = call("quote_discount", SHOP, body=any_cart(member, amount, **changed))
    assert answer.status == 200, answer.body
    quote_id: str = answer.body["quote_id"]
    return quote_id


def issue_code(member: str) -> str:
    """A member's new one-time code."""
    answer = call("issue_discount_code", member_claims(member))
    assert answer.status == 201, answer.body
    code: str = answer.body["code"]
    return code


def burn_discount(member: str, amount: int = 1_000) -> str:
    """The id of a discount that was given for a cart."""
    body = {"quote_id": quote_discount(member, amount), "member_code": issue_code(member)}
    answer = call("burn_discount", SHOP, body=body, key=any_id())
    assert answer.status == 201, answer.body
    discount_id: str = answer.body["discount_id"]
    return discount_id


def invite_code(member: str) -> str:
    """A member's invite code."""
    answer = call("get_referral", member_claims(member))
    assert answer.status == 200, answer.body
    code: str = answer.body["invite_code"]
    return code


def any_statement_request() -> dict[str, str]:
    """A request for the entries of today."""
    day = instant(open_store().now())[:10]
    return {"from": day, "until": day}


def any_statement() -> str:
    """The id of a statement of the program that was asked for."""
    answer = call("start_statement", ADMIN, body=any_statement_request(), key=any_id())
    assert answer.status == 202, answer.body
    statement: str = answer.body["statement_id"]
    return statement


def any_replay_request() -> dict[str, Any]:
    """A request to try a rule on the days around now."""
    day = instant(open_store().now())[:10]
    return {"rules": [any_rule_request()], "first_day": day, "last_day": day}


def any_replay() -> str:
    """The id of a replay that was begun."""
    answer = call("replay_rules", ADMIN, body=any_replay_request())
    assert answer.status == 202, answer.body
    replay: str = answer.body["replay_id"]
    return replay


# --- catalog -------------------------------------------------------------------------------------


def any_product_request(points: int = 50, **changed: object) -> dict[str, Any]:
    """A request for a new product."""
    return {
        "name": f"Coupon {any_id()[:6]}",
        "type": random.choice(["coupon", "virtual"]),
        "category": "cafe",
        "price": {"points": points, "cash": None},
        "shards": 2,
    } | changed


def any_draft(points: int = 50, **changed: object) -> str:
    """The id of a new product that nobody sees yet."""
    request = any_product_request(points, **changed)
    answer = call("create_product", ADMIN, body=request, key=any_id())
    assert answer.status == 201, answer.body
    product: str = answer.body["product_id"]
    return product


def any_product(points: int = 50, codes: int = 3, **changed: object) -> str:
    """The id of a product on sale with so many codes."""
    product = any_draft(points, **changed)
    publish(product)
    if codes:
        import_codes(product, codes)
    return product


def any_category(category: str = "", **changed: object) -> str:
    """The id of a new category."""
    category = category or f"c-{any_id()[:8]}"
    body = {"category_id": category, "name": category} | changed
    answer = call("create_category", ADMIN, body=body)
    assert answer.status == 201, answer.body
    return category


def publish(product: str) -> dict[str, Any]:
    """The product, on sale."""
    return _changed(call("publish_product", ADMIN, path={"product_id": product}))


def delist(product: str) -> dict[str, Any]:
    """The product, off sale."""
    return _changed(call("delist_product", ADMIN, path={"product_id": product}))


def set_price(product: str, points: int) -> dict[str, Any]:
    """The product at another price."""
    body = {"points": points, "cash": None}
    return _changed(call("set_price", ADMIN, path={"product_id": product}, body=body))


def _changed(answer: Answer) -> dict[str, Any]:
    assert answer.status == 200, answer.body
    product: dict[str, Any] = answer.body
    return product


def import_codes(product: str, count: int, **changed: object) -> list[str]:
    """New codes that were imported."""
    codes = [any_id() for _ in range(count)]
    body = {"codes": codes} | changed
    answer = call("import_codes", ADMIN, path={"product_id": product}, body=body, key=any_id())
    assert (answer.status, answer.body["imported"]) == (201, count), answer.body
    return codes


def shelf_holds(product: str) -> int:
    """What is left of a product, as anybody sees it."""
    answer = call("get_product", path={"product_id": product})
    assert answer.status == 200, answer.body
    left: int = answer.body["stock_left"]
    return left


# --- images --------------------------------------------------------------------------------------


def any_png(size_bytes: int = 100) -> bytes:
    """A file that begins as a PNG does."""
    return b"\x89PNG\r\n\x1a\n".ljust(size_bytes, b"0")


def any_image_request(content: bytes = b"", content_type: str = "image/png") -> dict[str, Any]:
    """A request to upload an image."""
    return {"content_type": content_type, "size_bytes": len(content or any_png())}


def any_import_request(product: str | None = None) -> dict[str, Any]:
    """A request to import products, or codes of a product."""
    return {"kind": "codes", "product_id": product} if product else {"kind": "products"}


def any_import(content: bytes | None = None, product: str | None = None) -> str:
    """The id of an import that was not started; without content, nothing was uploaded."""
    request = any_import_request(product)
    answer = call("create_import", ADMIN, body=request, key=any_id())
    assert answer.status == 201, answer.body
    import_id: str = answer.body["import_id"]
    if content is not None:
        upload_import(import_id, content)
    return import_id


def upload_import(import_id: str, content: bytes) -> None:
    """Upload an import's file."""
    key = f"imports/{import_id}/upload.csv"
    boto3.client("s3").put_object(Bucket="files", Key=key, Body=content)


def any_image(product: str, content: bytes = b"", content_type: str = "image/png") -> str:
    """The id of an image that was uploaded and not attached; the bucket itself checked nothing."""
    content = content or any_png()
    request = any_image_request(content, content_type)
    answer = call("upload_image", ADMIN, path={"product_id": product}, body=request)
    assert answer.status == 201, answer.body
    image: str = answer.body["image_id"]
    place = f"pending/{product}/{image}"
    boto3.client("s3").put_object(Bucket="images", Key=place, Body=content)
    return image


# --- orders --------------------------------------------------------------------------------------


def any_order_request(product: str, points: int = 50, quantity: int = 1) -> dict[str, Any]:
    """A request to redeem points for a product, at this price of one."""
    return {"product_id": product, "quantity": quantity, "price": {"points": points}}


def place(
    member: str, product: str, points: int = 50, quantity: int = 1, key: str | None = None
) -> dict[str, Any]:
    """An order that was placed."""
    answer = try_to_place(member, product, points, quantity, key)
    assert answer.status == 201, answer.body
    order: dict[str, Any] = answer.body
    return order


def try_to_place(
    member: str, product: str, points: int = 50, quantity: int = 1, key: str | None = None
) -> Answer:
    """What a member is answered who redeems points for a product."""
    body = any_order_request(product, points, quantity)
    return call("place_order", member_claims(member), body=body, key=key or any_id())


def quote(member: str, product: str, quantity: int = 1, **changed: object) -> dict[str, Any]:
    """A quote that a member was given."""
    body = {"product_id": product, "quantity": quantity} | changed
    answer = call("quote_product", member_claims(member), body=body)
    assert answer.status == 201, answer.body
    quoted: dict[str, Any] = answer.body
    return quoted


def by_quote(product: str, quoted: Mapping[str, Any], quantity: int = 1) -> dict[str, Any]:
    """A request to redeem a product by a quote."""
    return {"product_id": product, "quantity": quantity, "quote_id": quoted["quote_id"]}


def try_to_order(member: str, body: object, key: str | None = None) -> Answer:
    """What a member is answered to any request to redeem."""
    return call("place_order", member_claims(member), body=body, key=key or any_id())


def any_address_request(**changed: object) -> dict[str, Any]:
    """A request for a new address."""
    return {
        "recipient": "Ada Lovelace",
        "phone": "+12025550123",
        "line1": f"{random.randint(1, 999)} Byron Street",
        "city": "Nottingham",
        "postal_code": "NG15 6RY",
        "country": "GB",
    } | changed


def any_address(member: str, **changed: object) -> str:
    """The id of an address in a member's book."""
    body = any_address_request(**changed)
    answer = call("create_address", member_claims(member), body=body)
    assert answer.status == 201, answer.body
    address: str = answer.body["address_id"]
    return address


def cancel(member: str, order: str, key: str | None = None) -> Answer:
    """What a member is answered who cancels an order."""
    path = {"order_id": order}
    return call("cancel_order", member_claims(member), path=path, key=key or any_id())


def fulfil(order: str, version: int = 1, tries: int = 1) -> list[str]:
    """Deliver the message that asks for an order's fulfilment, at this try; what failed."""
    return deliver("fulfil_order", f'{{"order_id": "{order}", "version": {version}}}', tries=tries)


def lose_codes(count: int = 1) -> None:
    """Take so many codes out of the pools. It cannot happen while stock follows codes."""
    free = [item for item in everything()["catalog"] if item["pk"].startswith("POOL#")]
    for item in free[:count]:
        boto3.client("dynamodb").delete_item(
            TableName="catalog", Key={"pk": {"S": item["pk"]}, "sk": {"S": item["sk"]}}
        )


def any_failed_order(member: str) -> str:
    """The id of a member's order whose fulfilment was given up, because its code is gone."""
    order: str = place(member, any_product(codes=1))["order_id"]
    lose_codes()
    assert fulfil(order, tries=settings().receives_max) == []
    return order


def any_voucher_order(
    worth: int | None = 500, days: int | None = 30, quantity: int = 1, **changed: object
) -> tuple[str, str]:
    """A member, and the id of their order of a voucher of so many cents, issued just now."""
    cash = None if worth is None else {"amount": worth, "currency": "USD"}
    terms = {"worth": cash, "valid_days": days}
    sold: dict[str, Any] = {"type": "discount", "stock_mode": "unlimited", "voucher": terms}
    product = any_product(codes=0, **sold | changed)
    member = any_member_with(50 * quantity)
    order: str = place(member, product, quantity=quantity)["order_id"]
    assert fulfil(order) == []
    return member, order


def voucher_code(member: str, order: str) -> str:
    """The code of an order's voucher, as its member sees it."""
    code: str = order_of(member, order)["delivery"]["voucher"]["code"]
    return code


def any_burned_voucher(cart: str = "cart") -> str:
    """The code of a voucher that was burned for a cart."""
    code = voucher_code(*any_voucher_order())
    assert burn_voucher(code, cart).status == 200
    return code


def burn_voucher(code: str, cart: str = "cart", key: str | None = None) -> Answer:
    """What a shop is answered that burns a voucher for a cart."""
    body = {"code": code, "cart_id": cart}
    return call("burn_voucher", SHOP, body=body, key=key or any_id())


def order_of(member: str, order: str) -> dict[str, Any]:
    """An order as its member sees it."""
    answer = call("get_order", member_claims(member), path={"order_id": order})
    assert answer.status == 200, answer.body
    shown: dict[str, Any] = answer.body
    return shown


# --- what is written -----------------------------------------------------------------------------


def everything() -> dict[str, list[dict[str, Any]]]:
    """Every item of every table: two of these are equal when nothing was written between them."""
    client, read = boto3.client("dynamodb"), TypeDeserializer().deserialize
    return {
        table: sorted(
            (
                {name: read(value) for name, value in item.items()}
                for item in client.scan(TableName=table)["Items"]
            ),
            key=lambda item: (item["pk"], item["sk"]),
        )
        for table in TABLES
    }


def waiting_messages(queue: str) -> list[str]:
    """The bodies of the messages that wait in a queue, taken out of it."""
    url = settings().queue_url(queue)
    client = boto3.client("sqs")
    bodies = []
    while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            bodies.append(message["Body"])
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return bodies
