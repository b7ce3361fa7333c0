"""POST /v1/events: purchases and refunds, in whatever order and however often they arrive."""

from typing import Any

import pytest
from mall import keys
from mall.clock import instant
from mall.models import MAX_INTEGER
from mall.points.program import PROGRAM
from mall.store import open_store
from mall.writes import put

from tests.builders import any_id
from tests.events import Answer, partner_claims
from tests.functional.acts import (
    PARTNER,
    adjust,
    any_confirmed_member,
    any_product,
    any_purchase,
    any_refund,
    available,
    balance,
    call,
    cancel,
    close_account,
    everything,
    give,
    kinds,
    place,
    purchase,
    record,
    statement,
)
from tests.functional.precedence import Told, each_first
from tests.functional.times import DAY, NOON, Time

OTHER_PARTNER = partner_claims("another-shop", "mall/events")


# --- a purchase ----------------------------------------------------------------------------------


def should_grant_by_the_base_rule_and_explain() -> None:
    member = any_confirmed_member()
    event = any_purchase(member, 120)
    answer = record(event)
    assert answer.status == 202
    assert answer.body == {
        "event_id": event["event_id"],
        "status": "granted",
        "points": 120,
        "pending": 0,
        "explain": [
            {
                "rule_id": "base",
                "version": 1,
                "points": 120,
                "capped": 0,
                "code": "granted",
                "reason": "1 for every whole 100 of 12000 minor units",
            }
        ],
    }
    (entry,) = statement(member)
    assert (entry["kind"], entry["points"]) == ("earn", 120)
    assert entry["source"] == {"type": "purchase", "id": event["event_id"]}
    assert entry["lots"] == [{"points": 120, "expires_at": "2027-12-01T00:00:00.000Z"}]


def should_floor_once_on_the_total_of_all_lines() -> None:
    """Case 2, as far as one grant is concerned: three halves are one."""
    lines = [{"quantity": 1, "amount": 50}] * 3
    assert record(any_purchase(any_confirmed_member(), lines=lines)).body["points"] == 1


def should_grant_nothing_for_less_than_a_point_and_write_no_entry() -> None:
    member = any_confirmed_member()
    answer = record(any_purchase(member, lines=[{"quantity": 1, "amount": 99}]))
    assert (answer.status, answer.body["status"], answer.body["points"]) == (202, "granted", 0)
    assert statement(member) == []


def should_say_that_no_rule_is_meant() -> None:
    member = any_confirmed_member()
    answer = record(any_purchase(member, currency="JPY"))
    assert (answer.status, answer.body["status"], answer.body["points"]) == (202, "no_rule", 0)
    assert statement(member) == []
    refund = record(any_refund(any_purchase(member, event_id=answer.body["event_id"])))
    assert (refund.body["status"], refund.body["points"]) == ("clawed_back", 0)


def should_credit_the_member_of_an_address_in_whatever_case() -> None:
    member = any_confirmed_member()
    address = f"{member}@example.test".title()
    assert record(any_purchase(member, 7) | {"member": {"email": address}}).status == 202
    assert available(member) == 7


def should_let_points_expire_by_when_the_purchase_was() -> None:
    member = any_confirmed_member()
    purchase(member, 10, occurred_at="2026-08-31T23:59:59.999Z")
    purchase(member, 20, occurred_at="2026-09-01T01:59:59.999+02:00")
    purchase(member, 40, occurred_at="2026-09-01T00:00:00Z")
    assert balance(member)["expiring"] == [
        {"points": 30, "expires_at": "2027-09-01T00:00:00.000Z"},
        {"points": 40, "expires_at": "2027-10-01T00:00:00.000Z"},
    ]


# --- the same event again ------------------------------------------------------------------------


def should_grant_once_however_often_an_event_arrives() -> None:
    """Case 43: duplicates are answered as such and write nothing."""
    member = any_confirmed_member()
    event = purchase(member, 50)
    before = everything()
    for again in (event, event | {"lines": [{"quantity": 9, "amount": 999900}]}):
        answer = record(again)
        assert (answer.status, answer.body["status"]) == (200, "duplicate")
        assert answer.body["points"] == 50
    assert everything() == before


def should_keep_the_event_ids_of_two_partners_apart() -> None:
    member = any_confirmed_member()
    event = purchase(member, 50)
    assert record(event, OTHER_PARTNER).body["status"] == "granted"
    assert available(member) == 100
    refund = record(any_refund(event), OTHER_PARTNER)
    assert refund.body["points"] == -50
    assert available(member) == 50


