"""One HTTP operation: a story with its status and refusals, made a Lambda handler."""

import functools
import time
from collections.abc import Callable, Sequence
from typing import Any, Generic, ParamSpec, TypeVar

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import (
    RequestUnsupportedContentType,
    RequestValidationError,
)  # fmt: skip
from aws_lambda_powertools.metrics import MetricUnit

from mall import errors
from mall.http.body import read_json, refuse_other_types
from mall.http.caller import identify, refuse_outsiders
from mall.http.problem import Failure, faults, problem_answer, problem_response
from mall.models import View
from mall.settings import settings

P = ParamSpec("P")
R = TypeVar("R", bound="View | Response[str] | None")

logger = Logger()
metrics = Metrics()


class Operation(Generic[P, R]):
    """A Lambda handler around a story. `story` is the plain function, for tests and threads."""

    def __init__(
        self,
        story: Callable[P, R],
        status: int,
        also: Sequence[int],
        refuses: Sequence[type[errors.Refusal]],
        public_s: int = 0,
    ) -> None:
        self.story = story
        self._public_s = public_s
        self.status = status
        self.also = tuple(also)
        self.refuses = tuple(refuses)
        self.__doc__ = story.__doc__
        self._resolvers: dict[str, APIGatewayHttpResolver] = {}

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Answer one API Gateway event (payload format 2.0)."""
        return self.respond(event, context, settings().access)

    def respond(self, event: dict[str, Any], context: Any, access: str) -> dict[str, Any]:
        """Answer one event from a caller who needs `access`; nothing escapes as an exception."""
        began = time.perf_counter()
        app = self.resolver(event["routeKey"])
        try:
            refuse_outsiders(event)
            refuse_other_types(event)
            app.context["caller"] = identify(event, access)
            answer = app.resolve(event, context)
        except errors.Refusal as refusal:
            answer = problem_answer(refusal)
        except Exception:
            answer = problem_answer(_failed())
        answer["body"] = answer.get("body") or ""  # no gateway needs to know what a null body is
        request_id = event["requestContext"]["requestId"]
        answer.setdefault("headers", {}).update({"X-Request-Id": request_id})
        answer["headers"].setdefault("Cache-Control", "no-store")
        logger.info(
            "answered",
            route=event["routeKey"],
            status=answer["statusCode"],
            request_id=request_id,
            duration_ms=round((time.perf_counter() - began) * 1000, 1),
        )
        return answer

    def resolver(self, route_key: str) -> APIGatewayHttpResolver:
        """Powertools' resolver for `METHOD /path/{parameter}`, built once."""
        if route_key not in self._resolvers:
            method, _, path = route_key.partition(" ")
            app = APIGatewayHttpResolver(
                enable_validation=True,
                response_validation_error_http_code=500,
                json_body_deserializer=read_json,
            )
            rule = path.replace("{", "<").replace("}", ">")
            app.route(rule, method=method)(self._told())
            _map_errors(app)
            self._resolvers[route_key] = app
        return self._resolvers[route_key]

    def _told(self) -> Callable[..., Response[Any]]:
        @functools.wraps(self.story)
        def told(*args: P.args, **kwargs: P.kwargs) -> Response[Any]:
            view = self.story(*args, **kwargs)
            return view if isinstance(view, Response) else self._answer(view)

        return told

    def _answer(self, view: View | None) -> Response[Any]:
        status = (view._status if view else None) or self.status
        return Response(
            status_code=status,
            content_type="application/json" if view else None,
            body=view,
            headers=self._headers(view),
        )

    def _headers(self, view: View | None) -> dict[str, str | list[str]]:
        headers: dict[str, str | list[str]] = {}
        if view and view._replayed:
            headers["Idempotent-Replayed"] = "true"
        if self._public_s:
            headers["Cache-Control"] = f"public, max-age={self._public_s}"
        return headers


def operation(
    *,
    status: int = 200,
    also: Sequence[int] = (),
    refuses: Sequence[type[errors.Refusal]] = (),
    public_s: int = 0,
) -> Callable[[Callable[P, R]], Operation[P, R]]:
    """Make a story a Lambda handler.

    `status` is a success's, `also` other ones that a view may ask for, `refuses` every refusal
    that it may answer beside those of reading a request and of its caller. `public_s` is for how
    many seconds anybody may keep a success; nobody keeps a refusal, nor what is not public.
    """
    return lambda story: Operation(story, status, also, refuses, public_s)


def _failed() -> errors.Refusal:
    """Log what broke, count it for the alarm, and tell the caller nothing of it."""
    logger.exception("failed")
    metrics.add_metric(name="Failed", unit=MetricUnit.Count, value=1)
    metrics.flush_metrics()
    return Failure()


def _map_errors(app: APIGatewayHttpResolver) -> None:
    def invalid(error: RequestValidationError) -> Response[str]:
        return problem_response(errors.Invalid(faults=faults(error)))

    def unreadable(_: Exception) -> Response[str]:
        return problem_response(errors.Malformed("Send JSON with Content-Type: application/json."))

    def unknown(_: NotFoundError) -> Response[str]:
        return problem_response(errors.NotFound())

    def broken(_: Exception) -> Response[str]:
        return problem_response(_failed())

    app.exception_handler(errors.Refusal)(problem_response)
    app.exception_handler(RequestValidationError)(invalid)
    app.exception_handler([RequestUnsupportedContentType, UnicodeDecodeError])(unreadable)
    app.exception_handler(NotFoundError)(unknown)
    app.exception_handler(Exception)(broken)
