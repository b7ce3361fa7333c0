"""Demo data, put in through the API as a company would: products, members, and what they did.

Each request has a fixed key, so a seeding that broke off is simply repeated. The one thing the API
cannot do is make an admin: as in AWS, the owner of the account does that.
"""

import json
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TypedDict

import boto3
import httpx

from local import accounts, pages
from local.accounts import ADMIN, APPROVER, Accounts
from local.caller import Caller, sign_in, sign_in_partner
from local.emulator import Emulator
from local.handover import Handover
from local.pages import DemoProduct

_MEMBERS = Path(__file__).parent / "members.json"
_PROGRAM = Path(__file__).parent / "program.json"
_LOTTERY = Path(__file__).parent / "lottery.json"
_LOTTERY_DAYS = 30
_TIMEOUT_S = 60
_EVENTS_SCOPE = "mall/events"
_CURRENCY = "USD"
# A shard per twenty units is plenty for one person trying things out.
_UNITS_PER_SHARD = 20
_SHARDS_MAX = 4
_CANCEL_TRIES = 5


class Purchase(TypedDict):
    """A purchase some days ago; `amount` is in cents."""

    days_ago: int
    category: str
    amount: int


class Adjustment(TypedDict):
    """Points an admin gives by hand."""

    points: int
    reason: str


class DemoMember(TypedDict):
    """A member of the demo, and a history that makes sense in this order."""

    role: str
    name: str
    email: str
    purchases: list[Purchase]
    adjustment: Adjustment | None
    redeems: list[str]
    cancels: str | None


def demo_accounts(state: Path) -> Accounts:
    """The admin and the members of the stack whose state is in the folder `state`."""
    return accounts.read_or_make(state, {member["role"]: member["email"] for member in _members()})


def fill(people: Accounts, mall: Handover, aws: Emulator, pool_id: str) -> None:
    """Add the demo data to a stack. Raises Failure when the API refuses something."""
    with httpx.Client(base_url=mall["api_url"], timeout=_TIMEOUT_S, trust_env=False) as client:
        owner = _Owner(client, people, aws, pool_id)
        admin = owner.make_admin(ADMIN, "Ada Admin")
        owner.make_admin(APPROVER, "Abe Approver")
        admin.put("/admin/program", json.loads(_PROGRAM.read_text(encoding="utf-8")))
        products = {
            product["slug"]: (_add_product(admin, people, product), product["points"])
            for product in pages.products()
        }
        _open_lottery(admin, people)
        partner = sign_in_partner(client, mall["partner"], _EVENTS_SCOPE)
        for member in _members():
            caller = sign_in(client, people.logins[member["role"]], member["name"])
            _earn(partner, people, member)
            _adjust(admin, caller, member)
            _redeem(caller, member, products)


def _members() -> list[DemoMember]:
    members: list[DemoMember] = json.loads(_MEMBERS.read_text(encoding="utf-8"))
    return members


@dataclass(frozen=True)
class _Owner:
    """The account's owner, who alone decides who is an admin."""

    client: httpx.Client
    people: Accounts
    aws: Emulator
    pool_id: str

    def make_admin(self, role: str, name: str) -> Caller:
        """Register an admin as anyone would, then put them into the group."""
        login = self.people.logins[role]
        sign_in(self.client, login, name)
        boto3.client("cognito-idp", **self.aws.client_options()).admin_add_user_to_group(
            UserPoolId=self.pool_id, Username=login["email"], GroupName=ADMIN
        )
        return sign_in(self.client, login, name)  # a token knows the groups of its own moment


def _add_product(admin: Caller, people: Accounts, product: DemoProduct) -> str:
    """Create, stock and publish a product; its id."""
    slug = product["slug"]
    created = admin.post(
        "/admin/products",
        {
            "name": product["name"],
            "type": product["type"],
            "category": product["category"],
            "description": product["description"],
            "price": {"points": product["points"], "cash": None},
            "stock_mode": "direct",
            "shards": min(_SHARDS_MAX, 1 + product["codes"] // _UNITS_PER_SHARD),
            "image_urls": [pages.image_url(product)],
        },
        key=f"demo-product-{slug}",
    )
    product_id: str = created.json()["product_id"]
    codes = people.codes(slug, product["codes"])
    admin.post(f"/admin/products/{product_id}/codes", {"codes": codes}, key=f"demo-codes-{slug}")
    admin.post(f"/admin/products/{product_id}/publish", {})
    return product_id


def _open_lottery(admin: Caller, people: Accounts) -> None:
    """Open a lottery that began with the demo and goes on for a month."""
    terms = json.loads(_LOTTERY.read_text(encoding="utf-8"))
    window = {"opens_at": people.days_ago(0), "closes_at": people.days_ago(-_LOTTERY_DAYS)}
    created = admin.post("/admin/lotteries", terms | window, key="demo-lottery")
    admin.post(f"/admin/lotteries/{created.json()['lottery_id']}/open", {})


def _earn(partner: Caller, people: Accounts, member: DemoMember) -> None:
    """Let the shop report the member's purchases."""
    for number, purchase in enumerate(member["purchases"], start=1):
        line = {"category": purchase["category"], "quantity": 1, "amount": purchase["amount"]}
        partner.post(
            "/events",
            {
                "event_id": f"demo-{member['role']}-{number}",
                "type": "purchase",
                "member": {"email": member["email"]},
                "occurred_at": people.days_ago(purchase["days_ago"]),
                "currency": _CURRENCY,
                "lines": [line],
            },
        )


def _adjust(admin: Caller, caller: Caller, member: DemoMember) -> None:
    """Let the admin add by hand what the member is due, if anything."""
    if member["adjustment"] is None:
        return
    user_id = caller.get("/me").json()["user_id"]
    admin.post(
        "/admin/points/adjustments",
        {"user_id": user_id, **member["adjustment"]},
        key=f"demo-adjustment-{member['role']}",
    )


def _redeem(caller: Caller, member: DemoMember, products: dict[str, tuple[str, int]]) -> None:
    """Redeem what the member likes, and change their mind about one thing."""
    for slug in member["redeems"]:
        _order(caller, products[slug], f"demo-order-{member['role']}-{slug}")
    if member["cancels"] is not None:
        _order_and_cancel(caller, products[member["cancels"]], f"demo-cancel-{member['role']}")


def _order(caller: Caller, product: tuple[str, int], key: str) -> str:
    """Place an order for one unit at the price seen; its id."""
    product_id, points = product
    wanted = {"product_id": product_id, "quantity": 1, "price": {"points": points}}
    order_id: str = caller.post("/orders", wanted, key=key).json()["order_id"]
    return order_id


def _order_and_cancel(caller: Caller, product: tuple[str, int], key: str) -> None:
    """Place an order and cancel it; fulfilment may be faster, then the next order is tried."""
    for number in range(_CANCEL_TRIES):
        order_id = _order(caller, product, f"{key}-{number}")
        answer = caller.post(
            f"/orders/{order_id}/cancel",
            {},
            key=f"{key}-{number}-cancel",
            accepts={HTTPStatus.CONFLICT},
        )
        if answer.is_success:
            return
