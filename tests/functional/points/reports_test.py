"""The program's liability and daily totals, to the point for any day, reconciled or not."""

import random
from contextlib import suppress
from datetime import date, timedelta
from itertools import count as count_up

import boto3
import pytest
from mall import errors
from mall.points.calendar import Calendar
from mall.points.ledger.entry import NEVER, Entry, State, minute
from mall.points.ledger.lots import state_at
from mall.store import reconciliation

from tests.builders import any_member
from tests.functional.acts import ADMIN, any_confirmed_member, call, set_program
from tests.functional.points import books
from tests.functional.points.books import count, earn, liability, reconcile, redeem
from tests.functional.times import DAY, HOUR, NOON, Time
from tests.meter import metered

TODAY = date(2026, 11, 22)
DAYS = 11  # into another month


def _day(at: int) -> str:
    return Calendar().date(at).isoformat()


def _daily(first: str, last: str) -> dict[str, dict[str, dict[str, int]]]:
    answer = call("list_daily_totals", ADMIN, query={"from": first, "until": last})
    assert answer.status == 200, answer.body
    return {line["date"]: line["kinds"] for line in answer.body["items"]}


def should_see_what_is_owed_now_in_whatever_zone_the_program_is() -> None:
    """Entries that were counted for the twenty-second, where it is the twenty-first again."""
    member = any_confirmed_member()
    set_program(zone="Pacific/Kiritimati")
    count(*earn(member, 50))
    for zone in ("Pacific/Niue", "UTC", "Pacific/Kiritimati"):
        set_program(zone=zone)
        assert liability()["available"] == 50, zone


def should_show_what_is_owed_now_and_what_moved_today() -> None:
    soon, waiting = minute(NOON + 10 * DAY), minute(NOON + 3 * DAY)
    count(*earn(any_member(), 100, soon), *earn(any_member(), 40, NEVER, f"{waiting}|{NEVER}"))
    member = any_member()
    count(*earn(member, 10), *books.take_back(member, 25))
    shown = liability()
    assert shown == {
        "date": "2026-11-22",
        "available": 100,
        "pending": 40,
        "debt": 15,
        "by_expiry_month": [{"month": "2026-12", "points": 100}],
        "by_kind_today": {
            "earn": {"entries": 3, "points": 150},
            "claw_back": {"entries": 1, "points": -25},
        },
        "reconciled": None,
        "as_of": "2026-11-22T12:00:00.000Z",
    }


def should_owe_nothing_before_anything_happened() -> None:
    shown = liability("2020-02-29")
    assert (shown["available"], shown["pending"], shown["debt"]) == (0, 0, 0)
    assert (shown["by_expiry_month"], shown["reconciled"]) == ([], None)


def should_remember_every_past_day_and_see_what_time_did(time: Time) -> None:
    """Nothing is booked after the first day: activation and expiry come with time alone."""
    soon, waiting = minute(NOON + 10 * DAY), minute(NOON + 3 * DAY)
    count(*earn(any_member(), 100, soon), *earn(any_member(), 40, NEVER, f"{waiting}|{NEVER}"))
    for _ in range(12):
        time.forward(DAY)
        reconcile()
    held = {
        day: (liability(day)["available"], liability(day)["pending"])
        for day in (
            "2026-11-21",
            "2026-11-22",
            "2026-11-24",
            "2026-11-25",
            "2026-12-01",
            "2026-12-02",
        )
    }
    assert list(held.values()) == [(0, 0), (100, 40), (100, 40), (140, 0), (140, 0), (40, 0)]
    assert liability("2026-11-22")["as_of"] == "2026-11-22T23:59:59.999Z"


@pytest.mark.parametrize("day", ["2026-11-23", "2999-01-01"])
def should_refuse_days_that_have_not_begun(day: str) -> None:
    answer = call("get_liability", ADMIN, query={"date": day})
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", ["date"])


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", "20261122x", ""])
def should_refuse_what_is_no_day(day: str) -> None:
    assert call("get_liability", ADMIN, query={"date": day}).status == 422


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"until": "2026-11-23"}, "until"),
        ({"from": "2026-11-22", "until": "2026-11-21"}, "from"),
        ({"from": "2025-11-21", "until": "2026-11-22"}, "from"),
    ],
)
def should_refuse_periods_that_are_none(query: dict[str, str], field: str) -> None:
    answer = call("list_daily_totals", ADMIN, query=query)
    assert (answer.status, answer.fields) == (422, [field])


def should_take_a_whole_year_of_days() -> None:
    query = {"from": "2025-11-22", "until": "2026-11-22"}
    assert call("list_daily_totals", ADMIN, query=query).body == {"items": [], "kinds": {}}


