"""Check every outcome of a lottery of Points Mall, without trusting whoever ran it.

    python -m mall_verify https://mall.example LOTTERY_ID             fetch all of it, and check it
    python -m mall_verify https://mall.example LOTTERY_ID --save b.json   and keep what was fetched
    python -m mall_verify --bundle b.json                             check what was kept
    python -m mall_verify --bundle b.json --earlier a.json            and that nothing was changed

It prints a line for each fault, then a summary. Exit code 0: all of it holds. 1: something does
not. 2: it could not be checked, or not all of it yet.

One file, Python 3.9 or newer, nothing to install. What it computes, and what that proves and does
not prove, is told in docs/concepts/lottery.md; index.html beside this file computes the same in a
browser.
"""

from __future__ import annotations

import argparse
import calendar
import hashlib
import heapq
import hmac
import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from typing import Any

DAY_MS = 24 * 3_600_000
WORD_BYTES = 8
WORDS = 256**WORD_BYTES
WEIGHT_MAX = 2**53 - 1
# A draw notes its instant, then commits; clocks differ a little. Both stay within a minute.
SLACK_MS = 60_000
ALSO = ("draw_id", "nonce", "at")  # what a draw says beside its proof
WON = ("rank", "ticket_id", "member_id", "score", "prize_id", "serial")
TERMS = (
    "lottery_id", "kind", "cost", "limits", "opens_at", "closes_at", "draws_at", "beacon", "epochs",
)  # fmt: skip
STATED = ("name", "kind", "weight", "stock", "points", "product_id", "sku", "substitute")
# What a bundle that is no bundle comes to.
UNREADABLE = (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError)
TRIES, TIMEOUT_S = 10, 30
BASE32 = "234567abcdefghijklmnopqrstuvwxyz"  # in the order of ASCII

Json = Any
Fault = tuple[str, str]  # where, what


# --- what everything follows from ----------------------------------------------------------------


def framed(*fields: str) -> bytes:
    """Fields as UTF-8, each after its length in 4 bytes, the highest first."""
    encoded = [field.encode("utf-8") for field in fields]
    return b"".join(len(field).to_bytes(4, "big") + field for field in encoded)


def sample(seed: bytes, fields: Iterable[object], total: int) -> int:
    """A number from 0 to `total` - 1: from the first block that is no part of an uneven rest."""
    texts = [str(field) for field in fields]
    fair = WORDS - WORDS % total
    counter = 0
    while True:
        block = hmac.digest(seed, framed(*texts, str(counter)), "sha256")
        word = int.from_bytes(block[:WORD_BYTES], "big")
        if word < fair:
            return word % total
        counter += 1


def place_of(number: int, weights: Iterable[int]) -> int:
    """In whose share of the weights a number falls, from 0. Raises ValueError outside of all."""
    for place, weight in enumerate(weights):
        if number < weight:
            return place
        number -= weight
    raise ValueError("the number is in no prize's share")


def before(seed: bytes, steps: int) -> bytes:
    """The seed so many epochs earlier; one before the first is the anchor."""
    for _ in range(steps):
        seed = hashlib.sha256(seed).digest()
    return seed


def score(seed: bytes, lottery_id: str, list_hash: str, beacon: str, ticket_id: str) -> bytes:
    """What a ticket of a scheduled lottery is ranked by: the smallest win."""
    message = framed("ticket", lottery_id, list_hash, beacon, ticket_id)
    return hmac.digest(seed, message, "sha256")


def hash_of_list(purchases: Iterable[Json]) -> str:
    """The hash of all tickets: over one digest for each first letter of a purchase's id."""
    lines: dict[str, list[str]] = {letter: [] for letter in BASE32}
    for each in sorted(purchases, key=lambda each: str(each["purchase_id"])):
        line = f"{each['purchase_id']} {each['member_id']} {each['quantity']}\n"
        lines[each["purchase_id"][0]].append(line)
    digests = [hashlib.sha256("".join(lines[letter]).encode()).digest() for letter in BASE32]
    return hashlib.sha256(b"".join(digests)).hexdigest()