def should_answer_a_repeated_key_as_before_and_not_as_a_duplicate() -> None:
    """Case 36, where a partner sends a key."""
    member = any_confirmed_member()
    event = any_purchase(member, 50)
    first = record(event, key="k")
    before = everything()
    again = record(event, key="k")
    assert (again.status, again.body) == (first.status, first.body) == (202, first.body)
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert record(event).body["status"] == "duplicate"
    assert everything() == before


def should_refuse_another_event_under_the_same_key() -> None:
    """Case 37."""
    member = any_confirmed_member()
    record(any_purchase(member, 50), key="k")
    before = everything()
    answer = record(any_purchase(member, 50), key="k")
    assert (answer.status, answer.code) == (422, "idempotency_key_reused")
    assert everything() == before


def should_keep_the_keys_of_two_partners_apart() -> None:
    """Case 41."""
    member = any_confirmed_member()
    record(any_purchase(member, 50), key="k")
    assert record(any_purchase(member, 50), OTHER_PARTNER, key="k").status == 202
    assert available(member) == 100


def should_not_burn_the_key_of_a_refused_event() -> None:
    """Case 45."""
    member = any_confirmed_member()
    give(member, MAX_INTEGER)
    event = any_purchase(member, 50)
    assert record(event, key="k").code == "points_limit"
    adjust(member, -50)
    assert record(event, key="k").status == 202


def should_grant_once_when_the_key_is_retried_days_later(time: Time) -> None:
    """Case 40."""
    member = any_confirmed_member()
    event = any_purchase(member, 50)
    first = record(event, key="k")
    time.forward(2 * DAY)
    assert record(event, key="k").body == first.body
    time.forward(100 * DAY)  # too old by now for a new event
    assert record(event, key="k").body == first.body
    assert available(member) == 50


# --- refunds -------------------------------------------------------------------------------------


def should_take_back_what_was_granted() -> None:
    member = any_confirmed_member()
    event = purchase(member, 50)
    refund = any_refund(event)
    answer = record(refund)
    assert (answer.status, answer.body["status"], answer.body["points"]) == (
        202,
        "clawed_back",
        -50,
    )
    assert answer.body["event_id"] == refund["event_id"]
    assert kinds(member) == [("earn", 50), ("claw_back", -50)]
    assert balance(member)["expiring"] == []


def should_take_back_once_when_the_same_refund_arrives_again() -> None:
    """Case 33."""
    member = any_confirmed_member()
    purchase(member, 10)
    event = purchase(member, 50)
    refund = any_refund(event)
    record(refund)
    before = everything()
    answer = record(refund)
    assert (answer.status, answer.body["status"], answer.body["points"]) == (200, "duplicate", -50)
    assert everything() == before


@pytest.mark.parametrize("parts", [[1, 1, 1], [3333, 3333, 3334], [9999, 1], [100] * 7])
def should_take_back_exactly_what_was_granted_in_parts(parts: list[int]) -> None:
    """Case 25: floored over all refunds so far, so that whole refunds sum exactly."""
    member = any_confirmed_member()
    total = sum(parts)
    lines = [{"quantity": 1, "amount": total * 7}]
    event = any_purchase(member, lines=lines)
    granted = record(event).body["points"]
    taken, refunded = 0, 0
    for part in parts:
        taken -= record(any_refund(event, part * 7)).body["points"]
        refunded += part * 7
        assert taken == granted * refunded // (total * 7)
        assert available(member) == granted - taken
    assert taken == granted


def should_take_back_no_more_than_was_granted() -> None:
    member = any_confirmed_member()
    purchase(member, 10)
    event = purchase(member, 50)
    answers = [record(any_refund(event, amount)) for amount in (4000, 4000, 4000, None)]
    assert [answer.body["points"] for answer in answers] == [-40, -10, 0, 0]
    assert available(member) == 10


def should_come_to_the_same_end_when_the_refund_arrives_first() -> None:
    """Cases 31 and 43: whole and partial refunds before their purchase."""
    for amount, left in ((None, 0), (2000, 30)):
        member = any_confirmed_member()
        event = any_purchase(member, 50)
        first = record(any_refund(event, amount))
        assert (first.status, first.body["status"], first.body["points"]) == (202, "clawed_back", 0)
        assert statement(member) == []
        answer = record(event)
        assert (answer.status, answer.body["status"], answer.body["points"]) == (202, "granted", 50)
        assert available(member) == left
        assert record(event).body["status"] == "duplicate"
        assert kinds(member) == [("earn", 50), ("claw_back", left - 50)]


