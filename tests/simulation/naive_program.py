"""The whole program told the slow way: what events earn, what refunds take back, and accounts.

Written from the words of the concepts, sharing no code with the mall. Settings, rules and events
are the documents that admins and partners send. Nothing is kept but what happened: tiers and what
is owed are counted anew from all events, every time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from tests.simulation.naive_account import NaiveAccount, Place
from tests.simulation.naive_days import ONE_DAY, first_instant, gone_at, local_day, months_after
from tests.simulation.naive_rules import Document, Share, Told, cap_by, points_by_line, shares_of

_FIELDS = ("sku", "category", "product_type")
_DAY = 86_400_000
_YEARLY = {"policy": "rolling_months", "months": 12}
_BY_DEFAULT = {"points": "1", "per_amount": 100}


@dataclass
class Happened:
    """An event that arrived, and what it gave."""

    event: Document
    at: int
    tier: str
    shares: Sequence[Share]
    by_line: Sequence[int]
    taken_back: int = 0

    @property
    def granted(self) -> int:
        """The points that it gave."""
        return sum(share.points for share in self.shares)


@dataclass
class Member:
    """A member's account, and the events that arrived, by their ids."""

    name: str
    account: NaiveAccount = field(default_factory=NaiveAccount)
    events: dict[str, Happened] = field(default_factory=dict)
    refunds: dict[str, Document] = field(default_factory=dict)
    orders: dict[str, dict[Place, int]] = field(default_factory=dict)


@dataclass
class NaiveProgram:
    """One program and its members. `settings` may be replaced at any time, and so may `rules`."""

    settings: Document
    rules: Sequence[Document] | None = None
    members: dict[str, Member] = field(default_factory=dict)
    given_by_caps: dict[tuple[str, ...], int] = field(default_factory=dict)

    def member(self, name: str, now: int) -> Member:
        """A member, whose account has come to an instant."""
        found = self.members.setdefault(name, Member(name))
        found.account.wait_until(now)
        return found

    # --- events ---

    def tell(self, name: str, event: Document, at: int, now: int) -> bool:
        """An event arrives that occurred at an instant; whether it counts.

        Each id counts once, and what is too old or of another currency is refused.
        """
        member = self.member(name, now)
        if not 0 <= now - at <= self.settings.get("event_age_days_max", 90) * _DAY:
            return False
        if event["event_id"] in {**member.events, **member.refunds}:
            return False
        if event["type"] == "purchase_refunded":
            purchase = member.events.get(event["refunds_event_id"])
            if purchase and event.get("currency") not in (None, purchase.event["currency"]):
                return False
            member.refunds[event["event_id"]] = event
        else:
            purchase = self._happen(member, event, at)
        if purchase:
            self._take_back(member, purchase)
        return True

    def _happen(self, member: Member, event: Document, at: int) -> Happened:
        tier, multiplier = self.tier(member)
        day = local_day(self._zone, at)
        bought = any(e.event["type"] == "purchase" for e in member.events.values())
        told = Told(event, at, day, tier, multiplier, event["type"] == "purchase" and not bought)
        shares = shares_of(self._rules, told)
        cap_by(shares, self.given_by_caps, member.name, day)
        by_line = points_by_line(shares, len(told.lines))
        happened = member.events[event["event_id"]] = Happened(event, at, tier, shares, by_line)
        if happened.granted:
            self._credit(member, happened)
        return happened

    @property
    def _rules(self) -> Sequence[Document]:
        if self.rules is not None:
            return self.rules
        gives = {**_BY_DEFAULT, "currency": self.settings.get("currency", "USD")}
        return [{"rule_id": "base", "kind": "base", "gives": gives}]

    def _credit(self, member: Member, happened: Happened) -> None:
        """Points wait for their day, and live from then or from the event on."""
        account, since, active_at = member.account, happened.at, 0
        if days := self.settings.get("pending_days", 0):
            day = local_day(self._zone, happened.at) + days * ONE_DAY
            active_at = first_instant(self._zone, day)
            if self.settings.get("expiry_counted_from") == "activation":
                since = active_at
        self._be_active(member, happened.at)
        place = self._landing(account, since)
        account.grant(happened.event["event_id"], happened.granted, place, active_at)

    def _landing(self, account: NaiveAccount, since: int) -> Place:
        """Where points go that count from an instant; idle ones live as long as those there."""
        gone, idle = self._gone_at(since), self._expiry["policy"] == "inactivity"
        return (max(gone, account.idle_until()), True) if idle else (gone, False)

    def _be_active(self, member: Member, at: int) -> None:
        if self._expiry["policy"] == "inactivity":
            member.account.be_active(self._gone_at(at))

    def _gone_at(self, since: int) -> int:
        return gone_at(self._expiry, self._zone, since)

    @property
    def _expiry(self) -> Document:
        expiry: Document = self.settings.get("expiry", _YEARLY)
        return expiry

    @property
    def _zone(self) -> str:
        return str(self.settings.get("zone", "UTC"))

    # --- refunds of purchases ---

    def _take_back(self, member: Member, purchase: Happened) -> None:
        owed = owed_for(purchase, member.refunds.values())
        if owed > purchase.taken_back:
            policy = self.settings.get("claw_back_policy", "within_balance")
            points = owed - purchase.taken_back
            member.account.claw_back(purchase.event["event_id"], points, policy)
            purchase.taken_back = owed

    # --- tiers ---

    def tier(self, member: Member) -> tuple[str, Fraction]:
        """The member's tier now, by the points of all events less those that were taken back."""
        counted = sum(
            happened.granted - happened.taken_back
            for happened in member.events.values()
            if self._counts(happened, member.account.now)
        )
        tier, multiplier = "base", Fraction(1)
        for said in self.settings.get("tiers", ()):
            if counted >= said["threshold"]:
                tier, multiplier = said["tier_id"], Fraction(said.get("multiplier", 1))
        return tier, multiplier

    def _counts(self, happened: Happened, now: int) -> bool:
        if self.settings.get("tier_basis", "lifetime") == "lifetime":
            return True
        month = local_day(self._zone, happened.at).replace(day=1)
        return months_after(month, 11) >= local_day(self._zone, now).replace(day=1)

    # --- orders and adjustments ---

    def redeem(self, name: str, order_id: str, points: int, now: int) -> None:
        """Spend points on an order. Raises Refused."""
        member = self.member(name, now)
        if member.account.available >= points:
            self._be_active(member, now)
        member.orders[order_id] = member.account.spend(points, order_id)

    def cancel(
        self, name: str, order_id: str, points: int, now: int, *, our_fault: bool = False
    ) -> None:
        """Give points of an order back, the latest to be gone first, to where they came from."""
        member = self.member(name, now)
        left = member.orders[order_id]
        parts: dict[Place, int] = {}
        for place in sorted(left, reverse=True):
            part = min(points, left[place])
            points -= part
            left[place] -= part
            if part:
                parts[place] = part
        day = local_day(self._zone, now) + (self.settings.get("grace_days", 30) + 1) * ONE_DAY
        reissue = first_instant(self._zone, day) if our_fault else None
        member.account.refund(order_id, parts, reissue)

    def adjust(self, name: str, points: int, now: int) -> None:
        """An admin's correction. Raises Refused."""
        account = self.member(name, now).account
        if points > 0:
            account.grant("", points, self._landing(account, now))
        else:
            account.spend(-points)


