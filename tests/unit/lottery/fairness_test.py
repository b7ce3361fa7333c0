"""Outcomes: framing, rejection, shares of the weights, and a million of them against the odds."""

import hashlib
import hmac
from collections import Counter
from random import Random

import pytest
from mall.clock import DAY_MS
from mall.lottery import fairness
from mall.lottery.fairness import WEIGHT_MAX, Inputs, framed, place_of, sample, within

WEIGHTS = (1, 9, 90, 900)
SAMPLES = 250_000
# The 0.999 quantile of the chi-square distribution with 3 degrees of freedom
# (NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.4).
CRITICAL = 16.266
SEED = bytes(range(32))


def any_inputs(**changed: object) -> Inputs:
    """What an outcome follows from; fields changed by name."""
    fields: dict[str, object] = {
        "lottery_id": "wheel", "epoch": 1, "table_version": 1, "member": "ada",
        "client_seed": "seed", "nonce": 1,
    }  # fmt: skip
    return Inputs(**{**fields, **changed})  # type: ignore[arg-type] # by name


def should_frame_each_field_by_its_length() -> None:
    assert framed("ab", "é", "") == b"\0\0\0\2ab\0\0\0\2\xc3\xa9\0\0\0\0"


def should_sign_the_fields_in_their_order() -> None:
    message = framed("wheel", "12", "3", "ada", "seed", "45", "0")
    digest = hmac.new(SEED, message, hashlib.sha256).digest()
    inputs = any_inputs(epoch=12, table_version=3, nonce=45)
    assert sample(SEED, inputs, 1000) == int.from_bytes(digest[:8]) % 1000


@pytest.mark.parametrize(
    "changed",
    [
        {"lottery_id": "other"}, {"epoch": 2}, {"table_version": 2}, {"member": "bob"},
        {"client_seed": "other"}, {"nonce": 2},
    ],
)  # fmt: skip
def should_draw_something_else_when_anything_differs(changed: dict[str, object]) -> None:
    """Case 83: two members with the same client seed and nonce among them."""
    assert sample(SEED, any_inputs(), 2**53 - 1) != sample(SEED, any_inputs(**changed), 2**53 - 1)


def should_pass_over_what_would_favour_a_prize() -> None:
    """The first number is one too large for a whole number of tables; the next one is not."""
    total = 3
    fair = 2**64 - 2**64 % total
    words = [fair, 2**64 - 1, fair - 1]
    blocks = [word.to_bytes(8) + bytes(24) for word in words]
    asked: list[int] = []

    def block(counter: int) -> bytes:
        asked.append(counter)
        return blocks[counter] if counter < len(blocks) else bytes(32)

    assert within(block, total) == (fair - 1) % total
    assert asked == [0, 1, 2]


@pytest.mark.parametrize("total", [1, 2, 1000, WEIGHT_MAX])
def should_stay_below_the_total(total: int) -> None:
    random = Random(1)
    for nonce in range(200):
        assert 0 <= sample(random.randbytes(32), any_inputs(nonce=nonce), total) < total


def should_map_the_ends_to_the_first_and_the_last_prize() -> None:
    """Case 61: 0 is the first, the sum minus one the last, and the sum itself impossible."""
    assert place_of(0, WEIGHTS) == 0
    assert place_of(sum(WEIGHTS) - 1, WEIGHTS) == len(WEIGHTS) - 1
    with pytest.raises(ValueError, match="share"):
        place_of(sum(WEIGHTS), WEIGHTS)


def should_give_each_prize_as_many_numbers_as_it_weighs() -> None:
    places = Counter(place_of(number, WEIGHTS) for number in range(sum(WEIGHTS)))
    assert tuple(places[place] for place in range(len(WEIGHTS))) == WEIGHTS


@pytest.mark.parametrize("seed", range(4))
def should_keep_to_the_odds(seed: int) -> None:
    """A million outcomes in all, over members, nonces and seeds that are fixed."""
    total, key = sum(WEIGHTS), Random(seed).randbytes(32)
    members = [f"member {n}" for n in range(9)]
    drawn = Counter(
        place_of(sample(key, Inputs("wheel", 1, 1, members[n % 9], "seed", n), total), WEIGHTS)
        for n in range(SAMPLES)
    )
    expected = [SAMPLES * weight / total for weight in WEIGHTS]
    chi_square = sum((drawn[n] - e) ** 2 / e for n, e in enumerate(expected))
    assert chi_square < CRITICAL


def should_be_seen_to_leave_the_odds_when_a_weight_is_moved() -> None:
    """Control: the same numbers, held against slightly other odds."""
    numbers = [sample(SEED, any_inputs(nonce=n), 1000) for n in range(20_000)]
    drawn = Counter(place_of(number, WEIGHTS) for number in numbers)
    moved = (2, 18, 180, 800)
    expected = [len(numbers) * weight / 1000 for weight in moved]
    assert sum((drawn[n] - e) ** 2 / e for n, e in enumerate(expected)) > CRITICAL


# --- seeds and epochs ----------------------------------------------------------------------------


def should_chain_seeds_back_to_the_anchor() -> None:
    last = SEED
    seed = hashlib.sha256(last).digest()
    assert fairness.before(last) == seed
    assert fairness.before(last, 2) == hashlib.sha256(seed).digest()
    assert fairness.before(last, 0) == last


def should_begin_an_epoch_every_24_hours() -> None:
    opens_at = 1_795_348_800_000
    assert fairness.epoch_at(opens_at, opens_at) == 1
    assert fairness.epoch_at(opens_at, opens_at + DAY_MS - 1) == 1
    assert fairness.epoch_at(opens_at, opens_at + DAY_MS) == 2
    assert fairness.epoch_ends(opens_at, 1) == opens_at + DAY_MS
    assert fairness.epochs(opens_at, opens_at + DAY_MS) == 1
    assert fairness.epochs(opens_at, opens_at + DAY_MS + 1) == 2
