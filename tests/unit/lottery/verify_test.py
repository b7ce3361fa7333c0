"""The published verifier: it accepts what was drawn fairly, and tells what was not.

The campaign is drawn by the mall's own decisions; the verifier shares no line with them.
"""

import ast
import json
import re
import sys
from functools import cache
from pathlib import Path
from random import Random

import pytest
from mall.clock import instant
from mall.lottery.draw_views import ProofView

from docs.verify import mall_verify
from docs.verify.mall_verify import Verification, changed_since
from tests.unit.lottery.campaign import SHARED_SEED, Bundle, Campaign, copied, proofs
from tests.unit.lottery.raffle import raffle
from tests.unit.lottery.tamperings import OF_INSTANT, OF_SCHEDULED, Tampering

SOURCE = Path(mall_verify.__file__)


@cache
def _campaign() -> Campaign:
    return Campaign(Random(3)).play()


@cache
def _told() -> Bundle:
    return _campaign().bundle()


def _faults(bundle: Bundle) -> list[str]:
    return [f"{where}: {what}" for where, what in Verification(bundle).faults]


# --- what is fair --------------------------------------------------------------------------------


def should_accept_every_draw_of_a_campaign() -> None:
    found = Verification(_told())
    assert (found.faults, found.sealed) == ([], 0)


def should_have_been_given_everything_that_can_happen() -> None:
    """Else the campaign would prove little."""
    bundle = _told()
    assert {draw["epoch"] for draw in proofs(bundle)} == {1, 2, 3, 4}
    assert {draw["table_version"] for draw in proofs(bundle)} == {1, 2}
    assert proofs(bundle, forced=True)
    assert proofs(bundle, substituted=True)
    assert proofs(bundle, prize_id="cup", serial=4)


def should_give_two_members_of_one_client_seed_and_nonce_outcomes_of_their_own() -> None:
    """Case 83."""
    shared = proofs(_told(), client_seed=SHARED_SEED)
    members = {draw["member_id"] for draw in shared}
    first, second = ([d["sampled"] for d in shared if d["member_id"] == m] for m in members)
    assert first[:10] != second[:10]


def should_verify_old_draws_by_the_table_they_were_made_by() -> None:
    """Case 66: the table changes with the third epoch, and both halves hold, each by its own."""
    bundle = copied(_told())
    assert len({table["hash"] for table in bundle["lottery"]["tables"]}) == 2
    assert not _faults(bundle)
    bundle["lottery"]["tables"].pop(0)
    assert f"draw {bundle['draws'][0]['draw_id']}: there is no such table" in _faults(bundle)


def should_accept_a_raffle() -> None:
    found = Verification(raffle(Random(1)))
    assert (found.faults, found.sealed) == ([], 0)


def should_accept_a_raffle_of_fewer_tickets_than_prizes() -> None:
    bundle = raffle(Random(2), purchases=3, tickets=1)
    assert (_faults(bundle), len(bundle["winners"]["items"])) == ([], 3)


def should_say_what_waits_for_its_seed() -> None:
    bundle = _campaign().bundle(2)
    later = [draw for draw in proofs(bundle) if draw["epoch"] > 2]
    found = Verification(bundle)
    assert (found.faults, found.sealed) == ([], len(later))


# --- what is not ---------------------------------------------------------------------------------


def _name(case: tuple[Tampering, str]) -> str:
    return case[0].__name__.strip("_")


@pytest.mark.parametrize("case", OF_INSTANT, ids=_name)
def should_tell_what_was_changed_in_a_campaign(case: tuple[Tampering, str]) -> None:
    _should_tell(copied(_told()), *case)


@pytest.mark.parametrize("case", OF_SCHEDULED, ids=_name)
def should_tell_what_was_changed_in_a_raffle(case: tuple[Tampering, str]) -> None:
    _should_tell(raffle(Random(1)), *case)


def _should_tell(bundle: Bundle, tampering: Tampering, telling: str) -> None:
    tampering(bundle)
    faults = _faults(bundle)
    assert [fault for fault in faults if re.search(telling, fault)], faults[:5]


