"""Settling a line: together comes to what one after another comes to, and never to more."""

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest
from mall import keys
from mall.catalog.product import MemberLimit, Price, Product
from mall.clock import Millis
from mall.orders import batching
from mall.orders.batching import WRITES_MAX, Known, Looked, Misjudged, settle
from mall.orders.items import from_item
from mall.orders.order import Order
from mall.orders.queueing import RedeemQueued
from mall.points import ledger
from mall.points.ledger import Grant, open_posting
from mall.points.ledger.chain import verify
from mall.points.ledger.entry import NEVER, Entry, Source
from mall.points.ledger.entry import from_item as entry_from_item
from mall.points.program import PROGRAM
from mall.writes import Write

from tests.builders import any_instant, any_member
from tests.unit.orders.line import any_asked, any_queued_product

NOW = any_instant()
PRICE = 50


@dataclass
class World:
    """What the tables hold: as little of it as a line needs."""

    product: Product
    held: dict[int, int]
    chains: dict[str, list[Entry]] = field(default_factory=dict)
    counted: dict[tuple[str, str], int] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    addresses: dict[tuple[str, str], Mapping[str, object]] = field(default_factory=dict)

    def known(self, line: Sequence[RedeemQueued], *, looked: bool) -> Known:
        """What is read of it for a line."""
        chains = {each.member: self.chains.get(each.member) for each in line}
        heads = {member: chain[-1] if chain else None for member, chain in chains.items()}
        seen = Looked(set(self.orders), self.counted, self.held) if looked else None
        return Known(self.product, heads, PROGRAM, NOW, self.addresses, seen)

    def settle(self, line: Sequence[RedeemQueued]) -> list[Order]:
        """Settle a line as the store would: blindly at first, and if need be on a look."""
        made: list[Order] = []
        while line:
            try:
                settled = settle(line, self.known(line, looked=False), random.Random(1))
                self._refuse_what_does_not_hold(settled.writes)
            except Misjudged:
                settled = settle(line, self.known(line, looked=True), random.Random(1))
                self._refuse_what_does_not_hold(settled.writes)
            for write in settled.writes:
                self._apply(write)
            made += settled.orders
            line = line[settled.count :]
        return made

    def _refuse_what_does_not_hold(self, writes: Sequence[Write]) -> None:
        assert len({(w.table, w.key["pk"], w.key["sk"]) for w in writes}) == len(writes)
        assert len(writes) <= WRITES_MAX
        for write in writes:
            key = write.key["pk"]
            if write.key["sk"] == "ORDER" and key in self.orders:
                raise Misjudged()
            if write.key["sk"] == "STOCK" and self._left(write) < 0:
                raise Misjudged()
            if write.key["sk"].startswith("LIMIT#"):
                counted = self.counted.get(self._limit(write), 0)
                if counted > write.values["room"]:
                    raise Misjudged()

    def _left(self, write: Write) -> int:
        left: int = self.held[self._shard(write)] - write.values["units"]
        return left

    def _shard(self, write: Write) -> int:
        return int(write.key["pk"].rpartition("#")[2])

    def _limit(self, write: Write) -> tuple[str, str]:
        return write.key["pk"].partition("#")[2], write.key["sk"].rpartition("#")[2]

    def _apply(self, write: Write) -> None:
        sort = write.key["sk"]
        if sort == "ORDER":
            self.orders[write.key["pk"]] = from_item(write.item)
        elif sort == "STOCK":
            self.held[self._shard(write)] = self._left(write)
        elif sort.startswith("LIMIT#"):
            place = self._limit(write)
            self.counted[place] = self.counted.get(place, 0) + write.values["units"]
        elif sort.startswith("ENTRY#"):
            member = write.key["pk"].partition("#")[2]
            self.chains.setdefault(member, []).append(entry_from_item(write.item))


def _opened(member: str, points: int, at: Millis = NOW) -> list[Entry]:
    posting = open_posting(member, None, at - 1_000)
    ledger.credit(posting, "earn", points, Grant(NEVER), Source("purchase", "p"))
    return posting.entries


def _world(members: Mapping[str, int], held: Mapping[int, int], **terms: object) -> World:
    product = any_queued_product(PRICE, shards=len(held), **terms)
    chains = {member: _opened(member, points) for member, points in members.items() if points}
    return World(product, dict(held), chains)


def _line(world: World, *members: str, **fixed: object) -> list[RedeemQueued]:
    said = {"quantity": 1, "enqueued_at": NOW - 10, "shard": 0} | fixed
    return [any_asked(world.product, member=member, **said) for member in members]


def _came_to(orders: Sequence[Order]) -> list[tuple[str, str]]:
    return [(order.status, order.history[-1].reason) for order in orders]


def _chains_hold(world: World) -> None:
    for chain in world.chains.values():
        assert verify(chain).valid


# --- together and one after another --------------------------------------------------------------


