"""Verify finds every tampering, and names the first revision that cannot be true.

The chains are random lives, so that every kind of entry is tampered with: changed and not hashed
anew, hashed anew, hashed anew with the whole tail, taken out, put in, and swapped.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from mall.points import ledger
from mall.points.ledger import Posting
from mall.points.ledger.chain import Verdict, verify
from mall.points.ledger.entry import (
    GENESIS,
    KINDS,
    NEVER,
    Entry,
    Kind,
    Note,
    Source,
    State,
    sealed,
)
from mall.points.ledger.posting import counted

from tests.builders import any_calendar, any_days, any_member, any_source, lot
from tests.simulation.ledger_play import Play, play, script
from tests.unit.points.account import Account

# What an entry says beside its movement: hashed, but bound to no rule.
REMARKS = {"source", "rules", "actor", "note"}
# What the state before, the time and the rest of the entry determine.
MOVED = {"points", "lots", "pending", "after", "renewed", "revision", "prev_hash"}


@pytest.fixture
def life() -> Play:
    """A random life with at least eight entries."""
    while True:
        seed = random.randrange(1_000_000)
        one = play(seed, script(seed, 20))
        if len(one.chain) >= 8:
            return one


def tamperings(entry: Entry) -> Iterator[tuple[str, Entry]]:
    """The entry with each of its fields changed, one at a time."""
    after, totals = entry.after, entry.after.totals
    changes: dict[str, list[Any]] = {
        "member": [entry.member + "x"],
        "revision": [entry.revision - 1, entry.revision + 1],
        "at": [entry.at - 1, entry.at + 1],
        "points": [entry.points + 1, entry.points - 1, -entry.points or 5],
        "source": [Source(entry.source.type, "x"), Source("x", entry.source.id)],
        "lots": list(_maps(entry.lots)),
        "pending": list(_maps(entry.pending)),
        "after": [
            *(replace(after, lots=lots) for lots in _maps(after.lots)),
            *(replace(after, pending=pending) for pending in _maps(after.pending)),
            *(replace(after, debt=after.debt + n) for n in (-1, 1)),
            *(replace(after, shortfall=after.shortfall + n) for n in (-1, 1)),
            *(
                replace(after, totals=replace(totals, **{name: getattr(totals, name) + n}))
                for name in vars(totals)
                for n in (-1, 1)
            ),
            replace(after, closed=not after.closed),
        ],
        "kind": [kind for kind in KINDS if kind != entry.kind],
        "renewed": [lot("20990101i"), entry.renewed and "", entry.renewed and entry.renewed[:-1]],
        "rules": [entry.rules + "x"],
        "actor": [entry.actor + "x"],
        "note": [Note("x", b"x")],
        "prev_hash": [bytes(reversed(entry.prev_hash)), random.randbytes(32)],
    }
    for name, values in changes.items():
        for value in values:
            changed = replace(entry, **{name: value})
            if changed != entry:
                yield name, changed


def _maps(points: Any) -> Iterator[dict[str, int]]:
    """Maps that differ from this one in one day, each otherwise possible."""
    for key in points:
        yield {**points, key: points[key] + 1}
        yield {other: value for other, value in points.items() if other != key}
    yield {**points, lot("20990101"): 1}


def relinked(chain: Sequence[Entry], position: int) -> list[Entry]:
    """The chain with everything after a position linked and hashed anew."""
    entries = list(chain)
    for n in range(position + 1, len(entries)):
        entries[n] = sealed(replace(entries[n], prev_hash=entries[n - 1].hash))
    return entries


def determined(entry: Entry, name: str, changed: Entry) -> bool:
    """Whether the change contradicts the entry before it, or the rest of the entry.

    What a claw back was for stands with its purchase; so the shortfall that it leaves shows only
    by the next entry, which does not carry it on.
    """
    owed = replace(changed.after, shortfall=entry.after.shortfall) == entry.after
    return name in MOVED and not (entry.kind == "claw_back" and name == "after" and owed)


def should_find_no_fault_with_a_chain_that_was_not_touched(life: Play) -> None:
    assert verify(life.chain) == Verdict(len(life.chain))
    assert verify(life.chain).valid
    assert verify([]).valid


def should_name_an_entry_that_was_changed_in_any_field(life: Play) -> None:
    for position, entry in enumerate(life.chain):
        for name, changed in tamperings(entry):
            chain = [*life.chain[:position], changed, *life.chain[position + 1 :]]
            assert verify(chain).first_bad_revision == position + 1, (name, changed)


def should_name_an_entry_whose_hash_was_changed(life: Play) -> None:
    for position, entry in enumerate(life.chain):
        changed = replace(entry, hash=random.randbytes(32))
        chain = [*life.chain[:position], changed, *life.chain[position + 1 :]]
        assert verify(chain).first_bad_revision == position + 1


def should_find_an_entry_that_was_changed_and_hashed_anew(life: Play) -> None:
    """At the entry itself when it became impossible, else at the one that no longer links to it."""
    for position, entry in enumerate(life.chain[:-1]):
        for name, changed in tamperings(entry):
            chain = [*life.chain[:position], sealed(changed), *life.chain[position + 1 :]]
            found = verify(chain).first_bad_revision
            if name in REMARKS and not _recovers(life.chain, position):
                assert found == position + 2, (name, changed)
            elif determined(entry, name, changed):
                assert found == position + 1, (name, changed)
            else:
                assert found in (position + 1, position + 2), (name, changed)


def _recovers(chain: Sequence[Entry], position: int) -> bool:
    """Whether an entry takes a shortfall from a refund, and so must name the refund's source."""
    return position > 0 and chain[position - 1].kind == "refund"


