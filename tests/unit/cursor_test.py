"""Cursors: whoever was given one may go on with it, in the same list, and nobody else."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mall.cursor import accept, issue
from mall.errors import BadCursor

SECRET = b"a secret"
SCOPES = st.text(max_size=40)
POSITIONS = st.dictionaries(st.text(max_size=8), st.text(max_size=40), max_size=5)


@given(scope=SCOPES, position=POSITIONS)
def should_hold_the_position_it_was_issued_for(scope: str, position: dict[str, str]) -> None:
    cursor = issue(SECRET, scope, position)
    assert cursor is not None
    assert cursor.isascii()
    assert accept(SECRET, scope, cursor) == position


def should_be_none_at_the_end_and_at_the_beginning() -> None:
    assert issue(SECRET, "list", None) is None
    assert accept(SECRET, "list", None) is None


@given(scope=SCOPES, other=SCOPES, position=POSITIONS)
def should_belong_to_one_list_and_one_secret(
    scope: str, other: str, position: dict[str, str]
) -> None:
    cursor = issue(SECRET, scope, position)
    with pytest.raises(BadCursor):
        accept(b"another", scope, cursor)
    if other != scope:
        with pytest.raises(BadCursor):
            accept(SECRET, other, cursor)


def should_not_let_a_scope_run_into_the_position() -> None:
    cursor = issue(SECRET, "orders:m", {"a": "b"}) or ""
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    for scope in ('orders:m{"a":"b"}', "orders:", ""):
        with pytest.raises(BadCursor):
            accept(SECRET, scope, cursor)
    assert json.loads(raw[16:]) == {"a": "b"}


@given(data=st.data())
def should_notice_every_changed_byte(data: st.DataObject) -> None:
    cursor = issue(SECRET, "list", {"pk": "a", "sk": "b"}) or ""
    raw = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    forged = base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("=")
    with pytest.raises(BadCursor):
        accept(SECRET, "list", forged)


@given(cursor=st.text(max_size=80))
def should_refuse_whatever_was_never_issued(cursor: str) -> None:
    with pytest.raises(BadCursor):
        accept(SECRET, "list", cursor)
