"""Problem documents: the status is always the HTTP status, and facts never hide it."""

import json

from mall import errors
from mall.http.problem import PROBLEM, problem, problem_answer


def should_tell_a_refusal_with_its_facts() -> None:
    assert problem(errors.InsufficientPoints(available=3)) == {
        "type": "urn:points-mall:problem:insufficient_points",
        "title": "There are not enough points.",
        "status": 409,
        "code": "insufficient_points",
        "detail": "There are not enough points.",
        "available": 3,
    }


def should_let_no_fact_take_the_place_of_a_member() -> None:
    document = problem(errors.NotCancellable(order_status="fulfilled", code="x", type="y"))
    assert (document["status"], document["order_status"]) == (409, "fulfilled")
    assert document["code"] == "not_cancellable"
    assert document["type"].startswith("urn:")


def should_name_the_faults_only_where_there_are_some() -> None:
    fault = {"field": "points", "message": "too many"}
    assert problem(errors.Invalid(faults=[fault]))["errors"] == [fault]
    assert "errors" not in problem(errors.Invalid())


def should_say_when_to_try_again() -> None:
    busy = problem_answer(errors.Busy())
    assert busy["statusCode"] == 503
    assert busy["headers"] == {"Content-Type": PROBLEM, "Retry-After": "1"}
    assert json.loads(busy["body"])["code"] == "busy"
    assert "Retry-After" not in problem_answer(errors.NotFound())["headers"]
