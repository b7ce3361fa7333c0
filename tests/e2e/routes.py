"""Which routes the tests of this run have asked, so that none is left out."""

import re
from collections import defaultdict

from infra.operations import ANYONE, OPERATIONS, Http

_BASE = "/v1"
_PLACE = re.compile(r"\{[a-z_]+\}")
_STATUSES: dict[str, set[int]] = defaultdict(set)
_ACCESS = {o.trigger.route: o.access for o in OPERATIONS if isinstance(o.trigger, Http)}
# Those with fewer places first: where two routes fit, the gateway prefers the more exact.
ROUTES = sorted(_ACCESS, key=lambda route: len(_PLACE.findall(route)))
CLOSED = [route for route in ROUTES if _ACCESS[route] != ANYONE]
_PATTERNS = {route: re.compile(_PLACE.sub("[^/]+", route)) for route in ROUTES}


def note(method: str, path: str, status: int) -> None:
    """A request was answered; `path` is that beneath the API's base."""
    asked = f"{method} {_BASE}{path}"
    found = next((route for route in ROUTES if _PATTERNS[route].fullmatch(asked)), asked)
    _STATUSES[found].add(status)


def never_granted() -> list[str]:
    """The routes that were not asked, or never did what they are for."""
    return [route for route in ROUTES if not any(status < 400 for status in _STATUSES[route])]


def path_of(route: str) -> tuple[str, str]:
    """Method and path, beneath the API's base, of a route with anything in its places."""
    method, _, path = _PLACE.sub("anything", route).partition(" ")
    return method, path.removeprefix(_BASE)