def should_find_a_wrong_movement_though_the_whole_tail_was_hashed_anew(life: Play) -> None:
    for position, entry in enumerate(life.chain):
        for name, changed in tamperings(entry):
            if determined(entry, name, changed):
                chain = [*life.chain[:position], sealed(changed), *life.chain[position + 1 :]]
                found = verify(relinked(chain, position))
                assert found.first_bad_revision == position + 1, (name, changed)


def should_find_points_minted_or_burnt_that_the_tail_does_not_carry(life: Play) -> None:
    """The movement was made consistent with its own state after; the next entry gives it away."""
    for position, entry in enumerate(life.chain[:-1]):
        if entry.kind in ("earn", "adjust") and entry.points > 0 and entry.after.available:
            base = life.chain[position - 1].after if position else State()
            if not entry.lots or base.debt:
                continue
            [day] = entry.lots
            after = replace(
                entry.after,
                lots={**entry.after.lots, day: entry.after.lots[day] + 1},
                totals=replace(entry.after.totals, granted=entry.after.totals.granted + 1),
            )
            minted = replace(
                entry, points=entry.points + 1, lots={day: entry.lots[day] + 1}, after=after
            )
            chain = [*life.chain[:position], sealed(minted), *life.chain[position + 1 :]]
            found = verify(relinked(chain, position))
            assert found.first_bad_revision == position + 2, minted


def should_find_an_entry_that_was_taken_out(life: Play) -> None:
    """Any but the last: a tail cut off is for the stream's totals to notice."""
    for position in range(len(life.chain) - 1):
        chain = [*life.chain[:position], *life.chain[position + 1 :]]
        assert verify(chain).first_bad_revision == position + 1


def should_find_a_gap_that_was_closed_by_numbering_and_hashing_anew(life: Play) -> None:
    """Unless a claw back was taken out that moved no point: what it was for is not on the chain."""
    for position in range(len(life.chain) - 1):
        if life.chain[position].kind != "claw_back":
            rest = (replace(e, revision=e.revision - 1) for e in life.chain[position + 1 :])
            before = life.chain[position - 1].hash if position else GENESIS
            first = sealed(replace(next(rest), prev_hash=before))
            chain = relinked([*life.chain[:position], first, *rest], position)
            assert verify(chain).first_bad_revision == position + 1


def should_find_an_entry_that_was_put_in(life: Play) -> None:
    for position in range(len(life.chain) + 1):
        for copied, entry in enumerate(life.chain):
            chain = [*life.chain[:position], entry, *life.chain[position:]]
            expected = position + 2 if copied == position else position + 1
            assert verify(chain).first_bad_revision == expected


def should_find_two_entries_that_were_swapped(life: Play) -> None:
    for position in range(len(life.chain) - 1):
        one, other = life.chain[position : position + 2]
        chain = [*life.chain[:position], other, one, *life.chain[position + 2 :]]
        assert verify(chain).first_bad_revision == position + 1


def should_find_an_entry_of_another_member() -> None:
    account = Account(any_calendar())
    account.earn(5)
    account.earn(7)
    first, second = account.chain
    foreign = sealed(replace(second, member=any_member()))
    assert verify([first, foreign]).first_bad_revision == 2


