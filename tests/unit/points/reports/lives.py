"""Random lives: accounts that earn, wait, owe, spend, expire, close, through a year or more."""

import random
from contextlib import suppress
from datetime import date, timedelta

from mall.errors import Refusal
from mall.points.ledger.movements import ClawBackPolicy

from tests.builders import any_points
from tests.unit.points.account import Account, Given

FIRST_DAY = date(2026, 1, 1)
POLICIES: tuple[ClawBackPolicy, ...] = ("only_pending", "within_balance", "unlimited")


def day_after(days: int) -> str:
    """The day so many days after the first, `yyyymmdd`."""
    return (FIRST_DAY + timedelta(days=days)).strftime("%Y%m%d")


def any_life(zone_account: Account, days: int = 365, steps: int = 40) -> Account:
    """An account after a life of that many steps, spread over the days."""
    account = zone_account
    given: list[Given] = []
    for day in sorted(random.choices(range(days), k=steps)):
        account.on(day_after(day), random.randrange(86_000_000))
        with suppress(Refusal):
            _live(account, given, day)
    return account


def _live(account: Account, given: list[Given], day: int) -> None:
    deed = random.choice(["earn", "earn", "wait", "wait", "redeem", "claw", "refund", "sweep"])
    expires = random.choice(["never", day_after(day + random.randint(1, 200)), _idle(day)])
    match deed:
        case "earn":
            given.append(account.earn(any_points(), expires))
        case "wait":
            active = day_after(day + random.randint(1, 60))
            given.append(account.earn(any_points(), expires, active_from=active))
        case "redeem":
            account.redeem(random.randint(1, max(1, account.state.available)))
        case "refund":
            account.refund(account.redeem(random.randint(1, max(1, account.state.available))))
        case "claw" if given:
            taken = given.pop(random.randrange(len(given)))
            account.claw_back(taken, policy=random.choice(POLICIES))
        case _:
            account.sweep()


def _idle(day: int) -> str:
    return f"{day_after(day + random.randint(30, 120))}i"
