"""Closing accounts under rivals: erasures meet movements, and admins meet each other.

Each test has a control beside it: one guard is taken away, and what the test asserts is seen to
fail.
"""

import random
from collections.abc import Callable
from typing import Any

import pytest
from mall import keys
from mall.http import Identity
from mall.identity import UserPool
from mall.store import Store
from mall.store import accounts as switching
from mall.store.ledger import entries, head
from mall.users import DisableUserRequest
from mall.writes import Write

from functions.users.disable_user import disable_user
from functions.users.enable_user import enable_user
from functions.users.erase_me import erase_me
from tests.audit import AuditFailed
from tests.emulated import ADMIN, PRICE, EmulatedMall
from tests.race.rivals import RivalStore, rivals, to

RIVALS = 16
Forgets = Callable[[Write], bool]


class SignIns(UserPool):
    """What Cognito would know of each member."""

    def __init__(self) -> None:
        self.disabled: set[str] = set()
        self.forgotten: set[str] = set()

    def disable(self, member: str) -> None:
        self.disabled.add(member)

    def enable(self, member: str) -> None:
        self.disabled.discard(member)

    def forget(self, member: str) -> None:
        self.forgotten.add(member)


def _nothing(_: Write) -> bool:
    return False


def _profile(mall: EmulatedMall, member: str) -> dict[str, Any]:
    return mall.store.get("users", keys.profile(member)) or {}


def _is_closed(mall: EmulatedMall, member: str) -> bool:
    newest = head(mall.store, member)
    return bool(newest and newest.after.closed)


def _disable(mall: EmulatedMall, pool: UserPool, member: str) -> None:
    disable_user.story(DisableUserRequest(reason="a race"), member, ADMIN, pool, mall.store)


def _enable(mall: EmulatedMall, pool: UserPool, member: str) -> None:
    enable_user.story(member, ADMIN, pool, mall.store)


# --- erasing meets moving ------------------------------------------------------------------------


def _race_of_erasures(mall: EmulatedMall, forgets: Forgets = _nothing) -> str:
    """A member is erased 4 times at once while purchases, adjustments and redemptions come in."""
    product = mall.product(codes=10, shards=4)
    member, pool = mall.member(5 * PRICE), SignIns()
    mall.use(mall.opened(RivalStore, parties=RIVALS, forgets=forgets))
    acts: list[Callable[[int], object]] = [
        lambda _: erase_me.story(Identity(member), pool, mall.store),
        lambda n: mall.purchase(member, f"event-{n}", 8_000),
        lambda n: mall.adjust(member, f"key {n}", -1),
        lambda n: mall.place(member, product, f"key {n}"),
    ]
    order = acts * 4
    random.shuffle(order)
    rivals(RIVALS, lambda number: order[number](number))
    assert pool.forgotten == {member}
    return member


def _ended_once(mall: EmulatedMall, member: str) -> None:
    """The account ends with its one closing, and nothing stands under the member but the stub."""
    mall.audit()
    kinds = [entry.kind for entry in entries(mall.store, member)]
    assert (kinds.count("close"), kinds[-1]) == (1, "close")
    left = mall.store.query_all("users", "#pk = :pk", {"pk": keys.person(member)})
    assert [(item["sk"], item["status"]) for item in left] == [("PROFILE", "erased")]
    assert mall.store.get("users", keys.erasure(member)) is None


def should_end_an_account_once_whatever_moves_meanwhile(mall: EmulatedMall) -> None:
    """Cases 77 and 84: what came before the closing counts, what comes after it is refused."""
    _ended_once(mall, _race_of_erasures(mall))


def should_be_seen_to_move_on_without_the_revision_condition(mall: EmulatedMall) -> None:
    """Control."""
    member = _race_of_erasures(mall, forgets=to("points"))
    with pytest.raises((AssertionError, AuditFailed)):
        _ended_once(mall, member)


# --- admins meet each other ----------------------------------------------------------------------


def should_agree_everywhere_after_any_race_of_disabling_and_enabling(mall: EmulatedMall) -> None:
    """Ledger, profile and sign-in say the same once everybody has been answered."""
    for _ in range(4):
        member, pool = mall.member(PRICE), SignIns()
        mall.use(mall.opened(RivalStore, parties=0))
        acts = [_disable, _enable] * (RIVALS // 2)
        random.shuffle(acts)
        outcomes = rivals(RIVALS, lambda n, a=acts, m=member, p=pool: a[n](mall, p, m))  # type: ignore[misc] # bound early
        assert set(outcomes.codes) <= {"busy"}
        disabled = "disabled_at" in _profile(mall, member)
        assert _is_closed(mall, member) is disabled
        if not outcomes.refusals:
            assert (member in pool.disabled) is disabled
        mall.audit()


Act = Callable[[EmulatedMall, UserPool, str], None]


def _between_two_reads(
    mall: EmulatedMall, monkeypatch: pytest.MonkeyPatch, act: Act, forgets: Forgets = _nothing
) -> tuple[bool, bool]:
    """An admin reads the profile; another acts so too; the head is read; that is undone again.

    Says whether the account is closed, and whether the profile says so.
    """
    member, pool = mall.member(PRICE), SignIns()
    mall.use(mall.opened(_Forgetful, forgets=forgets))
    undo = _enable if act is _disable else _disable
    undo(mall, pool, member)
    began = False

    def interrupted(store: Store, who: str) -> object:
        nonlocal began
        if began:
            return head(store, who)
        began = True
        act(mall, pool, member)
        newest = head(store, who)
        undo(mall, pool, member)
        return newest

    monkeypatch.setattr(switching, "head", interrupted)
    act(mall, pool, member)
    mall.audit()
    return _is_closed(mall, member), "disabled_at" in _profile(mall, member)


class _Forgetful(Store):
    """A store that leaves out the writes which are forgotten."""

    def __init__(self, *args: Any, forgets: Forgets, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._forgets = forgets

    def transact(self, writes: Any) -> None:
        super().transact([write for write in writes if not self._forgets(write)])


@pytest.mark.parametrize("act", [_disable, _enable])
def should_switch_what_was_switched_back_between_two_reads(
    act: Act, mall: EmulatedMall, monkeypatch: pytest.MonkeyPatch
) -> None:
    disabled = act is _disable
    assert _between_two_reads(mall, monkeypatch, act) == (disabled, disabled)


@pytest.mark.parametrize("act", [_disable, _enable])
def should_be_seen_to_say_what_is_not_so_without_the_check_of_the_head(
    act: Act, mall: EmulatedMall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control."""
    forgets = to("points", action="ConditionCheck")
    closed, disabled = _between_two_reads(mall, monkeypatch, act, forgets)
    assert closed is not disabled
