"""What a draw costs by what it wins, and what ranking a million tickets takes.

Run from the repository's root: `make bench`. Counts are the same on every machine; the CPU of a
draw is a ratio to one bare SDK call of the same run.
"""

import tempfile
from pathlib import Path
from unittest.mock import patch

from bench.measure import against_bare, recorded
from bench.ranking import print_purchase, print_ranking
from local import emulator
from tests.emulated import EmulatedMall
from tests.engine import Engine
from tests.gaming import NOTHING, Arcade
from tests.meter import metered

POINTS = {"prize_id": "points", "name": "Points", "kind": "points", "points": 5, "weight": 1}


def main() -> None:
    """Print all figures."""
    with tempfile.TemporaryDirectory() as folder, emulator.running(Path(folder)) as aws:
        arcade = Arcade(EmulatedMall(Engine.on(aws)))
        print_units(arcade)
        print_cpu(arcade)
        print_purchase(arcade.mall)
        print_ranking(arcade.mall)


def print_units(arcade: Arcade) -> None:
    """Round trips and units of a draw in a process that knows the lottery."""
    cup = {
        "prize_id": "cup", "name": "Cup", "kind": "coupon", "weight": 10**9, "stock": 9,
        "product_id": arcade.mall.product(codes=9), "substitute": "nothing",
    }  # fmt: skip
    print("A draw that wins  round trips  read units  write units")
    for name, prizes, terms in (
        ("nothing", [NOTHING], {}),
        ("points", [POINTS], {"budget": 1_000}),
        ("a product", [cup, NOTHING], {}),
    ):
        lottery, member = arcade.open(*prizes, **terms), arcade.mall.member(100)
        arcade.draw(member, lottery)
        with metered(arcade.mall.engine.dynamodb) as bill:
            arcade.draw(member, lottery)
        print(f"  {name:<15} {bill.round_trips:>11} {bill.read_units:>11} {bill.write_units:>12}")


def print_cpu(arcade: Arcade) -> None:
    """Process time of a draw that wins points, against one bare SDK call."""
    lottery, member = arcade.open(POINTS, budget=10**9), arcade.mall.member(10**6)
    arcade.draw(member, lottery)

    def draw() -> None:
        arcade.draw(member, lottery)

    with patch("mall.store.lotteries.TERMS_AGE_S_MAX", 3600.0):  # nothing is read again meanwhile
        arcade.anew()
        arcade.warm(lottery)
        took = against_bare(arcade.mall.engine, draw, recorded(arcade.mall.engine, draw))
    print("CPU (process time; DynamoDB's answers are recorded ones)")
    print(f"  a draw, from request to answer       {took.one_s * 1e3:7.2f} ms")
    print(f"  one bare transact_write_items call   {took.other_s * 1e3:7.2f} ms")
    print(f"  ratio (median of the rounds)         {took.ratio:7.2f}")


if __name__ == "__main__":
    main()
