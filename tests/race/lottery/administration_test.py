"""Admins of one lottery at once, and against draws and redemptions: no unit is lost or made.

Every unit that was stocked is on the shelf, with an order, or held by a lottery that is not closed;
the audit knows. Each test has a control beside it: one guard is taken away, and the audit is seen
to fail.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest
from mall.clock import DAY_MS, instant
from mall.lottery.requests import LotteryRequest
from mall.models import View
from mall.store.lotteries import read_lottery
from mall.writes import Write

from functions.points.change_lottery import change_lottery
from functions.points.close_lottery import close_lottery
from functions.points.create_lottery import create_lottery
from functions.points.open_lottery import open_lottery
from tests.audit import AuditFailed
from tests.builders import any_id
from tests.emulated import ADMIN, PRICE, EmulatedMall
from tests.gaming import NOTHING, Arcade
from tests.race.rivals import Outcomes, RivalStore, rivals, to

DRAWERS, ADMINS, UNITS = 12, 4, 8
Forgets = Callable[[Write], bool]
Meets = Callable[[Sequence[Write]], bool]
Act = Callable[[], View]


def _nothing(_: Write) -> bool:
    return False


def _at(*sort_keys: str) -> Forgets:
    """Picks the conditional writes to items with one of these sort keys."""
    return lambda write: bool(write.condition and write.key["sk"] in sort_keys)


class Fair:
    """Lotteries whose prizes are codes, of which the catalog has three more than can be won."""

    def __init__(self, mall: EmulatedMall) -> None:
        self.mall = mall
        self.arcade = Arcade(mall)
        self.codes = mall.product(codes=UNITS + 3, shards=4)
        self._opens_at = mall.store.now() - 1000

    def code(self) -> dict[str, Any]:
        """The codes as a prize."""
        return {
            "prize_id": "code", "name": "Code", "kind": "coupon", "product_id": self.codes,
            "weight": 1_000_000_000, "stock": UNITS, "substitute": "nothing",
        }  # fmt: skip

    def request(self, *prizes: dict[str, Any]) -> LotteryRequest:
        """A lottery with the codes as its prize, or others."""
        return LotteryRequest.model_validate(
            {
                "name": "Wheel", "kind": "instant", "cost": 10, "shards": 4,
                "opens_at": instant(self._opens_at),
                "closes_at": instant(self._opens_at + 10 * DAY_MS),
                "prizes": [*(prizes or [self.code()]), NOTHING],
            }
        )  # fmt: skip

    def draft(self, *prizes: dict[str, Any]) -> str:
        """A lottery that has not opened."""
        asked = self.request(*prizes)
        return create_lottery.story(asked, any_id(), ADMIN, self.mall.store).lottery_id

    def open(self, lottery: str) -> View:
        """Open as an admin."""
        return open_lottery.story(lottery, ADMIN, self.mall.store, self.arcade.vault)

    def close(self, lottery: str) -> View:
        """Close as an admin."""
        return close_lottery.story(lottery, ADMIN, self.mall.store)

    def change(self, lottery: str, request: LotteryRequest) -> View:
        """Change as an admin."""
        return change_lottery.story(request, lottery, ADMIN, self.mall.store)

    def draws(self, lottery: str, count: int) -> list[Act]:
        """As many members who draw through one warm process."""
        self.arcade.warm(lottery)
        return [partial(self.arcade.draw, m, lottery) for m in self.mall.members([10] * count)]

    def meet(self, parties: int, meets: Meets, forgets: Forgets) -> None:
        """Let so many act at once from here on, at what they meet before."""
        mall = self.mall
        mall.use(mall.opened(RivalStore, parties=parties, meets=meets, forgets=forgets))
        self.arcade.anew()

    def won(self) -> int:
        """How many codes were won."""
        return sum(bool(order.taken) for order in self.mall.audit().orders.values())

    def shelved(self) -> int:
        """How many codes are on the shelf."""
        return sum(shard["available"] for shard in self.mall.audit().shards)


@pytest.fixture
def fair(mall: EmulatedMall) -> Fair:
    """Lotteries of this test's mall."""
    return Fair(mall)


def _race(acts: Sequence[Act]) -> Outcomes[View]:
    return rivals(len(acts), lambda n: acts[n](), threads=len(acts))


# --- closing against draws -----------------------------------------------------------------------


def _before(closing: Forgets) -> Meets:
    """Draws wait at their only transaction, and who closes at one of this kind."""
    return lambda writes: any(w.key["sk"].startswith("ENTRY") or closing(w) for w in writes)


CLOSING: dict[str, Forgets] = {
    "stopping": lambda write: write.item.get("status") == "closing",
    "closing a shard": lambda write: write.update == "SET #open = :no",
    "giving back": to("catalog"),
    "calling it closed": lambda write: write.item.get("status") == "closed",
}


def _race_of_closing(fair: Fair, closing: Forgets, forgets: Forgets = _nothing) -> Outcomes[View]:
    """Twelve draw what eight can win while the lottery is closed."""
    lottery = fair.draft()
    fair.open(lottery)
    fair.meet(DRAWERS + 1, _before(closing), forgets)
    draws = fair.draws(lottery, DRAWERS)
    outcomes = _race([*draws, partial(fair.close, lottery)])
    assert read_lottery(fair.mall.store, lottery).status == "closed"
    return outcomes


@pytest.mark.parametrize("step", CLOSING)
def should_give_each_unit_to_a_winner_or_back(fair: Fair, step: str) -> None:
    outcomes = _race_of_closing(fair, CLOSING[step])
    assert set(outcomes.codes) <= {"lottery_closed"}
    assert fair.won() + fair.shelved() == UNITS + 3