def _summary(world: World) -> object:
    return (
        sum(world.held.values()),
        world.counted,
        {member: [(e.kind, e.points, e.source) for e in c] for member, c in world.chains.items()},
        {
            key: (order.status, order.history[-1].reason, order.spent_revision, order.limit_period)
            for key, order in world.orders.items()
        },
    )


@pytest.mark.parametrize("seed", range(150))
def should_come_to_the_same_together_as_one_after_another(seed: int) -> None:
    """Few members, small purses, low limits and little stock, so that everything is refused."""
    chance = random.Random(seed)
    members = [any_member() for _ in range(chance.randint(1, 6))]
    purses = {member: chance.randint(0, 6) * PRICE for member in members}
    held = {shard: chance.randint(0, 9) for shard in range(chance.randint(1, 4))}
    limit = chance.choice([None, MemberLimit(2), MemberLimit(3, "day")])
    world = _world(purses, held, limit_per_member=limit)
    line = [
        any_asked(
            world.product,
            member=chance.choice(members),
            quantity=chance.choice([1, 1, 1, 2, 3]),
            points=chance.choice([PRICE] * 9 + [PRICE + 1]),
            shard=0,
            enqueued_at=NOW - 10,
        )
        for _ in range(10)
    ]
    line = [*line, *chance.choices(line, k=chance.randint(0, 2))]  # some come twice
    alone = World(world.product, dict(world.held), {m: [*c] for m, c in world.chains.items()})
    together = world.settle(line)
    for asked in line:
        alone.settle([asked])
    assert _summary(world) == _summary(alone)
    assert len(together) == len({asked.order_id for asked in line})
    assert min(world.held.values()) >= 0
    for order in together:
        taken = sum(order.taken.values())
        assert taken == (order.quantity if order.status == "placed" else 0)
    _chains_hold(world)


# --- what it costs -------------------------------------------------------------------------------


def should_take_the_units_of_a_shard_once_for_ten() -> None:
    members = [any_member() for _ in range(10)]
    world = _world(dict.fromkeys(members, PRICE), {0: 10})
    settled = settle(
        _line(world, *members), world.known(_line(world, *members), looked=False), random.Random(1)
    )
    kinds = Counter(write.key["sk"].partition("#")[0] for write in settled.writes)
    assert kinds == {"ORDER": 10, "STOCK": 1, "ENTRY": 10}
    assert [write.key["sk"] for write in settled.writes[:10]] == ["ORDER"] * 10


def should_settle_as_many_as_one_transaction_can_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    members = [any_member() for _ in range(10)]
    world = _world(dict.fromkeys(members, PRICE), {0: 10})
    monkeypatch.setattr(batching, "WRITES_MAX", 11)
    line = _line(world, *members)
    settled = settle(line, world.known(line, looked=False), random.Random(1))
    assert (settled.count, len(settled.orders), len(settled.writes)) == (5, 5, 11)
    assert len(world.settle(line)) == 10


# --- one refusal after another -------------------------------------------------------------------


def should_make_consecutive_revisions_of_one_member_twice() -> None:
    member = any_member()
    world = _world({member: 3 * PRICE}, {0: 5})
    first, second = world.settle(_line(world, member, member))
    assert (first.spent_revision, second.spent_revision) == (2, 3)
    assert world.chains[member][-1].after.available == PRICE
    _chains_hold(world)


def should_reject_the_second_of_a_member_who_can_pay_for_one() -> None:
    member, other = any_member(), any_member()
    world = _world({member: PRICE, other: PRICE}, {0: 5})
    orders = world.settle(_line(world, member, member, other))
    assert _came_to(orders) == [("placed", ""), ("rejected", "insufficient_points"), ("placed", "")]
    assert world.held == {0: 3}


def should_reject_a_member_who_has_never_held_anything() -> None:
    member = any_member()
    world = _world({}, {0: 5})
    assert _came_to(world.settle(_line(world, member))) == [("rejected", "insufficient_points")]
    assert (world.chains, world.held) == ({}, {0: 5})


def should_reject_beyond_the_limit_whether_reached_before_or_in_this_line() -> None:
    before, twice = any_member(), any_member()
    world = _world(
        dict.fromkeys((before, twice), 9 * PRICE), {0: 9}, limit_per_member=MemberLimit(1)
    )
    world.counted = {(before, "ever"): 1}
    orders = world.settle(_line(world, before, twice, twice))
    assert _came_to(orders) == [
        ("rejected", "limit_reached"),
        ("placed", ""),
        ("rejected", "limit_reached"),
    ]
    assert world.counted == {(before, "ever"): 1, (twice, "ever"): 1}


def should_reject_a_closed_account() -> None:
    member = any_member()
    world = _world({member: PRICE}, {0: 5})
    posting = open_posting(member, world.chains[member][-1], NOW - 500)
    ledger.close(posting, Source("user", member), "admin")
    world.chains[member] += posting.entries
    assert _came_to(world.settle(_line(world, member))) == [("rejected", "account_closed")]


