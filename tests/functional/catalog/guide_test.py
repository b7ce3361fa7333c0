"""The guide's requests do what it says: each is sent as it stands there, in its order."""

from tests.functional.guide import asked_by


def should_do_what_the_guide_says() -> None:
    asked = {name for name, _ in asked_by("catalog.md")}
    assert {"create_product", "change_product", "move_stock", "list_prices"} <= asked
