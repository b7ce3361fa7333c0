"""Ranking against a naive sort, and the hash of a list against its words in the documentation."""

import hashlib
import hmac
import random
from collections import Counter
from itertools import islice

import pytest
from mall import keys
from mall.lottery import ranking
from mall.lottery.ranking import Listed, Ranked

from tests.builders import any_id

SEED = b"a seed of thirty-two bytes, told"
LISTED = "5d" * 32


def any_purchases(count: int) -> list[Listed]:
    """Purchases of one to four tickets, in the order of their ids."""
    found = [
        Listed(f"{any_id()[:13]}-{any_id()}", any_id(), random.randint(1, 4)) for _ in range(count)
    ]
    return sorted(found)


def _naive(purchases: list[Listed], beacon: str) -> list[Ranked]:
    """Every ticket with its score, as the documentation says, all of them sorted."""
    ranked = []
    for purchase, member, quantity in purchases:
        for number in range(1, quantity + 1):
            fields = ["ticket", "the lottery", LISTED, beacon, f"{purchase}-{number}"]
            message = b"".join(len(f.encode()).to_bytes(4) + f.encode() for f in fields)
            score = hmac.new(SEED, message, hashlib.sha256).digest()
            ranked.append(Ranked(score, f"{purchase}-{number}", member))
    return sorted(ranked)


def _best(
    purchases: list[Listed], most: int, *, beacon: str = "", at_once: int = 7
) -> list[Ranked]:
    """The same, a few purchases at a time."""
    score = ranking.scorer(SEED, "the lottery", LISTED, beacon)
    best: list[Ranked] = []
    waiting = iter(purchases)
    while part := list(islice(waiting, at_once)):
        best = ranking.best(best, part, score, most)
    return best


@pytest.mark.parametrize("most", [1, 2, 10, 100, 1_000])
def should_find_the_best_as_a_sort_of_all_does(most: int) -> None:
    purchases = any_purchases(150)
    assert _best(purchases, most) == _naive(purchases, "")[:most]


def should_find_the_same_in_whatever_order_and_parts() -> None:
    purchases = any_purchases(60)
    found = _best(purchases, 10, beacon="4711")
    random.shuffle(purchases)
    assert _best(purchases, 10, beacon="4711", at_once=1) == found
    assert _best(purchases, 10, beacon="4711", at_once=60) == found


def should_rank_all_when_there_are_fewer_than_can_win() -> None:
    purchases = any_purchases(3)
    assert _best(purchases, 100) == _naive(purchases, "")
    assert _best([], 100) == []


@pytest.mark.parametrize("beacon", ["4711", "1", "é"])
def should_depend_on_the_beacon(beacon: str) -> None:
    purchases = any_purchases(30)
    assert _best(purchases, 30, beacon=beacon) == _naive(purchases, beacon)[:30]
    assert _best(purchases, 30, beacon=beacon) != _best(purchases, 30)


def should_favour_no_ticket() -> None:
    """Over 2,000 lists each of four tickets wins about as often; 4 standard deviations."""
    purchases = any_purchases(200)[:4]
    singles = [Listed(p.purchase_id, p.member, 1) for p in purchases]
    wins: Counter[str] = Counter()
    for number in range(2_000):
        score = ranking.scorer(SEED, "the lottery", f"{number:064x}", "")
        [first] = ranking.best([], singles, score, 1)
        wins[first.member] += 1
    assert all(abs(count - 500) < 4 * 20 for count in wins.values())


def should_hash_the_list_bucket_by_bucket() -> None:
    purchases = any_purchases(100)
    digests = []
    for letter in keys.TICKET_LETTERS:
        lines = [f"{p} {m} {q}\n" for p, m, q in purchases if p.startswith(letter)]
        digest = hashlib.sha256("".join(lines).encode()).digest()
        of_letter = [p for p in purchases if p.purchase_id.startswith(letter)]
        assert ranking.summed(of_letter) == (digest, len(lines), sum(p.quantity for p in of_letter))
        digests.append(digest)
    assert ranking.list_hash(digests) == hashlib.sha256(b"".join(digests)).hexdigest()


def should_go_through_the_letters_in_the_order_of_the_ids() -> None:
    assert list(keys.TICKET_LETTERS) == sorted(set("abcdefghijklmnopqrstuvwxyz234567"))
