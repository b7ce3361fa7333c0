"""docs/start.md, word for word: its commands run, and print what the page says."""

import os

from tests.e2e import tour


def should_print_what_the_tour_promises() -> None:
    """Every block of the tour, in one shell, in order."""
    blocks = list(tour.run(os.environ))
    assert len(blocks) > 10
    for block in blocks:
        assert tour.settled(block.printed) == tour.settled(block.promised), block.commands
