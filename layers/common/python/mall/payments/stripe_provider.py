"""What Stripe does for the port, through its own library at one pinned version of its API.

Every POST carries an idempotency key, so a retry never pays twice. Stripe forgets a key after 24
hours, so a refund also looks for itself among those that were made: each carries its id. Whatever
Stripe does not say clearly is PaymentUnavailable: an unknown answer moves nothing.

Until then Stripe answers a key as the first time, an error too, whatever was mended meanwhile. So a
refund that was refused is asked for under another key: the caller counts the attempts, and only a
refusal that leaves no doubt begins the next. An intent may be opened anew after any error that is
kept, for nobody can pay the one that is unknown.

Every intent carries the stage and the order it is for. An account that several stages share, or
that sells elsewhere too, shows each of them its own alone.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from http import HTTPStatus
from typing import Any, TypeVar

import stripe
from aws_lambda_powertools import Logger

from mall.clock import Millis
from mall.errors import CashNotAccepted, PaymentUnavailable
from mall.money import Money
from mall.orders.provider import Intent, IntentStatus, RefundStatus
from mall.payments.amounts import from_stripe, to_stripe
from mall.payments.secret import PaymentKeys, PaymentSecret
from mall.settings import settings

API_VERSION = "2026-10-28.endive"
_TIMEOUT_S = (1.0, 3.0)  # to connect, to answer: two tries fit into an HTTP operation's 10 s
_RETRIES = 1
_FRESH_S = 30  # an intent older than this may be the replay of one that has moved on
_OPENINGS_MAX = 5
_PAGE = 100
_STATUSES: dict[str, IntentStatus] = {
    "succeeded": "succeeded", "canceled": "cancelled", "processing": "processing",
}  # fmt: skip
_REFUND_STATUSES: dict[str, RefundStatus] = {
    "succeeded": "paid", "failed": "failed", "canceled": "failed",
}  # fmt: skip
_NOT_REFUNDABLE = ("charge_already_refunded", "charge_disputed", "charge_expired_for_capture")
_TOO_SMALL_OR_LARGE = ("amount_too_small", "amount_too_large", "invalid_currency")
_EXPAND = ["latest_charge"]
_KEPT = "Idempotent-Replayed"
_SAID_NO = (stripe.InvalidRequestError, stripe.CardError)  # 400, 404, 402: nothing was done

T = TypeVar("T")
logger = Logger()


class StripeProvider:
    """The port's adapter."""

    def __init__(self, secret: PaymentSecret) -> None:
        self._secret = secret
        self._stage = settings().stage

    def open(self, order_id: str, member: str, money: Money) -> Intent:
        """Open the intent of an order; the same order and money give the same one.

        One that was cancelled meanwhile gives way to the next. Raises PaymentUnavailable, and
        CashNotAccepted for an amount that Stripe does not take.
        """
        params: Any = {
            "amount": to_stripe(money),
            "currency": money.currency.lower(),
            "metadata": {"order_id": order_id, "stage": self._stage, "member": member},
        }
        for number in range(1, _OPENINGS_MAX + 1):
            key = f"{self._stage}.{order_id}.{money.amount}.{money.currency}.{number}"
            options: Any = {"idempotency_key": key}
            answer = self._ask(partial(_create, params, options))
            if answer is None:
                continue
            if time.time() - answer.created > _FRESH_S:
                answer = self._retrieve(answer.id)
            if answer.status != "canceled":
                return self._intent(answer)
        raise PaymentUnavailable()

    def find(self, intent_id: str) -> Intent | None:
        """How an intent stands; None for one that is unknown. Raises PaymentUnavailable."""
        params: Any = {"expand": _EXPAND}
        try:
            answer = self._ask(lambda to: to.payment_intents.retrieve(intent_id, params))
        except _SAID_NO as error:
            if error.http_status != HTTPStatus.NOT_FOUND:
                raise PaymentUnavailable() from None
            return None
        return self._intent(answer)

    def cancel(self, intent_id: str) -> Intent:
        """Cancel an intent, and say how it stands: cancelled, or it succeeded before, or a bank
        still decides (`processing`). Raises PaymentUnavailable also where none of these is so.
        """
        try:
            answer = self._ask(lambda to: to.payment_intents.cancel(intent_id, {"expand": _EXPAND}))
        except _SAID_NO:
            answer = self._retrieve(intent_id)
        intent = self._intent(answer)
        if intent.status == "open":
            raise PaymentUnavailable()
        return intent

    def refund(self, intent_id: str, refund_id: str, amount: int, attempt: int = 1) -> RefundStatus:
        """Give money back, once for each id. `failed` when Stripe says that it never will, or holds
        less than that; `paid` once it has succeeded; `refused` when Stripe has executed it and said
        no, as for want of balance. Raises PaymentUnavailable.
        """
        intent = self._retrieve(intent_id)
        money = from_stripe(intent.amount, intent.currency)
        made = self._made(intent_id, refund_id)
        if made is None:
            key = f"{self._stage}.refund.{refund_id}" + (f".{attempt}" if attempt > 1 else "")
            options: Any = {"idempotency_key": key}
            try:
                _check_held(intent, to_stripe(Money(amount, money.currency)))
                params: Any = {
                    "payment_intent": intent_id,
                    "amount": to_stripe(Money(amount, money.currency)),
                    "metadata": {"refund_id": refund_id},
                }
                made = self._ask(lambda to: to.refunds.create(params, options))
            except CashNotAccepted:
                return "failed"
            except _SAID_NO as error:
                logger.warning("refund refused", code=error.code, attempt=attempt)
                return "failed" if error.code in _NOT_REFUNDABLE else "refused"
        return _REFUND_STATUSES.get(made.status, "pending")

    def refunds(self, intent_id: str) -> Mapping[str, RefundStatus]:
        """How each refund that carries an id of the mall's stands. Raises PaymentUnavailable."""
        query: Any = {"payment_intent": intent_id, "limit": _PAGE}
        return {
            _metadata(refund).get("refund_id", ""): _REFUND_STATUSES.get(refund.status, "pending")
            for refund in self._pages(lambda to, q: to.refunds.list(q), query)
        }

    def _made(self, intent_id: str, refund_id: str) -> Any:
        """The refund with this id, if it was made before; None otherwise."""
        query: Any = {"payment_intent": intent_id, "limit": _PAGE}
        for refund in self._pages(lambda to, q: to.refunds.list(q), query):
            if _metadata(refund).get("refund_id") == refund_id:
                return refund
        return None

    def since(self, begin: Millis) -> Iterable[Intent]:
        """This stage's intents that were opened since `begin`, by the provider's own clock."""
        query: Any = {
            "created": {"gte": begin // 1000}, "limit": _PAGE, "expand": ["data.latest_charge"],
        }  # fmt: skip
        for answer in self._pages(lambda to, q: to.payment_intents.list(q), query):
            intent = self._intent(answer)
            if intent.order_id:
                yield intent

    def _pages(self, ask: Callable[[Any, Any], Any], query: dict[str, Any]) -> Iterable[Any]:
        page = self._ask(lambda to: ask(to, query))
        while True:
            yield from page.data
            if not page.has_more or not page.data:
                return
            last = {"starting_after": page.data[-1].id}
            page = self._ask(partial(_next_page, ask, query | last))

    def _retrieve(self, intent_id: str) -> Any:
        params: Any = {"expand": _EXPAND}
        try:
            return self._ask(lambda to: to.payment_intents.retrieve(intent_id, params))
        except _SAID_NO:
            raise PaymentUnavailable() from None

    def _ask(self, call: Callable[[Any], T]) -> T:
        """What Stripe answers. Raises what says no (_SAID_NO), PaymentUnavailable for the rest.

        A key that Stripe does not know is read again once: it may have been rotated.
        """
        try:
            try:
                return call(_client(self._secret.keys()).v1)
            except (stripe.AuthenticationError, stripe.PermissionError):
                return call(_client(self._secret.keys(fresh=True)).v1)
        except _SAID_NO as error:
            if error.code in _TOO_SMALL_OR_LARGE:
                raise CashNotAccepted() from None
            raise
        except stripe.StripeError as error:
            logger.warning("provider silent", error=type(error).__name__, status=error.http_status)
            raise PaymentUnavailable() from None

    def _intent(self, answer: Any) -> Intent:
        metadata = _metadata(answer)
        charge = answer.latest_charge
        refunded = 0 if charge is None or isinstance(charge, str) else charge.amount_refunded
        ours = metadata.get("stage") == self._stage
        return Intent(
            intent_id=answer.id,
            order_id=metadata.get("order_id", "") if ours else "",
            status=_STATUSES.get(answer.status, "open"),
            money=from_stripe(answer.amount, answer.currency),
            refunded=from_stripe(refunded, answer.currency).amount,
            client_secret=answer.client_secret or "",
            opened_at=answer.created * 1000,
        )


def _check_held(intent: Any, amount: int) -> None:
    """Raises CashNotAccepted for more than Stripe still holds of a payment that it took."""
    charge = intent.latest_charge
    if intent.status != "succeeded" or charge is None or isinstance(charge, str):
        return
    if amount > charge.amount - charge.amount_refunded:
        raise CashNotAccepted()


def _create(params: Any, options: Any, to: Any) -> Any:
    """The intent under a key; None where Stripe keeps an error of its own under it."""
    try:
        return to.payment_intents.create(params, options)
    except stripe.APIError as error:
        if (error.headers or {}).get(_KEPT) == "true":
            return None
        raise


def _next_page(ask: Callable[[Any, Any], Any], query: dict[str, Any], to: Any) -> Any:
    return ask(to, query)


def _metadata(answer: Any) -> dict[str, str]:
    return answer.metadata.to_dict() if answer.metadata else {}


def _client(keys: PaymentKeys) -> stripe.StripeClient:
    if not keys.api_key:
        raise PaymentUnavailable("This stage has no key for the payment provider yet.")
    return _client_of(keys.api_key, keys.api_base)


@cache
def _client_of(api_key: str, api_base: str) -> stripe.StripeClient:
    return stripe.StripeClient(
        api_key,
        stripe_version=API_VERSION,
        max_network_retries=_RETRIES,
        http_client=stripe.RequestsClient(timeout=_TIMEOUT_S),
        base_addresses={"api": api_base} if api_base else {},
    )
