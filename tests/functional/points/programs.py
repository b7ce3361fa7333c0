"""The program that a test is about, in force at once."""

from mall import keys
from mall.points.program import ProgramSettings
from mall.store import open_store
from mall.store.program import open_programs
from mall.writes import put


def use_program(**changed: object) -> None:
    """Put the default document with these changes in force."""
    document = ProgramSettings.model_validate(changed).model_dump_json()
    open_store().transact([put("points", {**keys.PROGRAM, "version": 1, "settings": document})])
    open_programs.cache_clear()
