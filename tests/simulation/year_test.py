"""A leap year of three programs, held against the naive one at the end of every local day.

More than 10,000 events of 75 members arrive late, twice, in any order, some before their cause. The
mall's balance of a day is what its chain says of that instant: the last entry until then, and time.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache

import pytest
from mall.clock import instant
from mall.errors import InsufficientPoints
from mall.points.earning.events import EventRequest
from mall.points.ledger import chain
from mall.points.ledger.entry import State
from mall.points.ledger.lots import last_of, state_at

from tests.simulation.naive_account import Refused
from tests.simulation.naive_days import ONE_DAY, first_instant
from tests.simulation.naive_program import NaiveProgram
from tests.simulation.program_config import Configuration
from tests.simulation.year_script import MEMBERS, Act, year
from tests.unit.points.earning.shop import Mall

Balance = tuple[int, int, int]  # available, pending, debt
_REVIEWS = {"type": "review", "attributes": [{"name": "stars", "kind": "integer"}]}
_SILVER = {"tier_id": "silver", "name": "Silver", "threshold": 500, "multiplier": "1.25"}
_GOLD = {"tier_id": "gold", "name": "Gold", "threshold": 1_500, "multiplier": "1.5"}
_PRAISE = {
    "rule_id": "praise", "name": "Reviews", "kind": "base", "gives": {"points": 7},
    "event_types": ["review"], "conditions": {"attributes": [{"name": "stars", "at_least": 2}]},
    "caps": [{"per": "member", "period": "month", "points": 14}],
}  # fmt: skip


def _rate(rule_id: str, points: str, currency: str, **said: object) -> dict[str, object]:
    gives = {"points": points, "per_amount": 100, "currency": currency}
    return {"rule_id": rule_id, "name": rule_id, "kind": "base", "gives": gives, **said}


def _campaign(rule_id: str, gives: dict[str, object], **said: object) -> dict[str, object]:
    return {"rule_id": rule_id, "name": rule_id, "kind": "campaign", "gives": gives, **said}


PROGRAMS = {
    "Berlin": Configuration(
        {
            "zone": "Europe/Berlin", "currency": "EUR", "pending_days": 14,
            "expiry": {"policy": "rolling_months", "months": 2},
            "expiry_counted_from": "activation", "claw_back_policy": "within_balance",
            "tiers": [_SILVER, _GOLD], "tier_basis": "twelve_months", "event_types": [_REVIEWS],
        },
        [
            _rate("base", "1", "EUR", scope={"excluded_skus": ["card"]}),
            _rate("coffee", "1.5", "EUR", scope={"categories": ["coffee"]}),
            _campaign("weekend", {"multiplier": 2}, conditions={"weekdays": ["sat", "sun"]},
                      caps=[{"per": "member", "period": "day", "points": 60}]),
            _campaign("leap-day", {"multiplier": 3}, starts_at="2028-02-29T00:00:00+01:00",
                      ends_at="2028-03-01T00:00:00+01:00", budget={"points": 1_000}),
            _campaign("welcome", {"bonus": 100}, conditions={"first_purchase": True},
                      stacking="add"),
            _PRAISE,
        ],
    ),
    "New York": Configuration(
        {
            "zone": "America/New_York", "currency": "USD",
            "expiry": {"policy": "fixed_days", "days": 60}, "claw_back_policy": "unlimited",
            "tiers": [_SILVER, _GOLD], "event_types": [_REVIEWS],
        },
        [
            _rate("base", "0.75", "USD"),
            _rate("beans", "2", "USD", scope={"skus": ["bean"]},
                  caps=[{"per": "member", "period": "week", "points": 150}]),
            _campaign("gold-weeks", {"multiplier": "1.3333"}, stacking="add",
                      conditions={"tiers": ["silver", "gold"]}, scope={"categories": ["tea"]}),
            _campaign("short-day", {"bonus": 23}, starts_at="2028-03-12T00:00:00-05:00",
                      ends_at="2028-03-13T00:00:00-04:00"),
            _campaign("big", {"bonus": 15},
                      conditions={"minimum_amount": {"amount": 12_000, "currency": "USD"}},
                      caps=[{"per": "program", "period": "month", "points": 400}]),
            _PRAISE,
        ],
    ),
    "Auckland": Configuration(
        {
            "zone": "Pacific/Auckland", "currency": "NZD", "pending_days": 3,
            "expiry": {"policy": "inactivity", "months": 1, "round_to": "day"},
            "claw_back_policy": "only_pending", "event_types": [_REVIEWS],
        },
        [
            _rate("base", "1", "NZD"),
            _campaign("double", {"multiplier": 2}, scope={"product_types": ["virtual"]}),
            _campaign("long-day", {"multiplier": "2.5"}, starts_at="2028-04-02T00:00:00+13:00",
                      ends_at="2028-04-03T00:00:00+12:00"),
            _PRAISE,
        ],
    ),
}  # fmt: skip


class Year:
    """A program's members in the mall and in the naive program, through a year."""

    def __init__(self, name: str) -> None:
        said = PROGRAMS[name]
        self.acts = year(said, seed=len(name))
        self.zone = str(said.settings["zone"])
        self.naive = NaiveProgram(said.settings, said.rules)
        self._orders: dict[str, dict[str, int]] = {}
        first = Mall(said.real_settings, said.real_rules, member=MEMBERS[0])
        others = (Mall(first.settings, first.rules, items=first.items, member=m) for m in MEMBERS)
        self.malls = {mall.member: mall for mall in others}

    def play(self) -> Iterator[tuple[date, dict[str, Balance]]]:
        """Play everything; gives the naive balances at the end of each day of the year."""
        day, acts = date(2028, 1, 1), iter(self.acts)
        act = next(acts, None)
        while day.year == 2028:
            end = end_of(self.zone, day)
            while act and act.at <= end:
                self._act(act)
                act = next(acts, None)
            yield day, {name: self._naive_balance(name, end) for name in MEMBERS}
            day += ONE_DAY

    def _naive_balance(self, name: str, at: int) -> Balance:
        account = self.naive.member(name, at).account
        return account.available, account.waiting, account.debt

    def _act(self, act: Act) -> None:
        mall = self.malls[act.member]
        mall.now = act.at
        getattr(self, f"_{act.verb}")(mall, act)

    def _tell(self, mall: Mall, act: Act) -> None:
        said = {"occurred_at": instant(act.occurred_at), "member": {"user_id": act.member}}
        view = mall.tell(EventRequest.model_validate({**act.event, **said}))
        counts = self.naive.tell(act.member, act.event, act.occurred_at, act.at)
        assert counts == (view.status != "duplicate")

    def _redeem(self, mall: Mall, act: Act) -> None:
        try:
            self.naive.redeem(act.member, act.order, act.points, act.at)
        except Refused:
            with pytest.raises(InsufficientPoints):
                mall.redeem(act.order, act.points)
        else:
            spent = mall.redeem(act.order, act.points).lots
            self._orders[act.order] = {lot: -points for lot, points in spent.items()}

    def _cancel(self, mall: Mall, act: Act) -> None:
        left = self._orders.pop(act.order, {})
        points = min(act.points, sum(left.values()))
        if points:
            mall.cancel(act.order, last_of(left, points))
            self.naive.cancel(act.member, act.order, points, act.at)


