"""A lottery told the slow way: one counter for everything, no shards, no transactions.

Independent of the code under test: it works from the request that an admin sent, the seeds, and
the definition of an outcome, which it spells out again.
"""

import hashlib
import hmac
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

DAY_MS = 86_400_000


class NaiveLottery:
    """What every draw of a lottery comes to, one after the other."""

    def __init__(self, lottery_id: str, request: Mapping[str, Any], last: bytes) -> None:
        self.id = lottery_id
        self.terms = request
        self.opens_at: int = request["opens_ms"]
        self.closes_at: int = request["closes_ms"]
        self.seeds = _chain(last, -(-(self.closes_at - self.opens_at) // DAY_MS))
        self.points: Counter[str] = Counter()
        self.left = {p["prize_id"]: p["stock"] for p in request["prizes"] if "stock" in p}
        self.budget: int = request.get("budget", 0)
        self.drawn: Counter[Any] = Counter()
        self.since: Counter[str] = Counter()

    def refusals(self, member: str, at: int, day: str) -> set[str]:
        """The codes of everything that speaks against a draw."""
        limits = self.terms["limits"]
        most = max(prize.get("points", 0) for prize in self.terms["prizes"])
        gone = self.terms["when_gone"] == "close" and not sum(self.left.values())
        codes = set()
        if not self.opens_at <= at < self.closes_at or self.budget < most or gone:
            codes.add("lottery_closed")
        for code, period in (("limit_reached", "total"), ("daily_limit_reached", "per_day")):
            for who, whom in (("member", member), ("program", "everybody")):
                counted = whom if period == "total" else (whom, day)
                if self.drawn[counted] >= limits.get(f"{who}_{period}", self.drawn[counted] + 1):
                    codes.add(code)
        if self.points[member] < self.terms["cost"]:
            codes.add("insufficient_points")
        return codes

    def draw(self, member: str, client_seed: str, at: int, day: str) -> str:
        """The prize that a draw wins that nothing speaks against."""
        self.points[member] -= self.terms["cost"]
        for whom in (member, "everybody"):
            self.drawn[whom] += 1
            self.drawn[whom, day] += 1
        prize = self._outcome(member, client_seed, at)
        if prize["prize_id"] in self.left:
            if self.left[prize["prize_id"]]:
                self.left[prize["prize_id"]] -= 1
            else:
                prize = self._prize(prize["substitute"])
        self.points[member] += prize.get("points", 0)
        self.budget -= prize.get("points", 0)
        return str(prize["prize_id"])

    def _outcome(self, member: str, client_seed: str, at: int) -> Mapping[str, Any]:
        epoch = (at - self.opens_at) // DAY_MS + 1
        pity = self.terms.get("pity")
        if pity and self.since[member] + 1 >= pity["draws"]:
            prize = self._prize(pity["prize_id"])
        else:
            prize = self._sampled(member, client_seed, epoch)
        won = pity and prize["prize_id"] == pity["prize_id"]
        self.since[member] = 0 if won else self.since[member] + 1
        return prize

    def _sampled(self, member: str, client_seed: str, epoch: int) -> Mapping[str, Any]:
        total = sum(prize["weight"] for prize in self.terms["prizes"])
        counter = 0
        while True:
            said = [self.id, epoch, 1, member, client_seed, self.drawn[member], counter]
            message = b""
            for field in said:
                raw = str(field).encode("utf-8")
                message += len(raw).to_bytes(4, "big") + raw
            digest = hmac.new(self.seeds[epoch - 1], message, hashlib.sha256).digest()
            number = int.from_bytes(digest[:8], "big")
            if number < 2**64 // total * total:
                break
            counter += 1
        number %= total
        for prize in self.terms["prizes"]:
            if number < prize["weight"]:
                break
            number -= prize["weight"]
        return dict(prize)

    def _prize(self, prize_id: str) -> Mapping[str, Any]:
        prizes: Sequence[Mapping[str, Any]] = self.terms["prizes"]
        return next(prize for prize in prizes if prize["prize_id"] == prize_id)


def _chain(last: bytes, length: int) -> list[bytes]:
    """The seeds of all epochs, the first one first."""
    seeds = [last]
    while len(seeds) < length:
        seeds.insert(0, hashlib.sha256(seeds[0]).digest())
    return seeds
