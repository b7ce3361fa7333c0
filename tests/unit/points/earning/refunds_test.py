"""Purchases and their refunds: granted once, taken back once, the same in every order."""

from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mall.errors import AccountClosed, Invalid
from mall.points import ledger
from mall.points.earning.record import known
from mall.points.ledger.entry import Source
from mall.points.ledger.movements import ClawBackPolicy
from mall.points.ledger.writes import append
from mall.points.program import ProgramSettings
from mall.points.rules.active import ActiveRule, Fixed, Rate, Scope
from mall.points.rules.rule_set import RuleSet

from tests.unit.points.earning.shop import MEMBER, NOON, Mall, any_event, any_purchase, any_refund

AMOUNTS = st.lists(st.integers(1, 100_000), min_size=1, max_size=4)
PARTS = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c", "z", "_"]), st.integers(1, 50_000)), max_size=5
)


def _rate(points: int) -> RuleSet:
    return RuleSet.of([ActiveRule("base", 1, "base", Rate(Fraction(points), 100, "USD"))])


@given(amounts=AMOUNTS, parts=PARTS, whole=st.booleans())
def should_take_back_what_the_refunded_lines_were_given(
    amounts: Sequence[int], parts: Sequence[tuple[str, int]], whole: bool
) -> None:
    """Case 25: parts sum exactly to the grant, and never to more."""
    mall, purchase = Mall(), any_purchase(*amounts)
    granted = mall.tell(purchase).points
    assert granted == sum(amounts) // 100
    refunded = 0
    for sku, part in parts:
        mall.tell(any_refund(purchase, **{sku: part}))
        refunded += part
        assert 0 <= mall.state.available <= granted
        if refunded >= sum(amounts):
            assert mall.state.available == 0
    if whole:
        mall.tell(any_refund(purchase))
        assert mall.state.available == 0


@given(amounts=AMOUNTS, parts=PARTS, order=st.randoms(use_true_random=False))
def should_come_to_the_same_end_in_every_order_of_arrival(
    amounts: Sequence[int], parts: Sequence[tuple[str, int]], order: object
) -> None:
    """Cases 31 and 43: refunds before their purchase, in any order, each told twice."""
    purchase = any_purchase(*amounts)
    events = [purchase, *(any_refund(purchase, **{sku: part}) for sku, part in parts)]
    straight, shuffled = Mall(), Mall()
    straight.tell_all(events)
    order.shuffle(events)  # type: ignore[attr-defined] # a generator of random numbers
    shuffled.tell_all([*events, *events])
    assert shuffled.state.available == straight.state.available
    assert shuffled.standing.lifetime == straight.standing.lifetime
    stood = shuffled.event(purchase.event_id)
    assert stood.clawed_back == straight.event(purchase.event_id).clawed_back
    assert stood.granted - stood.clawed_back == shuffled.standing.lifetime


@pytest.mark.parametrize(
    ("refunded", "left"),
    [
        ({"a": 150}, 1),  # a was given 2 of the 3 points, because its remainder came first
        ({"b": 150}, 2),
        ({"a": 75}, 2),
        ({"_": 150}, 2),  # no line is named: in proportion to the whole
        ({"z": 150}, 2),  # a line that was not bought: the same
        ({"a": 300}, 0),
        ({"a": 150, "b": 150}, 0),
    ],
)
def should_take_the_points_of_the_very_lines(refunded: dict[str, int], left: int) -> None:
    mall, purchase = Mall(), any_purchase(150, 150)
    assert mall.tell(purchase).points == 3
    mall.tell(any_refund(purchase, **refunded))
    assert mall.state.available == left