# --- forged entries, each consistent in itself and hashed ----------------------------------------


def forged(
    account: Account, kind: Kind, points: int, source: Source | None = None, **changes: Any
) -> Verdict:
    """What verify says when a chain ends with an entry that was forged so and hashed well."""
    posting = account.open()
    forge(account, posting, kind, points, source, **changes)
    assert len(posting.entries) == 1
    return verify([*account.chain, *posting.entries])


def forge(
    account: Account, posting: Posting, kind: Kind, points: int, source: Source | None = None,
    **changes: Any,
) -> None:  # fmt: skip
    """Post what the ledger never would, with totals that agree; lots are given by day."""
    by_day = {"lots", "pending"} & set(changes)
    changes |= {name: account.keyed(changes[name]) for name in by_day}
    after = counted(replace(posting.state, **changes), kind, points)
    posting.post(kind, points, after, source or any_source())


def should_find_a_spend_that_left_the_soonest_lot_alone() -> None:
    account = _with_lots(20, 30)
    assert forged(account, "redeem", -10, lots={"20260201": 10, "20260301": 30}).valid
    assert not forged(account, "redeem", -10, lots={"20260201": 20, "20260301": 20}).valid


def should_find_a_spend_that_prolongs_a_lot() -> None:
    account = _with_lots(20, 30)
    assert not forged(account, "redeem", -10, lots={"20260301": 40}).valid


def should_find_a_spend_into_debt() -> None:
    account = Account(any_calendar())
    account.earn(10)
    account.redeem(10)
    spends: tuple[Kind, ...] = ("redeem", "adjust", "discount", "transfer_out", "lottery_cost")
    for kind in spends:
        assert not forged(account, kind, -10, debt=10).valid


def should_find_a_credit_that_paid_no_debt() -> None:
    account = Account(any_calendar())
    given = account.earn(50)
    account.redeem(50)
    account.claw_back(given, policy="unlimited")
    assert forged(account, "earn", 20, debt=30).valid
    assert not forged(account, "earn", 20, lots={NEVER: 20}).valid
    assert not forged(account, "earn", 20, lots={NEVER: 20}, debt=50).valid
    assert forged(account, "earn", 20, pending={"20270101|never": 20}).valid
    assert not forged(account, "earn", 20, pending={"20270101|never": 50}, debt=80).valid
    assert not forged(account, "earn", 20, pending={"20270101|never": 10}, debt=40).valid


def should_find_a_movement_of_nothing() -> None:
    account = _with_lots(20, 30)
    for kind in set(KINDS) - {"claw_back", "close"}:
        assert not forged(account, kind, 0, closed=False).valid, kind


def should_find_a_shortfall_that_was_forgiven_or_invented() -> None:
    account = Account(any_calendar())
    given = account.earn(50)
    account.redeem(50)
    account.claw_back(given)
    assert forged(account, "earn", 10, lots={NEVER: 10}).valid
    assert not forged(account, "earn", 10, lots={NEVER: 10}, shortfall=0).valid
    assert not forged(account, "earn", 10, lots={NEVER: 10}, shortfall=60).valid
    assert not forged(account, "claw_back", 0, shortfall=0).valid
    assert not forged(account, "close", 0, shortfall=0, closed=True).valid


def should_find_a_shortfall_that_a_refund_did_not_pay() -> None:
    account = Account(any_calendar())
    given = account.earn(50)
    allocation = account.redeem(50)
    account.claw_back(given)
    posting = account.open()
    ledger.refund(posting, allocation, any_source())
    refund, recovery = posting.entries
    assert verify([*account.chain, refund, recovery]).valid
    account.chain.append(refund)
    assert not forged(account, "redeem", -10, lots={NEVER: 40}).valid
    cause = refund.source
    assert not forged(account, "claw_back", -10, cause, lots={NEVER: 40}, shortfall=40).valid
    assert not forged(account, "claw_back", -50, cause, lots={}, shortfall=50).valid
    assert not forged(account, "claw_back", -50, lots={}, shortfall=0).valid
    assert forged(account, "claw_back", -50, cause, lots={}, shortfall=0).valid