def should_show_totals_by_kind_and_day(time: Time) -> None:
    member = any_member()
    count(*earn(member, 100), *redeem(member, 30))
    time.forward(2 * DAY)
    count(*redeem(member, 20))
    assert _daily("2026-11-01", "2026-11-24") == {
        "2026-11-22": {
            "earn": {"entries": 1, "points": 100},
            "redeem": {"entries": 1, "points": -30},
        },
        "2026-11-24": {"redeem": {"entries": 1, "points": -20}},
    }
    answer = call("list_daily_totals", ADMIN).body
    assert answer["kinds"]["redeem"] == {"entries": 2, "points": -50}


@pytest.mark.parametrize("name", ["get_liability", "list_daily_totals"])
def should_say_busy_when_the_database_is(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object, **__: object) -> None:
        raise errors.Busy

    monkeypatch.setattr("mall.store.reads.Reads.query", busy)
    assert call(name, ADMIN).code == "busy"


@pytest.fixture
def few_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever moved on a day stands in one of 2 partitions: moto is slow to look into many."""
    for limited in ("mall.keys", "mall.keys.points", "mall.store.reconciliation"):
        monkeypatch.setattr(f"{limited}.MOVED_BUCKETS", 2)


def should_be_the_sum_over_members_on_every_day_of_random_ones(
    time: Time, few_buckets: None
) -> None:
    """Counted late and in any order, closed day by day or not at all for a while."""
    members = [any_member() for _ in range(3)]
    chains: dict[str, list[Entry]] = {member: [] for member in members}
    waiting: list[Entry] = []
    for number in range(DAYS):
        for _ in range(2):
            with suppress(errors.Refusal):
                made = _act(random.choice(members), number)
                chains[made[0].member] += made
                waiting += made
        if random.random() < 0.6:
            random.shuffle(waiting)
            count(*waiting)
            waiting = []
        if random.random() < 0.3:
            reconcile()
        time.forward(DAY)
    count(*waiting)
    for number in range(DAYS):
        at = NOON + number * DAY + 12 * HOUR - 1
        states = [_state(chain, at) for chain in chains.values()]
        shown = liability(_day(at))
        assert (shown["available"], shown["pending"], shown["debt"]) == (
            sum(state.available for state in states),
            sum(state.pending_points for state in states),
            sum(state.debt for state in states),
        ), number


def _act(member: str, number: int) -> list[Entry]:
    now = NOON + number * DAY
    lot = random.choice([NEVER, minute(now + random.randint(1, 7) * DAY)])
    match random.choice(["earn", "wait", "redeem", "take"]):
        case "earn":
            return earn(member, random.randint(1, 500), lot)
        case "wait":
            active = minute(now + random.randint(1, 4) * DAY)
            return earn(member, random.randint(1, 500), lot, f"{active}|{lot}")
        case "redeem":
            return redeem(member, random.randint(1, 300))
        case _:
            return books.take_back(member, random.randint(1, 300), lot)


def _state(chain: list[Entry], at: int) -> State:
    before = [entry for entry in chain if entry.at <= at]
    return state_at(before[-1].after, at) if before else State()


# --- reconciling ---------------------------------------------------------------------------------


def should_reconcile_a_day_once_it_is_over_and_not_before(time: Time) -> None:
    count(*earn(any_member(), 100))
    assert reconcile()["days"] == 0
    time.set(NOON + 12 * HOUR + 9 * 60_000)
    assert (reconcile()["days"], liability("2026-11-22")["reconciled"]) == (0, None)
    time.set(NOON + 12 * HOUR + 11 * 60_000)
    assert reconcile() == {"days": 1, "points": 0, "unfinished": 0}
    assert liability("2026-11-22")["reconciled"] is True
    assert reconcile()["days"] == 0


def should_look_again_at_a_day_that_was_counted_into_late(time: Time) -> None:
    count(*earn(any_member(), 100))
    late = earn(any_member(), 7)
    for _ in range(3):
        time.forward(DAY)
        reconcile()
    count(*late)
    assert liability("2026-11-22")["reconciled"] is None
    assert liability("2026-11-22")["available"] == 107
    assert reconcile()["days"] == 1
    assert [liability(day)["available"] for day in ("2026-11-22", "2026-11-24")] == [107, 107]
    assert liability("2026-11-22")["reconciled"] is True


def should_find_a_difference_of_one_point_in_the_totals(time: Time) -> None:
    count(*earn(any_member(), 100))
    [(key, item)] = books.totals_of("20261122")
    books.write(key, {**item, "lot_never": 101, "points_earn": 101})
    time.forward(DAY)
    assert reconcile()["points"] == 1
    assert liability("2026-11-22")["reconciled"] is False
    assert reconcile()["points"] == 1
    books.write(key, item)
    assert reconcile()["points"] == 0
    assert liability("2026-11-22")["reconciled"] is True


@pytest.mark.parametrize("revision", [1, 2, 3])
@pytest.mark.parametrize("how", ["points", "balance", "removed", "hash"])
def should_name_what_was_tampered_with_by_member_and_revision(
    how: str, revision: int, time: Time, found: list[tuple[str, int]]
) -> None:
    member = any_member()
    count(*earn(any_member(), 5), *earn(member, 100), *redeem(member, 30), *redeem(member, 20))
    match how:
        case "points":
            books.rewrite(member, revision, points=31)
        case "balance":
            books.rewrite(member, revision, lots={"never": 1_000}, available=1_000)
        case "removed":
            books.remove(member, revision)
        case "hash":
            books.rewrite(member, revision, hash=b"x" * 32)
    time.forward(DAY)
    assert reconcile()["points"] >= 1
    assert found == [(member, revision)]
    assert liability("2026-11-22")["reconciled"] is False


def should_find_a_tail_that_was_written_anew_though_its_hashes_hold(
    time: Time, found: list[tuple[str, int]]
) -> None:
    member = any_member()
    count(*earn(member, 100), *redeem(member, 30))
    books.remove(member, 2)
    redeem(member, 10)
    time.forward(DAY)
    reconcile()
    assert found == [(member, 2)]


def should_find_a_tail_that_was_cut_off_on_a_later_day(
    time: Time, found: list[tuple[str, int]]
) -> None:
    member = any_member()
    count(*earn(member, 100))
    time.forward(DAY)
    count(*redeem(member, 10))
    books.remove(member, 2)
    reconcile()
    assert found == [(member, 2)]


def should_go_on_where_a_run_ran_out_of_time(
    time: Time, few_buckets: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciliation, "_PAGE", 2)
    count(*(earn(any_member(), 5)[0] for _ in range(9)))
    time.forward(DAY)
    runs = 0
    with monkeypatch.context() as slow:
        looks = count_up()
        slow.setattr(reconciliation, "monotonic", lambda: next(looks) * 200.0)
        while reconcile()["unfinished"]:
            runs += 1
    assert runs > 2
    assert liability("2026-11-22")["reconciled"] is True


def should_read_what_moved_on_a_day_and_nobody_else(
    time: Time, few_buckets: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a day costs does not follow how many members there are."""
    monkeypatch.setattr(reconciliation, "_READERS", 1)

    def reads(movers: list[str]) -> tuple[int, float]:
        count(*(earn(member, 1)[0] for member in movers))
        time.forward(DAY)
        with metered(boto3.client("dynamodb")) as bill:
            assert reconcile() == {"days": 1, "points": 0, "unfinished": 0}
        return bill.round_trips, bill.read_units

    movers = [any_member() for _ in range(3)]
    reads(movers)
    alone = reads(movers)
    crowded = reads([any_member() for _ in range(30)])
    assert crowded > alone
    assert reads(movers)[0] == alone[0]


