"""What an admin sends and sees of the program: the document in force, and its changes."""

import json
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from mall.clock import instant
from mall.models import Request, View, is_none
from mall.points.program.settings import ProgramSettings
from mall.writes import Item

Status = Literal["applied", "waiting_approval", "rejected"]
Version = Annotated[int, Field(strict=True, ge=0, le=999_999)]


class SetProgramRequest(ProgramSettings):
    """The whole document; fields left out take their defaults. `version` is the one it replaces."""

    version: Version | None = None

    @property
    def settings(self) -> ProgramSettings:
        """The document alone."""
        return ProgramSettings.model_validate(self.model_dump(exclude={"version"}))


class ProgramVersionRequest(Request):
    """A version that waits for approval."""

    version: Version


class ProgramView(ProgramSettings, View):
    """The document in force, and its version: 0 for the defaults, until an admin sets another."""

    version: int


class ProgramChangeView(ProgramView):
    """The document in force after a change, or while the one that was asked for waits."""

    status: Status
    proposal_version: int | None = Field(default=None, exclude_if=is_none)


class ProgramVersionView(View):
    """One change: who asked for it and agreed to it; before and after have what differs."""

    version: int
    status: Status
    changed_by: str
    changed_at: str
    approved_by: str | None = Field(default=None, exclude_if=is_none)
    approved_at: str | None = Field(default=None, exclude_if=is_none)
    rejected_by: str | None = Field(default=None, exclude_if=is_none)
    rejected_at: str | None = Field(default=None, exclude_if=is_none)
    before: dict[str, Any]
    after: dict[str, Any]


class ProgramVersionListView(View):
    """One page of the changes, newest first."""

    items: list[ProgramVersionView]
    next_cursor: str | None


@dataclass(frozen=True)
class InForce:
    """What stands at `keys.PROGRAM`. `last_version` is the highest number that was given.

    `rules_version` moves with the active rules, which a change of the program must fit.
    """

    settings: ProgramSettings
    version: int
    last_version: int
    rules_version: int = 0


def in_force(item: Item | None) -> InForce:
    """The document in force; the default one until an admin sets another."""
    held = item or {}
    text = held.get("settings")
    return InForce(
        settings=ProgramSettings.model_validate_json(text) if text else ProgramSettings(),
        version=held.get("version", 0),
        last_version=held.get("last_version", 0),
        rules_version=held.get("rules_version", 0),
    )


def changed(current: InForce, status: Status, proposal: int | None = None) -> ProgramChangeView:
    """What is answered to a change: the document in force, whatever waits."""
    document = {name: getattr(current.settings, name) for name in ProgramSettings.model_fields}
    view = ProgramChangeView(
        **document, version=current.version, status=status, proposal_version=proposal
    )
    return view if proposal is None else view.with_status(202)


def shown(current: InForce) -> ProgramView:
    """The document in force as an admin reads it."""
    document = {name: getattr(current.settings, name) for name in ProgramSettings.model_fields}
    return ProgramView(**document, version=current.version)


def version_view(item: Item) -> ProgramVersionView:
    """A change as an admin reads it."""
    differing = json.loads(item["differences"])
    times = ("changed_at", "approved_at", "rejected_at")
    people = ("changed_by", "approved_by", "rejected_by")
    return ProgramVersionView(
        version=item["version"],
        status=item["status"],
        before={name: before for name, (before, _) in differing.items()},
        after={name: after for name, (_, after) in differing.items()},
        **{name: item[name] for name in people if name in item},
        **{name: instant(item[name]) for name in times if name in item},
    )
