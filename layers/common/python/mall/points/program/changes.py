"""Changes of the program: each is a version with its author, and money terms take two admins.

A version that changes money terms waits whole, until another admin approves or rejects it. It can
only follow the version that it was written against, so nobody approves what they did not see.
Numbers are given in the order of asking: the version in force never goes back.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from mall import keys
from mall.clock import Millis
from mall.errors import AlreadyDecided, Forbidden, InUse, Invalid, NotFound, VersionChanged
from mall.points.program.settings import ProgramSettings
from mall.points.program.views import (
    InForce,
    ProgramChangeView,
    ProgramVersionView,
    SetProgramRequest,
    Status,
    changed,
    in_force,
    version_view,
)
from mall.points.rules.active import ActiveRule
from mall.writes import ABSENT, Item, Write, put, update

DOCUMENT_BYTES_MAX = 24_000  # so that a page of changes, with before and after, fits an answer


def change(
    request: SetProgramRequest, current: InForce, newest: Item | None,
    rules: Iterable[ActiveRule], actor: str, now: Millis,
) -> tuple[list[Write], ProgramChangeView]:  # fmt: skip
    """The writes of a change, and its answer; none for what is in force or waits already.

    `newest` is the item of the last version that was asked for, `rules` are those in force. Raises
    Invalid for a document that is too long, VersionChanged(version) and InUse(names, rules).
    """
    asked = request.settings
    _refuse_length(asked)
    if asked == current.settings:
        return [], changed(current, "applied")
    if request.version not in (None, current.version):
        raise VersionChanged(version=current.version)
    _refuse_loss(current.settings, asked, rules, now)
    waits = asked.money_terms() != current.settings.money_terms()
    if waits and newest and _is_again(newest, asked, current):
        return [], changed(current, "waiting_approval", newest["version"])
    number = current.last_version + 1
    status: Status = "waiting_approval" if waits else "applied"
    version = {
        **keys.program_version(number),
        "version": number,
        "status": status,
        "follows": current.version,
        "changed_by": actor,
        "changed_at": now,
        "settings": asked.model_dump_json(),
        "differences": json.dumps(differences(current.settings, asked)),
    }
    kept = put("points", version, condition=ABSENT)
    if waits:
        return [_numbered(current, number), kept], changed(current, status, number)
    after = InForce(asked, number, number)
    return [_applied(current, version, number), kept], changed(after, status)


def approve(
    item: Item | None, current: InForce, rules: Iterable[ActiveRule], actor: str, now: Millis
) -> tuple[list[Write], ProgramChangeView]:
    """The writes that put a waiting version in force, and the answer; none if it was before.

    Raises NotFound, Forbidden for one's own, AlreadyDecided(decision), VersionChanged(version) and
    InUse(names, rules).
    """
    version = _asked_for(item)
    if version["changed_by"] == actor:
        raise Forbidden("Nobody approves their own change of the program.")
    if version["status"] == "rejected":
        raise AlreadyDecided(decision="rejected")
    if version["status"] == "applied":
        return [], changed(current, "applied")
    if version["follows"] != current.version:
        raise VersionChanged(version=current.version)
    after = in_force(version)
    _refuse_loss(current.settings, after.settings, rules, now)
    decided = _decided(version["version"], "applied", "approved", actor, now)
    return [_applied(current, version, current.last_version), decided], changed(after, "applied")


def reject(
    item: Item | None, actor: str, now: Millis
) -> tuple[list[Write], ProgramVersionView]:  # fmt: skip
    """The writes that drop a waiting version, and the answer; none if it was dropped before.

    Raises NotFound and AlreadyDecided(decision).
    """
    version = _asked_for(item)
    if version["status"] == "applied":
        raise AlreadyDecided(decision="applied")
    if version["status"] == "rejected":
        return [], version_view(version)
    decided = _decided(version["version"], "rejected", "rejected", actor, now)
    told = {"status": "rejected", "rejected_by": actor, "rejected_at": now}
    return [decided], version_view({**version, **told})


def differences(before: ProgramSettings, after: ProgramSettings) -> Mapping[str, Any]:
    """The fields in which two documents differ: (before, after) as JSON shows them."""
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    return {
        name: (old[name], new[name])
        for name in ProgramSettings.model_fields
        if getattr(before, name) != getattr(after, name)
    }


def _refuse_length(settings: ProgramSettings) -> None:
    """Refuse a document beyond DOCUMENT_BYTES_MAX; only types of events can make it so long."""
    if len(json.dumps(settings.model_dump(mode="json"))) > DOCUMENT_BYTES_MAX:
        message = f"the whole document must not be more than {DOCUMENT_BYTES_MAX} bytes of JSON"
        raise Invalid.of("event_types", message)


def _refuse_loss(
    before: ProgramSettings, after: ProgramSettings, rules: Iterable[ActiveRule], now: Millis
) -> None:
    """Refuse to lose a tier, type of event or attribute that a rule speaks of. Raises InUse."""
    tiers = {tier.tier_id for tier in before.tiers} - {tier.tier_id for tier in after.tiers}
    types = {each.type for each in before.event_types if not after.knows(each.type)}
    kept = _kinds(after)
    attributes = {named for named, kind in _kinds(before).items() if kept.get(named) != kind}
    lost = [
        (rule.rule_id, name)
        for rule in rules
        if rule.ends_at is None or rule.ends_at > now
        for name in (tiers & rule.conditions.tiers)
        | (types & {*rule.event_types})
        | {name for type_, name in attributes & _tested(rule)}
    ]
    if lost:
        needed, names = (sorted(set(each)) for each in zip(*lost, strict=True))
        raise InUse(names=names, rules=needed)


def _kinds(settings: ProgramSettings) -> dict[tuple[str, str], str]:
    """The kinds of all attributes, by type of event and name."""
    return {
        (each.type, attribute.name): attribute.kind
        for each in settings.event_types
        for attribute in each.attributes
    }


def _tested(rule: ActiveRule) -> set[tuple[str, str]]:
    """The attributes that a rule asks for, by type of event and name."""
    names = [test.name for test in rule.conditions.attributes]
    return {(type_, name) for type_ in rule.event_types for name in names}


def _is_again(newest: Item, asked: ProgramSettings, current: InForce) -> bool:
    """Whether the newest version is this very proposal, which came twice."""
    return (
        newest["status"] == "waiting_approval"
        and newest["follows"] == current.version
        and ProgramSettings.model_validate_json(newest["settings"]) == asked
    )


def _asked_for(item: Item | None) -> Item:
    if item is None:
        raise NotFound("There is no such version.")
    return item


# The item at `keys.PROGRAM` belongs to rules too: a change updates its own attributes and no other.


def _applied(current: InForce, version: Mapping[str, Any], last_version: int) -> Write:
    condition, values = _unchanged(current)
    return update(
        "points",
        keys.PROGRAM,
        "SET #version = :new_version, #last_version = :new_last, #settings = :settings, "
        "#changed_at = :changed_at, #changed_by = :changed_by",
        condition=condition,
        new_version=version["version"],
        new_last=last_version,
        settings=version["settings"],
        changed_at=version["changed_at"],
        changed_by=version["changed_by"],
        more=values,
    )


def _numbered(current: InForce, number: int) -> Write:
    condition, values = _unchanged(current)
    return update(
        "points",
        keys.PROGRAM,
        "SET #last_version = :new_last",
        condition=condition,
        new_last=number,
        more=values,
    )


def _unchanged(current: InForce) -> tuple[str, Mapping[str, int]]:
    """The condition that the snapshot of the decision still stands."""
    names = ("version", "last_version", "rules_version")
    held = {name: getattr(current, name) for name in names}
    parts = [
        f"#{name} = :{name}" if number else f"attribute_not_exists(#{name})"
        for name, number in held.items()
    ]
    return " AND ".join(parts), {name: number for name, number in held.items() if number}


def _decided(number: int, status: Status, how: str, actor: str, now: Millis) -> Write:
    return update(
        "points",
        keys.program_version(number),
        f"SET #status = :status, #{how}_by = :actor, #{how}_at = :now",
        condition="#status = :waiting",
        status=status,
        actor=actor,
        now=now,
        waiting="waiting_approval",
    )
