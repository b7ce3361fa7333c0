"""The refusal tree: what every refusal must have, and the drawing at the top of its file."""

import re

import pytest
from mall import errors
from mall.errors import Refusal, refusals
from mall.http.problem import Failure

ALL: list[type[Refusal]] = [kind for kind in refusals() if kind is not Failure]


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def should_have_a_status_a_code_a_sentence_and_a_meaning(kind: type[Refusal]) -> None:
    assert 400 <= kind.status < 600
    words = re.findall(r"[A-Z][a-z]+", kind.__name__)
    assert kind.code == "_".join(words).lower()
    assert kind.title.endswith(".")
    assert kind.__doc__ != Refusal.__doc__


def should_never_give_one_code_two_meanings() -> None:
    codes = [kind.code for kind in ALL] + [Failure.code]
    assert len(codes) == len(set(codes))


def should_draw_the_tree_as_it_is() -> None:
    drawing = errors.__doc__ or ""
    drawn = {
        (int(status), name)
        for status, names in re.findall(r"(\d{3}) ((?:.|\n)*?)(?=\n[├└]|\n\n)", drawing)
        for name in re.findall(r"[A-Z]\w+", names)
    }
    assert drawn == {(kind.status, kind.__name__) for kind in ALL}


def should_tell_when_to_try_again_where_that_helps() -> None:
    told = {kind.code: kind.retry_after_s for kind in ALL if kind.retry_after_s is not None}
    assert told == {"busy": 1, "payment_unavailable": 5, "rate_limited": 30}
    assert {kind.status for kind in ALL if kind.retry_after_s} == {429, 503}


def should_carry_facts_and_faults() -> None:
    refusal = errors.InsufficientPoints(available=3)
    assert (refusal.facts, refusal.faults) == ({"available": 3}, ())
    assert refusal.detail == str(refusal) == errors.InsufficientPoints.title
    assert errors.NotFound("No such order.").detail == "No such order."


def should_keep_what_is_no_refusal_out_of_the_tree() -> None:
    assert not issubclass(errors.Stale, Refusal)
    assert not issubclass(errors.AlreadyDone, Refusal)
