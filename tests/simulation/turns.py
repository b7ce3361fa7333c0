"""Turns: several processes on one thread of time, so that a seed gives one interleaving.

Each actor is a thread, but only one of them runs at a time: at every call to the engine it hands
the turn back, and a seeded die says who goes on. What an actor lets threads of its own do happens
within its turn.
"""

import threading
from collections.abc import Callable, Sequence
from random import Random

_TURN_S_MAX = 60.0


class _Actor:
    def __init__(self, act: Callable[[], None]) -> None:
        self.act = act
        self.go = threading.Semaphore(0)
        self.over = False
        self.failure: BaseException | None = None


class Turns:
    """Plays actors by turns. `chance` decides all there is to decide."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._back = threading.Semaphore(0)
        self._here = threading.local()

    def play(self, acts: Sequence[Callable[[], None]]) -> None:
        """Run all of them to their end. Raises the first failure of an actor."""
        actors = [_Actor(act) for act in acts]
        threads = [
            threading.Thread(target=self._run, args=(actor,), daemon=True) for actor in actors
        ]
        for thread in threads:
            thread.start()
        while playing := [actor for actor in actors if not actor.over]:
            self._chance.choice(playing).go.release()
            if not self._back.acquire(timeout=_TURN_S_MAX):
                raise TimeoutError("an actor did not hand its turn back")
        for actor in actors:
            if actor.failure:
                raise actor.failure

    def hand_over(self) -> bool:
        """Let the others have a turn; False for a thread that is no actor, which goes on."""
        actor: _Actor | None = getattr(self._here, "actor", None)
        if actor is None:
            return False
        self._back.release()
        actor.go.acquire()
        return True

    def _run(self, actor: _Actor) -> None:
        self._here.actor = actor
        actor.go.acquire()
        try:
            actor.act()
        except BaseException as failure:
            actor.failure = failure
        actor.over = True
        self._back.release()
