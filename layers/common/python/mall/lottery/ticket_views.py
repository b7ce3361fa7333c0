"""What is answered about a scheduled lottery: tickets, their list, the beacon, who won."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from mall.clock import instant
from mall.lottery.lottery import Lottery, Status
from mall.lottery.scheduled import Fate, Progress
from mall.lottery.table import PrizeKind
from mall.lottery.tickets import Purchase
from mall.models import View, is_none
from mall.writes import Item


class PurchaseView(View):
    """Tickets that were bought at once: `<purchase_id>-1` to `<purchase_id>-<quantity>`."""

    purchase_id: str
    lottery_id: str
    member_id: str
    quantity: int
    points_spent: int
    bought_at: str


class ListingView(View):
    """What the list of tickets comes to, once it is final: from then on nobody can change it."""

    purchases: int
    tickets: int
    list_hash: str
    listed_at: str


class PurchaseListView(View):
    """One page of purchases, in the order of the list; `listing` once that is final."""

    items: list[PurchaseView]
    listing: Annotated[ListingView | None, Field(exclude_if=is_none)] = None
    next_cursor: str | None


class BeaconView(View):
    """The public value that a scheduled lottery waited for; `name` is what it was announced as."""

    lottery_id: str
    name: str
    value: str
    entered_at: str


class WinnerView(View):
    """A ticket that won. `score` is in hex; the smaller it is, the better the rank.

    A prize is `forfeited` when the account was closed by then, or could hold no more points.
    """

    rank: int
    ticket_id: str
    member_id: str
    score: str
    prize_id: str
    name: str
    kind: PrizeKind
    serial: int
    fate: Fate
    at: str


class WinnerListView(View):
    """One page of winners, by rank, and what their scores follow from, beside the seed.

    While the status is `drawing`, the list may still grow.
    """

    lottery_id: str
    status: Status
    listing: Annotated[ListingView | None, Field(exclude_if=is_none)] = None
    beacon: Annotated[BeaconView | None, Field(exclude_if=is_none)] = None
    items: list[WinnerView]
    next_cursor: str | None


def purchase_view(bought: Purchase, lottery_id: str) -> PurchaseView:
    """A purchase."""
    return PurchaseView(
        purchase_id=bought.purchase_id,
        lottery_id=lottery_id,
        member_id=bought.member,
        quantity=bought.quantity,
        points_spent=bought.cost,
        bought_at=instant(bought.at),
    )


def purchase_list(
    found: Iterable[Purchase], progress: Progress, following: str | None
) -> PurchaseListView:
    """A page of purchases."""
    return PurchaseListView(
        items=[purchase_view(bought, progress.lottery_id) for bought in found],
        listing=_listing(progress),
        next_cursor=following,
    )


def beacon_view(lottery: Lottery, progress: Progress) -> BeaconView:
    """A beacon whose value is known."""
    return BeaconView(
        lottery_id=lottery.lottery_id,
        name=lottery.beacon,
        value=progress.beacon,
        entered_at=instant(progress.beacon_at),
    )


def winner_list(
    lottery: Lottery, progress: Progress, records: Iterable[Item], following: str | None
) -> WinnerListView:
    """A page of winners, from their records."""
    return WinnerListView(
        lottery_id=lottery.lottery_id,
        status=lottery.status,
        listing=_listing(progress),
        beacon=beacon_view(lottery, progress) if progress.beacon else None,
        items=[_winner(lottery, record) for record in records],
        next_cursor=following,
    )


def _listing(progress: Progress) -> ListingView | None:
    if not progress.list_hash:
        return None
    return ListingView(
        purchases=progress.purchases,
        tickets=progress.tickets,
        list_hash=progress.list_hash,
        listed_at=instant(progress.listed_at),
    )


def _winner(lottery: Lottery, record: Item) -> WinnerView:
    table = lottery.table(1)
    prize = table.prizes[table.place(record["prize"])]
    return WinnerView(
        rank=record["rank"],
        ticket_id=record["ticket"],
        member_id=record["member"],
        score=record["score"].hex(),
        prize_id=prize.prize_id,
        name=prize.name,
        kind=prize.kind,
        serial=record["serial"],
        fate=record["fate"],
        at=instant(record["at"]),
    )
