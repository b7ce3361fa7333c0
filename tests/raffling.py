"""Scheduled lotteries on the emulated mall: tickets by the real story, the job, and the audit."""

import hashlib
import hmac
from collections import Counter
from collections.abc import Mapping
from typing import Any

from mall import keys
from mall.clock import DAY_MS, HOUR_MS, instant
from mall.http import Identity
from mall.lottery.fairness import framed
from mall.lottery.requests import BeaconRequest, BuyTicketsRequest
from mall.lottery.ticket_views import PurchaseView
from mall.lottery.tickets import Purchase, from_item
from mall.points.program import PROGRAM
from mall.store.lotteries import open_seed, read_lottery
from mall.store.scheduled_drawing import Drawings, read_progress, winner_records
from mall.writes import Item

from functions.points.buy_tickets import buy_tickets
from functions.points.set_beacon import set_beacon
from tests.audit import scan
from tests.builders import any_id
from tests.emulated import ADMIN, EmulatedMall
from tests.gaming import Arcade

COST = 10


class Raffles(Arcade):
    """Scheduled lotteries of an emulated mall. `use` a store before what is to go through it."""

    def __init__(self, mall: EmulatedMall) -> None:
        super().__init__(mall)
        self.run_s = 100.0

    def open(self, *prizes: Mapping[str, Any], **terms: object) -> str:
        """A lottery that sells tickets for a day, at 10 points, and draws an hour after."""
        closes_at = self.mall.store.now() + DAY_MS
        scheduled = {
            "kind": "scheduled",
            "closes_at": instant(closes_at),
            "draws_at": instant(closes_at + HOUR_MS),
        }
        return super().open(*prizes, **{**scheduled, **terms})

    def buy(self, member: str, lottery: str, quantity: int = 1, key: str = "") -> PurchaseView:
        """Buy as a member."""
        request = BuyTicketsRequest(quantity=quantity)
        return buy_tickets.story(
            request, lottery, key or any_id(), Identity(member), self.mall.store, self.lotteries,
            PROGRAM,
        )  # fmt: skip

    def let_it_close(self) -> None:
        """Go on to the end of selling."""
        self.mall.ahead_s += DAY_MS // 1000

    def let_it_draw(self) -> None:
        """Go on to the time of drawing, from the end of selling."""
        self.mall.ahead_s += HOUR_MS // 1000

    def enter(self, lottery: str, value: str) -> None:
        """Enter a beacon's value as an admin."""
        set_beacon.story(BeaconRequest(value=value), lottery, ADMIN, self.mall.store)

    def go_on(self, lottery: str) -> bool:
        """One run of the job, as far as this lottery goes, in a process of its own."""
        store = self.mall.store
        return Drawings(store, self.vault, self.mall.programs, self.run_s).go_on(lottery)

    def purchases(self, lottery: str) -> list[Purchase]:
        """Every purchase that stands, in the order of the list."""
        prefix = keys.tickets_partition(lottery, "")
        items = scan(self.mall.engine.dynamodb, self.mall.tables["points"])
        found = [from_item(item) for item in items if item["pk"].startswith(prefix)]
        return sorted(found, key=lambda bought: bought.purchase_id)

    def winners(self, lottery: str) -> list[Item]:
        """The winners' records, by rank."""
        return winner_records(self.mall.store, lottery)

    def audit_list(self, lottery: str) -> list[Purchase]:
        """The purchases, once each was found to be paid, counted, and on the list if that is final.

        What was published is computed again from the documentation's words.
        """
        books, bought = self.mall.audit(), self.purchases(lottery)
        paid = Counter(
            (entry.member, entry.source.id, entry.points)
            for chain in books.chains.values()
            for entry in chain
            if entry.source.type == "tickets"
        )
        assert paid == Counter((p.member, p.purchase_id, -p.cost) for p in bought if p.cost)
        places = [keys.lottery_shard(lottery, n) for n in range(self._terms(lottery).shards)]
        counted = sum((self.mall.store.get("points", place) or {})["drawn"] for place in places)
        tickets = sum(p.quantity for p in bought)
        assert counted == tickets
        progress = read_progress(self.mall.store, lottery)
        if progress.list_hash:
            assert progress.list_hash == _list_hash(bought)
            assert (progress.purchases, progress.tickets) == (len(bought), tickets)
        return bought

    def audit(self, lottery: str) -> Any:
        """The winners, once they were found to be those that follow from list, seed and table."""
        bought, terms = self.audit_list(lottery), self._terms(lottery)
        progress, won = read_progress(self.mall.store, lottery), self.winners(lottery)
        seed = open_seed(self.mall.store, self.vault, terms, 1)
        owners = {
            f"{p.purchase_id}-{number}": p.member
            for p in bought
            for number in range(1, p.quantity + 1)
        }
        scores = {
            ticket: hmac.new(
                seed,
                framed("ticket", lottery, progress.list_hash, progress.beacon, ticket),
                hashlib.sha256,
            ).digest()
            for ticket in owners
        }
        units = [(p, n + 1) for p in terms.tables[0].prizes for n in range(p.stock or 0)]
        best = sorted(owners, key=lambda ticket: scores[ticket])[: len(units)]
        assert [record["rank"] for record in won] == list(range(1, len(best) + 1))
        for record, ticket, (prize, serial) in zip(won, best, units, strict=False):
            assert (record["ticket"], record["member"]) == (ticket, owners[ticket])
            assert record["score"] == scores[ticket]
            assert (record["prize"], record["serial"]) == (prize.prize_id, serial)
        self._audit_prizes(won, terms.budget or 0)
        assert (terms.status, progress.stage) == ("closed", "drawn")
        return won

    def _audit_prizes(self, won: list[Item], budget: int) -> None:
        """One entry for each prize in points, one order for each delivered one, within budget."""
        books = self.mall.audit()
        given = [record for record in won if record["fate"] == "awarded"]
        booked = Counter(
            (entry.member, entry.source.id, entry.points)
            for chain in books.chains.values()
            for entry in chain
            if entry.source.type == "ticket"
        )
        points = [(r["member"], r["ticket"], r["points"]) for r in given if r["points"]]
        assert booked == Counter(points)
        assert sum(amount for _, _, amount in points) <= budget
        ordered = {order.order_id for order in books.orders.values() if order.history[0].reason}
        assert {record["order_id"] for record in given if record["order_id"]} == ordered

    def _terms(self, lottery: str) -> Any:
        return read_lottery(self.mall.store, lottery)


def _list_hash(bought: list[Purchase]) -> str:
    digests = []
    for letter in keys.TICKET_LETTERS:
        lines = [
            f"{p.purchase_id} {p.member} {p.quantity}\n"
            for p in bought
            if p.purchase_id.startswith(letter)
        ]
        digests.append(hashlib.sha256("".join(lines).encode()).digest())
    return hashlib.sha256(b"".join(digests)).hexdigest()


def points_for(winners: int, points: int = 100) -> dict[str, object]:
    """A prize in points for so many tickets."""
    return {
        "prize_id": "points", "name": "Points", "kind": "points", "points": points,
        "stock": winners,
    }  # fmt: skip
