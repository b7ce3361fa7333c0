"""Refusals in the order of their precedence: each is told before whatever else is wrong."""

from collections.abc import Sequence

import pytest

Told = tuple[int, str]  # status and code


def each_first(refusals: Sequence[Told]) -> pytest.MarkDecorator:
    """Give a test each refusal as `told`, with the codes of it and every later one as `wrong`."""
    cases = [(told, [code for _, code in refusals[place:]]) for place, told in enumerate(refusals)]
    return pytest.mark.parametrize(("told", "wrong"), cases, ids=[code for _, code in refusals])
