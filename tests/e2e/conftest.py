"""Closes the connections of the run."""

from tests.e2e import mall


def pytest_sessionfinish() -> None:
    """Close them, if any were opened."""
    if mall.http.cache_info().currsize:
        mall.http().close()
