"""Values that verifiers are tested with, computed by the mall: docs/verify/vectors.json.

The page holds a copy, to test itself with when it opens. Write both anew with
`PYTHONPATH=layers/common/python python -m tests.unit.lottery.vectors`.
"""

import hmac
import json
from pathlib import Path
from random import Random
from typing import Any

from mall.lottery import fairness, ranking
from mall.lottery.fairness import Inputs

from docs.verify.mall_verify import Verification
from tests.unit.lottery.campaign import Bundle, Campaign, any_table, copied
from tests.unit.lottery.raffle import raffle

HERE = Path(__file__).parents[3] / "docs" / "verify"
FILE, PAGE = HERE / "vectors.json", HERE / "index.html"
_OPENING = '<script type="application/json" id="vectors">'
_CLOSING = "</script>"
_SEED = bytes(range(32))
# One of 2049 samples is refused, the most that a total of weights may come to.
_UNEVEN = 2**64 // 2049 + 1


def vectors() -> dict[str, Any]:
    """All of them."""
    return {
        "framed": [
            {"fields": fields, "hex": fairness.framed(*fields).hex()}
            for fields in ([], [""], ["a", "bc"], ["ab", "c"], ["süß", "🎲", "7"])
        ],
        "samples": [_sample(nonce, total) for nonce, total in _drawn()],
        "shares": [
            {"weights": [3, 1, 5], "number": number, "place": place}
            for number, place in ((0, 0), (2, 0), (3, 1), (4, 2), (8, 2), (9, None))
        ],
        "chains": [
            {"seed": _SEED.hex(), "steps": steps, "anchor": fairness.before(_SEED, steps).hex()}
            for steps in (0, 1, 2, 30)
        ],
        "tables": [_table()],
        "scores": [_score(beacon) for beacon in ("", "3 14 15 92 65")],
        "bundles": [
            _bundle("campaign", Campaign(Random(5)).play(draws=14, members=2).bundle()),
            _bundle("raffle", raffle(Random(6), purchases=6, tickets=3)),
        ],
    }  # fmt: skip


def _drawn() -> list[tuple[int, int]]:
    """Nonces and total weights: ends, and a nonce whose first block is refused."""
    refused = next(n for n in range(1, 100_000) if _blocks(n, _UNEVEN) > 1)
    return [(1, 1), (1, 2), (2, 1000), (3, 1000), (4, fairness.WEIGHT_MAX), (refused, _UNEVEN)]


def _inputs(nonce: int) -> Inputs:
    return Inputs("lottery", 2, 1, "member", "süß", nonce)


def _blocks(nonce: int, total: int) -> int:
    """How many blocks a sample takes."""
    asked = []

    def block(counter: int) -> bytes:
        asked.append(counter)
        return hmac.digest(_SEED, _inputs(nonce).message(counter), "sha256")

    fairness.within(block, total)
    return len(asked)


def _sample(nonce: int, total: int) -> dict[str, Any]:
    drawn = _inputs(nonce)
    return {
        "seed": _SEED.hex(), "lottery_id": drawn.lottery_id, "epoch": drawn.epoch,
        "table_version": drawn.table_version, "member_id": drawn.member,
        "client_seed": drawn.client_seed, "nonce": nonce, "total": total,
        "blocks": _blocks(nonce, total), "sample": fairness.sample(_SEED, drawn, total),
    }  # fmt: skip


def _table() -> dict[str, Any]:
    table = any_table("lottery", 1, 1)
    return {"said": json.loads(table.text()), "text": table.text(), "hash": table.hash}


def _score(beacon: str) -> dict[str, str]:
    listed = "ab" * 32
    score = ranking.scorer(_SEED, "lottery", listed, beacon)
    return {
        "seed": _SEED.hex(), "lottery_id": "lottery", "list_hash": listed, "beacon": beacon,
        "ticket_id": "purchase-7", "score": score("purchase-7").hex(),
    }  # fmt: skip


# --- whole lotteries, and what a change in them comes to -----------------------------------------

_CHANGES: dict[str, list[tuple[list[str | int], object]]] = {
    "campaign": [
        (["draws", 0, "proof", "client_seed"], "another"),
        (["draws", 3, "proof", "nonce"], 9),
        (["draws", 5, "proof", "substituted"], True),
        (["lottery", "tables", 0, "hash"], "00" * 32),
        (["lottery", "commitment", "server_seed_hash"], "00" * 32),
        (["seed", "epochs", 1, "server_seed"], "00" * 32),
    ],
    "raffle": [
        (["tickets", 0, "quantity"], 99),
        (["winners", "beacon", "value"], "another"),
        (["winners", "items", 0, "member_id"], "another"),
    ],
}


def _bundle(name: str, bundle: Bundle) -> dict[str, Any]:
    changes = [
        {"path": path, "value": value, "faults": _faults(bundle, path, value)}
        for path, value in _CHANGES[name]
    ]
    return {"name": name, "bundle": bundle, "changes": changes}


def _faults(bundle: Bundle, path: list[str | int], value: object) -> list[str]:
    changed: Any = copied(bundle)
    part = changed
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    return [f"{where}: {what}" for where, what in Verification(changed).faults]


# --- the files -----------------------------------------------------------------------------------


def in_page() -> str:
    """The copy that the page holds."""
    return PAGE.read_text().partition(_OPENING)[2].partition(_CLOSING)[0]


def main() -> None:
    """Write the file and the page's copy."""
    found = vectors()
    FILE.write_text(json.dumps(found, indent=1) + "\n")
    head, _, rest = PAGE.read_text().partition(_OPENING)
    copy = json.dumps(found, separators=(",", ":"))
    PAGE.write_text(head + _OPENING + copy + _CLOSING + rest.partition(_CLOSING)[2])


if __name__ == "__main__":
    main()
