"""What a rule must be beyond the shape of its fields: fit in itself, and fit the program.

Each fault names its field, as in `conditions.attributes.0.name`.
"""

import json
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mall.errors import Fault, Invalid
from mall.points.program.settings import BASE_TIER, BUILT_IN_TYPES, PURCHASE, ProgramSettings
from mall.points.rules.event_facts import AttributeValue
from mall.points.rules.request import RuleAttribute, RuleRequest
from mall.points.rules.rule import Rule, document

DOCUMENT_BYTES_MAX = 32_000  # so that a page of rules, or all versions of one, fit an answer

_KINDS: Mapping[str, type] = {"text": str, "integer": int, "boolean": bool}
_RATE_FIELDS = ("per_amount", "currency", "whole_units")


@dataclass(frozen=True)
class Vocabulary:
    """What a rule may speak of: types of events with their attributes and kinds, and tiers.

    A kind is `text`, `integer` or `boolean`.
    """

    event_types: Mapping[str, Mapping[str, str]]
    tiers: frozenset[str]


def vocabulary(settings: ProgramSettings) -> Vocabulary:
    """What the program's settings define, the built-in types and the base tier included."""
    types = {type_: settings.attributes_of(type_) or () for type_ in BUILT_IN_TYPES}
    types |= {each.type: each.attributes for each in settings.event_types}
    return Vocabulary(
        {type_: {one.name: one.kind for one in held} for type_, held in types.items()},
        frozenset({BASE_TIER, *(tier.tier_id for tier in settings.tiers)}),
    )


def check(request: RuleRequest, known: Vocabulary) -> None:
    """Refuse a rule that contradicts itself or the program's settings. Raises Invalid."""
    faults: list[Fault] = [
        {"field": field, "message": message}
        for checked in _CHECKS
        for field, message in checked(request, known)
    ]
    if faults:
        raise Invalid(faults=faults)


def check_draft(rule: Rule, known: Vocabulary) -> None:
    """Refuse a draft that the program's settings have left behind. Raises Invalid."""
    if rule.newest.status == "draft":
        check(RuleRequest.model_validate(rule.newest.document), known)


_Faults = Iterator[tuple[str, str]]


def _given(request: RuleRequest) -> list[str]:
    """Which of the things that a rule can give this one does."""
    said = request.gives.model_fields_set
    return [name for name in ("points", "multiplier", "bonus") if name in said]


def _gives_one_thing(request: RuleRequest, _: Vocabulary) -> _Faults:
    given = _given(request)
    if len(given) != 1:
        yield "gives", "give exactly one of points, multiplier and bonus"
        return
    meant = ("multiplier", "bonus") if request.kind == "campaign" else ("points",)
    if given[0] not in meant:
        yield f"gives.{given[0]}", f"a {request.kind} rule gives {' or '.join(meant)}"
    if getattr(request.gives, given[0]) is None:
        yield f"gives.{given[0]}", "must not be null"


def _gives_a_whole_rate(request: RuleRequest, _: Vocabulary) -> _Faults:
    gives = request.gives
    if len(_given(request)) != 1:
        return
    stray = [name for name in _RATE_FIELDS if getattr(gives, name) is not None]
    if gives.per_amount is None or gives.points is None:
        for name in stray:
            yield f"gives.{name}", "belongs to points per amount only"
        if gives.points is not None and gives.points % 1:
            yield "gives.points", "must be a whole number, unless it is per amount"
        return
    if gives.currency is None:
        yield "gives.currency", "points per amount need the currency of the amount"
    for at, type_ in enumerate(request.event_types):
        if type_ != PURCHASE:
            yield f"event_types.{at}", "only a purchase has amounts to give points for"


def _has_a_window(request: RuleRequest, _: Vocabulary) -> _Faults:
    if request.starts_at and request.ends_at and request.starts_at >= request.ends_at:
        yield "ends_at", "must be later than starts_at"


def _is_for_known_events(request: RuleRequest, known: Vocabulary) -> _Faults:
    for at, type_ in enumerate(request.event_types):
        if type_ not in known.event_types:
            yield f"event_types.{at}", "the program's settings define no such type of event"
    yield from _repeated("event_types", request.event_types)


def _asks_for_known_tiers(request: RuleRequest, known: Vocabulary) -> _Faults:
    for at, tier in enumerate(request.conditions.tiers):
        if tier not in known.tiers:
            yield f"conditions.tiers.{at}", "the program's settings define no such tier"
    yield from _repeated("conditions.tiers", request.conditions.tiers)
    yield from _repeated("conditions.weekdays", request.conditions.weekdays)


def _asks_for_known_attributes(request: RuleRequest, known: Vocabulary) -> _Faults:
    declared = [known.event_types.get(type_, {}) for type_ in request.event_types]
    for at, test in enumerate(request.conditions.attributes):
        path = f"conditions.attributes.{at}"
        kinds = {names[test.name] for names in declared if test.name in names}
        if not kinds:
            yield f"{path}.name", "no event type of this rule declares such an attribute"
        tests = [name for name in _TESTS if getattr(test, name) is not None]
        if len(tests) != 1:
            yield path, f"give exactly one of {', '.join(_TESTS)}"
        for name in tests if kinds else ():
            yield from _unsuitable(f"{path}.{name}", _TESTS[name](test), kinds)


_TESTS: Mapping[str, Callable[[RuleAttribute], Sequence[AttributeValue]]] = {
    "equals": lambda test: [] if test.equals is None else [test.equals],
    "one_of": lambda test: test.one_of or (),
    "at_least": lambda test: [] if test.at_least is None else [test.at_least],
    "at_most": lambda test: [] if test.at_most is None else [test.at_most],
}


def _unsuitable(path: str, values: Sequence[AttributeValue], kinds: set[str]) -> _Faults:
    suited = {_KINDS[kind] for kind in kinds}
    for at, value in enumerate(values):
        if type(value) not in suited:
            where = f"{path}.{at}" if path.endswith("one_of") else path
            yield where, f"this attribute is declared as {' or '.join(sorted(kinds))}"


def _counts_once(request: RuleRequest, _: Vocabulary) -> _Faults:
    kinds = [(cap.per, cap.period) for cap in request.caps]
    for at, kind in enumerate(kinds):
        if kind in kinds[:at]:
            yield f"caps.{at}", "an earlier cap is for the same period"
    if request.kind == "base" and request.stacking != "best":
        yield "stacking", "only campaigns stack"


def _is_small(request: RuleRequest, _: Vocabulary) -> _Faults:
    if len(json.dumps(document(request))) > DOCUMENT_BYTES_MAX:
        yield "scope", f"the whole rule must not be more than {DOCUMENT_BYTES_MAX} bytes of JSON"


def _repeated(path: str, values: Sequence[Hashable]) -> _Faults:
    for at, value in enumerate(values):
        if value in values[:at]:
            yield f"{path}.{at}", "is named twice"


_CHECKS: Sequence[Callable[[RuleRequest, Vocabulary], _Faults]] = (
    _gives_one_thing,
    _gives_a_whole_rate,
    _has_a_window,
    _is_for_known_events,
    _asks_for_known_tiers,
    _asks_for_known_attributes,
    _counts_once,
    _is_small,
)
