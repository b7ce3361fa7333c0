"""Crowds over HTTP on the deployed stack, functions killed in mid-redemption; then the audit."""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

import httpx

from tests.audit import audit
from tests.e2e import aws, mall
from tests.e2e.mall import (
    Client,
    any_key,
    any_member,
    any_product,
    eventually,
    give_points,
    order_of,
)

T = TypeVar("T")

_CLIENTS = 64
_TRIES = 20
_KILLED_MAX = 15  # then they may live: on a busy machine, dying would outpace starting
# What tells nothing of what became of an order: the answer was lost, or nobody was there.
_UNKNOWN = (429, 500, 502, 503, 504)


def _all_at_once(tasks: Sequence[Callable[[], T]]) -> list[T]:
    """Run tasks in threads that start together."""
    start = threading.Barrier(len(tasks))

    def run(task: Callable[[], T]) -> T:
        start.wait()
        return task()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return [future.result() for future in [pool.submit(run, task) for task in tasks]]


def _insist(client: Client, product: str, key: str) -> httpx.Response:
    """Place an order and ask again, with the same key, until the answer says what became of it."""
    for _ in range(_TRIES):
        try:
            answer = client.ask("POST", "/orders", order_of(product), key=key)
        except httpx.TransportError:
            continue
        if answer.status_code not in _UNKNOWN:
            return answer
    raise AssertionError(f"no answer in {_TRIES} tries")


def _audit() -> None:
    """The books of the whole stack, after everything that was placed has been fulfilled."""
    audit(aws.dynamodb(), mall.stack()["tables"])


def _settled(clients: Sequence[Client]) -> None:
    for client in clients:
        eventually(
            partial(client.told, "GET", "/orders", limit=100),
            lambda page: all(order["status"] != "placed" for order in page["items"]),
            deadline_s=120,
        )


def should_sell_each_unit_once_to_a_crowd() -> None:
    """34, 35, 38: 64 clients, 8 members who can each afford two, 10 units, every key sent twice."""
    product = any_product(codes=10, shards=3)
    members = [any_member() for _ in range(8)]
    for _, user_id in members:
        give_points(user_id, 200)
    clients = [client for client, _ in members]
    keys = [any_key() for _ in range(_CLIENTS // 2)]
    buyers = [clients[n % len(clients)] for n in range(len(keys))]
    pairs = [pair for pair in zip(buyers, keys, strict=True) for _ in range(2)]
    answers = _all_at_once([partial(_insist, buyer, product, key) for buyer, key in pairs])
    by_key = {key: answers[2 * n : 2 * n + 2] for n, key in enumerate(keys)}
    placed = {a.json()["order_id"] for a in answers if a.status_code == httpx.codes.CREATED}
    assert len(placed) == 10
    refused = [a.json()["code"] for a in answers if a.status_code != httpx.codes.CREATED]
    assert set(refused) <= {"sold_out", "insufficient_points"}
    for first, second in by_key.values():
        if first.status_code == second.status_code == httpx.codes.CREATED:
            assert first.json() == second.json()
    assert Client().told("GET", f"/products/{product}")["stock_left"] == 0
    _settled(clients)
    _audit()


def should_survive_workers_killed_in_mid_redemption() -> None:
    """39, 76: functions die under a crowd, again and again; every retry finds out what became."""
    product = any_product(codes=40)
    members = [any_member() for _ in range(16)]
    for _, user_id in members:
        give_points(user_id, 100)
    keys = [any_key() for _ in members]
    with _soon_again("fulfil"):
        with _killing("place_order", "fulfil_order", "relay_orders") as killed:
            asking = zip(members, keys, strict=True)
            orders = [partial(_insist, who, product, key) for (who, _), key in asking]
            answers = _all_at_once(orders)
        _settled([client for client, _ in members])
    assert killed
    assert [answer.status_code for answer in answers] == [httpx.codes.CREATED] * len(members)
    assert len({answer.json()["order_id"] for answer in answers}) == len(members)
    left = Client().told("GET", f"/products/{product}")["stock_left"]
    assert left == 40 - len(members)
    _audit()


@contextmanager
def _soon_again(queue: str) -> Iterator[None]:
    """Give out a message whose worker died after seconds, not after six times its timeout."""
    url = mall.stack()["queues"][queue]
    known = aws.sqs().get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
    aws.sqs().set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "10"})
    try:
        yield
    finally:
        aws.sqs().set_queue_attributes(QueueUrl=url, Attributes=known["Attributes"])


@contextmanager
def _killing(*operations: str) -> Iterator[list[int]]:
    """Kill this stack's workers of these operations while the block runs; yields who was killed."""
    killed: list[int] = []
    done = threading.Event()
    folder = mall.stack_file().parent.resolve()

    def kill() -> None:
        while len(killed) < _KILLED_MAX and not done.wait(0.4):
            for worker in _workers(folder, operations)[:1]:
                os.kill(worker, signal.SIGKILL)
                killed.append(worker)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        done.set()
        thread.join()


def _workers(folder: Path, operations: Sequence[str]) -> list[int]:
    """Processes that run one of these operations out of this stack's own folder."""
    found = []
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            command = (process / "cmdline").read_bytes().decode()
        except OSError:
            continue  # it ended meanwhile
        ours = str(folder) in command and "_worker.py" in command
        if ours and any(f"-{operation}-" in command for operation in operations):
            found.append(int(process.name))
    return found