def decimal(part: int, whole: int) -> str:
    """A share of the whole with nine decimals, rounded half up; zeros at the end are left out."""
    scaled = (2 * part * 10**9 + whole) // (2 * whole)
    return f"{scaled // 10**9}.{scaled % 10**9:09d}".rstrip("0").rstrip(".")


def canonical(said: Json) -> str:
    """JSON with sorted names, no spaces, ASCII only."""
    return json.dumps(said, sort_keys=True, separators=(",", ":"))


def millis(instant: str) -> int:
    """Milliseconds since the epoch of an instant such as 2026-11-22T09:30:00.000Z."""
    seconds = calendar.timegm(time.strptime(instant[:19], "%Y-%m-%dT%H:%M:%S"))
    return seconds * 1000 + int(instant[20:23])


class Table:
    """A version of the prizes, as its published text says it."""

    def __init__(self, published: Json) -> None:
        said = json.loads(published["text"])
        self.text: str = published["text"]
        self.hash: str = published["hash"]
        self.version: int = published["version"]
        self.from_epoch: int = published["from_epoch"]
        self.said = [said["version"], said["from_epoch"], said["lottery_id"]]
        self.prizes: list[Json] = said["prizes"]
        self.ids: list[str] = [prize["prize_id"] for prize in self.prizes]
        self.weights: list[Any] = [prize.get("weight", 0) for prize in self.prizes]
        self.total = sum(self.weights)
        self.pity: Json = said["pity"]
        self.closes: bool = said["when_gone"] == "close"

    def faults(self, lottery: Json) -> Iterable[str]:
        """What is wrong with it."""
        if hashlib.sha256(self.text.encode()).hexdigest() != self.hash:
            yield "its text does not have the hash that was published"
        if canonical(json.loads(self.text)) != self.text:
            yield "its text is not in the one form that it can have"
        if self.said != [self.version, self.from_epoch, lottery["lottery_id"]]:
            yield "its text is of another version, epoch or lottery"
        if len(set(self.ids)) != len(self.ids):
            yield "two of its prizes have one id"
        if self.pity and self.pity["prize_id"] not in self.ids:
            yield "it has no such guaranteed prize"
        if lottery["kind"] == "instant":
            yield from self._of_draws()

    def _of_draws(self) -> Iterable[str]:
        whole = all(isinstance(weight, int) and weight > 0 for weight in self.weights)
        if not whole or self.total > WEIGHT_MAX:
            yield "its weights are not whole numbers from 1 on, of at most 2^53 - 1 together"
        for prize in self.prizes:
            instead = prize.get("substitute")
            if prize.get("stock") and (instead not in self.ids or self.stock(instead)):
                yield f"{prize['prize_id']} can run out, and has no substitute that cannot"

    def stock(self, prize_id: str) -> int:
        """How many units of a prize there are; 0 for no end."""
        return int(self.prize(prize_id).get("stock") or 0)

    def prize(self, prize_id: str) -> Json:
        """A prize by its id."""
        return self.prizes[self.ids.index(prize_id)]


