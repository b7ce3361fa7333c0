"""Transfers at once: both ways between two members, up to the limit of a day, under one key.

Each test has a control beside it: one guard is taken away, and what the test asserts is seen to
fail.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from mall import keys
from mall.http import Identity
from mall.points.program import PROGRAM, Program
from mall.points.program.settings import Transfers
from mall.points.transferring import TransferRequest, TransferView
from mall.store import Store
from mall.writes import Write, put

from functions.points.transfer_points import transfer_points
from tests.builders import any_id
from tests.emulated import EmulatedMall, replayed
from tests.race.rivals import Outcomes, RivalStore, rivals, to

RIVALS = 8
POINTS = 10
PURSE = 1_000
Forgets = Callable[[Write], bool]


def _nothing(_: Write) -> bool:
    return False


def _counts(write: Write) -> bool:
    return write.key["sk"].startswith("TRANSFERRED#")


def _program(daily_limit: int) -> Program:
    rules = Transfers(daily_limit=daily_limit)
    return replace(PROGRAM, settings=PROGRAM.settings.model_copy(update={"transfers": rules}))


def _members(mall: EmulatedMall, points: Sequence[int]) -> list[str]:
    """Members who can be found by `<id>@example.test`."""
    members = mall.members(points)
    for member in members:
        address = {**keys.email(f"{member}@example.test"), "user_id": member}
        mall.opened(Store).transact([put("users", address)])
    return members


def _send(
    mall: EmulatedMall, giver: str, receiver: str, key: str = "", daily_limit: int = PURSE
) -> TransferView:
    request = TransferRequest(to_email=f"{receiver}@example.test", points=POINTS)
    program = _program(daily_limit)
    caller = Identity(giver)
    return transfer_points.story(request, key or any_id(), caller, mall.store, program)


def _race_both_ways(
    mall: EmulatedMall, forgets: Forgets = _nothing
) -> tuple[list[str], Outcomes[TransferView]]:
    """4 transfers from one member to another, and 4 back, at once."""
    pair = _members(mall, [PURSE, PURSE])
    mall.use(mall.opened(RivalStore, parties=RIVALS, forgets=forgets))
    outcomes = rivals(RIVALS, lambda n: _send(mall, pair[n % 2], pair[1 - n % 2]))
    return pair, outcomes


def should_let_transfers_in_opposite_directions_both_end_right(mall: EmulatedMall) -> None:
    """As many points came as went: both have what they had, and a valid chain of 9 entries."""
    pair, outcomes = _race_both_ways(mall)
    assert not outcomes.refusals
    assert [mall.available(member) for member in pair] == [PURSE, PURSE]
    chains = mall.audit().chains
    for member in pair:
        kinds = Counter(entry.kind for entry in chains[keys.member(member)])
        assert kinds == {"adjust": 1, "transfer_out": 4, "transfer_in": 4}


def should_be_seen_to_lose_a_leg_without_the_revision_condition(mall: EmulatedMall) -> None:
    """Control."""
    pair, _ = _race_both_ways(mall, forgets=to("points"))
    with pytest.raises(AssertionError):
        assert [mall.available(member) for member in pair] == [PURSE, PURSE]
        mall.audit()


def _race_for_the_limit(mall: EmulatedMall, forgets: Forgets = _nothing) -> Outcomes[TransferView]:
    """8 transfers to 8 members at once, of which 3 are within the limit of the day."""
    giver, *receivers = _members(mall, [PURSE, *[0] * RIVALS])
    mall.use(mall.opened(RivalStore, parties=RIVALS, forgets=forgets))
    limit = 3 * POINTS + POINTS // 2
    return rivals(RIVALS, lambda n: _send(mall, giver, receivers[n], daily_limit=limit))


def should_give_no_more_than_the_limit_of_a_day(mall: EmulatedMall) -> None:
    outcomes = _race_for_the_limit(mall)
    assert len(outcomes.answers) == 3
    assert outcomes.codes == ["daily_limit_reached"] * (RIVALS - 3)
    assert {refusal.facts["left"] for refusal in outcomes.refusals} == {POINTS // 2}
    mall.audit()


def should_be_seen_to_pass_the_limit_without_its_condition(mall: EmulatedMall) -> None:
    """Control."""
    assert len(_race_for_the_limit(mall, forgets=_counts).answers) > 3


def _race_with_one_key(mall: EmulatedMall, forgets: Forgets = _nothing) -> Outcomes[TransferView]:
    """One transfer that empties the purse, 8 times at once under one key."""
    giver, receiver = _members(mall, [POINTS, 0])
    mall.use(mall.opened(RivalStore, parties=RIVALS, forgets=forgets))
    return rivals(RIVALS, lambda _: _send(mall, giver, receiver, "the key"))


def should_give_once_for_one_key(mall: EmulatedMall) -> None:
    """Cases 38 and 39: all get the one answer, though the purse is empty after it."""
    outcomes = _race_with_one_key(mall)
    assert not outcomes.refusals
    assert len({view.model_dump_json() for view in outcomes.answers}) == 1
    assert Counter(map(replayed, outcomes.answers)) == {False: 1, True: RIVALS - 1}
    mall.audit()


def should_be_seen_to_give_often_without_any_condition(mall: EmulatedMall) -> None:
    """Control: neither the receipt's condition nor that of the revision."""
    outcomes = _race_with_one_key(mall, forgets=to("points"))
    assert Counter(map(replayed, outcomes.answers))[False] > 1