CHANGES: list[tuple[str, Callable[[Product], Product | None]]] = [
    ("price_changed", lambda product: replace(product, price=Price(PRICE - 1))),
    ("not_on_sale", lambda product: replace(product, status="delisted")),
    ("not_on_sale", lambda product: replace(product, on_sale_from=NOW)),
    ("not_found", lambda product: replace(product, status="draft")),
    ("not_found", lambda _: None),
]


@pytest.mark.parametrize(("code", "change"), CHANGES)
def should_reject_what_is_not_sold_so_any_more(
    code: str, change: Callable[[Product], Product | None]
) -> None:
    member = any_member()
    world = _world({member: PRICE}, {0: 5})
    line = _line(world, member)
    known = replace(world.known(line, looked=True), product=change(world.product))
    assert _came_to(settle(line, known, random.Random(1)).orders) == [("rejected", code)]


def should_serve_whoever_joined_before_the_sale_ended() -> None:
    member = any_member()
    world = _world({member: PRICE}, {0: 5}, on_sale_until=NOW - 5)
    assert _came_to(world.settle(_line(world, member, enqueued_at=NOW - 6))) == [("placed", "")]


def should_keep_the_price_of_a_quote_whatever_became_of_the_product() -> None:
    member = any_member()
    world = _world({member: PRICE}, {0: 5})
    line = _line(world, member, quoted=True, points=PRICE - 1)
    dearer = replace(world.product, price=Price(2 * PRICE), status="delisted")
    known = replace(world.known(line, looked=False), product=dearer)
    [order] = settle(line, known, random.Random(1)).orders
    assert (order.status, order.points) == ("placed", PRICE - 1)


def should_charge_the_lower_price_to_which_a_quoted_one_fell() -> None:
    """Case 47, while it stands in line: of each of two units."""
    member = any_member()
    world = _world({member: 2 * PRICE}, {0: 5})
    line = _line(world, member, quoted=True, quantity=2)
    known = world.known(line, looked=False)
    for price, charged in ((PRICE - 1, PRICE - 1), (PRICE + 1, PRICE)):
        changed = replace(known, product=replace(world.product, price=Price(price)))
        settled = settle(line, changed, random.Random(1))
        [spent] = [w.item["points"] for w in settled.writes if "kind" in w.item]
        assert (settled.orders[0].points, spent) == (2 * charged, -2 * charged)


def should_draw_on_other_shards_and_then_be_sold_out() -> None:
    members = [any_member() for _ in range(4)]
    world = _world(dict.fromkeys(members, PRICE), {0: 1, 1: 0, 2: 2})
    orders = world.settle(_line(world, *members))
    assert [dict(order.taken) for order in orders] == [{"0": 1}, {"2": 1}, {"2": 1}, {}]
    assert _came_to(orders)[-1] == ("rejected", "sold_out")


def should_put_a_quantity_together_from_several_shards() -> None:
    member = any_member()
    world = _world({member: 5 * PRICE}, {0: 2, 1: 2, 2: 2})
    [order] = world.settle(_line(world, member, quantity=5))
    assert sum(order.taken.values()) == 5
    assert sum(world.held.values()) == 1


def should_turn_nobody_down_unseen() -> None:
    """A refusal that comes of what was not looked at asks for the look first."""
    world = _world({}, {0: 5})
    line = _line(world, any_member())
    with pytest.raises(Misjudged):
        settle(line, world.known(line, looked=False), random.Random(1))


def should_leave_what_is_decided_as_it_is() -> None:
    member = any_member()
    world = _world({member: 5 * PRICE}, {0: 5})
    line = _line(world, member)
    world.settle(line)
    before = _summary(world)
    assert world.settle([*line, *line]) == []
    assert _summary(world) == before


# --- goods that are sent -------------------------------------------------------------------------


def should_keep_a_copy_of_the_address_that_goods_are_sent_to() -> None:
    member = any_member()
    world = _world({member: PRICE}, {0: 5}, type="physical")
    line = _line(world, member, address_id="home")
    known = world.known(line, looked=False)
    known = replace(known, addresses={(member, "home"): {"line1": "Street 1"}})
    settled = settle(line, known, random.Random(1))
    [order] = settled.orders
    [copy] = [write for write in settled.writes if write.table == "users"]
    assert (order.status, order.address) == ("placed", True)
    assert copy.key == keys.order_address(member, order.order_id)
    assert copy.item["line1"] == "Street 1"


def should_reject_goods_whose_address_is_gone() -> None:
    member = any_member()
    world = _world({member: PRICE}, {0: 5}, type="physical")
    line = _line(world, member, address_id="home")
    assert _came_to(world.settle(line)) == [("rejected", "address_required")]
    assert not world.orders[keys.order(line[0].order_id)["pk"]].address