def should_take_a_part_that_was_spent_from_the_rest_and_record_the_shortfall() -> None:
    """Case 29, within the balance: never into debt."""
    member = any_confirmed_member()
    event = purchase(member, 50)
    place(member, any_product(40), 40)
    answer = record(any_refund(event))
    assert answer.body["points"] == -10
    assert answer.body["explain"][0]["reason"] == (
        "50 points are owed back for this refund, 10 were taken"
    )
    assert (available(member), balance(member)["debt"]) == (0, 0)


def should_leave_nothing_after_earning_spending_refunding_and_cancelling() -> None:
    """Case 79, within the balance."""
    member = any_confirmed_member()
    event = purchase(member, 100)
    order = place(member, any_product(100), 100)["order_id"]
    record(any_refund(event))
    assert cancel(member, order).status == 200
    assert available(member) == 0
    assert kinds(member) == [
        ("earn", 100),
        ("redeem", -100),
        ("claw_back", 0),
        ("refund", 100),
        ("claw_back", -100),
    ]


def should_take_the_points_of_an_item_once_when_all_is_given_back_after_it() -> None:
    """Case 32: an item is refunded, then the redemption cancelled and the purchase refunded."""
    member = any_confirmed_member()
    event = purchase(member, 100)
    order = place(member, any_product(40), 40)["order_id"]
    item = any_refund(event, 3_000)
    assert record(item).body["points"] == -30
    for _ in range(2):
        assert cancel(member, order, "a key").status == 200
        record(item)
    whole = any_refund(event)
    assert record(whole).body["points"] == -70
    assert (record(whole).body["status"], cancel(member, order).status) == ("duplicate", 409)
    assert kinds(member) == [
        ("earn", 100),
        ("redeem", -40),
        ("claw_back", -30),
        ("refund", 40),
        ("claw_back", -70),
    ]
    assert (available(member), balance(member)["debt"]) == (0, 0)


def should_owe_nothing_for_points_that_expired_unspent(time: Time) -> None:
    member = any_confirmed_member()
    event = purchase(member, 100)
    place(member, any_product(30), 30)
    time.set(PROGRAM.calendar.begins("20271201"))
    purchase(member, 500)
    answer = record(any_refund(event))
    assert answer.body["points"] == -30
    assert available(member) == 470


def should_refuse_a_refund_in_another_currency_than_its_purchase() -> None:
    event = purchase(any_confirmed_member(), 50)
    before = everything()
    answer = record(any_refund(event, 100) | {"currency": "EUR"})
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", ["currency"])
    answer = record({**any_refund(event, 100), "currency": None})
    assert (answer.status, answer.fields) == (422, ["body"])
    assert everything() == before


def should_take_nothing_back_for_an_early_refund_in_another_currency() -> None:
    member = any_confirmed_member()
    event = any_purchase(member, 50)
    assert record(any_refund(event, 100) | {"currency": "EUR"}).status == 202
    assert record(event).status == 202
    assert available(member) == 50


# --- refusals ------------------------------------------------------------------------------------

PRECEDENCE = [
    (403, "forbidden"),
    (400, "malformed"),
    (422, "invalid"),
    (400, "idempotency_key_required"),
    (404, "not_found"),
    (403, "account_closed"),
    (409, "points_limit"),
]


@each_first(PRECEDENCE)
def should_tell_the_first_refusal_and_write_nothing(told: Told, wrong: list[str]) -> None:
    """Each row is wrong in its own way and in every later one."""
    member = any_confirmed_member()
    if "points_limit" in wrong:
        give(member, MAX_INTEGER)
    if "account_closed" in wrong:
        close_account(member)
    body: object = any_purchase("unknown" if "not_found" in wrong else member)
    if "invalid" in wrong:
        body = any_purchase("unknown", occurred_at="yesterday")
    before = everything()
    answer = _record(
        "{" if "malformed" in wrong else body,
        claims=None if "forbidden" in wrong else PARTNER,
        key="" if "idempotency_key_required" in wrong else any_id(),
    )
    assert (answer.status, answer.code) == told
    assert answer.body["status"] == answer.status
    assert everything() == before


def _record(body: object, claims: Any = PARTNER, key: str | None = None) -> Answer:
    return call("record_event", claims, body=body, key=key)


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ({"quantity": 0}, "quantity"),
        ({"quantity": -1}, "quantity"),
        ({"quantity": 1.5}, "quantity"),
        ({"quantity": 2**53}, "quantity"),
        ({"amount": -100}, "amount"),
        ({"amount": 100.0}, "amount"),
        ({"amount": "100"}, "amount"),
        ({"amount": True}, "amount"),
        ({"amount": 10**12 + 1}, "amount"),
        ({"points": 5}, "points"),
    ],
)
def should_refuse_a_line_that_is_not_of_positive_integers(
    line: dict[str, object], field: str
) -> None:
    """Cases 3 and 4: 422, and nothing is written."""
    member = any_confirmed_member()
    before = everything()
    answer = record(any_purchase(member, lines=[{"quantity": 1, "amount": 100} | line]))
    assert (answer.status, answer.code) == (422, "invalid")
    assert answer.fields == [f"lines.0.{field}"]
    assert everything() == before


