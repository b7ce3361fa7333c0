"""What an event earns, told the slow way from the rules' documents, in fractions of points.

It shares no code with the mall's rules. Rules and events are the documents that admins and partners
send: plain dictionaries.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from tests.simulation.naive_days import label, weekday

Document = Mapping[str, Any]
_FIELDS = (("sku", "skus"), ("category", "categories"), ("product_type", "product_types"))


@dataclass
class Share:
    """What one rule, or the tier, gives: exactly, in whole points, and to which lines."""

    rule_id: str
    exact: Fraction
    by_line: dict[int, Fraction]
    rule: Document = field(default_factory=dict)
    points: int = 0
    capped: int = 0


@dataclass(frozen=True)
class Told:
    """An event, with what is known of its member and its day when it arrives."""

    event: Document
    at: int
    day: date
    tier: str
    multiplier: Fraction
    first_purchase: bool

    @property
    def lines(self) -> Sequence[Document]:
        """The lines of a purchase."""
        lines: Sequence[Document] = self.event.get("lines", ())
        return lines


def shares_of(rules: Sequence[Document], told: Told) -> list[Share]:
    """What each rule gives for an event, in whole points, before any cap."""
    live = [rule for rule in rules if _applies(rule, told)]
    live.sort(key=lambda rule: (-rule.get("priority", 0), rule["rule_id"]))
    base = [*_rates(live, told), *_fixed(live, told, "base", "points")]
    on_line = {n: sum((s.by_line.get(n, Fraction(0)) for s in base), Fraction(0))
               for n in range(len(told.lines))}  # fmt: skip
    earned = sum((share.exact for share in base), Fraction(0))
    tier = (told.multiplier - 1) * earned
    shares = [*base, *_campaigns(live, told, earned, on_line)]
    if tier > 0:
        by_line = {n: (told.multiplier - 1) * part for n, part in on_line.items()}
        shares.append(Share(f"tier:{told.tier}", tier, by_line))
    shares.sort(key=lambda share: share.rule_id)
    for share, points in zip(shares, rounded([s.exact for s in shares]), strict=True):
        share.points = points
    return shares


def points_by_line(shares: Sequence[Share], count: int) -> list[int]:
    """What each line was given, once caps have cut what each rule gives."""
    due = [Fraction(0)] * count
    for share in shares:
        whole = sum(share.by_line.values(), Fraction(0))
        for line, part in share.by_line.items():
            if share.points:
                due[line] += share.points * part / whole
    return rounded(due)


def rounded(exact: Sequence[Fraction]) -> list[int]:
    """Whole numbers that sum to the floor of the sum: who lost most by the floor gets one more."""
    whole = [part.numerator // part.denominator for part in exact]
    total = sum(exact, Fraction(0))
    for _ in range(total.numerator // total.denominator - sum(whole)):
        lost = [part - given for part, given in zip(exact, whole, strict=True)]
        whole[lost.index(max(lost))] += 1
    return whole


# --- which rules, which lines --------------------------------------------------------------------


def _applies(rule: Document, told: Told) -> bool:
    event, asked = told.event, rule.get("conditions", {})
    minimum = asked.get("minimum_amount")
    amount = sum(line["amount"] for line in told.lines)
    return all((
        event["type"] in rule.get("event_types", ("purchase",)),
        "starts_at" not in rule or _instant(rule["starts_at"]) <= told.at,
        "ends_at" not in rule or told.at < _instant(rule["ends_at"]),
        "currency" not in rule["gives"] or rule["gives"]["currency"] == event.get("currency"),
        not asked.get("weekdays") or weekday(told.day) in asked["weekdays"],
        not asked.get("tiers") or told.tier in asked["tiers"],
        not asked.get("first_purchase") or told.first_purchase,
        minimum is None or minimum["currency"] == event.get("currency"),
        minimum is None or minimum["amount"] <= amount,
        all(_holds(test, event.get("attributes", {})) for test in asked.get("attributes", ())),
    ))  # fmt: skip


def _instant(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def _holds(test: Document, attributes: Document) -> bool:
    if test["name"] not in attributes:
        return False
    value = attributes[test["name"]]
    if "equals" in test or "one_of" in test:
        wanted = [test["equals"]] if "equals" in test else test["one_of"]
        return (type(value), value) in [(type(one), one) for one in wanted]
    within = test.get("at_least", value) <= value <= test.get("at_most", value)
    return within if type(value) is int else False


def _closeness(rule: Document, line: Document) -> int:
    """How closely a rule names a line: 4 by SKU, 1 as one of all lines, 0 not at all."""
    scope = rule.get("scope", {})
    for name, names in _FIELDS:
        if line.get(name) in scope.get(f"excluded_{names}", ()):
            return 0
    for close, (name, names) in zip((4, 3, 2), _FIELDS, strict=True):
        if line.get(name) in scope.get(names, ()):
            return close
    return 0 if any(scope.get(names) for _, names in _FIELDS) else 1


def _in_scope(rule: Document, told: Told) -> list[int] | None:
    """The lines that a rule means; None if it is about lines and there is none of them."""
    lines = [n for n, line in enumerate(told.lines) if _closeness(rule, line)]
    return lines if lines or not any(rule.get("scope", {}).values()) else None


# --- what they give ------------------------------------------------------------------------------


def _rates(live: Sequence[Document], told: Told) -> list[Share]:
    rates = [rule for rule in live if "per_amount" in rule["gives"]]
    lines_of: dict[int, list[int]] = {}
    for n, line in enumerate(told.lines):
        closest = max(rates, key=lambda rule: _closeness(rule, line), default=None)
        if closest is not None and _closeness(closest, line):
            lines_of.setdefault(rates.index(closest), []).append(n)
    return [_rate(rates[number], lines, told) for number, lines in lines_of.items()]


def _rate(rule: Document, lines: Sequence[int], told: Told) -> Share:
    gives = rule["gives"]
    units = Fraction(sum(told.lines[n]["amount"] for n in lines), gives["per_amount"])
    if gives.get("whole_units", True):
        units = Fraction(units.numerator // units.denominator)
    exact = Fraction(gives["points"]) * units
    return Share(rule["rule_id"], exact, _by_amount(exact, lines, told), rule)


def _fixed(live: Sequence[Document], told: Told, kind: str, what: str) -> list[Share]:
    """Rules that give so many points for an event: base rules, or campaigns with a bonus."""
    shares = []
    for rule in live:
        fixed = rule["kind"] == kind and what in rule["gives"] and "per_amount" not in rule["gives"]
        lines = _in_scope(rule, told)
        if fixed and lines is not None:
            exact = Fraction(rule["gives"][what])
            shares.append(Share(rule["rule_id"], exact, _by_amount(exact, lines, told), rule))
    return shares


def _by_amount(exact: Fraction, lines: Sequence[int], told: Told) -> dict[int, Fraction]:
    amount = sum(told.lines[n]["amount"] for n in lines)
    if not amount:
        return {n: exact / len(lines) for n in lines}
    return {n: exact * told.lines[n]["amount"] / amount for n in lines}


def _campaigns(
    live: Sequence[Document], told: Told, earned: Fraction, on_line: Mapping[int, Fraction]
) -> list[Share]:
    """Every campaign that stacks, and of the others the one that gives most."""
    shares = _fixed(live, told, "campaign", "bonus")
    for rule in live:
        lines = _in_scope(rule, told)
        if "multiplier" in rule["gives"] and lines is not None:
            extra = Fraction(rule["gives"]["multiplier"]) - 1
            by_line = {n: extra * on_line[n] for n in lines}
            exact = sum(by_line.values(), Fraction(0)) if told.lines else extra * earned
            shares.append(Share(rule["rule_id"], exact, by_line, rule))
    shares = sorted((s for s in shares if s.exact > 0), key=lambda share: live.index(share.rule))
    best = max((s for s in shares if not _stacks(s)), key=lambda share: share.exact, default=None)
    return [share for share in shares if _stacks(share) or share is best]


def _stacks(share: Share) -> bool:
    return share.rule.get("stacking") == "add"


# --- caps ----------------------------------------------------------------------------------------


def cap_by(
    shares: Sequence[Share], used: dict[tuple[str, ...], int], member: str, day: date
) -> None:
    """Cut each share to what its caps and budget have left, and count what it gives."""
    for share in shares:
        caps = [*share.rule.get("caps", ())]
        if "budget" in share.rule:
            caps.append({"per": "program", "period": "ever", **share.rule["budget"]})
        limits = [(_counter(share.rule_id, cap, member, day), cap["points"]) for cap in caps]
        wanted = share.points
        for counter, limit in limits:
            share.points = min(share.points, max(0, limit - used.get(counter, 0)))
        share.capped = wanted - share.points
        for counter in {counter for counter, _ in limits}:
            used[counter] = used.get(counter, 0) + share.points


def _counter(rule_id: str, cap: Document, member: str, day: date) -> tuple[str, ...]:
    whose = member if cap["per"] == "member" else "*"
    return rule_id, whose, cap["period"], label(day, cap["period"])
