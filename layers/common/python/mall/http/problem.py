"""Problem documents (RFC 9457): how each refusal is told to the caller."""

import json
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from mall import errors

PROBLEM = "application/problem+json"


def problem(refusal: errors.Refusal) -> dict[str, Any]:
    """The problem document (RFC 9457) of a refusal."""
    document: dict[str, Any] = {
        "type": f"urn:points-mall:problem:{refusal.code}",
        "title": refusal.title,
        "status": refusal.status,
        "code": refusal.code,
        "detail": refusal.detail,
    }
    if refusal.faults:
        document["errors"] = list(refusal.faults)
    return dict(refusal.facts) | document


def faults(error: RequestValidationError) -> list[dict[str, str]]:
    """What is wrong, field by field, without echoing what was sent."""
    named = []
    for fault in error.errors():
        path = [str(part) for part in fault["loc"] if part not in ("body", "query", "path")]
        named.append({"field": ".".join(path) or "body", "message": fault["msg"]})
    return named


class Failure(errors.Refusal):
    """Something broke inside; the log has it, the caller does not."""

    status, code, title = 500, "internal", "Something went wrong on our side."


def problem_response(refusal: errors.Refusal) -> Response[str]:
    """A refusal as Powertools' event handler sends it."""
    answer = problem_answer(refusal)
    return Response(
        status_code=answer["statusCode"],
        content_type=PROBLEM,
        body=answer["body"],
        headers=answer["headers"],
    )


def problem_answer(refusal: errors.Refusal) -> dict[str, Any]:
    """A refusal as API Gateway sends it (payload format 2.0)."""
    headers = {"Content-Type": PROBLEM}
    if refusal.retry_after_s is not None:
        headers["Retry-After"] = str(refusal.retry_after_s)
    return {
        "statusCode": refusal.status,
        "headers": headers,
        "body": json.dumps(problem(refusal), separators=(",", ":")),
        "isBase64Encoded": False,
    }
