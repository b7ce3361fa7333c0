"""What the contract lets an operation answer, and what the tests saw it answer.

`note` is called for every answer that a test gets. An answer that the contract does not list fails
the test that got it; what no test ever got fails the run over all of tests/functional (see its
conftest).
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

CONTRACT = Path(__file__).parents[1] / "docs" / "reference" / "openapi.json"
_CODE = re.compile(r"`(\w+)`")
_FIRST_REFUSAL = 400
_BROKEN = 500


class Answered(NamedTuple):
    """One way an operation answers; `code` is empty for a success."""

    operation: str
    status: int
    code: str


seen: set[Answered] = set()


def note(operation: str, status: int, code: str | None) -> None:
    """Remember an answer. Raises AssertionError for one that the contract does not list."""
    answered = Answered(operation, status, (status >= _FIRST_REFUSAL and code) or "")
    assert answered in declared(), (
        f"the contract does not say that {operation} answers so: {answered}"
    )
    seen.add(answered)


@cache
def declared() -> frozenset[Answered]:
    """Every answer that the contract lists, except those that API Gateway gives by itself."""
    document = json.loads(CONTRACT.read_text())
    return frozenset(
        answered
        for methods in document["paths"].values()
        for described in methods.values()
        for answered in _answers(described)
    )


def never_seen(answers: Iterable[Answered]) -> list[Answered]:
    """What the contract lists and is not among `answers`.

    A failure inside is left out: it is listed for every operation and wanted of none.
    """
    return sorted(a for a in declared().difference(answers) if a.status != _BROKEN)


def _answers(described: Mapping[str, Any]) -> Iterator[Answered]:
    for status, response in described["responses"].items():
        codes = _CODE.findall(response["description"]) if int(status) >= _FIRST_REFUSAL else [""]
        for code in codes:
            yield Answered(described["operationId"], int(status), code)
