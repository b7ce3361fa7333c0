"""Outcomes that were fixed before they were drawn, and that anyone can check afterwards.

    anchor ◀─SHA-256─ seed 1 ◀─SHA-256─ seed 2 ◀─ … ◀─SHA-256─ seed n     (one for each epoch)
    published                                                 made first, kept sealed

A seed that is revealed proves itself: hashed once it is the one before, or the anchor. It tells
nothing of those after it.

    block   = HMAC-SHA256(seed, fields), each field with 4 bytes of its length before it
    fields  = lottery id, epoch, table version, member id, client seed, nonce, block counter
    sample  = the first 8 bytes as a number, if it is below the largest multiple of the total
              weight that 8 bytes hold; else the next block counter is tried
    outcome = the prize in whose share of the weights `sample mod total` falls

Numbers among the fields are decimal text. Rejecting what is above that multiple leaves no prize
favoured by the division (Lemire, "Fast random integer generation in an interval", 2019, section 2,
describes both the bias and the remedy).
"""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mall.clock import DAY_MS, Millis

SEED_BYTES = 32
REVEAL_AFTER_MS = 15 * 60_000  # longer than any draw can run
_WORD_BYTES = 8
_WORDS = 2 ** (8 * _WORD_BYTES)
WEIGHT_MAX = 2**53 - 1


@dataclass(frozen=True)
class Inputs:
    """What the outcome of an instant draw follows from, beside the seed."""

    lottery_id: str
    epoch: int
    table_version: int
    member: str
    client_seed: str
    nonce: int

    def message(self, counter: int) -> bytes:
        """The bytes under the HMAC for a block counter, which begins at 0."""
        return framed(
            self.lottery_id, str(self.epoch), str(self.table_version), self.member,
            self.client_seed, str(self.nonce), str(counter),
        )  # fmt: skip


def framed(*fields: str) -> bytes:
    """Fields as UTF-8, each after its length in 4 bytes: none can imitate two."""
    encoded = [field.encode() for field in fields]
    return b"".join([len(field).to_bytes(4) + field for field in encoded])


def sample(seed: bytes, inputs: Inputs, total: int) -> int:
    """A number from 0 to `total` - 1, each as likely as the others. `total` is 1 to 2^53 - 1."""
    return within(lambda counter: hmac.digest(seed, inputs.message(counter), "sha256"), total)


def within(block: Callable[[int], bytes], total: int) -> int:
    """The first number that the blocks give and that is not refused, modulo `total`."""
    fair = _WORDS - _WORDS % total
    counter = 0
    while True:
        word = int.from_bytes(block(counter)[:_WORD_BYTES])
        if word < fair:
            return word % total
        counter += 1


def place_of(number: int, weights: Sequence[int]) -> int:
    """In whose share a number from 0 to the sum of the weights - 1 falls, counted from 0."""
    for place, weight in enumerate(weights):
        if number < weight:
            return place
        number -= weight
    raise ValueError("no such share")


# --- seeds and epochs ----------------------------------------------------------------------------


def before(seed: bytes, steps: int = 1) -> bytes:
    """The seed so many epochs earlier; one before the first is the anchor."""
    for _ in range(steps):
        seed = hashlib.sha256(seed).digest()
    return seed


def epochs(opens_at: Millis, closes_at: Millis) -> int:
    """How many epochs a lottery has: one for each 24 hours from its opening that have begun."""
    return -(-(closes_at - opens_at) // DAY_MS)


def epoch_at(opens_at: Millis, at: Millis) -> int:
    """The epoch of an instant, from 1."""
    return (at - opens_at) // DAY_MS + 1


def epoch_ends(opens_at: Millis, epoch: int) -> Millis:
    """The first instant after an epoch."""
    return opens_at + epoch * DAY_MS