def owed_for(purchase: Happened, refunds: Sequence[Document] | Any) -> int:
    """The points that a purchase's refunds take back in all, whatever order they came in."""
    event = purchase.event
    meant = [
        refund
        for refund in refunds
        if refund["refunds_event_id"] == event["event_id"]
        and refund.get("currency", event.get("currency")) == event.get("currency")
    ]
    bought = [dict(line) for line in event.get("lines", ())]
    amount = sum(line["amount"] for line in bought)
    said = [line for refund in meant for line in refund.get("lines", ())]
    refunded = sum(line["amount"] for line in said)
    if any("lines" not in refund for refund in meant) or (said and refunded >= amount):
        return purchase.granted
    unmatched = 0
    left = [line["amount"] for line in bought]
    for line in sorted(said, key=_most_particular_first):
        unmatched += _match(line, bought, left)
    owed = 0
    for line, rest, points in zip(bought, left, purchase.by_line, strict=True):
        if line["amount"]:
            owed += points * (line["amount"] - rest) // line["amount"]
    if unmatched:
        owed += purchase.granted * unmatched // amount
    return min(owed, purchase.granted)


def _most_particular_first(line: Mapping[str, Any]) -> tuple[Any, ...]:
    named = [name for name in _FIELDS if line.get(name) is not None]
    return -len(named), [name not in named for name in _FIELDS], [str(line[n]) for n in named]


def _match(said: Mapping[str, Any], bought: Sequence[Mapping[str, Any]], left: list[int]) -> int:
    """Take an amount from the lines that a refund's line means; returns what is of none."""
    amount: int = said["amount"]
    named = {name: said[name] for name in _FIELDS if said.get(name) is not None}
    for n, line in enumerate(bought):
        if named and all(line.get(name) == value for name, value in named.items()):
            part = min(amount, left[n])
            left[n] -= part
            amount -= part
    return amount
