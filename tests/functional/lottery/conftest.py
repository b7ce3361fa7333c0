"""Each test of the lottery has a stage of its own."""

import pytest


@pytest.fixture(autouse=True)
def on_a_stage(stage: None) -> None:
    """Handlers find the stage's tables and services."""
