"""A mall told the slow way: what every purse, shelf, till and order must hold after each step.

It shares no code with the mall. Where several refusals are true at once, it names all of them and
leaves open which one is told; everything else it knows to the point and to the cent.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tests.simulation.naive_ledger import NEVER, NaiveLedger

FINISHED = ("fulfilled", "shipped", "completed")
ON_THE_WAY_BACK = ("return_requested", "returned", "refunded")


@dataclass
class Goods:
    """A product: what a unit costs, what is left (None: no end), what a member may have."""

    points: int
    cash: int
    left: int | None
    kind: str
    limit: int | None = None
    on_sale: bool = True


@dataclass
class Payment:
    """What the provider holds of one order."""

    amount: int
    state: str = "open"
    back: int = 0


@dataclass
class Bought:
    """One order. `spent` is what each lot gave; `owed_money` waits to be sent to the provider. All
    of it may be asked back once, and is awaited until somebody has it in hand.
    """

    member: str
    goods: str
    quantity: int
    points: int
    cash: int
    spent: dict[str, int]
    expires_at: int
    states: list[str]
    paid: bool = False
    points_back: int = 0
    cash_back: int = 0
    asked_back: bool = False
    awaited: bool = False
    owed_money: dict[str, int] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """How it stands."""
        return self.states[-1]


class NaiveMall:
    """Everything, in plain numbers."""

    def __init__(self, purses: Mapping[str, NaiveLedger], goods: Mapping[str, Goods]) -> None:
        self.now = 0
        self.purses = dict(purses)
        self.goods = dict(goods)
        self.orders: dict[str, Bought] = {}
        self.till: dict[str, Payment] = {}

    def pass_time(self, now: int) -> None:
        """Let every purse live on to an instant."""
        self.now = now
        self.purses = {member: purse.at(now) for member, purse in self.purses.items()}

    # --- buying ----------------------------------------------------------------------------------

    def hindrances(self, member: str, name: str, quantity: int, points: int, cash: int) -> set[str]:
        """Every reason that there is not to sell at the price seen."""
        goods, found = self.goods[name], set()
        if not goods.on_sale:
            return {"not_on_sale"}
        if (points, cash) != (goods.points, goods.cash):
            return {"price_changed"}
        if self.purses[member].available() < points * quantity:
            found.add("insufficient_points")
        if goods.left is not None and goods.left < quantity:
            found.add("sold_out")
        if goods.limit is not None and self.kept(member, name) + quantity > goods.limit:
            found.add("limit_reached")
        return found

    def kept(self, member: str, name: str) -> int:
        """The units of a product that a member has and did not cancel."""
        mine = (o for o in self.orders.values() if (o.member, o.goods) == (member, name))
        return sum(order.quantity for order in mine if order.state != "cancelled")

    def buy(self, order: str, member: str, name: str, quantity: int, pay_until: int) -> None:
        """Sell what nothing hinders."""
        goods = self.goods[name]
        points, cash = goods.points * quantity, goods.cash * quantity
        spent = self.purses[member].redeem(order, points) if points else {}
        if goods.left is not None:
            goods.left -= quantity
        state = "pending_payment" if cash else "placed"
        self.orders[order] = Bought(member, name, quantity, points, cash, spent, pay_until, [state])
        if cash:
            self.till[order] = Payment(cash)

    # --- paying ----------------------------------------------------------------------------------

    def pay(self, order: str) -> None:
        """The member pays at the provider, who takes it while the payment is open."""
        if self.till[order].state == "open":
            self.till[order].state = "succeeded"

    def learn(self, order: str) -> None:
        """The mall learns what the provider holds of an order."""
        bought, payment = self.orders[order], self.till[order]
        if payment.state != "succeeded" or bought.paid:
            return
        if bought.state == "pending_payment":
            bought.states.append("placed")
            bought.paid = True
        elif bought.state == "cancelled" and not bought.cash_back:
            self._owe(bought, "late", bought.cash)

    def send_money(self, order: str) -> None:
        """All money that is owed goes back."""
        bought = self.orders[order]
        self.till[order].back += sum(bought.owed_money.values())
        bought.owed_money.clear()

    def _owe(self, bought: Bought, name: str, amount: int) -> None:
        bought.cash_back += amount
        bought.owed_money[name] = amount

    # --- giving up -------------------------------------------------------------------------------

    def cancel(self, order: str) -> str:
        """Cancel, unless the provider has the money: then the order is paid. Returns a refusal."""
        bought = self.orders[order]
        if bought.state == "pending_payment":
            if self.till[order].state == "succeeded":
                self.learn(order)
                return "not_cancellable"
            self.till[order].state = "cancelled"
        elif bought.state != "placed":
            return "not_cancellable"
        if bought.points:
            self.purses[bought.member].refund(order, bought.spent, owed=True)
            bought.points_back = bought.points
        goods = self.goods[bought.goods]
        if goods.left is not None:
            goods.left += bought.quantity
        bought.states.append("cancelled")
        if bought.paid:
            self._owe(bought, "cancel", bought.cash)
        return ""

    def give_up_unpaid(self) -> None:
        """Cancel every order whose time to pay is over."""
        for order, bought in self.orders.items():
            if bought.state == "pending_payment" and bought.expires_at <= self.now:
                self.cancel(order)

    # --- after that ------------------------------------------------------------------------------

    def fulfil(self, order: str) -> None:
        """Begin to fulfil; what is not shipped is delivered at once."""
        bought = self.orders[order]
        if bought.state != "placed":
            return
        bought.states.append("fulfilling")
        if self.goods[bought.goods].kind != "physical":
            bought.states.append("fulfilled")

    def step(self, order: str, before: Iterable[str], after: str) -> str:
        """Move an order on, if it is where it must be. Returns a refusal."""
        bought = self.orders[order]
        if bought.state not in before:
            return "wrong_status"
        bought.states.append(after)
        return ""

    def ask_back(self, order: str) -> str:
        """Ask to return all of it, before or after a refund in part. Returns a refusal."""
        bought = self.orders[order]
        left = bought.points > bought.points_back or (
            bought.paid and bought.cash > bought.cash_back
        )
        again = bought.state in ("returned", "refunded") and not bought.asked_back and left
        if bought.state not in FINISHED and not again:
            return "wrong_status"
        bought.asked_back = bought.awaited = True
        bought.states += [] if again else ["return_requested"]
        return ""

    def take_back(self, order: str) -> str:
        """Take in what was asked back. Returns a refusal."""
        bought = self.orders[order]
        if not bought.awaited:
            return "wrong_status"
        bought.awaited = False
        bought.states += ["returned"] if bought.state == "return_requested" else []
        return ""

    def refund(self, order: str, name: str, points: int, cash: int) -> str:
        """Give a part back, points to the latest lots first. Returns a refusal."""
        bought = self.orders[order]
        if bought.state not in (*FINISHED, *ON_THE_WAY_BACK):
            return "not_refundable"
        paid_cash = bought.cash if bought.paid else 0
        if points > bought.points - bought.points_back or cash > paid_cash - bought.cash_back:
            return "refund_exceeds"
        if points:
            parts = _part(bought.spent, bought.points_back, points)
            self.purses[bought.member].refund(order, parts, owed=True)
        bought.points_back += points
        if cash:
            self._owe(bought, name, cash)
        path = ["return_requested", "returned", "refunded"]
        begun = path.index(bought.state) + 1 if bought.state in path else 0
        bought.awaited = bought.awaited and begun > 1
        bought.states += path[begun:]
        return ""


def _part(spent: Mapping[str, int], before: int, points: int) -> dict[str, int]:
    """Which lots the next part of an order's points goes to, point by point."""
    latest_first = sorted(spent, key=lambda lot: (lot == NEVER, lot), reverse=True)
    places = [lot for lot in latest_first for _ in range(spent[lot])]
    part: dict[str, int] = defaultdict(int)
    for lot in places[before : before + points]:
        part[lot] += 1
    return dict(part)
