"""The worked example of docs/concepts/ledger.md: the ledger makes it, and its checker agrees."""

import json
import re
import subprocess
import sys
from pathlib import Path

from mall.points import ledger
from mall.points.ledger.chain import verify
from mall.points.ledger.entry import Entry, Source, canonical
from mall.points.program import PROGRAM

PAGE = (Path(__file__).parents[3] / "docs/concepts/ledger.md").read_text()
EARNED_AT = 1_795_339_800_000


def _block(language: str) -> str:
    [found] = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def _chain() -> list[Entry]:
    """Ada earns 250 points and redeems 180 of them a minute later."""
    posting = ledger.open_posting("ada", None, EARNED_AT)
    grant, source = PROGRAM.grant(EARNED_AT), Source("purchase", "receipt-1")
    ledger.credit(posting, "earn", 250, grant, source, rules="base:1", actor="shop")
    later = ledger.open_posting("ada", posting.entries[-1], EARNED_AT + 60_000)
    ledger.spend(later, "redeem", 180, Source("order", "order-1"))
    return [*posting.entries, *later.entries]


def should_show_the_entries_that_the_ledger_makes() -> None:
    chain = _chain()
    shown = [json.loads(line) for line in _block("json").splitlines()]
    assert [(kept["hash"], kept["entry"]) for kept in shown] == [
        (entry.hash.hex(), json.loads(canonical(entry))) for entry in chain
    ]
    assert verify(chain).valid


def should_be_checked_by_the_program_beside_it(tmp_path: Path) -> None:
    (tmp_path / "chain.jsonl").write_text(_block("json"))
    told = subprocess.run(
        [sys.executable, "-c", _block("python")],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert f"```\n{told}```" in PAGE
    assert told.count("True") == len(_chain())