def should_do_no_harm_when_it_dies_at_any_write(
    time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = any_member()
    count(*earn(member, 100))
    time.forward(DAY)
    count(*redeem(member, 30))
    time.forward(DAY)
    for write in range(40):
        with monkeypatch.context() as killing:
            if not books.die_at(killing, write, reconcile):
                break
    assert write > 2
    assert [liability(day)["reconciled"] for day in ("2026-11-22", "2026-11-23")] == [True, True]
    assert [liability(day)["available"] for day in ("2026-11-22", "2026-11-23")] == [100, 70]


def should_outlive_a_clock_that_is_set_back(
    time: Time, few_buckets: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By more days than are looked at again."""
    monkeypatch.setattr(reconciliation, "DAYS_REVISITED", 4)
    count(*earn(any_member(), 100))
    time.forward(6 * DAY)
    reconcile()
    time.set(NOON + DAY)
    count(*earn(any_member(), 7))
    reconcile()
    time.forward(DAY)
    assert reconcile()["points"] == 0
    assert liability(str(TODAY + timedelta(days=1)))["available"] == 107


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """The broken chains that the log names."""
    named: list[tuple[str, int]] = []

    def note(_: str, **facts: object) -> None:
        if "member" in facts:
            named.append((str(facts["member"]), int(str(facts["revision"]))))

    monkeypatch.setattr("mall.store.reconciliation.logger.error", note)
    return named