class Verification:
    """What a bundle says of a lottery, held against what follows from its seeds.

    `faults` tells what does not hold, `sealed` how many draws wait for their seed, `summary` what
    was looked at.
    """

    def __init__(self, bundle: Json) -> None:
        self.bundle = bundle
        self.lottery = bundle["lottery"]
        self.anchor: str = self.lottery["commitment"]["server_seed_hash"]
        self.opens_at = millis(self.lottery["opens_at"])
        self.closes_at = millis(self.lottery["closes_at"])
        self.faults: list[Fault] = []
        self.summary: list[str] = []
        self.shown = 0  # the version of the table that members are shown
        self.sealed = 0
        self.replaced: list[tuple[Json, int, str]] = []  # draw, table, what was drawn
        self.won: dict[tuple[int, str], dict[int, int]] = {}  # table, prize: serials with instants
        self.tables: dict[int, Table] = {}
        self.seeds: dict[int, bytes] = {}
        self._check_tables()
        self._check_shown()
        self._check_seeds()
        if self.lottery["kind"] == "instant":
            self._check_draws(bundle["draws"])
        else:
            self._check_list(bundle["tickets"], bundle["winners"])
            self._check_winners(bundle["tickets"], bundle["winners"])

    def _fault(self, where: str, *what: str) -> None:
        self.faults += [(where, each) for each in what]

    # commitment

    def _check_tables(self) -> None:
        versions = [published["version"] for published in self.lottery["tables"]]
        if versions != list(range(1, len(versions) + 1)):
            self._fault("tables", "their versions do not count from 1 without a gap")
        from_epoch = 1
        for published in self.lottery["tables"]:
            table = Table(published)
            where = f"table {table.version}"
            self._fault(where, *table.faults(self.lottery))
            first = table.version == 1
            if table.from_epoch < from_epoch or (first and table.from_epoch != 1):
                self._fault(where, "it does not follow on the table before it")
            from_epoch = table.from_epoch
            self.tables[table.version] = table

    def _check_shown(self) -> None:
        """What members are shown must be what the table in force says."""
        lottery, shown = self.lottery, self.lottery["commitment"]["prize_table_hash"]
        self.shown = max((v for v, table in self.tables.items() if table.hash == shown), default=0)
        if not self.shown:
            self._fault("lottery", "its table in force is none of its tables")
            return
        table = self.tables[self.shown]
        ids = [prize["prize_id"] for prize in lottery["prizes"]]
        rules = [lottery["pity"], lottery["when_gone"] == "close"]
        if ids != table.ids or rules != [table.pity, table.closes]:
            self._fault("lottery", "it shows other prizes or rules than its table in force")
            return
        for prize, stated in zip(lottery["prizes"], table.prizes):
            where = f"prize {prize['prize_id']}"
            if any(prize.get(name) != stated.get(name) for name in STATED):
                self._fault(where, "it is shown as something else than in the table in force")
            odds = decimal(stated["weight"], table.total) if table.total else None
            if prize["odds"] != odds:
                self._fault(where, f"its odds are {odds}, not {prize['odds']}")

    def _check_seeds(self) -> None:
        lottery = self.lottery
        if self.bundle["seed"]["server_seed_hash"] != self.anchor:
            self._fault("seeds", "they are those of another anchor")
        if lottery["kind"] == "instant":
            epochs = -(-(self.closes_at - self.opens_at) // DAY_MS)
            if lottery["epochs"] != epochs:
                self._fault("lottery", f"it has {epochs} epochs, not {lottery['epochs']}")
        for told in self.bundle["seed"]["epochs"]:
            if "server_seed" in told:
                epoch, seed = told["epoch"], bytes.fromhex(told["server_seed"])
                self.seeds[epoch] = seed
                if before(seed, epoch).hex() != self.anchor:
                    self._fault(f"seed of epoch {epoch}", "it does not lead to the anchor")
        for epoch in range(max(self.seeds, default=1) - 1, 0, -1):
            self.seeds.setdefault(epoch, before(self.seeds[epoch + 1], 1))
        revealed = f"{len(self.seeds)} of {lottery['epochs']} epochs revealed"
        self.summary.append(f"{revealed}, {len(self.tables)} tables, anchor {self.anchor}")

    def _check_limits(self, taken: dict[str, int]) -> None:
        """No more draws or tickets than there may be, of each member and of all."""
        limits = self.lottery["limits"]
        most = limits.get("member_total", sum(taken.values()))
        for member in sorted(taken):
            if taken[member] > most:
                self._fault(f"member {member}", f"{taken[member]} where {most} are allowed")
        if sum(taken.values()) > limits.get("program_total", sum(taken.values())):
            total = f"{sum(taken.values())} where {limits['program_total']} are allowed"
            self._fault("lottery", total)

    def _in_force(self, epoch: int) -> int:
        """The version of the table of an epoch, 0 for none."""
        begun = [v for v, table in self.tables.items() if table.from_epoch <= epoch]
        return max(begun, default=0)

    # instant draws

    def _check_draws(self, items: list[Json]) -> None:
        of_member: dict[str, list[Json]] = {}
        seen: set[str] = set()
        draws = [item["proof"] for item in items]
        for item, draw in zip(items, draws):
            where = f"draw {draw['draw_id']}"
            if draw["draw_id"] in seen:
                self._fault(where, "it is listed twice")
            seen.add(draw["draw_id"])
            self._fault(where, *self._told_otherwise(item, draw))
            of_member.setdefault(draw["member_id"], []).append(draw)
        for member in sorted(of_member):
            self._check_member(member, sorted(of_member[member], key=lambda draw: draw["nonce"]))
        known = [draw for draw in draws if draw["table_version"] in self.tables]
        self._check_units(known)
        self._check_remaining()
        self._check_limits({member: len(drawn) for member, drawn in of_member.items()})
        told = f"{len(draws)} draws of {len(of_member)} members, {self.sealed} of them still sealed"
        self.summary.append(told)
        self._count(known)

    def _told_otherwise(self, item: Json, draw: Json) -> Iterable[str]:
        """Whether what a member is told of a draw is what its proof says."""
        outcome, table = item["outcome"], self.tables.get(draw["table_version"])
        if [item[name] for name in ALSO] != [draw[name] for name in ALSO]:
            yield "its id, nonce or instant is told in two ways"
        told = [outcome["prize_id"], outcome.get("serial")]
        if told != [draw["prize_id"], draw.get("serial")]:
            yield "its outcome is told in two ways"
        if item["points_spent"] != self.lottery["cost"]:
            yield f"it cost {item['points_spent']} points, not {self.lottery['cost']}"
        if table and draw["prize_id"] in table.ids:
            prize = table.prize(draw["prize_id"])
            worth = prize.get("points", 0)
            if [outcome["name"], outcome["kind"]] != [prize["name"], prize["kind"]]:
                yield "its prize is called something else in its table"
            if item.get("points_won", 0) != worth:
                yield f"it won {item.get('points_won', 0)} points, not {worth}"

    def _check_member(self, member: str, draws: list[Json]) -> None:
        """A member's draws in order: nonces without a gap, and the guaranteed prize when due."""
        if [draw["nonce"] for draw in draws] != list(range(1, len(draws) + 1)):
            self._fault(f"member {member}", "the nonces do not count from 1 without a gap")
        since, earlier = 0, self.opens_at
        for draw in draws:
            where = f"draw {draw['draw_id']}"
            at = millis(draw["at"])
            if at < earlier - SLACK_MS:
                self._fault(where, "it was made before the member's draw before it")
            earlier = at
            if draw["since"] != since:
                told = f"the member had {since} draws without the guaranteed prize, not"
                self._fault(where, f"{told} {draw['since']}")
            self._fault(where, *self._placed(draw, at))
            if draw["table_version"] not in self.tables:
                self._fault(where, "there is no such table")
                continue
            since = self._check_outcome(where, draw, since)

    def _placed(self, draw: Json, at: int) -> Iterable[str]:
        """Whether a draw is in the right lottery, hour, epoch and table."""
        lottery = self.lottery
        epoch = (at - self.opens_at) // DAY_MS + 1
        if draw["lottery_id"] != lottery["lottery_id"]:
            yield "it is of another lottery"
        if draw["server_seed_hash"] != self.anchor:
            yield "it names another anchor"
        if not self.opens_at <= at < self.closes_at:
            yield "it was made outside of the lottery's hours"
        elif draw["epoch"] != epoch:
            yield f"it was made in epoch {epoch}, not {draw['epoch']}"
        elif draw["table_version"] != self._in_force(epoch):
            yield f"table {self._in_force(epoch)} was in force, not {draw['table_version']}"
        closed_at = lottery["closed_at"]
        if closed_at and at > millis(closed_at) + SLACK_MS:
            yield "it was made after the lottery was closed"

    def _check_outcome(self, where: str, draw: Json, since: int) -> int:
        """What the seed gives, held against what the draw says. Returns the draws in vain then."""
        table = self.tables[draw["table_version"]]
        if draw["table_hash"] != table.hash:
            self._fault(where, "its table has another hash")
        number = draw["number"]
        seed = self.seeds.get(draw["epoch"])
        if seed is None:
            self.sealed += 1
        else:
            fields = [
                self.lottery["lottery_id"], draw["epoch"], draw["table_version"],
                draw["member_id"], draw["client_seed"], draw["nonce"],
            ]  # fmt: skip
            number = sample(seed, fields, table.total)
            if draw["number"] != number:
                self._fault(where, f"the seed gives {number}, not {draw['number']}")
        sampled = table.ids[place_of(number, table.weights)]
        if draw["sampled"] != sampled:
            self._fault(where, f"{number} falls on {sampled}, not {draw['sampled']}")
        if draw["prize_id"] not in table.ids:
            self._fault(where, "its prize is none of its table")
            return since + 1
        return self._check_prize(where, draw, since, sampled)

    def _check_prize(self, where: str, draw: Json, since: int, sampled: str) -> int:
        """The prize that a sample comes to: the guaranteed one when due, a substitute if said."""
        table = self.tables[draw["table_version"]]
        pity = table.pity
        forced = bool(pity) and since + 1 >= pity["draws"] and sampled != pity["prize_id"]
        if draw["forced"] != forced:
            told = "was due and not given" if forced else "was given and not due"
            self._fault(where, f"the guaranteed prize {told}")
        drawn = pity["prize_id"] if forced else sampled
        given = drawn
        if draw["substituted"]:
            given = table.prize(drawn).get("substitute", "")
            self.replaced.append((draw, table.version, drawn))
        if draw["prize_id"] != given:
            self._fault(where, f"it comes to {given or 'no substitute'}, not {draw['prize_id']}")
        return 0 if pity and drawn == pity["prize_id"] else since + 1

    def _check_units(self, draws: list[Json]) -> None:
        """Serials: in range, given once; a substitute only where every one of them was won."""
        for draw in draws:
            table = self.tables[draw["table_version"]]
            if draw["prize_id"] in table.ids:
                self._fault(f"draw {draw['draw_id']}", *self._of_serial(draw, table))
        ends = {place: max(won.values()) for place, won in self.won.items() if won}
        for draw, version, drawn in self.replaced:
            stock, won = self.tables[version].stock(drawn), self.won.get((version, drawn), {})
            where = f"draw {draw['draw_id']}"
            if len(won) < stock:
                told = f"only {len(won)} of its {stock} units were won"
                self._fault(where, f"{drawn} was substituted, and {told}")
            elif stock and millis(draw["at"]) < ends[version, drawn] - SLACK_MS:
                self._fault(where, f"{drawn} was substituted before its last unit was won")
        for version in sorted(self.tables):
            if self.tables[version].closes:
                self._check_closed(self.tables[version], draws)

    def _check_remaining(self) -> None:
        """Once nothing more can be won, the list and what was left of each prize must agree."""
        for prize in self.lottery["prizes"] if self.lottery["closed_at"] else []:
            won = len(self.won.get((self.shown, prize["prize_id"]), {}))
            if self.shown and prize["stock"] and prize["stock"] - prize["remaining"] != won:
                told = f"{prize['remaining']} of {prize['stock']} are left, and {won} were won"
                self._fault(f"prize {prize['prize_id']}", told)

    def _of_serial(self, draw: Json, table: Table) -> Iterable[str]:
        prize, serial = draw["prize_id"], draw.get("serial")
        stock = table.stock(prize)
        won = self.won.setdefault((table.version, prize), {})
        if not stock:
            if serial is not None:
                yield f"{prize} has no end, and so no serial"
        elif not isinstance(serial, int) or not 1 <= serial <= stock:
            yield f"{prize} has serials 1 to {stock}, not {'none' if serial is None else serial}"
        elif serial in won:
            yield f"serial {serial} of {prize} was won in another draw"
        else:
            won[serial] = millis(draw["at"])

    def _check_closed(self, table: Table, draws: list[Json]) -> None:
        """In a lottery that closes when its prizes are gone, nothing is drawn after that."""
        limited = [prize for prize in table.ids if table.stock(prize)]
        won = [self.won.get((table.version, prize), {}) for prize in limited]
        if any(len(w) < table.stock(prize) for w, prize in zip(won, limited)):
            return
        last = max(max(w.values()) for w in won)
        for draw in draws:
            if draw["table_version"] == table.version and millis(draw["at"]) > last + SLACK_MS:
                self._fault(f"draw {draw['draw_id']}", "it was made after every prize was won")

    def _count(self, draws: list[Json]) -> None:
        """What the samples fell on, beside what the weights let expect."""
        for version, table in sorted(self.tables.items()):
            sampled = [draw["sampled"] for draw in draws if draw["table_version"] == version]
            given = [draw["prize_id"] for draw in draws if draw["table_version"] == version]
            for prize, weight in zip(table.ids, table.weights):
                tenths = (20 * len(sampled) * weight + table.total) // (2 * table.total)
                self.summary.append(
                    f"table {version}, {prize}: sampled {sampled.count(prize)} times, "
                    f"{tenths // 10}.{tenths % 10} expected; given {given.count(prize)} times"
                )

    # scheduled draws

    def _check_list(self, purchases: list[Json], winners: Json) -> None:
        """The tickets: who bought how many, and the hash that was published of the list."""
        listing, seen = winners.get("listing"), set()
        bought: dict[str, int] = {}
        for purchase in purchases:
            where = f"purchase {purchase['purchase_id']}"
            if purchase["purchase_id"] in seen:
                self._fault(where, "it is listed twice")
            seen.add(purchase["purchase_id"])
            self._fault(where, *self._of_purchase(purchase))
            member = purchase["member_id"]
            bought[member] = bought.get(member, 0) + purchase["quantity"]
        self._check_limits(bought)
        tickets = sum(bought.values())
        self.summary.append(f"{tickets} tickets of {len(bought)} members")
        if listing is None:
            if winners["items"]:
                self._fault("list", "there are winners, and no hash of the list was published")
            return
        found = hash_of_list(purchases)
        if found != listing["list_hash"]:
            self._fault("list", f"its hash is {found}, not {listing['list_hash']}")
        if [listing["purchases"], listing["tickets"]] != [len(purchases), tickets]:
            self._fault("list", "it was published with another number of purchases or tickets")

    def _of_purchase(self, purchase: Json) -> Iterable[str]:
        quantity = purchase["quantity"]
        if purchase["lottery_id"] != self.lottery["lottery_id"]:
            yield "it is of another lottery"
        if not self.opens_at <= millis(purchase["bought_at"]) < self.closes_at:
            yield "it was made outside of the lottery's hours"
        if quantity < 1 or purchase["points_spent"] != self.lottery["cost"] * quantity:
            yield f"{quantity} tickets do not cost {purchase['points_spent']} points"

    def _check_beacon(self, winners: Json) -> str:
        """The public value that the lottery waited for, empty for none."""
        name, beacon = self.lottery.get("beacon"), winners.get("beacon")
        if not beacon:
            if name and winners["items"]:
                self._fault("beacon", f"winners were drawn without {name}")
            return ""
        if beacon["name"] != name:
            self._fault("beacon", f"the lottery waited for {name or 'none'}")
        if millis(beacon["entered_at"]) < millis(winners["listing"]["listed_at"]):
            self._fault("beacon", "it was entered before the list was final")
        return str(beacon["value"])

    def _check_winners(self, purchases: list[Json], winners: Json) -> None:
        beacon, told = self._check_beacon(winners), winners["items"]
        self.summary.append(f"{len(told)} winners")
        if self.seeds and winners.get("listing"):
            due = self._ranked(purchases, winners["listing"]["list_hash"], beacon)
            for place in range(max(len(due), len(told))):
                shown = [told[place][name] for name in WON] if place < len(told) else []
                expected = due[place] if place < len(due) else []
                if shown != expected:
                    said = " ".join(map(str, expected)) or "nobody"
                    self._fault(f"winner {place + 1}", f"the seed gives {said}")
        else:
            self.sealed = sum(prize["stock"] for prize in self.tables[1].prizes)
        draws_at = millis(self.lottery["draws_at"])
        names = [[p["prize_id"], p["name"], p["kind"]] for p in self.tables[1].prizes]
        for winner in told:
            if millis(winner["at"]) < draws_at:
                self._fault(f"winner {winner['rank']}", "it was drawn before its time")
            called = [winner["prize_id"], winner["name"], winner["kind"]]
            if called not in names:
                self._fault(f"winner {winner['rank']}", "its prize is called something else")

    def _ranked(self, purchases: list[Json], list_hash: str, beacon: str) -> list[list[object]]:
        """Rank, ticket, member, score, prize and serial of each winner."""
        lottery_id, seed = self.lottery["lottery_id"], self.seeds[1]
        units = [
            (prize["prize_id"], serial)
            for prize in self.tables[1].prizes
            for serial in range(1, prize["stock"] + 1)
        ]
        tickets = (
            (f"{purchase['purchase_id']}-{number}", purchase["member_id"])
            for purchase in purchases
            for number in range(1, purchase["quantity"] + 1)
        )
        best = heapq.nsmallest(
            len(units),
            (
                (score(seed, lottery_id, list_hash, beacon, ticket), ticket, member)
                for ticket, member in tickets
            ),
        )
        return [
            [rank, ticket, member, scored.hex(), prize, serial]
            for rank, ((scored, ticket, member), (prize, serial)) in enumerate(zip(best, units), 1)
        ]


def changed_since(earlier: Json, bundle: Json) -> list[Fault]:
    """What an earlier bundle of the lottery committed to, and this one does not keep."""
    then, now = earlier["lottery"], bundle["lottery"]
    faults = [
        ("lottery", f"its {name} is not what it was")
        for name in TERMS
        if then.get(name) != now.get(name)
    ]
    if then["commitment"]["server_seed_hash"] != now["commitment"]["server_seed_hash"]:
        faults.append(("lottery", "its anchor is not what it was"))
    texts = {table["version"]: table["text"] for table in now["tables"]}
    faults += [
        (f"table {table['version']}", "it is not what it was")
        for table in then["tables"]
        if texts.get(table["version"]) != table["text"]
    ]
    draws = {draw["draw_id"]: draw for draw in bundle.get("draws", [])}
    faults += [
        (f"draw {draw['draw_id']}", "it is gone, or not what it was")
        for draw in earlier.get("draws", [])
        if draws.get(draw["draw_id"]) != draw
    ]
    return faults + _drawn_otherwise(earlier.get("winners", {}), bundle.get("winners", {}))


def _drawn_otherwise(then: Json, now: Json) -> list[Fault]:
    """What was published of a scheduled drawing, and is not so any more."""
    published = (("list", "listing"), ("beacon", "beacon"))
    faults = [
        (where, "it is not what it was")
        for where, name in published
        if then.get(name) and then[name] != now.get(name)
    ]
    ranks = {winner["rank"]: winner for winner in now.get("items", [])}
    faults += [
        (f"winner {winner['rank']}", "it is gone, or not what it was")
        for winner in then.get("items", [])
        if ranks.get(winner["rank"]) != winner
    ]
    return faults


# --- fetching ------------------------------------------------------------------------------------


def fetched(url: str) -> Json:
    """A JSON answer; waits where it is told to."""
    if not url.startswith(("http://", "https://")):
        raise ValueError("the address must begin with http:// or https://")
    for _ in range(TRIES):
        try:
            with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:  # noqa: S310 - checked above
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code not in (429, 503):
                raise OSError(f"{url} answered {error.code}") from error
            time.sleep(float(error.headers.get("Retry-After") or 1))
    raise OSError(f"{url} is busy")


def listed(url: str, limit: int = 100) -> Json:
    """The last page of a list, with the items of all of them."""
    items: list[Json] = []
    cursor = ""
    while True:
        query = {"limit": str(limit), **({"cursor": cursor} if cursor else {})}
        page = fetched(f"{url}?{urllib.parse.urlencode(query)}")
        items += page["items"]
        cursor = page["next_cursor"]
        if not cursor:
            return {**page, "items": items}


def fetched_bundle(base: str, lottery_id: str) -> Json:
    """All that is published of a lottery."""
    home = f"{base.rstrip('/')}/v1/lotteries/{urllib.parse.quote(lottery_id)}"
    lottery = fetched(home)
    seed = fetched(f"{home}/seed")
    bundle = {"lottery": lottery, "seed": seed}
    if lottery["kind"] == "instant":
        known = max((e["epoch"] for e in seed["epochs"] if "server_seed" in e), default=0)
        draws = listed(f"{home}/draws")["items"]
        # What was revealed, or closed, only while the list was read may be there in part.
        whole = [d for d in draws if lottery["closed_at"] or d["proof"]["epoch"] <= known]
        return {**bundle, "draws": whole}
    winners = listed(f"{home}/winners")
    tickets = listed(f"{home}/tickets", 1000)["items"] if "listing" in winners else []
    return {**bundle, "tickets": tickets, "winners": winners}


# --- command line --------------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="mall_verify", description=__doc__.splitlines()[0])
    parser.add_argument("url", nargs="?", help="where the mall is, such as https://mall.example")
    parser.add_argument("lottery_id", nargs="?")
    parser.add_argument("--bundle", type=Path, help="check this file instead of fetching")
    parser.add_argument("--save", type=Path, help="keep what was fetched in this file")
    parser.add_argument("--earlier", type=Path, help="what was kept before must still be so")
    asked = parser.parse_args(arguments)
    if not asked.bundle and not (asked.url and asked.lottery_id):
        parser.error("name an address and a lottery, or --bundle")
    try:
        if asked.bundle:
            bundle = json.loads(asked.bundle.read_text("utf-8"))
        else:
            bundle = fetched_bundle(asked.url, asked.lottery_id)
        if asked.save:
            asked.save.write_text(json.dumps(bundle, indent=1), "utf-8")
        found = Verification(bundle)
        faults = found.faults
        if asked.earlier:
            faults += changed_since(json.loads(asked.earlier.read_text("utf-8")), bundle)
    except UNREADABLE as error:
        print(f"could not be checked: {error!r}", file=sys.stderr)
        return 2
    for where, what in faults:
        print(f"{where}: {what}")
    print(*found.summary, sep="\n")
    print(verdict(found, faults))
    return 1 if faults else 2 if found.sealed else 0


def verdict(found: Verification, faults: list[Fault]) -> str:
    """The last line."""
    if faults:
        return "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
    if found.sealed:
        return f"no fault so far; {found.sealed} outcomes wait for their seed"
    return "every outcome is what the seeds give"


if __name__ == "__main__":
    sys.exit(main())