def should_find_a_claw_back_that_owes_while_points_are_left() -> None:
    """Unless it spared the lots, as the policy `only_pending` does."""
    account = _with_lots(20, 30)
    assert forged(account, "claw_back", 0, shortfall=5).valid
    assert not forged(account, "claw_back", -5, debt=5).valid
    assert not forged(account, "claw_back", -20, lots={"20260301": 30}, shortfall=5).valid
    assert forged(account, "claw_back", -50, lots={}, shortfall=5).valid
    assert forged(account, "claw_back", -55, lots={}, debt=5).valid
    assert not forged(account, "claw_back", -55, lots={}, debt=5, shortfall=5).valid
    assert not forged(account, "claw_back", -10, lots={"20260201": 5, "20260301": 35}).valid


def should_find_a_claw_back_out_of_order() -> None:
    account = _with_lots(20, 30, 40)
    own = {"20260301": 30, "20260401": 40}
    assert forged(account, "claw_back", -20, lots=own).valid
    own_and_soonest = {"20260201": 5, "20260301": 30}
    assert forged(account, "claw_back", -55, lots=own_and_soonest).valid
    neither = {"20260201": 15, "20260301": 25, "20260401": 35}
    assert not forged(account, "claw_back", -15, lots=neither).valid


def should_accept_what_activity_had_moved_to_a_later_lot() -> None:
    """A claw back finds an idle grant in any later idle lot, and takes the sooner ones last."""
    account = Account(any_calendar())
    for day in ("20260201", "20260301i", "20260401i", "20260501i"):
        account.earn(10, day)
    rest = {"20260201": 10, "20260301i": 10}
    assert forged(account, "claw_back", -20, lots=rest).valid
    assert forged(account, "claw_back", -35, lots={"20260301i": 5}).valid
    assert not forged(account, "claw_back", -25, lots={"20260201": 10, "20260301i": 5}).valid


def should_find_a_claw_back_of_more_than_one_pending_grant() -> None:
    account = Account(any_calendar())
    both = {"20260701|never": 10, "20260801|never": 10}
    one = "20260701|never"
    for day in ("20260701", "20260801"):
        account.earn(10, active_from=day)
    assert forged(account, "claw_back", -4, pending={**both, one: 6}).valid
    assert not forged(account, "claw_back", -8, pending=dict.fromkeys(both, 6)).valid
    assert not forged(account, "claw_back", -14, pending={**both, one: -4}).valid


def should_find_a_lot_that_is_named_but_did_not_move() -> None:
    account = _with_lots(20)
    given = account.earn(30, "20260301")
    for entry in (given.entry, account.claw_back(given)):
        named = sealed(replace(entry, lots={**entry.lots, account.grant("20260201").lot: 0}))
        chain = [*account.chain[: entry.revision - 1], named]
        assert verify(chain).first_bad_revision == entry.revision


def should_find_an_expiry_before_its_time_or_not_whole() -> None:
    account = _with_lots(20, 30)
    assert not forged(account, "expire", -20, lots={"20260301": 30}).valid
    account.on("20260401")
    early = account.open()
    early.entries.clear()
    early.state = account.chain[-1].after
    forge(account, early, "expire", -20, lots={"20260301": 30})
    assert not verify([*account.chain, *early.entries]).valid


def should_find_points_spent_after_their_lot_was_gone() -> None:
    account = _with_lots(20, 30)
    account.on("20260201")
    late = account.open()
    late.entries.clear()
    late.state = account.chain[-1].after
    forge(account, late, "redeem", -20, lots={"20260301": 30})
    assert verify([*account.chain, *late.entries]).first_bad_revision == 3


def should_find_what_a_closed_account_did() -> None:
    account = _with_lots(20, 30)
    account.close()
    assert not forged(account, "redeem", -20, lots={"20260301": 30}).valid
    assert not forged(account, "claw_back", -20, lots={"20260301": 30}).valid
    assert not forged(account, "earn", 5, lots={**account.lots, NEVER: 5}).valid
    assert not forged(account, "close", 0).valid
    assert not forged(account, "reopen", 0).valid
    assert forged(account, "refund", 5, lots={**account.lots, NEVER: 5}).valid
    assert not forged(account, "refund", 5, lots={**account.lots, NEVER: 5}, closed=False).valid
    assert forged(account, "reopen", 0, closed=False).valid


def should_find_the_reopening_of_an_open_account() -> None:
    assert not forged(_with_lots(20, 30), "reopen", 0).valid


