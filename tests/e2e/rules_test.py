"""Earning rules as data: drafted, tried on the past, put in force, explained, ended."""

from typing import Any

from tests.e2e.mall import admin, any_key, any_member, eventually, partner, purchase_of

_RULES = "/admin/rules"


def _campaign(sku: str, multiplier: str = "3", **changed: object) -> dict[str, Any]:
    """A campaign for one thing that only its own test sells."""
    gives = {"multiplier": multiplier}
    return {"name": "Lamps", "kind": "campaign", "gives": gives, "scope": {"skus": [sku]}} | changed


def _draft(sku: str, multiplier: str) -> str:
    """A new campaign that nobody earns by yet; its id."""
    request = _campaign(sku, multiplier)
    rule_id: str = admin().told("POST", _RULES, request, key=any_key())["rule_id"]
    return rule_id


def _buy(user_id: str, sku: str, dollars: int = 100) -> dict[str, Any]:
    event: dict[str, Any] = partner().told(
        "POST", "/events", purchase_of(dollars, sku, user_id=user_id)
    )
    return event


def _gave(event: dict[str, Any], rule_id: str) -> list[tuple[int, int, str]]:
    """What a rule gave for an event, by which version, and with which word."""
    told = [each for each in event["explain"] if each["rule_id"] == rule_id]
    return [(each["version"], each["points"], each["code"]) for each in told]


def should_earn_by_a_campaign_from_its_activation_to_its_end() -> None:
    """The version in force is named and its cap honoured; before and after it gives nothing."""
    sku, (_, user_id) = any_key(), any_member()
    rule_id = _draft(sku, "2")
    cap = {"per": "member", "period": "ever", "points": 250}
    saved = admin().told("PUT", f"{_RULES}/{rule_id}", _campaign(sku, caps=[cap]))
    assert [each["version"] for each in saved["versions"]] == [2, 1]
    assert _buy(user_id, sku)["points"] == 100

    path = f"{_RULES}/{rule_id}"
    assert admin().told("POST", f"{path}/activate")["status"] == "active"
    first, second = _buy(user_id, sku), _buy(user_id, sku)
    assert _gave(first, rule_id) == [(2, 200, "granted")]
    assert _gave(second, rule_id) == [(2, 50, "capped")]
    assert (first["points"], second["points"]) == (300, 150)

    assert admin().told("POST", f"{path}/retire", {})["status"] == "retired"
    assert admin().refused("POST", f"{path}/activate") == (409, "no_draft")
    assert _buy(user_id, sku)["points"] == 100
    shown = admin().told("GET", path)
    assert [each["status"] for each in shown["versions"]] == ["retired", "superseded"]
    listed = admin().told("GET", _RULES, limit=100)["items"]
    assert [rule["versions"] for rule in listed if rule["rule_id"] == rule_id] == [2]


def should_create_a_rule_once_and_refuse_what_cannot_be() -> None:
    """The same key gets the same draft, another one no second rule of that name."""
    sku, key = any_key(), any_key()
    request = _campaign(sku, rule_id=any_key())
    first, again = (admin().ask("POST", _RULES, request, key=key) for _ in range(2))
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert admin().refused("POST", _RULES, request, key=any_key()) == (409, "rule_exists")
    wrong = admin().ask("POST", _RULES, _campaign(sku, gives={"multiplier": 1.5}), key=any_key())
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "gives.multiplier")
    unknown = f"{_RULES}/nothing"
    for refused in (
        admin().refused("GET", unknown),
        admin().refused("PUT", unknown, _campaign(sku)),
        admin().refused("POST", f"{unknown}/activate"),
        admin().refused("POST", f"{unknown}/retire", {}),
    ):
        assert refused == (404, "not_found")
    assert admin().refused("GET", _RULES, cursor="none") == (400, "bad_cursor")


def should_tell_what_a_draft_would_have_cost_and_grant_nothing() -> None:
    """A replay over today's events: the campaign's own cost, beside what was granted then."""
    sku, (member, user_id) = any_key(), any_member()
    event = purchase_of(40, sku, user_id=user_id)
    partner().told("POST", "/events", event)
    today = event["occurred_at"][:10]
    period = {"first_day": today, "last_day": today}
    tried = _campaign(sku, rule_id=f"lamps-{any_key()}")
    asked = {"rules": [tried], "with_active": True, **period}
    begun = admin().told("POST", f"{_RULES}/replay", asked)
    path = f"{_RULES}/replays/{begun['replay_id']}"
    shown = eventually(lambda: admin().told("GET", path), lambda found: found["status"] == "ready")
    costs = {rule["rule_id"]: (rule["points"], rule["events"]) for rule in shown["by_rule"]}
    assert costs[tried["rule_id"]] == (80, 1)
    assert [day["date"] for day in shown["by_day"]] == [today]
    assert shown["actual_points"] >= 40
    assert member.told("GET", "/points/balance")["available"] == 40
    assert admin().refused("GET", f"{_RULES}/replays/nothing") == (404, "not_found")
    assert admin().refused("POST", f"{_RULES}/replay", {"rules": [], **period}) == (422, "invalid")
