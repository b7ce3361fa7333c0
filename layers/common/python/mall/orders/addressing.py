"""Where the goods of an order go, said after it was placed: a prize is won before anybody asks.

Also who has said so may say otherwise, until the goods are on their way. The copy of the address
is written as by a placement, held to the chain of entries, which an erasure closes first.
"""

from dataclasses import replace

from mall import keys
from mall.catalog.product import SENT
from mall.clock import Millis
from mall.errors import AccountClosed, Invalid, WrongStatus
from mall.orders.items import Moved
from mall.orders.order import ADDRESSABLE, Order
from mall.points.ledger.entry import Entry
from mall.users import addresses
from mall.writes import ABSENT, Item, check, update


def send_to(order: Order, book: Item | None, head: Entry | None, now: Millis) -> Moved:
    """Let an order's goods go to an address of its member's; `book` is what stands in the book.

    Raises WrongStatus(order_status), Invalid where nothing is sent or there is no such address, and
    AccountClosed; the writes mean Stale when order or account have moved.
    """
    if order.product_type != SENT:
        raise Invalid.of("address_id", "Nothing of this order is sent.")
    if order.status not in ADDRESSABLE:
        raise WrongStatus(order_status=order.status)
    if head and head.after.closed:
        raise AccountClosed()
    address = addresses.chosen(book)
    noted = update(
        "orders",
        keys.order(order.order_id),
        "SET #address = :yes",
        condition="#status = :was AND #version = :was_version",
        yes=True,
        was=order.status,
        was_version=order.version,
    )
    following = keys.entry(order.member, head.revision + 1 if head else 1)
    sent = addresses.sent_to(order.member, order.order_id, address, now)
    return [noted, check("points", following, ABSENT), sent], replace(order, address=True)
