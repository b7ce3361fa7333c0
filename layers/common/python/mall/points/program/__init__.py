"""The loyalty program: what an admin sets, and what follows from it.

`settings`  the document, validated       `expiry`   when points expire
`program`   one version of it in force    `changes`  who changed what, and what waits for approval
`views`     what an admin sends and sees
"""

from mall.points.program.program import PROGRAM, Program
from mall.points.program.settings import ProgramSettings

__all__ = ["PROGRAM", "Program", "ProgramSettings"]
