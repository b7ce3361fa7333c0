"""The worked examples of docs/concepts/lottery.md: the mall computes every number in them."""

import hmac
import re
from collections.abc import Mapping
from pathlib import Path

from mall import keys
from mall.lottery import fairness, ranking
from mall.lottery.drawing import decide
from mall.lottery.fairness import Inputs
from mall.lottery.lottery import Lottery
from mall.lottery.played import Played
from mall.lottery.ranking import Listed
from mall.lottery.shards import Seen, Shard
from mall.lottery.table import table_of

PAGE = (Path(__file__).parents[3] / "docs/concepts/lottery.md").read_text()


def _shown() -> Mapping[str, str]:
    """What the examples show, by name."""
    blocks = re.findall(r"^```text\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    return dict(line.split(" = ", 1) for block in blocks for line in block.splitlines())


SHOWN = _shown()
SEED = bytes.fromhex(SHOWN["seed 2"])
TABLE = table_of(SHOWN["table"])


def _inputs(nonce: int) -> Inputs:
    return Inputs("wheel", 2, 1, "ada", "süß", nonce)


def should_show_a_chain_that_leads_to_its_anchor() -> None:
    assert fairness.before(SEED).hex() == SHOWN["seed 1"]
    assert fairness.before(SEED, 2).hex() == SHOWN["anchor"]


def should_show_a_table_with_its_hash() -> None:
    assert TABLE.text() == SHOWN["table"]
    assert TABLE.hash == SHOWN["table hash"]


def should_show_how_a_number_comes_about() -> None:
    message = _inputs(1).message(0)
    block = hmac.digest(SEED, message, "sha256")
    word = int.from_bytes(block[:8])
    assert (message.hex(), block.hex()) == (SHOWN["message"], SHOWN["block"])
    assert (str(word), str(2**64 - 2**64 % TABLE.total)) == (SHOWN["word"], SHOWN["fair"])
    assert str(word % TABLE.total) == SHOWN["number of nonce 1"]


def should_show_five_draws_of_which_the_fourth_is_guaranteed() -> None:
    lottery = Lottery("wheel", "instant", "Wheel", 0, 0, 1, (TABLE,), shards=1)
    played, outcomes = Played(), []
    for nonce in range(1, 6):
        number = fairness.sample(SEED, _inputs(nonce), TABLE.total)
        assert str(number) == SHOWN[f"number of nonce {nonce}"]
        outcome = decide(Seen(lottery, TABLE, "", [Shard(0, {})]), number, played)
        outcomes.append((TABLE.prizes[outcome.prize].prize_id, outcome.forced, played.since))
        played = Played(nonce, since=outcome.since)
    assert outcomes == [
        ("none", False, 0), ("none", False, 1), ("none", False, 2), ("five", True, 3),
        ("none", False, 0),
    ]  # fmt: skip


def should_show_how_a_list_is_hashed_and_ranked() -> None:
    lines = [SHOWN[f"line {n}"].split() for n in (1, 2, 3)]
    purchases = [Listed(id_, member, int(quantity)) for id_, member, quantity in lines]
    digests = {
        letter: ranking.summed([each for each in purchases if each.purchase_id[0] == letter]).digest
        for letter in keys.TICKET_LETTERS
    }
    for letter in "2ma":
        assert digests[letter].hex() == SHOWN[f"bucket {letter}"]
    listed = ranking.list_hash(list(digests.values()))
    assert listed == SHOWN["list hash"]
    score = ranking.scorer(bytes.fromhex(SHOWN["seed 1"]), "raffle", listed, "3 14 15 92 65")
    best = ranking.best([], purchases, score, 4)
    shown = {k.rpartition(" ")[2]: v for k, v in SHOWN.items() if k.startswith("score of ")}
    assert {each.ticket_id: each.score.hex() for each in best} == shown
    assert [each.member for each in best[:2]] == ["ada", "ada"]
