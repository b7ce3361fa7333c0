"""Drawing: what a draw costs, wins and records, and who is refused one."""

from tests.functional.acts import (
    any_member_with,
    any_product,
    available,
    kinds,
    order_of,
    shelf_holds,
)
from tests.functional.lottery.games import NOTHING, any_lottery, any_points_prize, draw, try_to_draw


def should_take_the_cost_and_win_nothing() -> None:
    member, lottery = any_member_with(100), any_lottery(cost=30)
    made = draw(member, lottery)
    assert (made["points_spent"], made["outcome"]["kind"]) == (30, "nothing")
    assert available(member) == 70
    assert kinds(member)[-1] == ("lottery_cost", -30)


def should_win_points() -> None:
    member, lottery = any_member_with(100), any_lottery(any_points_prize(50))
    made = draw(member, lottery)
    assert (made["points_won"], available(member)) == (50, 140)
    assert kinds(member)[-2:] == [("lottery_cost", -10), ("lottery_prize", 50)]


def should_order_a_product_that_is_won() -> None:
    product = any_product(codes=3, type="coupon")
    prize = {
        "prize_id": "code", "name": "Code", "kind": "coupon", "weight": 1, "stock": 2,
        "product_id": product, "substitute": "nothing",
    }  # fmt: skip
    rare = NOTHING | {"weight": 1}
    member, lottery = any_member_with(1000), any_lottery(prize, rare)
    assert shelf_holds(product) == 1
    made = [draw(member, lottery) for _ in range(20)]
    won = [each for each in made if each["outcome"]["prize_id"] == "code"]
    assert sorted(each["outcome"]["serial"] for each in won) == [1, 2]
    assert [each["nonce"] for each in made] == list(range(1, 21))
    for each in won:
        order = order_of(member, each["order_id"])
        assert (order["status"], order["points"]) == ("placed", 0)
    assert any(each["proof"]["substituted"] for each in made)


def should_answer_a_retry_as_before() -> None:
    member, lottery = any_member_with(100), any_lottery(any_points_prize(50))
    first = try_to_draw(member, lottery, "key")
    again = try_to_draw(member, lottery, "key")
    assert again.body == first.body
    assert again.headers["Idempotent-Replayed".lower()] == "true"
    assert available(member) == 140


def should_refuse_who_cannot_pay() -> None:
    member, lottery = any_member_with(5), any_lottery()
    assert try_to_draw(member, lottery).code == "insufficient_points"
    assert available(member) == 5
