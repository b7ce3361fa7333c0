"""Ranking the tickets of a scheduled lottery: the hash of the list, and the best by their scores.

    line    = purchase id, member id and quantity, parted by spaces, ended by a line feed
    bucket  = SHA-256 over the lines of the purchases whose id begins with a letter of base32,
              in the order of their ids
    list    = SHA-256 over the 32 buckets, in the order 2 to 7, a to z
    score   = HMAC-SHA256(seed, fields), each field with 4 bytes of its length before it
    fields  = "ticket", lottery id, list hash in hex, the beacon's value or nothing, ticket id

The smallest scores win. The list is fixed, and its hash published, before any score can be known,
so who is on it decides nothing. No more is held in memory than a page of purchases and the best so
far: both parts go through the purchases one by one, bucket after bucket.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import nsmallest
from typing import NamedTuple

from mall.lottery.fairness import framed

Score = Callable[[str], bytes]


class Listed(NamedTuple):
    """A purchase as the list has it."""

    purchase_id: str
    member: str
    quantity: int


class Ranked(NamedTuple):
    """A ticket with its score. Tickets compare by score, then by id, so no two are alike."""

    score: bytes
    ticket_id: str
    member: str


class Bucket(NamedTuple):
    """What a bucket of the list comes to: its digest, its purchases and its tickets."""

    digest: bytes
    purchases: int
    tickets: int


def ticket_id(purchase_id: str, number: int) -> str:
    """The id of a purchase's ticket, counted from 1."""
    return f"{purchase_id}-{number}"


def summed(purchases: Iterable[Listed]) -> Bucket:
    """What the purchases of a bucket come to, given in the order of their ids."""
    digest, count, tickets = hashlib.sha256(), 0, 0
    for purchase_id, member, quantity in purchases:
        digest.update(f"{purchase_id} {member} {quantity}\n".encode())
        count += 1
        tickets += quantity
    return Bucket(digest.digest(), count, tickets)


def list_hash(digests: Sequence[bytes]) -> str:
    """The hash of a whole list, in hex, from the digests of its buckets in their order."""
    return hashlib.sha256(b"".join(digests)).hexdigest()


def scorer(seed: bytes, lottery_id: str, listed: str, beacon: str) -> Score:
    """What gives the score of a ticket by its id; `listed` is the list's hash in hex."""
    begun = hmac.new(seed, framed("ticket", lottery_id, listed, beacon), "sha256")

    def score(ticket: str) -> bytes:
        whole = begun.copy()  # what all tickets have in common is hashed once
        whole.update(framed(ticket))
        return whole.digest()

    return score


def best(
    known: Iterable[Ranked], purchases: Iterable[Listed], score: Score, most: int
) -> list[Ranked]:
    """The best `most` of those known so far and of the tickets of further purchases, in order."""
    return nsmallest(most, _chained(known, purchases, score))


def _chained(
    known: Iterable[Ranked], purchases: Iterable[Listed], score: Score
) -> Iterator[Ranked]:
    yield from known
    for purchase_id, member, quantity in purchases:
        for number in range(1, quantity + 1):
            ticket = ticket_id(purchase_id, number)
            yield Ranked(score(ticket), ticket, member)
