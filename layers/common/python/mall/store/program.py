"""The program in force: its settings and rules, remembered for 2 seconds at most.

Whoever changes either waits that long before answering, so that after the answer every function
decides by the new ones. What a process remembers is one small item read again (1 read unit, or a
half) every 2 seconds while it is busy; the rules are read only when their version has moved.
"""

import time
from functools import cache
from typing import Annotated

from aws_lambda_powertools.event_handler import Depends

from mall import keys
from mall.points.ledger.entry import IDLE, Entry
from mall.points.ledger.lots import held_in
from mall.points.program import PROGRAM, Program, ProgramSettings
from mall.points.rules.rule import built_in
from mall.points.rules.rule_set import RuleSet
from mall.store import open_store
from mall.store.client import Store
from mall.store.reads import PROGRAM_AGE_S_MAX
from mall.store.rules import active_rules


def read_program(store: Store) -> Program:
    """The program as it is now; the default one until an admin sets it."""
    item = store.get("points", keys.PROGRAM) or {}
    text = item.get("settings")
    return Program(
        settings=ProgramSettings.model_validate_json(text) if text else ProgramSettings(),
        version=item.get("version", 0),
        rules_version=item.get("rules_version", 0),
        rates_own=bool(item.get("rates_own", 0)),
    )


class Programs:
    """What this process remembers of the program."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: Program | None = None
        self._good_until = 0.0
        self._rules: tuple[tuple[int, str], RuleSet] | None = None

    def current(self) -> Program:
        """The program, at most 2 seconds old."""
        if self._known is None or time.monotonic() >= self._good_until:
            asked = time.monotonic()
            self._known = read_program(self._store)
            self._good_until = asked + PROGRAM_AGE_S_MAX
        return self._known

    def rules(self) -> RuleSet:
        """The rules in force; the built-in rate among them until one was activated."""
        program = self.current()
        made_of = (program.rules_version, program.settings.currency)
        if self._rules is None or self._rules[0] != made_of:
            self._rules = (made_of, self._read_rules(program))
        return self._rules[1]

    def _read_rules(self, program: Program) -> RuleSet:
        rules = active_rules(self._store) if program.rules_version else RuleSet.of(())
        if program.rates_own:
            return rules
        return RuleSet.of([built_in(program.settings.currency).compiled, *rules.rules])

    def of_account(self, head: Entry | None) -> Program:
        """The program as far as it matters to a spend: only idle points ask for it.

        So a redemption reads nothing more than the head, unless activity keeps points alive.
        """
        idle = head is not None and any(lot.endswith(IDLE) for lot in held_in(head.after))
        return self.current() if idle else PROGRAM


@cache
def open_programs() -> Programs:
    """The memory of this process."""
    return Programs(open_store())


def current_program() -> Program:
    """The program that a decision is made by now."""
    return open_programs().current()


OpenPrograms = Annotated[Programs, Depends(open_programs)]
OpenProgram = Annotated[Program, Depends(current_program)]
