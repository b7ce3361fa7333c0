"""The page that verifies in a browser: it computes what the script computes, word for word.

Its computation runs here in Node, which has the browser's WebCrypto; nothing of the page is shown.
"""

import json
import re
import shutil
import subprocess
from functools import cache
from random import Random
from typing import Any

from docs.verify.mall_verify import Verification, changed_since
from tests.unit.lottery.campaign import Bundle, Campaign, copied
from tests.unit.lottery.raffle import raffle
from tests.unit.lottery.tamperings import OF_INSTANT, OF_SCHEDULED
from tests.unit.lottery.vectors import FILE, PAGE, in_page, vectors

_RUN = """
const told = JSON.parse(require("fs").readFileSync(0, "utf8"));
globalThis.crypto ??= require("crypto").webcrypto;
(0, eval)(told.computation);
(async () => {
  const found = [];
  for (const bundle of told.bundles) {
    const { faults, summary, sealed } = await mallVerify.verify(bundle);
    found.push({ faults, summary, sealed });
  }
  const changed = told.pairs.map(([earlier, now]) => mallVerify.changedSince(earlier, now));
  console.log(JSON.stringify({ found, changed, wrong: await mallVerify.selfCheck(told.vectors) }));
})();
"""


def _computed(bundles: list[Bundle], pairs: Any = (), known: Any = None) -> Any:
    """What the page's own computation finds."""
    script = re.search(r'<script id="computation">(.*?)</script>', PAGE.read_text(), re.DOTALL)
    assert script
    told = {
        "computation": script[1], "bundles": bundles, "pairs": list(pairs),
        "vectors": known or json.loads(FILE.read_text()),
    }  # fmt: skip
    node = shutil.which("node")
    assert node, "the page is run in Node, which the CDK needs anyway"
    ran = subprocess.run(
        [node, "-e", _RUN], input=json.dumps(told), capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@cache
def _campaign() -> Campaign:
    return Campaign(Random(3)).play(draws=140)


def _tampered() -> list[Bundle]:
    fair = _campaign().bundle()
    bundles = [fair, _campaign().bundle(2), raffle(Random(1)), raffle(Random(1), revealed=False)]
    for tampering, _ in OF_INSTANT:
        bundle = copied(fair)
        tampering(bundle)
        bundles.append(bundle)
    for tampering, _ in OF_SCHEDULED:
        bundle = raffle(Random(1))
        tampering(bundle)
        bundles.append(bundle)
    return bundles


def should_find_what_the_script_finds() -> None:
    bundles = _tampered()
    for bundle, found in zip(bundles, _computed(bundles)["found"], strict=True):
        expected = Verification(bundle)
        assert found == {
            "faults": [list(fault) for fault in expected.faults],
            "summary": expected.summary,
            "sealed": expected.sealed,
        }


def should_find_what_was_not_kept() -> None:
    fair, gone = _campaign().bundle(), _campaign().bundle()
    gone["draws"].pop(3)
    gone["lottery"]["commitment"]["server_seed_hash"] = "00"
    found = _computed([], [(fair, gone), (fair, fair)])["changed"]
    assert found == [[list(fault) for fault in changed_since(fair, gone)], []]


def should_find_what_was_not_kept_of_a_raffle() -> None:
    drawn, other = raffle(Random(1)), raffle(Random(1))
    other["lottery"] |= {"beacon": "a die of our own", "limits": {"member_total": 9}, "cost": 8}
    other["winners"]["listing"]["list_hash"] = "00"
    other["winners"]["beacon"]["value"] = "6 6 6"
    other["winners"]["items"].pop(2)
    found = _computed([], [(drawn, other), (drawn, raffle(Random(1)))])["changed"]
    assert found == [[list(fault) for fault in changed_since(drawn, other)], []]
    assert len(found[0]) == 6


def should_find_itself_right() -> None:
    assert _computed([])["wrong"] == []


def should_find_itself_wrong_where_a_value_is_another() -> None:
    """Control: each kind of value is compared."""
    known = json.loads(FILE.read_text())
    known["framed"][2]["hex"] = "00"
    for kind, name in (
        ("samples", "sample"), ("shares", "place"), ("chains", "anchor"), ("tables", "hash"),
        ("scores", "score"),
    ):  # fmt: skip
        known[kind][0][name] = "wrong"
    for each in known["bundles"]:
        each["changes"][0]["faults"] = ["wrong"]
    assert _computed([], known=known)["wrong"] == [
        "framing", "sampling", "shares", "seed chain", "table's hash", "ticket's score",
        "a changed campaign", "a changed raffle",
    ]  # fmt: skip


def should_publish_the_values_that_the_mall_computes() -> None:
    """Write them anew with `python -m tests.unit.lottery.vectors`."""
    assert json.loads(FILE.read_text()) == vectors()
    assert json.loads(in_page()) == vectors()


def should_load_nothing_from_elsewhere() -> None:
    page = PAGE.read_text()
    assert re.findall(r'(?:src|href)="(?!data:)', page) == []
    assert "@import" not in page
    assert "url(" not in page
