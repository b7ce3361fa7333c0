"""The emulated mall, for every test of this folder."""

from tests.emulated import engine, mall

__all__ = ["engine", "mall"]