def should_find_a_kind_or_a_time_that_does_not_exist() -> None:
    account = _with_lots(20, 30)
    last = account.chain[-1]
    nonsense: list[dict[str, Any]] = [{"kind": "gift"}, {"at": 10**18}]
    for changed in (replace(last, **fields) for fields in nonsense):
        assert verify([account.chain[0], sealed(changed)]) == Verdict(2, 2)


# --- activity ------------------------------------------------------------------------------------


def should_find_a_renewal_that_was_changed() -> None:
    account, entry = _renewed()
    zone = account.calendar.zone
    wrong = ("", lot("20260701i", zone), lot("20260601", zone), lot("20260501i", zone), "soon", "i")
    for renewed in wrong:
        changed = sealed(replace(entry, renewed=renewed))
        found = verify([*account.chain[:-1], changed]).first_bad_revision
        assert found == entry.revision, renewed


def should_find_a_renewal_of_lots_that_activity_does_not_move() -> None:
    account = Account(any_calendar())
    account.earn(20, "20260201")
    account.earn(30, "20260301i")
    lots = account.keyed({"20260401i": 50})
    assert not _moves_to(account, "earn", 1, "20260401i", lots | account.keyed({NEVER: 1})).valid
    lots = account.keyed({"20260201": 20, "20260401i": 30, NEVER: 1})
    assert _moves_to(account, "earn", 1, "20260401i", lots).valid
    assert not _moves_to(account, "earn", 1, "", lots).valid


def should_find_a_renewal_by_what_is_no_activity() -> None:
    account = Account(any_calendar())
    account.earn(50, "20260301i")
    cases: tuple[tuple[Kind, int, dict[str, int]], ...] = (
        ("close", 0, {}), ("claw_back", 0, {}), ("refund", 5, {NEVER: 5}),
    )  # fmt: skip
    for kind, points, more in cases:
        for lasts, renewed in (("20260301i", ""), ("20260401i", "20260401i")):
            lots = account.keyed({lasts: 50, **more})
            assert _moves_to(account, kind, points, renewed, lots).valid is not bool(renewed), kind
    gone = account.on("20260301")
    assert not _moves_to(gone, "expire", -50, "20260401i", {}).valid
    assert _moves_to(gone, "expire", -50, "", {}).valid


def _moves_to(
    account: Account, kind: Kind, points: int, renewed: str, lots: dict[str, int]
) -> Verdict:
    """What verify says of an entry that notes an activity, and leaves these lots."""
    posting = account.open()
    posting.entries.clear()
    posting.state = account.chain[-1].after
    if renewed:
        ledger.renew(posting, lot(renewed, account.calendar.zone))
    closed = kind == "close"
    after = counted(replace(posting.state, lots=lots, closed=closed), kind, points)
    posting.post(kind, points, after, any_source())
    return verify([*account.chain, *posting.entries])


def _renewed() -> tuple[Account, Entry]:
    """An account whose last entry is a spend that kept idle points until 1 June."""
    account = Account(any_calendar())
    account.earn(50, "20260301i")
    account.earn(50, "20260801i", active_from="20260201")
    account.earn(50, "20260301")
    account.redeem(20, renews="20260601i")
    assert account.lots == {"20260301": 30, "20260601i": 50}
    assert account.verdict.valid
    return account, account.chain[-1]


def should_find_a_lot_whose_end_cannot_be_told() -> None:
    for key in ("soon", "2026030", "202603011", "29473920I", "29473920j", "Never", "29473920i|"):
        account = _with_lots(20)
        posting = account.open()
        state = replace(posting.state, lots={**posting.state.lots, key: 5})
        posting.post("earn", 5, counted(state, "earn", 5), any_source())
        assert not verify([*account.chain, *posting.entries]).valid, key


def should_find_a_pending_grant_that_was_active_already() -> None:
    account = _with_lots(20)
    assert forged(account, "earn", 5, pending={"20260102|never": 5}).valid
    assert not forged(account, "earn", 5, pending={"20260101|never": 5}).valid


def should_accept_a_pending_grant_that_is_booked_beside_lots() -> None:
    account = Account(any_calendar())
    for day, points in any_days(4).items():
        account.earn(points, NEVER, active_from=day)
    assert verify(account.chain).valid


def _with_lots(*points: int) -> Account:
    """An account on 1 January with lots that end on the 1st of February, March and so on."""
    account = Account(any_calendar())
    for month, held in enumerate(points, 2):
        account.earn(held, f"2026{month:02d}01")
    return account
