"""Run localstripe as the payment provider of one local stack, with what it lacks of Stripe.

localstripe keeps customers, payments and refunds as Stripe does and signs its webhooks. It knows no
idempotency keys, cannot confirm with a payment method, forgets an endpoint that was busy, listens
on every network and saves itself whole at each write. Here those requests are answered as Stripe
answers them, the rest is localstripe's own. The mall's code sees no difference to Stripe.

A confirmation that names no payment method pays with a test card that works, so that a program can
pay without knowing any; Stripe would refuse it. Like the emulator, it saves its state when it is
asked to stop, and it stops when whoever started it is gone.
"""

import argparse
import asyncio
import json
import os
import pickle
import signal
import threading
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, web
from localstripe import resources, server, webhooks
from localstripe.errors import UserError
from localstripe.resources import Event, List, PaymentIntent, PaymentMethod, Refund, store

from local import payment_signature

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_KEPT = "Idempotent-Replayed"
_REPEATED = (HTTPStatus.OK, HTTPStatus.PAYMENT_REQUIRED)
_ALL_DATA = "/_config/data"
_PATIENCE = ClientTimeout(total=30)
_RETRY_AFTER_S = (0.1, 1, 2, 4, 8, 16, 32, 64)
_DECLINED = "pm_card_chargeCustomerFail"  # the one test card that localstripe lets attach and fail
_TEST_CARDS = {
    "pm_card_visa_chargeDeclined": _DECLINED,
    "pm_card_chargeDeclined": _DECLINED,
}
_AUTHENTICATED = {
    "type": "card",
    "card": {"number": "4000002500003155", "exp_month": "12", "exp_year": "2035", "cvc": "123"},
}
_cards: dict[str, str] = {}
_answered: dict[str, tuple[bytes, int, bytes]] = {}
_locks: dict[str, asyncio.Lock] = {}
_refunds: dict[str, list[Any]] = {}
_sending: set[asyncio.Task[None]] = set()


# --- what is asked of payments -------------------------------------------------------------------


def _told(thing: Any) -> web.Response:
    return web.json_response(thing._export())


async def confirm(request: web.Request) -> web.Response:
    """Confirm with a payment method, by the secret key or by the intent's client secret."""
    data = await server.get_post_data(request, remove_auth=False) or {}
    intent = PaymentIntent._api_retrieve(request.match_info["id"])
    if not server.get_api_key(request) and data.get("client_secret") != intent.client_secret:
        raise UserError(401, "Unauthorized")
    if intent.status in ("succeeded", "canceled", "processing"):
        raise UserError(400, "", {"code": "payment_intent_unexpected_state"})
    if intent.latest_charge is not None:  # the card that was declined is forgotten
        intent.latest_charge = intent.payment_method = None
    method = data.get("payment_method") or intent.payment_method or "pm_card_visa"
    intent.payment_method = _card(method)
    intent.next_action = None
    return _told(PaymentIntent._api_confirm(intent.id))


def _card(name: str) -> str:
    """The id of the payment method that a test name stands for, made once; an id is itself."""
    if not name.startswith("pm_card_"):
        return str(PaymentMethod._api_retrieve(name).id)
    if name not in _cards:
        made = (
            PaymentMethod(**_AUTHENTICATED)
            if name == "pm_card_authenticationRequired"
            else PaymentMethod._api_retrieve(_TEST_CARDS.get(name, name))
        )
        _cards[name] = made.id
    return _cards[name]


async def cancel(request: web.Request) -> web.Response:
    """Cancel an intent that was not paid, and say why another one cannot be."""
    intent = PaymentIntent._api_retrieve(request.match_info["id"])
    if intent.status in ("succeeded", "canceled", "processing"):
        raise UserError(400, "", {"code": "payment_intent_unexpected_state"})
    PaymentIntent._api_cancel(intent.id)
    webhooks.schedule_webhook(Event("payment_intent.canceled", intent))
    return _told(intent)


async def list_intents(request: web.Request) -> web.Response:
    """Intents opened since an instant, newest first."""
    begin = int(request.query.get("created[gte]", "0"))
    found = [
        each for key, each in store.items()
        if key.startswith("payment_intent:") and each.created >= begin
    ]  # fmt: skip
    found.reverse()
    listed = List(
        "/v1/payment_intents", request.query.get("limit"), request.query.get("starting_after")
    )
    listed._list = found
    return _told(listed)


async def refund(request: web.Request) -> web.Response:
    """Refund a payment, never more than is left of it."""
    data = await server.get_post_data(request) or {}
    intent = PaymentIntent._api_retrieve(data.get("payment_intent", ""))
    charge = intent.latest_charge
    if charge is None or charge.status != "succeeded":
        raise UserError(400, "This payment has not succeeded.")
    left = charge.amount - charge.amount_refunded
    if int(data.get("amount") or left or 1) > left:
        raise UserError(400, "More than is left.", {"code": "charge_already_refunded"})
    made = Refund._api_create(**data)
    _refunds.setdefault(charge.id, []).append(made)
    webhooks.schedule_webhook(Event("charge.refunded", charge))
    return _told(made)


