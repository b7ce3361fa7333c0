"""No seed is anywhere before it is revealed: not in a log, a table, an event, a message, an answer.

Of a chain, the hash of a seed is the seed of the epoch before: so each of them is looked for until
it is revealed itself.
"""

import base64
from collections.abc import Callable
from secrets import token_bytes
from typing import Any

import boto3
import pytest
from aws_lambda_powertools import Logger
from mall.clock import instant
from mall.errors import LotteryClosed
from mall.lottery import fairness
from mall.settings import settings
from mall.store import open_store
from mall.store.lotteries import Lotteries
from mall.writes import put

from functions.points import open_lottery as opening
from tests.functional.acts import (
    ADMIN,
    any_member_with,
    any_product,
    call,
    everything,
    follow,
    fulfil,
)
from tests.functional.lottery.games import (
    NOTHING,
    any_lottery,
    any_points_prize,
    try_to_draw,
)
from tests.functional.lottery.listening import Listener, leaks, spelled
from tests.functional.lottery.scheduled_games import any_scheduled, buy, run_the_job
from tests.functional.lottery.seen import (
    all_draws,
    listed,
    proof,
    reveal,
    seeds,
    shown,
    stand_in,
    token_of,
)
from tests.functional.times import DAY, HOUR, MINUTE, NOON, Time