@pytest.mark.parametrize("name", [*ProofView.model_fields])
def should_leave_no_field_of_a_proof_unchecked(name: str) -> None:
    bundle = copied(_told())
    proof = proofs(bundle, serial=1)[0]
    before = proof[name]
    proof[name] = before + 1 if isinstance(before, int) else f"{before}x"
    if name == "at":
        proof[name] = bundle["lottery"]["closes_at"]
    elif isinstance(before, bool):
        proof[name] = not before
    assert _faults(bundle)


def should_tell_what_is_not_kept_of_an_earlier_bundle() -> None:
    earlier, now = _campaign().bundle(2), copied(_told())
    assert not changed_since(earlier, now)
    now["lottery"]["tables"][0]["text"] += " "
    now["lottery"]["commitment"]["server_seed_hash"] = "5e" * 32
    gone = now["draws"].pop(0)
    assert changed_since(earlier, now) == [
        ("lottery", "its anchor is not what it was"),
        ("table 1", "it is not what it was"),
        (f"draw {gone['draw_id']}", "it is gone, or not what it was"),
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("kind", "instant"), ("cost", 8), ("limits", {"member_total": 9}),
        ("opens_at", "2026-11-01T00:00:00.000Z"), ("closes_at", "2027-11-01T00:00:00.000Z"),
        ("draws_at", "2027-11-01T00:00:00.000Z"), ("epochs", 9), ("beacon", "a die of our own"),
    ],
)  # fmt: skip
def should_tell_which_term_is_not_what_it_was(name: str, value: object) -> None:
    earlier, now = raffle(Random(1), revealed=False), raffle(Random(1))
    assert not changed_since(earlier, now)
    now["lottery"][name] = value
    assert changed_since(earlier, now) == [("lottery", f"its {name} is not what it was")]


def should_tell_that_a_list_a_beacon_or_a_winner_was_exchanged() -> None:
    earlier, now = raffle(Random(1), revealed=False), raffle(Random(1))
    now["winners"]["listing"]["list_hash"] = "5e" * 32
    now["winners"]["beacon"]["value"] = "6 6 6"
    now["winners"]["items"][2]["prize_id"] = "car"
    now["winners"]["items"].pop()
    assert changed_since(earlier, now) == [
        ("list", "it is not what it was"),
        ("beacon", "it is not what it was"),
        ("winner 3", "it is gone, or not what it was"),
        (f"winner {len(earlier['winners']['items'])}", "it is gone, or not what it was"),
    ]


# --- what it computes with -----------------------------------------------------------------------


def should_give_the_first_and_the_last_number_to_the_first_and_the_last_prize() -> None:
    """Case 61: and there is no number beyond."""
    weights = [3, 1, 5]
    assert mall_verify.place_of(0, weights) == 0
    assert mall_verify.place_of(sum(weights) - 1, weights) == len(weights) - 1
    with pytest.raises(ValueError, match="no prize's share"):
        mall_verify.place_of(sum(weights), weights)


def should_read_instants_as_the_mall_writes_them() -> None:
    for at in (0, 1_795_348_800_001, 4_102_444_799_999):
        assert mall_verify.millis(instant(at)) == at


# --- how it runs ---------------------------------------------------------------------------------


def should_exit_by_what_it_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(bundle: object, *more: str) -> tuple[int, str]:
        (tmp_path / "b.json").write_text(json.dumps(bundle))
        code = mall_verify.main(["--bundle", str(tmp_path / "b.json"), *more])
        return code, capsys.readouterr().out.splitlines()[-1] if code != 2 else ""

    tampered = copied(_told())
    proofs(tampered)[0]["nonce"] = 99
    assert run(_told()) == (0, "every outcome is what the seeds give")
    assert run(tampered)[0] == 1
    assert run(_campaign().bundle(2))[0] == 2
    assert run({"lottery": {}})[0] == 2


def should_be_one_file_that_an_old_python_reads_and_that_needs_nothing_else() -> None:
    tree = ast.parse(SOURCE.read_text(), feature_version=(3, 9))
    imported = {
        (node.module or "" if isinstance(node, ast.ImportFrom) else node.names[0].name).split(".")[
            0
        ]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert imported - {"__future__"} <= sys.stdlib_module_names
