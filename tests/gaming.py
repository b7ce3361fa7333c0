"""Lotteries on the emulated mall: opened and drawn in by the real stories, and audited."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from mall import keys
from mall.clock import DAY_MS, instant
from mall.http import Identity
from mall.lottery import fairness
from mall.lottery.draw_views import DrawView
from mall.lottery.draws import Draw, from_item
from mall.lottery.lottery import Lottery
from mall.lottery.requests import DrawRequest, LotteryRequest
from mall.lottery.shards import Shard
from mall.points.program import PROGRAM, Program
from mall.seeds import SeedVault
from mall.store.lotteries import Lotteries, open_seed, read_lottery, read_shards

from functions.points.create_lottery import create_lottery
from functions.points.draw_lottery import draw_lottery
from functions.points.open_lottery import open_lottery
from tests.audit import scan
from tests.builders import any_id
from tests.emulated import ADMIN, EmulatedMall

NOTHING = {"prize_id": "nothing", "name": "Nothing", "kind": "nothing", "weight": 1}


class PlainSeeds(SeedVault):
    """Seals without a key, where sealing is not what a test is about."""

    def __init__(self) -> None:
        """No client is needed."""

    def seal(self, lottery_id: str, seed: bytes) -> bytes:
        return lottery_id.encode() + seed

    def open(self, lottery_id: str, sealed: bytes) -> bytes:
        return sealed.removeprefix(lottery_id.encode())


class Arcade:
    """Lotteries of an emulated mall. `use` a store before what is to go through it."""

    def __init__(self, mall: EmulatedMall) -> None:
        self.mall = mall
        self.vault = PlainSeeds()
        self.program: Program = PROGRAM
        self.anew()

    def anew(self) -> None:
        """Remember nothing, as a new process."""
        self.lotteries = Lotteries(self.mall.store, lambda: self.vault)

    def open(self, *prizes: Mapping[str, Any], **terms: object) -> str:
        """An instant lottery that is open, at 10 points a draw."""
        now = self.mall.store.now()
        request = {
            "name": "Wheel",
            "kind": "instant",
            "cost": 10,
            "opens_at": instant(now - 1000),
            "closes_at": instant(now + 10 * DAY_MS),
            "prizes": prizes or [NOTHING],
            **terms,
        }
        asked = LotteryRequest.model_validate(request)
        created = create_lottery.story(asked, any_id(), ADMIN, self.mall.store)
        open_lottery.story(created.lottery_id, ADMIN, self.mall.store, self.vault)
        return created.lottery_id

    def draw(self, member: str, lottery: str, key: str = "", client_seed: str = "") -> DrawView:
        """Draw as a member."""
        request = DrawRequest(client_seed=client_seed) if client_seed else DrawRequest()
        return draw_lottery.story(
            request, lottery, key or any_id(), Identity(member), self.mall.store, self.lotteries,
            self.program,
        )  # fmt: skip

    def warm(self, lottery: str) -> None:
        """Let the process know what a busy one knows: terms, shards and the seed of the epoch."""
        terms = self.lotteries.terms(lottery)
        self.lotteries.shards(terms)
        self.lotteries.seed(terms, terms.epoch(self.mall.store.now()))

    def draws(self, lottery: str) -> list[Draw]:
        """Every draw, in the order of members and nonces."""
        prefix = keys.draws_partition(lottery, 0)[:-2]
        items = scan(self.mall.engine.dynamodb, self.mall.tables["points"])
        found = [from_item(item) for item in items if item["pk"].startswith(prefix)]
        return sorted(found, key=lambda draw: (draw.member, draw.nonce))

    def audit(self, lottery: str) -> list[Draw]:
        """The draws, once all that follows from them was found to be so."""
        self.mall.audit()
        terms = read_lottery(self.mall.store, lottery)
        draws, shards = self.draws(lottery), read_shards(self.mall.store, terms)
        self._audit_sequences(draws, terms)
        _audit_serials(draws, terms)
        _audit_shards(draws, shards, terms)
        self._audit_entries(draws)
        return draws

    def _audit_sequences(self, draws: list[Draw], terms: Lottery) -> None:
        """Each member's nonces are 1..n; outcome and pity follow from seed and sequence."""
        since: Counter[str] = Counter()
        nonces: Counter[str] = Counter()
        for draw in draws:
            nonces[draw.member] += 1
            assert draw.nonce == nonces[draw.member], draw
            table = terms.table(draw.epoch)
            assert (draw.table_version, draw.since) == (table.version, since[draw.member]), draw
            seed = open_seed(self.mall.store, self.vault, terms, draw.epoch)
            inputs = fairness.Inputs(
                draw.lottery_id, draw.epoch, table.version, draw.member, draw.client_seed,
                draw.nonce,
            )  # fmt: skip
            number = fairness.sample(seed, inputs, table.total)
            sampled = table.prizes[fairness.place_of(number, table.weights)].prize_id
            assert draw.sampled == sampled, draw
            pity = table.pity
            due = pity is not None and since[draw.member] + 1 >= pity.draws
            drawn = pity.prize_id if pity and due else sampled
            won = table.prizes[table.place(drawn)]
            assert draw.prize == (won.substitute if draw.substituted else drawn), draw
            since[draw.member] = 0 if pity and drawn == pity.prize_id else since[draw.member] + 1

    def _audit_entries(self, draws: list[Draw]) -> None:
        """One entry for each cost and each prize in points, and an order for each delivered one."""
        books = self.mall.audit()
        booked = Counter(
            (entry.source.id, entry.kind, entry.points)
            for chain in books.chains.values()
            for entry in chain
            if entry.source.type == "draw"
        )
        costs = [(d.draw_id, "lottery_cost", -d.cost) for d in draws if d.cost]
        prizes = [(d.draw_id, "lottery_prize", d.points) for d in draws if d.points]
        assert booked == Counter([*costs, *prizes])
        ordered = {draw.order_id for draw in draws if draw.order_id}
        assert ordered == {o.order_id for o in books.orders.values() if o.history[0].reason}


