"""The demo: a catalogue that can be sold, pictures that can be drawn, accounts that stay secret."""

import json
import stat
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest
from mall.lottery import administration, checking
from mall.lottery.requests import LotteryRequest
from mall.points.program import ProgramSettings

from local import accounts, artwork, handover, pages
from local.handover import Handover
from local.progress import Failure

PRODUCTS = pages.products()
PARTS_MIN = 5


def should_offer_enough_in_every_category() -> None:
    categories = Counter(product["category"] for product in PRODUCTS)
    assert len(PRODUCTS) >= 24
    assert len(categories) == 5
    assert min(categories.values()) >= 4


def should_name_each_product_once() -> None:
    assert len({product["slug"] for product in PRODUCTS}) == len(PRODUCTS)
    assert len({product["name"] for product in PRODUCTS}) == len(PRODUCTS)


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product["slug"])
def should_draw_each_product_the_same_way_each_time(product: pages.DemoProduct) -> None:
    drawing = artwork.draw(product["slug"], product["category"])
    root = ElementTree.fromstring(drawing)  # noqa: S314 - drawn by our own code a line above
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(root) >= PARTS_MIN
    assert drawing == artwork.draw(product["slug"], product["category"])


def should_draw_no_two_products_alike() -> None:
    drawings = {artwork.draw(product["slug"], product["category"]) for product in PRODUCTS}
    assert len(drawings) == len(PRODUCTS)


def should_build_a_site_that_has_every_picture(tmp_path: Path) -> None:
    site = pages.build(tmp_path / "site")
    assert (site / "index.html").is_file()
    for product in PRODUCTS:
        assert (site / pages.image_url(product).lstrip("/")).is_file()


def should_make_up_accounts_once(tmp_path: Path) -> None:
    first = accounts.read_or_make(tmp_path, {"member": "m@example.com"})
    assert accounts.read_or_make(tmp_path, {"member": "m@example.com"}) == first
    assert set(first.logins) == {"admin", "approver", "member"}


def should_ask_for_a_new_start_where_an_older_version_made_them(tmp_path: Path) -> None:
    accounts.read_or_make(tmp_path, {"member": "m@example.com"})
    with pytest.raises(Failure, match="RESET=1"):
        accounts.read_or_make(tmp_path, {"member": "m@example.com", "other": "o@example.com"})


def should_have_a_program_that_needs_no_second_admin() -> None:
    """The demo puts it in force with one request."""
    text = (Path(accounts.__file__).parent / "program.json").read_text(encoding="utf-8")
    program = ProgramSettings.model_validate_json(text)
    assert program.money_terms() == ProgramSettings().money_terms()
    assert not program.tiers
    assert program.check_in
    assert program.transfers
    assert program.referral


def should_hold_a_lottery_that_can_be_held() -> None:
    terms = json.loads((Path(accounts.__file__).parent / "lottery.json").read_text("utf-8"))
    window = {"opens_at": "2026-11-22T12:00:00Z", "closes_at": "2026-12-22T12:00:00Z"}
    request = LotteryRequest.model_validate(terms | window)
    checking.check(request, administration.draft("demo", request, 0), {}, 0)


def should_make_up_other_secrets_for_another_stack(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.mkdir()
    theirs.mkdir()
    one, other = (accounts.read_or_make(state, {}) for state in (ours, theirs))
    assert one.logins["admin"]["password"] != other.logins["admin"]["password"]
    assert not set(one.codes("beans", 9)) & set(other.codes("beans", 9))


def should_repeat_the_codes_of_a_product(tmp_path: Path) -> None:
    people = accounts.read_or_make(tmp_path, {})
    codes = people.codes("beans", 30)
    assert codes == people.codes("beans", 30)
    assert len(set(codes) | set(people.codes("bread", 30))) == 60


def should_count_the_history_from_the_same_moment(tmp_path: Path) -> None:
    people = accounts.read_or_make(tmp_path, {})
    assert people.days_ago(3) == accounts.read_or_make(tmp_path, {}).days_ago(3)
    assert people.days_ago(3).endswith("Z")


def should_keep_secrets_from_other_users_of_the_machine(tmp_path: Path) -> None:
    accounts.read_or_make(tmp_path, {})
    handover.write(tmp_path / "stack.json", any_handover())
    for name in ("demo.json", "stack.json"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def should_replace_a_note_that_was_left_half_written(tmp_path: Path) -> None:
    (tmp_path / "stack.new").write_text("{")
    handover.write(tmp_path / "stack.json", any_handover())
    assert '"url"' in (tmp_path / "stack.json").read_text()


def any_handover() -> Handover:
    """A handover of a stack that does not exist."""
    login: handover.Login = {"email": "a@example.com", "password": "secret"}
    return {
        "url": "http://localhost:1",
        "api_url": "http://localhost:1/v1",
        "emulator_url": "http://127.0.0.1:2",
        "admin": login,
        "approver": login,
        "member": login,
        "partner": {"client_id": "c", "client_secret": "s", "token_url": "http://localhost:1/t"},
        "payments": {"url": "http://127.0.0.1:3", "secret_key": "k", "webhook_secrets": ["w"]},
        "tables": {},
        "queues": {},
    }
