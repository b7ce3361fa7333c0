"""Lotteries over HTTP: drawn, closed, revealed, and checked by anyone with the verifier."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.e2e import aws, mall
from tests.e2e.mall import Client, admin, any_key, any_member, any_product, eventually, member_with
from tests.e2e.operating import DAY_S, days_ahead

VERIFIER = Path(__file__).parents[2] / "docs" / "verify" / "mall_verify.py"
_DAYS = 2
_NOTHING = {"prize_id": "nothing", "name": "Nothing", "kind": "nothing", "weight": 1}
_PARCEL = {"carrier": "post", "tracking_number": "1"}


def should_play_lotteries_that_anyone_can_check() -> None:
    """Two at once, because the clock is everybody's: one draws instantly, one by tickets."""
    member, _ = member_with(500)
    instant, scheduled = _open(_wheel_with_a_mug()), _open(_scheduled())
    drawn = [_draw(member, instant) for _ in range(3)]
    _send_the_prize(member, drawn[0])
    member.told("POST", f"/lotteries/{scheduled}/tickets", {"quantity": 3}, key=any_key())
    assert _sealed(instant) and _sealed(scheduled)
    assert Client().told("GET", f"/lotteries/{instant}/draws")["items"] == []
    assert _own(member, instant) == drawn[::-1]
    with days_ahead(_DAYS + 1):
        _close(instant, scheduled)
        # 15 minutes after the scheduled one has drawn, its seed is due as well.
        admin().told("PUT", "/admin/clock", {"offset_s": (_DAYS + 1) * DAY_S + 16 * 60})
        aws.run("reveal_lottery_seeds")
        _check_chain(instant)
        _check_proof(instant, drawn[0]["draw_id"])
        for lottery in (instant, scheduled):
            _verify(lottery)
    report = admin().told("GET", f"/admin/lotteries/{instant}/report")
    assert report["lottery_id"] == instant
    listed = Client().told("GET", "/lotteries", status="closed", limit=100)["items"]
    assert {instant, scheduled} <= {each["lottery_id"] for each in listed}


def should_close_a_lottery_before_its_time_and_keep_its_seed() -> None:
    member, _ = member_with(100)
    lottery = _open(_wheel())
    before = Client().told("GET", f"/lotteries/{lottery}")
    assert before["status"] == "open"
    _draw(member, lottery)
    assert admin().told("POST", f"/admin/lotteries/{lottery}/close")["status"] == "closed"
    refused = member.refused("POST", f"/lotteries/{lottery}/draws", {}, key=any_key())
    assert refused == (409, "lottery_closed")
    aws.run("reveal_lottery_seeds")
    assert _sealed(lottery)
    answer = Client().refused("GET", f"/lotteries/{lottery}/seed", epoch=1)
    assert answer == (409, "seed_sealed")
    assert len(Client().told("GET", f"/lotteries/{lottery}/draws")["items"]) == 1


def should_show_nobody_the_draws_of_somebody_else() -> None:
    member, _ = member_with(100)
    other, _ = any_member()
    lottery = _open(_wheel())
    _draw(member, lottery)
    assert _own(other, lottery) == []
    for stranger in (Client(), Client(member.token[:-4] + "AAAA"), Client("x")):
        refused = stranger.refused("GET", f"/lotteries/{lottery}/draws", mine="true")
        assert refused == (401, "not_signed_in")


def should_change_a_draft_and_show_it_to_nobody() -> None:
    draft = _create(_wheel())
    changed = admin().told("PUT", f"/admin/lotteries/{draft}", _wheel(cost=20))
    assert (changed["status"], changed["cost"]) == ("draft", 20)
    assert admin().told("GET", f"/admin/lotteries/{draft}")["cost"] == 20
    found = admin().told("GET", "/admin/lotteries", limit=100)["items"]
    assert draft in [each["lottery_id"] for each in found]
    assert Client().refused("GET", f"/lotteries/{draft}") == (404, "not_found")


# --- making them ---------------------------------------------------------------------------------


def _wheel(**changed: object) -> dict[str, Any]:
    """An instant lottery in which nothing can be won."""
    now = datetime.now(UTC)
    return {
        "name": "Wheel",
        "kind": "instant",
        "cost": 10,
        "opens_at": now.isoformat(),
        "closes_at": (now + timedelta(days=_DAYS)).isoformat(),
        "prizes": [_NOTHING],
        "shards": 2,
        **changed,
    }


def _wheel_with_a_mug() -> dict[str, Any]:
    """One in which the first draw wins the only mug, and the third five points."""
    mug = {
        "prize_id": "mug", "name": "Mug", "kind": "product", "weight": 2**50, "stock": 1,
        "product_id": _goods(), "substitute": "nothing",
    }  # fmt: skip
    five = {"prize_id": "five", "name": "Five", "kind": "points", "weight": 1, "points": 5}
    return _wheel(
        prizes=[mug, five, _NOTHING],
        pity={"draws": 3, "prize_id": "five"},
        limits={"member_total": 5},
        budget=1_000,
    )


