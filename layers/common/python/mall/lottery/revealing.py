"""When a seed may be known, and what makes it known.

A seed is revealed 15 minutes after the end of its epoch, longer than any draw can run; that of a
scheduled lottery 15 minutes after it has drawn. It gives away all seeds before it and none after:
so the newest one is kept, and who knows it knows every earlier one.

Before a seed is made known every shard is told that its epoch is over. A draw is held to that by
the condition under which it counts, so nothing is ever drawn with a seed that is known, whatever
becomes of the clocks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from mall import keys
from mall.clock import Millis
from mall.lottery import fairness
from mall.lottery.fairness import REVEAL_AFTER_MS
from mall.lottery.lottery import Lottery
from mall.writes import Item, Write, put, update

EpochStatus = Literal["ahead", "running", "sealed", "revealed"]


@dataclass(frozen=True)
class Revealed:
    """The newest epoch whose seed is known, 0 for none, and that seed."""

    epoch: int = 0
    seed: bytes = field(default=b"", repr=False)

    def seeds(self) -> Mapping[int, bytes]:
        """Every seed that is known, by epoch."""
        known, seed = {}, self.seed
        for epoch in range(self.epoch, 0, -1):
            known[epoch] = seed
            seed = fairness.before(seed)
        return known

    def of(self, epoch: int) -> bytes | None:
        """The seed of an epoch, if it is known."""
        return fairness.before(self.seed, self.epoch - epoch) if epoch <= self.epoch else None


def revealed_in(item: Item | None) -> Revealed:
    """What the item of the newest revealed seed says."""
    return Revealed(item["epoch"], item["seed"]) if item else Revealed()


def begins_at(lottery: Lottery, epoch: int) -> Millis:
    """The first instant of an epoch."""
    return fairness.epoch_ends(lottery.opens_at, epoch - 1)


def reveals_at(lottery: Lottery, epoch: int) -> Millis:
    """From when on the seed of an epoch may be known; of what has not drawn yet, the earliest."""
    ends_at = lottery.epoch_ends(epoch)
    if lottery.kind == "scheduled":
        ends_at = max(ends_at, lottery.closed_at or 0)
    return ends_at + REVEAL_AFTER_MS


def revealable(lottery: Lottery, now: Millis) -> int:
    """The newest epoch whose seed may be known, 0 for none."""
    if not lottery.anchor or (lottery.kind == "scheduled" and lottery.status != "closed"):
        return 0
    epochs = range(lottery.epochs, 0, -1)
    return next((epoch for epoch in epochs if reveals_at(lottery, epoch) <= now), 0)


def status_of(lottery: Lottery, epoch: int, known: Revealed, now: Millis) -> EpochStatus:
    """Where an epoch and its seed stand."""
    if epoch <= known.epoch:
        return "revealed"
    if now < begins_at(lottery, epoch) and not lottery.closed_at:
        return "ahead"
    return "running" if now < lottery.epoch_ends(epoch) else "sealed"


# --- making it known -----------------------------------------------------------------------------


class WrongSeed(Exception):
    """A seed does not lead to what was published: it is not made known."""


def ended(lottery_id: str, number: int, shard: Item | None, epoch: int) -> list[Write]:
    """The write that lets a shard count no draw of an epoch any more, nor of an earlier one."""
    if shard is None or shard.get("revealed", 0) >= epoch:
        return []
    place = keys.lottery_shard(lottery_id, number)
    unless = "attribute_exists(#pk) AND (attribute_not_exists(#revealed) OR #revealed < :epoch)"
    return [update("points", place, "SET #revealed = :epoch", condition=unless, epoch=epoch)]


def made_known(lottery: Lottery, known: Revealed, epoch: int, seed: bytes) -> list[Write]:
    """The writes that make the seed of an epoch known; none if that, or a later one, is.

    With the last one the lottery waits for no further. They mean Stale when another one was faster.
    Raises WrongSeed.
    """
    if known.epoch >= epoch:
        return []
    if fairness.before(seed, epoch) != lottery.anchor:
        raise WrongSeed(f"the seed of epoch {epoch} of lottery {lottery.lottery_id}")
    item = {**keys.revealed_seed(lottery.lottery_id), "epoch": epoch, "seed": seed}
    newer = "attribute_not_exists(#pk) OR #epoch < :epoch"
    writes = [put("points", item, condition=newer, epoch=epoch)]
    if epoch == lottery.epochs:
        sealed = keys.sealed_seed(lottery.lottery_id)
        writes.append(update("points", sealed, "REMOVE #gsi1pk, #gsi1sk"))
    return writes
