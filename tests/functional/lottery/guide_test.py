"""The guide's requests do what it says: each is sent as it stands there, in its order."""

from tests.functional.guide import asked_by


def should_do_what_the_guide_says() -> None:
    asked = list(asked_by("lotteries.md"))
    names = [name for name, _ in asked]
    assert {"open_lottery", "change_lottery", "report_lottery", "close_lottery"} <= set(names)
    [table] = next(answer for name, answer in asked if name == "get_admin_lottery").body["tables"]
    shown = {prize["prize_id"]: (prize["odds"], prize["share"][:5]) for prize in table["prizes"]}
    assert shown["hundred"] == ("0.198", "0.222")
    assert table["points_per_draw"][:5] == "22.24"
    changed = [answer.body for name, answer in asked if name == "change_lottery"]
    assert [len(lottery["tables"]) for lottery in changed] == [1, 2]
    closed = next(answer for name, answer in asked if name == "close_lottery").body
    assert closed["status"] == "closed"