@pytest.mark.parametrize(
    ("closer", "wider"),
    [("sku", "category"), ("category", "product_type"), ("sku", "product_type")],
)
def should_let_what_names_a_line_more_closely_choose_first(closer: str, wider: str) -> None:
    """As with rules: a SKU before a category, that before a product type."""
    names = [{closer: "1", wider: "_"}, {closer: "2", wider: "_"}, {}, {}]
    lines = [{"quantity": 1, "amount": 1_000} | said for said in names]
    scope = Scope(excluded_skus=frozenset({"2"}), excluded_categories=frozenset({"2"}))
    rules = [ActiveRule("base", 1, "base", Rate(Fraction(1), 100, "USD"), scope=scope)]
    mall, purchase = Mall(rules=RuleSet.of(rules)), any_purchase(lines=lines)
    assert mall.tell(purchase).points == 30
    named = [{"quantity": 1, "amount": 1_000} | said for said in ({wider: "_"}, {closer: "1"})]
    about = purchase.event_id
    mall.tell(any_event("purchase_refunded", refunds_event_id=about, currency="USD", lines=named))
    assert mall.state.available == 20


def should_take_nothing_for_a_line_that_earned_nothing() -> None:
    scope = Scope(excluded_skus=frozenset({"b"}))
    rules = [ActiveRule("base", 1, "base", Rate(Fraction(1), 100, "USD"), scope=scope)]
    mall, purchase = Mall(rules=RuleSet.of(rules)), any_purchase(1_000, 5_000)
    assert mall.tell(purchase).points == 10
    mall.tell(any_refund(purchase, b=5_000))
    assert mall.state.available == 10
    mall.tell(any_refund(purchase, a=1_000))
    assert mall.state.available == 0


def should_take_back_by_the_amount_stored_at_earning() -> None:
    """Case 27: the rule has changed between purchase and refund."""
    mall, purchase = Mall(rules=_rate(1)), any_purchase(10_000)
    mall.tell(purchase)
    mall.rules = _rate(5)
    assert mall.tell(any_refund(purchase)).points == -100
    assert mall.state.available == 0


def should_refund_an_item_and_then_the_order_only_once_each() -> None:
    """Case 32: the item's points are not taken twice."""
    mall, purchase = Mall(), any_purchase(4_000, 6_000)
    mall.tell(purchase)
    assert mall.tell(any_refund(purchase, a=4_000)).points == -40
    assert mall.tell(any_refund(purchase)).points == -60
    assert mall.state.available == 0


@pytest.mark.parametrize("policy", ["only_pending", "within_balance", "unlimited"])
@pytest.mark.parametrize("first", [0, 4_000])
def should_come_to_the_same_by_parts_as_at_once(policy: ClawBackPolicy, first: int) -> None:
    """Case 29: what `only_pending` left to the member once is not left again."""
    mall, purchase = Mall(ProgramSettings(claw_back_policy=policy)), any_purchase(10_000)
    mall.tell(purchase)
    if first:
        mall.tell(any_refund(purchase, a=first))
    spent = mall.redeem("order", 60).lots
    mall.tell(any_refund(purchase))
    mall.cancel("order", {lot: -points for lot, points in spent.items()})
    assert mall.state.net == (40 if policy == "only_pending" else 0)


def should_count_the_same_refund_once() -> None:
    """Case 33."""
    mall, purchase = Mall(), any_purchase(10_000)
    refund = any_refund(purchase, a=5_000)
    first, again = mall.tell_all([purchase, refund, refund])[1:]
    assert (first.status, first.points) == ("clawed_back", -50)
    assert (again.status, again.points) == ("duplicate", -50)
    assert mall.state.available == 50


@pytest.mark.parametrize("second", ["purchase", "review", "refund"])
def should_count_an_event_id_once_whatever_it_claims_to_be(second: str) -> None:
    mall, purchase, other = Mall(), any_purchase(10_000), any_purchase(7_000)
    mall.tell_all([purchase, other])
    refund = any_refund(purchase, a=1_000)
    mall.tell(refund)
    told = {
        "purchase": any_purchase(9_900, event_id=refund.event_id),
        "review": any_event("review", event_id=refund.event_id),
        "refund": any_refund(other).model_copy(update={"event_id": refund.event_id}),
    }[second]
    with pytest.raises(Invalid) as wrong:
        mall.tell(told)
    assert wrong.value.faults[0]["field"] == "event_id"
    assert mall.state.available == 160


