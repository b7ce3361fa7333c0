"""The emulated mall, for every test of this folder."""

from tests.emulated import mall
from tests.engine import engine

__all__ = ["engine", "mall"]