def _scheduled() -> dict[str, Any]:
    now = datetime.now(UTC)
    prize = {"prize_id": "hundred", "name": "Hundred", "kind": "points", "points": 100, "stock": 2}
    return {
        "name": "Draw of the week",
        "kind": "scheduled",
        "cost": 10,
        "opens_at": now.isoformat(),
        "closes_at": (now + timedelta(days=_DAYS)).isoformat(),
        "draws_at": (now + timedelta(days=_DAYS, hours=1)).isoformat(),
        "beacon": "the lottery numbers of that day",
        "prizes": [prize],
        "budget": 200,
    }


def _goods() -> str:
    """A product that is sent, with two units."""
    product = any_product(codes=0, type="physical")
    body = {"delta": 2, "reason": "delivered"}
    admin().told("POST", f"/admin/products/{product}/stock", body, key=any_key())
    return product


def _create(terms: Mapping[str, object]) -> str:
    created: str = admin().told("POST", "/admin/lotteries", terms, key=any_key())["lottery_id"]
    return created


def _open(terms: Mapping[str, object]) -> str:
    lottery = _create(terms)
    assert admin().told("POST", f"/admin/lotteries/{lottery}/open")["status"] == "open"
    return lottery


# --- playing, closing and checking them ----------------------------------------------------------


def _draw(member: Client, lottery: str) -> dict[str, Any]:
    made: dict[str, Any] = member.told("POST", f"/lotteries/{lottery}/draws", {}, key=any_key())
    return made


def _own(member: Client, lottery: str) -> list[Any]:
    items: list[Any] = member.told("GET", f"/lotteries/{lottery}/draws", mine="true")["items"]
    return items


def _send_the_prize(member: Client, drawn: Mapping[str, Any]) -> None:
    """The mug waits until its member says where to."""
    assert drawn["outcome"]["prize_id"] == "mug"
    order = drawn["order_id"]
    eventually(
        lambda: member.told("GET", f"/orders/{order}"), lambda o: o["status"] == "fulfilling"
    )
    ship = f"/admin/orders/{order}/ship"
    assert admin().refused("POST", ship, _PARCEL) == (409, "address_missing")
    home = {
        "recipient": "Ada", "phone": "+12025550123", "line1": "1 High Street", "city": "Lyon",
        "postal_code": "69001", "country": "FR",
    }  # fmt: skip
    address = member.told("POST", "/me/addresses", home)["address_id"]
    member.told("PUT", f"/orders/{order}/address", {"address_id": address})
    assert admin().told("POST", ship, _PARCEL)["status"] == "shipped"


def _sealed(lottery: str) -> bool:
    """Whether no seed of a lottery is known."""
    epochs = Client().told("GET", f"/lotteries/{lottery}/seed")["epochs"]
    return not any("server_seed" in epoch for epoch in epochs)


def _close(instant: str, scheduled: str) -> None:
    """Let the job come: to close both, and once the beacon is known to draw."""
    aws.run("draw_scheduled_lotteries")
    assert Client().told("GET", f"/lotteries/{scheduled}/tickets")["listing"]["tickets"] == 3
    admin().told("POST", f"/admin/lotteries/{scheduled}/beacon", {"value": "3 9 27"})
    aws.run("draw_scheduled_lotteries")
    winners = Client().told("GET", f"/lotteries/{scheduled}/winners")
    assert [winner["rank"] for winner in winners["items"]] == [1, 2]
    for lottery in (instant, scheduled):
        assert admin().told("GET", f"/admin/lotteries/{lottery}")["status"] == "closed"


def _check_chain(lottery: str) -> None:
    """Each seed hashes to the one before, and the first to what was published."""
    told = Client().told("GET", f"/lotteries/{lottery}/seed")
    expected = told["server_seed_hash"]
    assert len(told["epochs"]) == _DAYS
    for epoch in told["epochs"]:
        seed = bytes.fromhex(epoch["server_seed"])
        assert hashlib.sha256(seed).hexdigest() == expected
        expected = seed.hex()


def _check_proof(lottery: str, draw: str) -> None:
    """A draw by itself: its table and its seed are among its proof."""
    proof = Client().told("GET", f"/lotteries/{lottery}/draws/{draw}/proof")
    assert hashlib.sha256(proof["table"].encode()).hexdigest() == proof["table_hash"]
    seed = bytes.fromhex(proof["server_seed"])
    assert hashlib.sha256(seed).hexdigest() == proof["server_seed_hash"]


def _verify(lottery: str) -> None:
    """Run the verifier as anyone would."""
    base = mall.stack()["api_url"].removesuffix("/v1")
    done = subprocess.run(
        [sys.executable, str(VERIFIER), base, lottery],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "no_proxy": "*"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