def _audit_serials(draws: list[Draw], terms: Lottery) -> None:
    """Serials of a limited prize are 1..stock at most, once each; substitutes only after all."""
    for table in terms.tables:
        of_table = [draw for draw in draws if draw.table_version == table.version]
        for place in table.limited:
            prize = table.prizes[place]
            serials = sorted(d.serial or 0 for d in of_table if d.prize == prize.prize_id)
            assert len(set(serials)) == len(serials)
            assert set(serials) <= set(range(1, (prize.stock or 0) + 1))
            pity = table.pity.prize_id if table.pity else ""
            gone = [
                d for d in of_table
                if d.substituted and prize.prize_id in (d.sampled, pity if d.forced else "")
            ]  # fmt: skip
            if any(d.sampled == prize.prize_id and not d.forced for d in gone):
                assert len(serials) == prize.stock


def _audit_shards(draws: list[Draw], shards: list[Shard], terms: Lottery) -> None:
    """The shards count what was drawn, and hold what is left of the budget."""
    assert sum(shard.drawn for shard in shards) == len(draws)
    assert all(shard.budget >= 0 for shard in shards)
    paid = sum(draw.points for draw in draws)
    assert sum(shard.budget for shard in shards) == (terms.budget or 0) - paid
    for table in terms.tables:
        of_table = [draw for draw in draws if draw.table_version == table.version]
        for place, prize in enumerate(table.prizes):
            sampled = sum(draw.sampled == prize.prize_id for draw in of_table)
            given = sum(draw.prize == prize.prize_id for draw in of_table)
            assert sum(shard.sampled(table.version, place) for shard in shards) == sampled
            assert sum(shard.given(table.version, place) for shard in shards) == given