EPOCHS = 2
Leak = Callable[[bytes], object]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The last seed of each lottery, in the order in which they are opened."""
    known: list[bytes] = []

    def note(size: int) -> bytes:
        known.append(token_bytes(size))
        return known[-1]

    monkeypatch.setattr(opening, "token_bytes", note)
    return known


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Listener:
    """Hears all that leaves a function from now on."""
    stand_in(monkeypatch)
    return Listener(monkeypatch, capsys)


def should_tell_no_seed_before_it_is_revealed(
    time: Time, made: list[bytes], listener: Listener
) -> None:
    campaign = _campaign()
    chain = [fairness.before(made[0], EPOCHS - epoch) for epoch in range(1, EPOCHS + 1)]
    for known in range(EPOCHS):
        time.set(NOON + known * DAY + HOUR)
        _play(*campaign)
        time.set(NOON + (known + 1) * DAY + 14 * MINUTE)
        _play(*campaign)
        assert [*seeds(campaign[0])] == [*range(1, known + 1)]
        assert leaks(listener.heard(), chain[known:]) == []
        time.set(NOON + (known + 1) * DAY + 15 * MINUTE)
        reveal()
        assert seeds(campaign[0])[known + 1] == chain[known].hex()
        assert leaks(listener.heard(), chain[known + 1 :]) == []
    _play(*campaign)
    assert set(spelled(chain[-1])) & {*leaks(listener.heard(), chain)}


def should_tell_no_seed_of_a_scheduled_lottery_before_it_is_revealed(
    time: Time, made: list[bytes], listener: Listener
) -> None:
    lottery, member = any_scheduled(), any_member_with(100)
    buy(member, lottery, 3)
    for at in (NOON + DAY, NOON + DAY + HOUR, NOON + DAY + HOUR + 14 * MINUTE):
        time.set(at)
        run_the_job()
        reveal()
        _follow_streams()
        for name in ("list_tickets", "list_winners", "get_lottery", "get_lottery_seed"):
            assert call(name, path={"lottery_id": lottery}).status == 200
        assert leaks(listener.heard(), made) == []
    time.set(NOON + DAY + HOUR + 15 * MINUTE)
    reveal()
    assert seeds(lottery) == {1: made[0].hex()}
    assert leaks(listener.heard(), made)


@pytest.mark.parametrize(
    ("where", "job"), [("scheduled_drawing", run_the_job), ("lottery_seeds", reveal)]
)
def should_tell_no_seed_when_a_job_fails_that_has_it(
    where: str, job: Callable[[], object], time: Time, made: list[bytes], listener: Listener,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    any_scheduled(), any_lottery()

    def fails(*_: object) -> bytes:
        raise ValueError(made[0].hex(), *made)

    monkeypatch.setattr(f"mall.store.{where}.open_seed", fails)
    time.set(NOON + DAY + HOUR)
    with pytest.raises(RuntimeError, match="1 lotteries"):
        job()
    assert leaks(listener.heard(), made) == []


# --- controls: a seed that gets out is heard -----------------------------------------------------


def _log(seed: bytes) -> None:
    Logger().info("drawing", seed=seed.hex())


def _keep(seed: bytes) -> None:
    open_store().transact([put("points", {"pk": "LEAK", "sk": "LEAK", "seed": seed})])


def _send(seed: bytes) -> None:
    body = base64.b64encode(seed).decode()
    boto3.client("sqs").send_message(QueueUrl=settings().fulfil_queue_url, MessageBody=body)


def _tell_the_world(seed: bytes) -> None:
    event: Any = {"Source": "x", "DetailType": "x", "Detail": f'{{"seed": "{seed.hex()}"}}'}
    boto3.client("events").put_events(Entries=[event])


def _answer(seed: bytes) -> None:
    raise LotteryClosed(hint=base64.urlsafe_b64encode(seed).decode())


@pytest.mark.parametrize("leak", [_log, _keep, _send, _tell_the_world, _answer])
def should_be_heard_when_a_seed_gets_out(
    leak: Leak, made: list[bytes], listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Lotteries.seed

    def leaking(lotteries: Lotteries, *asked: Any) -> bytes:
        seed = opened(lotteries, *asked)
        leak(seed)
        return seed

    monkeypatch.setattr(Lotteries, "seed", leaking)
    lottery, member = any_lottery(), any_member_with(100)
    first = fairness.before(made[0], 9)
    assert leaks(listener.heard(), [first]) == []
    try_to_draw(member, lottery)
    assert leaks(listener.heard(), [first])


# --- a campaign ----------------------------------------------------------------------------------


def _campaign() -> tuple[str, str]:
    """An instant lottery of two epochs with every kind of trouble, and a member who plays."""
    prizes = (
        any_points_prize(5, weight=4, stock=3, substitute="nothing"),
        {
            "prize_id": "code", "name": "Code", "kind": "coupon", "weight": 2, "stock": 2,
            "product_id": any_product(codes=3, type="coupon"), "substitute": "nothing",
        },
        NOTHING,
    )  # fmt: skip
    lottery = any_lottery(
        *prizes,
        budget=1_000,
        closes_at=instant(NOON + EPOCHS * DAY),
        pity={"draws": 3, "prize_id": "code"},
        limits={"member_per_day": 6},
    )
    return lottery, any_member_with(1_000)


def _play(lottery: str, member: str) -> None:
    """Draw, be refused, look at all there is to see, and let the jobs run."""
    made = [each.body for each in (try_to_draw(member, lottery) for _ in range(3))]
    try_to_draw(any_member_with(1), lottery)
    drawn = [each for each in made if "draw_id" in each]
    for each in drawn:
        assert "server_seed" not in proof(lottery, each["draw_id"])
        if "order_id" in each:
            fulfil(each["order_id"])
    shown(lottery), listed(), all_draws(lottery), all_draws(lottery, token_of(member), mine="true")
    for name in ("get_admin_lottery", "report_lottery"):
        assert call(name, ADMIN, path={"lottery_id": lottery}).status == 200
    call("list_admin_lotteries", ADMIN)
    reveal()
    run_the_job()
    _follow_streams()


def _follow_streams() -> None:
    """Hand every entry and order to those who follow the streams."""
    tables = everything()
    entries = [item for item in tables["points"] if item["sk"].startswith("ENTRY#")]
    follow("relay_points", *entries)
    if orders := [item for item in tables["orders"] if item["sk"] == "ORDER"]:
        follow("relay_orders", *orders)
