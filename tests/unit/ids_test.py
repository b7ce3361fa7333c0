"""Ids: random, derived, and the digest that tells two requests apart."""

import re

from hypothesis import given
from hypothesis import strategies as st
from mall.ids import derived_id, new_id, request_hash, sealed_hash
from mall.models import Request

PARTS = st.lists(st.text(max_size=6), min_size=1, max_size=4)


class _ThingRequest(Request):
    name: str


class _LaterThingRequest(_ThingRequest):
    colour: str = "red"


def should_be_of_one_shape() -> None:
    shape = re.compile(r"[a-z2-7]{26}")
    assert shape.fullmatch(new_id())
    assert shape.fullmatch(derived_id("a", "b"))


def should_be_new_each_time() -> None:
    assert len({new_id() for _ in range(1000)}) == 1000


@given(one=PARTS, other=PARTS)
def should_derive_one_id_from_the_same_parts_and_another_from_others(
    one: list[str], other: list[str]
) -> None:
    assert (derived_id(*one) == derived_id(*other)) == (one == other)


def should_not_let_one_part_imitate_two() -> None:
    assert derived_id("ab", "c") != derived_id("a", "bc")
    assert derived_id("a", "") != derived_id("a")


def should_tell_two_requests_and_two_routes_apart() -> None:
    kept = request_hash("route", _ThingRequest(name="a"))
    assert len(kept) == 16
    assert kept == request_hash("route", _ThingRequest(name=" a "))
    assert kept != request_hash("route", _ThingRequest(name="b"))
    assert kept != request_hash("another", _ThingRequest(name="a"))


def should_not_count_a_field_that_was_not_sent() -> None:
    """A field that a later version adds leaves every request of before as it was."""
    kept = request_hash("route", _ThingRequest(name="a"))
    assert kept == request_hash("route", _LaterThingRequest(name="a"))
    assert kept != request_hash("route", _LaterThingRequest(name="a", colour="blue"))


def should_seal_what_is_kept_of_a_request_with_codes() -> None:
    """Whoever reads the table cannot try codes on it: only the secret tells which one fits."""
    sent = _ThingRequest(name="8841")
    kept = sealed_hash(b"secret", "route", sent)
    assert len(kept) == 16
    assert kept == sealed_hash(b"secret", "route", _ThingRequest(name="8841"))
    others = (
        sealed_hash(b"another", "route", sent),
        sealed_hash(b"secret", "another", sent),
        sealed_hash(b"secret", "route", _ThingRequest(name="8842")),
        request_hash("route", sent),
    )
    assert kept not in others
