"""A lottery changed: decided on what stands now, and committed if it still does."""

from mall.errors import Stale
from mall.lottery import changing
from mall.lottery.administration import redrafted, retabled
from mall.lottery.checking import check, check_table
from mall.lottery.lottery import Lottery
from mall.lottery.requests import LotteryRequest
from mall.store.client import Commit, Store
from mall.store.lotteries import read_lottery
from mall.store.lottery_goods import RANDOM, find_products, find_units


def change_lottery(store: Store, lottery_id: str, request: LotteryRequest, actor: str) -> Lottery:
    """Make a draft anew, or give an open instant lottery another table. The lottery then.

    Raises NotFound, LotteryFixed(fixed), Invalid, InsufficientStock(stock_left) and Busy.
    """

    def attempt(_: Stale | None) -> Commit[Lottery]:
        before, now = read_lottery(store, lottery_id), store.now()
        if before.status == "draft":
            after = redrafted(before, request, now)
            check(request, after, find_products(store, after.tables[-1]), now)
            return Commit(*changing.redraft(before, after))
        after = retabled(before, request, now)
        if after == before:
            return Commit([], before)
        products = find_products(store, after.tables[-1])
        check_table(request, after, products)
        found = find_units(store, after.tables[-1], products)
        return Commit(*changing.publish(before, after, found, actor, now, RANDOM))

    return store.commit(attempt)