def refunds_of(url: str, charge: str | None = None, payment_intent: str | None = None,
               limit: Any = None, starting_after: str | None = None) -> Any:  # fmt: skip
    """The refunds of one charge, newest first, found without a look at all others."""
    if payment_intent is not None:
        paid = PaymentIntent._api_retrieve(payment_intent).latest_charge
        charge = paid.id if paid else ""
    listed = List(url, limit=limit, starting_after=starting_after)
    listed._list = list(reversed(_refunds.get(charge or "", [])))
    return listed


async def forget(_: web.Request) -> web.Response:
    """Forget every payment; the endpoints of webhooks stay."""
    for held in (store, _cards, _answered, _refunds):
        held.clear()
    return web.Response()


# --- once for each idempotency key ---------------------------------------------------------------


@web.middleware
async def once(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer a POST with the same idempotency key as before, as Stripe does for 24 hours."""
    key = request.headers.get("Idempotency-Key")
    if request.method != "POST" or not key:
        return await handler(request)
    body = await request.read()
    async with _locks.setdefault(key, asyncio.Lock()):
        if key in _answered:
            asked, status, answer = _answered[key]
            if asked != request.path.encode() + body:
                return _misused()
            return web.Response(
                status=status, body=answer, headers={_KEPT: "true"}, content_type="application/json"
            )
        response = await handler(request)
        if isinstance(response, web.Response) and response.status in _REPEATED:
            asked = request.path.encode() + body
            _answered[key] = (asked, response.status, (response.text or "").encode())
    return response


def _misused() -> web.Response:
    error = {"type": "idempotency_error", "message": "This key was used with another request."}
    return web.json_response({"error": error}, status=400)


# --- webhooks ------------------------------------------------------------------------------------


async def deliver(event: Any) -> None:
    """Send an event to each endpoint, and again while one does not take it."""
    payload = json.dumps(event._export(), indent=2, sort_keys=True).encode()
    for hook in list(webhooks._webhooks.values()):
        if hook.events is None or event.type in hook.events:
            task = asyncio.ensure_future(_deliver(hook, payload))
            _sending.add(task)
            task.add_done_callback(_sending.discard)


async def _deliver(hook: Any, payload: bytes) -> None:
    for pause_s in _RETRY_AFTER_S:
        await asyncio.sleep(pause_s)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": payment_signature.signed(hook.secret, payload),
        }
        try:
            async with (
                ClientSession(timeout=_PATIENCE) as session,
                session.post(hook.url, data=payload, headers=headers) as answer,
            ):
                if answer.status < HTTPStatus.BAD_REQUEST:
                    return
        except (ClientError, TimeoutError):
            continue


# --- running it ----------------------------------------------------------------------------------


def load(file: Path) -> None:
    """Take up what an earlier run saved."""
    if file.is_file():
        saved: Mapping[str, Any] = pickle.loads(file.read_bytes())  # noqa: S301 - our own file
        store.update(saved["store"])
        _cards.update(saved["cards"])
        _answered.update(saved["answered"])
        for key, each in saved["store"].items():
            if key.startswith("refund:"):
                _refunds.setdefault(each.charge, []).append(each)


def save(file: Path) -> None:
    """Save everything in one step."""
    fresh = file.with_suffix(".new")
    fresh.write_bytes(pickle.dumps({"store": dict(store), "cards": _cards, "answered": _answered}))
    fresh.replace(file)


def application(file: Path | None) -> web.Application:
    """localstripe's application, answering as Stripe where it does not."""
    resources.Store.dump_to_disk = lambda _: None
    Refund._api_list_all = staticmethod(refunds_of)
    webhooks._send_webhook = deliver
    app = web.Application(middlewares=[once, server.error_middleware])
    app.router.add_post("/v1/payment_intents/{id}/confirm", confirm)
    app.router.add_delete(_ALL_DATA, forget)
    mall = web.Application(middlewares=[server.error_middleware, server.auth_middleware])
    mall.router.add_post("/payment_intents/{id}/cancel", cancel)
    mall.router.add_get("/payment_intents", list_intents)
    mall.router.add_post("/refunds", refund)
    for route in server.app.router.routes():
        path = route.resource.canonical if route.resource else ""
        if path.startswith("/v1/"):
            mall.router.add_route(route.method, path.removeprefix("/v1"), route.handler)
        elif path.startswith("/_config/") and path != _ALL_DATA:
            app.router.add_route(route.method, path, route.handler)
    app.add_subapp("/v1", mall)

    async def stopped(_: web.Application) -> None:
        if file is not None:
            save(file)

    app.on_cleanup.append(stopped)
    return app


def stop_when_orphaned() -> None:
    """Wait for the end of standard input, then stop as if someone had asked for it."""
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Listen on the loopback address until told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path)
    arguments = parser.parse_args()
    if arguments.state:
        load(arguments.state)
    threading.Thread(target=stop_when_orphaned, daemon=True).start()
    web.run_app(
        application(arguments.state), host="127.0.0.1", port=arguments.port, print=None,
        access_log=None,
    )  # fmt: skip


if __name__ == "__main__":
    main()
