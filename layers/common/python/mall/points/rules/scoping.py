"""Which lines each rule means.

A set of lines is an integer with one bit per line. The lines of an event are looked up by SKU,
category and product type, so a rule costs a few set operations, however many names it lists and
however many lines there are.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, reduce
from itertools import compress, count
from operator import or_

from mall.points.rules.active import Rate, Scope
from mall.points.rules.event_facts import Facts
from mall.points.rules.rule_set import Rules

LineBits = int
Positions = tuple[int, ...]
_Named = Mapping[str | None, LineBits]
_AS_TRUTH = bytes.maketrans(b"01", bytes([0, 1]))


@dataclass(frozen=True)
class Scoping:
    """Rules by their numbers, ascending, with the positions of their lines, in order.

    `earning` has the rate rules with the lines that earn by them, each line by one at most;
    `meant` has all other rules. A rule that means a whole event without lines has no positions.
    `skipped` has the code of each rule that means no line.
    """

    earning: Mapping[int, Positions]
    meant: Mapping[int, Positions]
    skipped: Mapping[int, str]


class _Lines:
    """The lines of an event, by what rules call them."""

    def __init__(self, facts: Facts) -> None:
        self.all = (1 << len(facts.lines)) - 1
        self._skus = _named(line.sku for line in facts.lines)
        self._categories = _named(line.category for line in facts.lines)
        self._product_types = _named(line.product_type for line in facts.lines)

    def named_by(self, scope: Scope) -> tuple[LineBits, LineBits, LineBits, LineBits]:
        """The lines in a scope, most specific first: by SKU, category, product type, or by none."""
        allowed = self.all
        if scope.excludes_lines:
            allowed &= ~(
                _found(self._skus, scope.excluded_skus)
                | _found(self._categories, scope.excluded_categories)
                | _found(self._product_types, scope.excluded_product_types)
            )
        if not scope.names_lines:
            return (0, 0, 0, allowed)
        return (
            _found(self._skus, scope.skus) & allowed,
            _found(self._categories, scope.categories) & allowed,
            _found(self._product_types, scope.product_types) & allowed,
            0,
        )


def _named(names: Iterable[str | None]) -> _Named:
    found: dict[str | None, LineBits] = defaultdict(int)
    for position, name in enumerate(names):
        found[name] |= 1 << position
    return dict(found)


def _found(named: _Named, names: frozenset[str]) -> LineBits:
    bits = 0
    if len(names) < len(named):
        for name in names:
            bits |= named.get(name, 0)
        return bits
    for called, lines in named.items():
        if called in names:
            bits |= lines
    return bits


def scoping(rules: Rules, live: Iterable[int], facts: Facts) -> Scoping:
    """The lines of every live rule."""
    lines = _Lines(facts)
    rates: dict[int, tuple[LineBits, ...]] = {}
    meant: dict[int, LineBits] = {}
    skipped: dict[int, str] = {}
    for number in live:
        scope = rules[number].scope
        if isinstance(rules[number].gives, Rate):
            rates[number] = lines.named_by(scope)
            continue
        bits = lines.all if scope.is_everything else reduce(or_, lines.named_by(scope))
        if bits or scope.is_everything:
            meant[number] = bits
        else:
            skipped[number] = "no_matching_line"
    earning = _earning(rates, lines.all)
    for number in rates.keys() - earning.keys():
        skipped[number] = "less_specific" if any(rates[number]) else "no_matching_line"
    positions = cache(_positions)
    return Scoping(
        earning={number: positions(earning[number]) for number in sorted(earning)},
        meant={number: positions(bits) for number, bits in meant.items()},
        skipped=skipped,
    )


def _earning(rates: Mapping[int, tuple[LineBits, ...]], free: LineBits) -> dict[int, LineBits]:
    """Give each line to the most specific rate rule; of equal ones, to that which comes first."""
    earning: dict[int, LineBits] = defaultdict(int)
    for level in range(4):
        for number, bits in rates.items():
            if taken := bits[level] & free:
                earning[number] |= taken
                free ^= taken
    return dict(earning)


def _positions(bits: LineBits) -> Positions:
    return tuple(compress(count(), f"{bits:b}"[::-1].encode().translate(_AS_TRUTH)))