@cache
def end_of(zone: str, day: date) -> int:
    """The last millisecond of a local day."""
    return first_instant(zone, day + ONE_DAY) - 1


def balance_at(mall: Mall, times: Sequence[int], at: int) -> Balance:
    """A member's balance at an instant, by the chain alone."""
    known = bisect_right(times, at)
    state = state_at(mall.chain[known - 1].after, at) if known else State()
    return state.available, state.pending_points, state.debt


@pytest.mark.parametrize("name", PROGRAMS)
def should_agree_on_every_balance_of_every_day(name: str) -> None:
    """Cases 10, 12, 17, 18, 21, 22, 28, 29, 31, 33 and 43, a year long."""
    year = Year(name)
    days = list(year.play())
    assert len(days) == 366
    for member, mall in year.malls.items():
        times = [entry.at for entry in mall.chain]
        for day, balances in days:
            found = balance_at(mall, times, end_of(year.zone, day))
            assert found == balances[member], f"{member} on {day}"
        assert chain.verify(mall.chain).valid


def should_be_a_year_worth_the_name() -> None:
    """10,000 events, of which many arrive again, late, or before what they are about."""
    told = [act for name in PROGRAMS for act in Year(name).acts if act.verb == "tell"]
    assert len(told) >= 10_000
    ids = [act.event["event_id"] for act in told]
    assert len(ids) - len(set(ids)) >= 1_000
    assert sum(act.at - act.occurred_at > 86_400_000 for act in told) >= 2_000
