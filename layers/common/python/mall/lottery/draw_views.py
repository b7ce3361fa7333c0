"""What is answered about draws: what was won, and what it follows from."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from mall.clock import instant
from mall.lottery.draws import Draw
from mall.lottery.lottery import Lottery
from mall.lottery.revealing import Revealed, reveals_at
from mall.lottery.table import PrizeKind, PrizeTable
from mall.models import View, is_none


class OutcomeView(View):
    """What was won. `serial` is that of a prize that can run out."""

    prize_id: str
    name: str
    kind: PrizeKind
    serial: Annotated[int | None, Field(exclude_if=is_none)] = None


class ProofView(View):
    """What a draw follows from, beside the seed of its epoch.

    `number`, from 0 to the sum of the weights - 1, is what the seed gives, and `sampled` the prize
    that it falls on; `forced` tells that the guaranteed prize came instead, after `since` draws
    without it; `substituted` that every unit of what was drawn had been won.
    """

    draw_id: str
    lottery_id: str
    at: str
    member_id: str
    client_seed: str
    nonce: int
    epoch: int
    table_version: int
    table_hash: str
    server_seed_hash: str
    since: int
    number: int
    sampled: str
    prize_id: str
    forced: bool
    substituted: bool
    serial: Annotated[int | None, Field(exclude_if=is_none)] = None


class DrawView(View):
    """A draw that was made: what it cost, what it won, and its proof."""

    draw_id: str
    nonce: int
    at: str
    outcome: OutcomeView
    points_spent: int
    points_won: Annotated[int | None, Field(exclude_if=is_none)] = None
    order_id: Annotated[str | None, Field(exclude_if=is_none)] = None
    proof: ProofView


def proof_view(draw: Draw, lottery: Lottery) -> ProofView:
    """The proof of a draw."""
    return ProofView(
        draw_id=draw.draw_id,
        lottery_id=draw.lottery_id,
        at=instant(draw.at),
        member_id=draw.member,
        client_seed=draw.client_seed,
        nonce=draw.nonce,
        epoch=draw.epoch,
        table_version=draw.table_version,
        table_hash=_table(draw, lottery).hash,
        server_seed_hash=lottery.anchor.hex(),
        since=draw.since,
        number=draw.number,
        sampled=draw.sampled,
        prize_id=draw.prize,
        forced=draw.forced,
        substituted=draw.substituted,
        serial=draw.serial,
    )


def draw_view(draw: Draw, lottery: Lottery) -> DrawView:
    """A draw as its member gets it."""
    table = _table(draw, lottery)
    prize = table.prizes[table.place(draw.prize)]
    return DrawView(
        draw_id=draw.draw_id,
        nonce=draw.nonce,
        at=instant(draw.at),
        outcome=OutcomeView(
            prize_id=prize.prize_id, name=prize.name, kind=prize.kind, serial=draw.serial
        ),
        points_spent=draw.cost,
        points_won=draw.points or None,
        order_id=draw.order_id or None,
        proof=proof_view(draw, lottery),
    )


class PublicProofView(ProofView):
    """A proof by itself: with the table as it was published, and the seed once it is revealed."""

    table: str
    reveals_at: str
    server_seed: Annotated[str | None, Field(exclude_if=is_none)] = None


class DrawListView(View):
    """One page of draws, each page by nonce, the newest first; the pages are in no order of time.

    `final` says that there will be no draws but those: the lottery has closed.
    """

    items: list[DrawView]
    next_cursor: str | None
    final: bool


def public_proof(draw: Draw, lottery: Lottery, known: Revealed) -> PublicProofView:
    """The proof of a draw with all that is public of it."""
    seed = known.of(draw.epoch)
    return PublicProofView(
        **dict(proof_view(draw, lottery)),
        table=_table(draw, lottery).text(),
        reveals_at=instant(reveals_at(lottery, draw.epoch)),
        server_seed=seed.hex() if seed else None,
    )


def draws_shown(
    draws: Sequence[Draw], lottery: Lottery, following: str | None, *, mine: bool, final: bool
) -> DrawListView:
    """A page of draws; the order of a prize is told to nobody but its member."""
    shown = [draw_view(draw, lottery) for draw in sorted(draws, key=lambda each: -each.nonce)]
    if not mine:
        shown = [view.model_copy(update={"order_id": None}) for view in shown]
    return DrawListView(items=shown, next_cursor=following, final=final)


def _table(draw: Draw, lottery: Lottery) -> PrizeTable:
    return next(table for table in lottery.tables if table.version == draw.table_version)