@pytest.mark.parametrize(("amount", "status"), [("1e400", 422), ("NaN", 400), ("-Infinity", 400)])
def should_refuse_an_amount_that_no_integer_can_be(amount: str, status: int) -> None:
    """Case 4, in the spellings that only text can have."""
    member = any_confirmed_member()
    before = everything()
    body = (
        f'{{"event_id": "e", "type": "purchase", "member": {{"user_id": "{member}"}}, '
        f'"occurred_at": "{instant(NOON)}", "currency": "USD", '
        f'"lines": [{{"quantity": 1, "amount": {amount}}}]}}'
    )
    assert _record(body).status == status
    assert everything() == before
    assert _record(body.replace(amount, "100")).status == 202


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"event_id": ""}, "event_id"),
        ({"event_id": "a b"}, "event_id"),
        ({"event_id": "a#b"}, "event_id"),
        ({"event_id": "e" * 65}, "event_id"),
        ({"type": "Lottery!"}, "type"),
        ({"type": "lottery", "lines": [], "currency": None}, "type"),
        ({"type": "review"}, "body"),
        ({"lines": [{"quantity": 1, "amount": 0}]}, "lines"),
        ({"member": {}}, "member"),
        ({"member": {"user_id": "m", "email": "m@example.test"}}, "member"),
        ({"occurred_at": "2026-11-22T12:00:00"}, "occurred_at"),
        ({"occurred_at": "0001-01-01T00:00:00+23:59"}, "occurred_at"),
        ({"occurred_at": "9999-12-31T23:59:59-23:59"}, "occurred_at"),
        ({"currency": "usd"}, "currency"),
        ({"currency": None}, "body"),
        ({"lines": []}, "body"),
        ({"lines": [{"quantity": 1, "amount": 1}] * 101}, "lines"),
        ({"refunds_event_id": "e"}, "body"),
        ({"type": "purchase_refunded"}, "body"),
        ({"points": 5}, "points"),
    ],
)
def should_refuse_unacceptable_values_by_field(changed: dict[str, object], field: str) -> None:
    member = any_confirmed_member()
    before = everything()
    answer = record(any_purchase(member) | changed)
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", [field])
    assert everything() == before


def should_take_an_event_as_old_as_the_program_accepts_and_none_from_the_future() -> None:
    member = any_confirmed_member()
    oldest = NOON - PROGRAM.settings.event_age_days_max * DAY
    purchase(member, 1, occurred_at=instant(oldest))
    purchase(member, 1, occurred_at=instant(NOON))
    before = everything()
    for at in (oldest - 1, NOON + 1):
        answer = record(any_purchase(member, occurred_at=instant(at)))
        assert (answer.status, answer.fields) == (422, ["occurred_at"])
    assert everything() == before


@pytest.mark.parametrize("who", ["nobody", "unconfirmed", "unknown address"])
def should_know_confirmed_members_only(who: str) -> None:
    member = {"email": "nobody@example.test"} if who == "unknown address" else {"user_id": who}
    if who == "unconfirmed":
        _register(who)
    before = everything()
    answer = record(any_purchase(who) | {"member": member})
    assert (answer.status, answer.code) == (404, "not_found")
    assert everything() == before


def _register(member: str) -> None:
    profile = {**keys.profile(member), "user_id": member, "status": "unconfirmed"}
    open_store().transact([put("users", profile)])


def should_refuse_a_refund_that_names_another_member() -> None:
    event = purchase(any_confirmed_member(), 50)
    other = any_confirmed_member()
    before = everything()
    answer = record(any_refund(event) | {"member": {"user_id": other}})
    assert (answer.status, answer.fields) == (422, ["member"])
    assert everything() == before


def should_move_nothing_of_a_closed_account() -> None:
    """Case 84: neither a purchase nor the refund of one."""
    member = any_confirmed_member()
    event = purchase(member, 50)
    close_account(member)
    before = everything()
    for refused in (any_purchase(member), any_refund(event), any_refund(event, 100)):
        answer = record(refused)
        assert (answer.status, answer.code) == (403, "account_closed")
    assert everything() == before
