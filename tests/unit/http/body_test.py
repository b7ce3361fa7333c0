"""Reading a body: a JSON object, or Malformed, and never anything else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mall.errors import Malformed
from mall.http.body import read_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(value=st.dictionaries(st.text(), JSON, max_size=5))
def should_read_every_object(value: dict[str, object]) -> None:
    assert read_json(json.dumps(value)) == value


@given(text=st.text())
def should_refuse_what_is_no_json_in_one_way(text: str) -> None:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        with pytest.raises(Malformed):
            read_json(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        '"{}"',
        "{} {}",
        '{"a": NaN}',
        '{"a": [-Infinity]}',
        '{"a": 1, "a": 1}',
        '{"a": {"b": 1, "b": 2}}',
        '{"a": "\\ud800"}',
        '{"\\udfff": 1}',
        '{"a": ' + "9" * 5000 + "}",
        '{"a": ' + "[" * 100_000,
        '{"a": ' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"a":' * 50_000,
    ],
    ids=range(15),
)
def should_refuse_what_cannot_be_meant(text: str) -> None:
    with pytest.raises(Malformed):
        read_json(text)


def should_leave_huge_fractions_to_the_model() -> None:
    assert read_json('{"a": 1e400}') == {"a": float("inf")}
