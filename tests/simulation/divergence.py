"""Where a play and what it is held against part ways, and the few steps that show it."""

from collections.abc import Callable
from typing import TypeVar

S = TypeVar("S")


class Divergence(AssertionError):
    """The two disagree after step `position`."""

    def __init__(self, position: int, what: str) -> None:
        super().__init__(what)
        self.position = position


def cut(
    play: Callable[[list[S]], object], steps: list[S], why: Divergence
) -> tuple[list[S], Divergence]:
    """Leave out, from the last to the first, each step without which it still goes wrong.

    `steps` are those up to the one after which it went wrong, and `why` is how.
    """
    for position in reversed(range(len(steps))):
        fewer = steps[:position] + steps[position + 1 :]
        try:
            play(fewer)
        except Divergence as still:
            steps, why = fewer[: still.position], still
    return steps, why