def should_be_seen_to_give_units_twice_if_a_shard_is_not_asked_whether_it_is_open(
    fair: Fair,
) -> None:
    """Control: the draws come when all was given back."""
    _race_of_closing(fair, CLOSING["calling it closed"], forgets=_at("SHARD"))
    with pytest.raises(AuditFailed, match=r"left \+ sold"):
        fair.mall.audit()


# --- admins against one another ------------------------------------------------------------------


def _race_of_admins(fair: Fair, step: str, forgets: Forgets = _nothing) -> Outcomes[View]:
    """Four close one lottery."""
    lottery = fair.draft()
    fair.open(lottery)
    fair.meet(ADMINS, _before(CLOSING[step]), forgets)
    return _race([partial(fair.close, lottery)] * ADMINS)


@pytest.mark.parametrize("step", ["stopping", "giving back", "calling it closed"])
def should_give_back_once_whoever_closes(fair: Fair, step: str) -> None:
    outcomes = _race_of_admins(fair, step)
    assert (len(outcomes.answers), fair.shelved()) == (ADMINS, UNITS + 3)


def should_be_seen_to_give_back_often_without_the_receipt(fair: Fair) -> None:
    """Control."""
    _race_of_admins(fair, "giving back", forgets=_at("RECEIPT"))
    with pytest.raises(AuditFailed, match="is closed and holds -"):
        fair.mall.audit()


def _race_of_openings(fair: Fair, forgets: Forgets = _nothing) -> Outcomes[View]:
    """Four open one lottery whose prize is two codes, of which there are enough for all four."""
    lottery = fair.draft(fair.code() | {"stock": 2})
    fair.meet(ADMINS, bool, forgets)
    return _race([partial(fair.open, lottery)] * ADMINS)


def should_open_once_whoever_opens(fair: Fair) -> None:
    outcomes = _race_of_openings(fair)
    assert len(outcomes.answers) == ADMINS
    assert len({view.model_dump_json() for view in outcomes.answers}) == 1
    assert fair.shelved() == UNITS + 1


def should_be_seen_to_set_units_aside_often_without_the_version(fair: Fair) -> None:
    """Control."""
    _race_of_openings(fair, forgets=_at("LOTTERY", "SEED"))
    with pytest.raises(AuditFailed, match=r"left \+ sold"):
        fair.mall.audit()


def _race_of_changes(fair: Fair, forgets: Forgets = _nothing) -> Outcomes[View]:
    """Four ask for the same two codes as the prize."""
    lottery = fair.draft(NOTHING | {"prize_id": "other"})
    fair.open(lottery)
    code = fair.code() | {"stock": 2}
    fair.meet(ADMINS, bool, forgets)
    return _race([partial(fair.change, lottery, fair.request(code))] * ADMINS)


def should_publish_a_table_once_whoever_asks_for_it(fair: Fair) -> None:
    outcomes = _race_of_changes(fair)
    assert len(outcomes.answers) == ADMINS
    assert len({view.model_dump_json() for view in outcomes.answers}) == 1
    assert fair.shelved() == UNITS + 1


def should_be_seen_to_set_units_aside_for_nothing_without_the_version(fair: Fair) -> None:
    """Control."""
    _race_of_changes(fair, forgets=_at("LOTTERY"))
    with pytest.raises(AuditFailed, match=r"left \+ sold"):
        fair.mall.audit()


def _race_of_change_and_closing(fair: Fair, forgets: Forgets = _nothing) -> Outcomes[View]:
    """A lottery gets the codes as its prize while it is closed."""
    lottery = fair.draft(NOTHING | {"prize_id": "other"})
    fair.open(lottery)
    fair.meet(2, bool, forgets)
    request = fair.request()
    return _race([partial(fair.change, lottery, request), partial(fair.close, lottery)])


def should_give_back_the_units_of_a_table_that_just_came(fair: Fair) -> None:
    """Either the table came first, and its units go back, or the lottery was closed."""
    outcomes = _race_of_change_and_closing(fair)
    assert set(outcomes.codes) <= {"lottery_fixed"}
    assert fair.shelved() == UNITS + 3


def should_be_seen_to_lose_units_without_the_version(fair: Fair) -> None:
    """Control."""
    _race_of_change_and_closing(fair, forgets=_at("LOTTERY"))
    with pytest.raises(AuditFailed):
        fair.mall.audit()


# --- against redemptions -------------------------------------------------------------------------


def _race_of_redemptions(fair: Fair, forgets: Forgets = _nothing) -> Outcomes[View]:
    """Eight redeem a code while eight of the eleven are set aside."""
    lottery, members = fair.draft(), fair.mall.members([PRICE] * UNITS)
    fair.meet(UNITS + 1, bool, forgets)
    redeem = [partial(fair.mall.place, member, fair.codes, "key") for member in members]
    return _race([partial(fair.open, lottery), *redeem])


def should_set_aside_what_nobody_redeems(fair: Fair) -> None:
    outcomes = _race_of_redemptions(fair)
    assert set(outcomes.codes) <= {"sold_out", "insufficient_stock", "busy"}
    assert fair.won() + fair.shelved() == UNITS + 3


def should_be_seen_to_set_aside_what_was_redeemed_without_the_stock_condition(fair: Fair) -> None:
    """Control."""
    _race_of_redemptions(fair, forgets=to("catalog", action="Update"))
    with pytest.raises(AuditFailed, match="holds -"):
        fair.mall.audit()
