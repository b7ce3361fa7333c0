"""Rules as items, and a change of a rule as the writes of one transaction.

The rule's head guards its versions: every change is conditional on its revision. Active versions
stand once more in the program's partition, so that one query reads all of them. What changes there
moves the program's `rules_version`, by which functions notice, and `rules_active`, which is
bounded.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mall import keys
from mall.errors import TooManyRules
from mall.points.rules.rule import ACTIVE_RULES_MAX, Rule, RuleVersion, is_rate
from mall.writes import ABSENT, Item, Refused, Write, delete, put, stale, update

_FIELDS = (
    "rule_id", "version", "document", "created_at", "created_by", "status", "ends_at",
    "activated_at", "activated_by", "retired_at", "retired_by",
)  # fmt: skip


def changed(before: Rule, after: Rule, refused: Refused = stale) -> list[Write]:
    """The writes that make one state of a rule the other; none if they are the same.

    `refused` is what it means that the rule has been changed, or created, since it was read.
    Raises TooManyRules when more versions were in force than the program may have.
    """
    if before == after:
        return []
    known = {version.version: version for version in before.versions}
    moved = [version for version in after.versions if known.get(version.version) != version]
    active = [w for version in moved for w in _in_force(known.get(version.version), version)]
    added = len(after.active) - len(before.active)
    return [
        _head(before, after, refused),
        *(put("points", _version_item(version)) for version in moved),
        *active,
        *([_program(added, any(map(is_rate, after.active)))] if active else []),
    ]


def _head(before: Rule, after: Rule, refused: Refused) -> Write:
    item = {
        **keys.rule(after.rule_id),
        "rule_id": after.rule_id,
        "revision": before.revision + 1,
        "newest": after.newest.version,
        "versions": len(after.versions),
        "gsi1pk": keys.RULES,
        "gsi1sk": after.rule_id,
    }
    if not before.revision:
        return put("points", item, condition=ABSENT, refused=refused)
    guarded = {"revision": before.revision}
    return Write(
        "Put", "points", keys.rule(after.rule_id), item=item,
        condition="#revision = :revision", values=guarded, refused=refused,
    )  # fmt: skip


def _version_item(version: RuleVersion) -> dict[str, Any]:
    key = keys.rule_version(version.rule_id, version.version)
    return {**key, **_plain(version)}


def _plain(version: RuleVersion) -> dict[str, Any]:
    held = {name: getattr(version, name) for name in _FIELDS}
    return {name: value for name, value in held.items() if value is not None}


def _in_force(before: RuleVersion | None, after: RuleVersion) -> Iterator[Write]:
    """The write, if any, that makes the program's partition agree with a version."""
    key = keys.active_rule(after.rule_id, after.version)
    if after.status == "active":
        yield put("points", {**key, **_plain(after)})
    elif before is not None and before.status == "active":
        yield delete("points", key)


def _program(added: int, with_rate: bool) -> Write:
    """Tell every function that the active rules have changed, and bound how many there are.

    From the first rate of the program's own on, the one that is built in is out of force for good.
    """
    return update(
        "points",
        keys.PROGRAM,
        "SET #rules_version = if_not_exists(#rules_version, :zero) + :one, "
        "#rules_active = if_not_exists(#rules_active, :zero) + :added"
        + (", #rates_own = :one" if with_rate else ""),
        condition="attribute_not_exists(#rules_active) OR #rules_active <= :room",
        refused=lambda _: TooManyRules(f"{ACTIVE_RULES_MAX} versions of rules are active already."),
        zero=0,
        one=1,
        added=added,
        room=ACTIVE_RULES_MAX - added,
    )


def from_items(rule_id: str, items: Iterable[Item]) -> Rule | None:
    """The rule of a partition's items, in order of their keys; None if there are none."""
    found = list(items)
    if not found:
        return None
    head, *versions = found
    return Rule(rule_id, tuple(version_from(item) for item in versions), head["revision"])


def version_from(item: Mapping[str, Any]) -> RuleVersion:
    """A version of an item, its own or the one in the program's partition."""
    return RuleVersion(**{name: item[name] for name in _FIELDS if name in item})