def should_take_nothing_for_a_refund_of_what_turned_out_to_be_no_purchase() -> None:
    review = ActiveRule("review", 1, "base", Fixed(100), event_types=("review",))
    mall, event = Mall(rules=RuleSet.of([review])), any_event("review")
    mall.tell_all([any_refund(event), event])
    assert mall.state.available == 100


def should_refuse_refunds_whose_lines_would_not_fit() -> None:
    mall, purchase = Mall(), any_purchase(100_000)
    long = "\u7269" * 117
    names = {"category": long, "product_type": long}
    lines = [{"sku": f"{n:03d}{long}", "quantity": 1, "amount": 1, **names} for n in range(100)]
    said = {"refunds_event_id": purchase.event_id, "currency": "USD", "lines": lines}
    mall.tell(any_event("purchase_refunded", NOON, **said))
    with pytest.raises(Invalid) as wrong:
        mall.tell(any_event("purchase_refunded", NOON, **said))
    assert wrong.value.faults[0]["field"] == "lines"


def should_refuse_a_refund_of_what_is_no_purchase() -> None:
    mall, review = Mall(), any_event("review")
    mall.tell(review)
    with pytest.raises(Invalid) as wrong:
        mall.tell(any_refund(review))
    assert wrong.value.faults[0]["field"] == "refunds_event_id"


def should_refuse_a_refund_in_another_currency_once_the_purchase_is_known() -> None:
    mall, purchase = Mall(), any_purchase(10_000)
    euros = any_refund(purchase, a=10_000).model_copy(update={"currency": "EUR"})
    mall.tell(euros)
    mall.tell(purchase)
    assert mall.state.available == 100
    with pytest.raises(Invalid) as wrong:
        mall.tell(euros.model_copy(update={"event_id": "another"}))
    assert wrong.value.faults[0]["field"] == "currency"


def should_refuse_the_hundred_and_first_refund() -> None:
    mall, purchase = Mall(), any_purchase(100_000)
    mall.tell_all([any_refund(purchase, a=1) for _ in range(100)])
    with pytest.raises(Invalid) as wrong:
        mall.tell(any_refund(purchase, a=1))
    assert wrong.value.faults[0]["field"] == "refunds_event_id"
    mall.tell(purchase)
    assert mall.state.available == 999


def should_refuse_a_purchase_and_a_refund_of_two_members() -> None:
    mall, purchase = Mall(), any_purchase(100)
    mall.tell(purchase)
    item = mall.items["EVENT#shop#" + purchase.event_id, "EVENT"]
    with pytest.raises(Invalid) as wrong:
        known("shop", purchase.event_id, "another", item)
    assert wrong.value.faults[0]["field"] == "member"


def should_come_back_from_its_item() -> None:
    mall = Mall(settings=ProgramSettings(pending_days=3))
    purchase = any_purchase(10_000, 2_000, attributes={"store": "Mitte", "vip": True, "n": 3})
    refund = any_refund(purchase, a=1_200)
    mall.tell_all([purchase, refund])
    stood = mall.event(purchase.event_id)
    assert (stood.version, stood.granted, stood.clawed_back, stood.revision) == (2, 120, 12, 1)
    assert stood.attributes == {"store": "Mitte", "vip": True, "n": 3}
    assert [(line.key[0], line.amount, line.points) for line in stood.lines] == [
        ("a", 10_000, 100),
        ("b", 2_000, 20),
    ]
    assert stood.grant
    assert stood.grant.pending
    assert stood.first_purchase
    assert stood.refunds[refund.event_id].lines == ((("a", None, None), 1_200),)
    assert mall.event(refund.event_id).about == purchase.event_id


def should_move_nothing_of_a_closed_account() -> None:
    """Case 84, for events that give, take, or give nothing."""
    mall, purchase = Mall(), any_purchase(10_000)
    mall.tell(purchase)
    posting = ledger.open_posting(MEMBER, mall.chain[-1], NOON)
    ledger.close(posting, Source("user", MEMBER), "the-admin")
    mall.apply(append(posting))
    before = dict(mall.items)
    for event in (any_purchase(10_000), any_purchase(1), any_refund(purchase), any_event("review")):
        with pytest.raises(AccountClosed):
            mall.tell(event)
    assert mall.items == before
