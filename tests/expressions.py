"""DynamoDB's expressions, evaluated on plain items: as much of them as the mall writes.

Unknown syntax raises ValueError: an expression is never taken for another one.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

Item = Mapping[str, Any]
Values = Mapping[str, Any]
_Term = Callable[[Item, Values], Any]
_TOKEN = re.compile(r"\s*([#:]?[A-Za-z_]\w*|<=|>=|<>|[=<>(),+-])")
_MISSING = object()
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def holds(condition: str, item: Item, values: Values) -> bool:
    """Whether a condition or filter holds of an item; {} is one that is not there."""
    return bool(_condition(condition)(item, values))


def updated(expression: str, before: Item, values: Values) -> dict[str, Any]:
    """The item that an update makes of another."""
    after = dict(before)
    for change in _update(expression):
        change(before, values, after)
    return after


class _Reader:
    """The tokens of an expression, read from left to right."""

    def __init__(self, text: str) -> None:
        self.tokens = _TOKEN.findall(text)
        if "".join(self.tokens) != re.sub(r"\s", "", text):
            raise ValueError(f"cannot read {text!r}")
        self.at = 0

    @property
    def next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, wanted: str = "") -> str:
        token = self.next
        if not token or (wanted and token != wanted):
            raise ValueError(f"{wanted or 'more'} is missing at {self.at} in {self.tokens}")
        self.at += 1
        return token

    def maybe(self, wanted: str) -> bool:
        if self.next != wanted:
            return False
        self.at += 1
        return True


@cache
def _condition(text: str) -> _Term:
    reader = _Reader(text)
    term = _either(reader)
    if reader.next:
        raise ValueError(f"cannot read {text!r} from {reader.next!r} on")
    return term


def _either(reader: _Reader) -> _Term:
    terms = [_both(reader)]
    while reader.maybe("OR"):
        terms.append(_both(reader))
    if len(terms) == 1:
        return terms[0]
    return lambda item, values: any(term(item, values) for term in terms)


def _both(reader: _Reader) -> _Term:
    terms = [_single(reader)]
    while reader.maybe("AND"):
        terms.append(_single(reader))
    if len(terms) == 1:
        return terms[0]
    return lambda item, values: all(term(item, values) for term in terms)


def _single(reader: _Reader) -> _Term:
    if reader.maybe("NOT"):
        negated = _single(reader)
        return lambda item, values: not negated(item, values)
    if reader.maybe("("):
        inner = _either(reader)
        reader.take(")")
        return inner
    if reader.next in _TESTS:
        return _test(reader)
    left = _operand(reader)
    if reader.maybe("BETWEEN"):
        low = _operand(reader)
        reader.take("AND")
        high = _operand(reader)
        return lambda i, v: _ordered(low(i, v), left(i, v)) and _ordered(left(i, v), high(i, v))
    sign = reader.take()
    compare, right = _COMPARE[sign], _operand(reader)

    def holds(item: Item, values: Values) -> bool:
        one, other = left(item, values), right(item, values)
        if one is _MISSING or other is _MISSING:
            return sign == "<>"  # what is not there differs from everything
        return compare(one, other)

    return holds


def _ordered(low: Any, high: Any) -> bool:
    return low is not _MISSING and high is not _MISSING and bool(low <= high)


_TESTS: Mapping[str, Callable[..., bool]] = {
    "attribute_exists": lambda held: held is not _MISSING,
    "attribute_not_exists": lambda held: held is _MISSING,
    "begins_with": lambda held, start: held is not _MISSING and held.startswith(start),
    "contains": lambda held, part: held is not _MISSING and part in held,
}


def _test(reader: _Reader) -> _Term:
    test = _TESTS[reader.take()]
    arguments = _arguments(reader)
    return lambda item, values: test(*(argument(item, values) for argument in arguments))


def _arguments(reader: _Reader) -> list[_Term]:
    reader.take("(")
    arguments = [_operand(reader)]
    while reader.maybe(","):
        arguments.append(_operand(reader))
    reader.take(")")
    return arguments


def _operand(reader: _Reader) -> _Term:
    token = reader.take()
    if token == "if_not_exists":
        held, other = _arguments(reader)

        def chosen(item: Item, values: Values) -> Any:
            found = held(item, values)
            return other(item, values) if found is _MISSING else found

        return chosen
    if token[0] not in "#:":
        raise ValueError(f"{token!r} is no operand")
    name = token[1:]
    if token[0] == ":":
        return lambda _, values: values[name]
    return lambda item, _: item.get(name, _MISSING)


def _sum(reader: _Reader) -> _Term:
    term = _operand(reader)
    while reader.next in ("+", "-"):
        sign = 1 if reader.take() == "+" else -1
        term = _plus(term, sign, _operand(reader))
    return term


def _plus(left: _Term, sign: int, right: _Term) -> _Term:
    return lambda item, values: left(item, values) + sign * right(item, values)


_Change = Callable[[Item, Values, dict[str, Any]], None]


@cache
def _update(text: str) -> Sequence[_Change]:
    reader = _Reader(text)
    return [change for change in _changes(reader)]


def _changes(reader: _Reader) -> Iterator[_Change]:
    while reader.next:
        verb = reader.take()
        yield _CHANGES[verb](reader)
        while reader.maybe(","):
            yield _CHANGES[verb](reader)


def _set(reader: _Reader) -> _Change:
    name = reader.take()[1:]
    reader.take("=")
    term = _sum(reader)

    def change(before: Item, values: Values, after: dict[str, Any]) -> None:
        after[name] = term(before, values)

    return change


def _add(reader: _Reader) -> _Change:
    name = reader.take()[1:]
    term = _operand(reader)

    def change(before: Item, values: Values, after: dict[str, Any]) -> None:
        after[name] = before.get(name, 0) + term(before, values)

    return change


def _remove(reader: _Reader) -> _Change:
    name = reader.take()[1:]
    return lambda _before, _values, after: after.pop(name, None)


_CHANGES: Mapping[str, Callable[[_Reader], _Change]] = {
    "SET": _set, "ADD": _add, "REMOVE": _remove,
}  # fmt: skip
