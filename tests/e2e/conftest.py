"""Closes the connections of the run, and keeps two places in the order of the tests."""

import pytest

from tests.e2e import mall


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever the order: the tour is of a fresh stack, and what looks back on all comes last."""
    places = {"tour_test.py": 0, "routes_test.py": 2}
    items.sort(key=lambda item: places.get(item.path.name, 1))


def pytest_sessionfinish() -> None:
    """Close them, if any were opened."""
    if mall.http.cache_info().currsize:
        mall.http().close()
