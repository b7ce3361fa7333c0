"""What somebody might change in a bundle, each with the line that the verifier must print for it.

Each changes a bundle, of the campaign or of the raffle, in place.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

from mall.clock import DAY_MS, instant

from docs.verify import mall_verify
from tests.unit.lottery.campaign import OPENS_AT, Bundle, moment_of, proofs

Tampering = Callable[[Bundle], None]


def _first(bundle: Bundle, **said: object) -> Bundle:
    return proofs(bundle, **said)[0]


def _members_draws(bundle: Bundle) -> list[Bundle]:
    """The draws of a member who has many, in their order."""
    drawn = [draw["member_id"] for draw in proofs(bundle)]
    busiest = max(sorted(set(drawn)), key=drawn.count)
    return sorted(proofs(bundle, member_id=busiest), key=lambda draw: draw["nonce"])


def _retold(bundle: Bundle, version: int, change: Callable[[Any], None]) -> Bundle:
    """A table whose text says something else, under a hash that fits."""
    table: Bundle = bundle["lottery"]["tables"][version - 1]
    said = json.loads(table["text"])
    change(said)
    table["text"] = json.dumps(said, sort_keys=True, separators=(",", ":"))
    table["hash"] = hashlib.sha256(table["text"].encode()).hexdigest()
    return table


def _outcome(bundle: Bundle) -> None:
    draw = _first(bundle, sampled="nothing", prize_id="nothing")
    draw |= {"sampled": "five", "prize_id": "five"}


def _prize(bundle: Bundle) -> None:
    _first(bundle, sampled="nothing", prize_id="nothing")["prize_id"] = "five"


def _nonce(bundle: Bundle) -> None:
    _members_draws(bundle)[3]["nonce"] = 3


def _client_seed(bundle: Bundle) -> None:
    """One that leads to the same prize."""
    _first(bundle, sampled="nothing")["client_seed"] = "12"


def _number(bundle: Bundle) -> None:
    _first(bundle, sampled="nothing")["number"] -= 1


def _number_that_is_none(bundle: Bundle) -> None:
    _first(bundle, sampled="nothing")["number"] = 1_000


def _member(bundle: Bundle) -> None:
    _members_draws(bundle)[1]["member_id"] = "a" * 26


def _order(bundle: Bundle) -> None:
    """Two draws of one member change places, who won the same."""
    draws = _members_draws(bundle)
    other = next(draw for draw in draws[1:] if draw["sampled"] == draws[0]["sampled"])
    for name in ("nonce", "since", "at", "epoch"):
        draws[0][name], other[name] = other[name], draws[0][name]


def _turned_back(bundle: Bundle) -> None:
    draw = _members_draws(bundle)[5]
    draw["at"] = instant(OPENS_AT)


def _left_out(bundle: Bundle) -> None:
    gone = _members_draws(bundle)[4]
    bundle["draws"] = [draw for draw in bundle["draws"] if draw["proof"] is not gone]


def _told_twice(bundle: Bundle) -> None:
    bundle["draws"].append(bundle["draws"][0])


def _table_text(bundle: Bundle) -> None:
    table = bundle["lottery"]["tables"][0]
    table["text"] = table["text"].replace('"weight":60', '"weight":61')


def _table_hash(bundle: Bundle) -> None:
    bundle["lottery"]["tables"][1]["hash"] = "00" * 32


def _moved_weight(bundle: Bundle) -> None:
    def change(said: Any) -> None:
        said["prizes"][0]["weight"] -= 50
        said["prizes"][3]["weight"] += 50

    table = _retold(bundle, 1, change)
    for draw in proofs(bundle, table_version=1):
        draw["table_hash"] = table["hash"]


def _name_said_twice(bundle: Bundle) -> None:
    """Who reads JSON takes the first of two, or the last."""
    table = bundle["lottery"]["tables"][0]
    table["text"] = table["text"].replace('"weight":60', '"weight":6,"weight":60')
    table["hash"] = hashlib.sha256(table["text"].encode()).hexdigest()


def _table_for_the_past(bundle: Bundle) -> None:
    def change(said: Any) -> None:
        said["from_epoch"] = 2

    _retold(bundle, 2, change)["from_epoch"] = 2


def _table_of_none(bundle: Bundle) -> None:
    _first(bundle, table_version=2)["table_version"] = 3


def _wrong_table(bundle: Bundle) -> None:
    table = bundle["lottery"]["tables"][1]
    draw = _first(bundle, epoch=1)
    draw |= {"table_version": 2, "table_hash": table["hash"]}


def _wrong_epoch(bundle: Bundle) -> None:
    _first(bundle, epoch=2)["epoch"] = 1


def _foreign_seed(bundle: Bundle) -> None:
    bundle["seed"]["epochs"][2]["server_seed"] = "5e" * 32


def _late_seed(bundle: Bundle) -> None:
    """The seed of the next epoch, from which this one's follows."""
    epochs = bundle["seed"]["epochs"]
    epochs[1]["server_seed"] = epochs[2]["server_seed"]


def _anchor(bundle: Bundle) -> None:
    bundle["lottery"]["commitment"]["server_seed_hash"] = "5e" * 32


def _anchor_of_a_draw(bundle: Bundle) -> None:
    proofs(bundle)[7]["server_seed_hash"] = "5e" * 32


def _substituted(bundle: Bundle) -> None:
    """A winner is told that all cups were gone; one of them is left over."""
    draw = _first(bundle, table_version=1, prize_id="cup")
    draw |= {"prize_id": "five", "substituted": True}
    del draw["serial"]


def _other_substitute(bundle: Bundle) -> None:
    _first(bundle, table_version=1, sampled="cup", substituted=True)["prize_id"] = "nothing"


def _substituted_early(bundle: Bundle) -> None:
    """The last cup is kept back from whoever draws one, for a friend a day later."""
    last = max(proofs(bundle, table_version=1, prize_id="cup"), key=lambda draw: draw["at"])
    last["at"] = instant(OPENS_AT + 2 * DAY_MS - 1)


def _serial_again(bundle: Bundle) -> None:
    first, second = proofs(bundle, table_version=1, prize_id="cup")[:2]
    second["serial"] = first["serial"]


def _serial_beyond(bundle: Bundle) -> None:
    _first(bundle, table_version=1, prize_id="cup")["serial"] = 5


def _serial_of_nothing(bundle: Bundle) -> None:
    _first(bundle, prize_id="nothing")["serial"] = 1


def _guarantee_withheld(bundle: Bundle) -> None:
    draw = _first(bundle, forced=True)
    draw |= {"forced": False, "prize_id": draw["sampled"]}


def _guarantee_early(bundle: Bundle) -> None:
    draw = _first(bundle, sampled="nothing", since=2)
    draw |= {"forced": True, "prize_id": "five"}


def _in_vain(bundle: Bundle) -> None:
    _first(bundle, since=3)["since"] = 1


def _after_hours(bundle: Bundle) -> None:
    last = _members_draws(bundle)[-1]
    last["at"] = bundle["lottery"]["closes_at"]


def _after_closing(bundle: Bundle) -> None:
    bundle["lottery"]["closed_at"] = instant(moment_of(proofs(bundle)[-1]) - 120_000)


def _of_another_lottery(bundle: Bundle) -> None:
    proofs(bundle)[0]["lottery_id"] = "b" * 26


def _winner_hidden(bundle: Bundle) -> None:
    """All draws of whoever won a cup are left out, so that no nonce is missing."""
    winner = proofs(bundle, table_version=2, prize_id="cup")[0]["member_id"]
    bundle["draws"] = [d for d in bundle["draws"] if d["proof"]["member_id"] != winner]


def _told_otherwise(bundle: Bundle) -> None:
    bundle["draws"][0]["outcome"]["prize_id"] = "cup"


def _called_otherwise(bundle: Bundle) -> None:
    bundle["draws"][0]["outcome"]["name"] = "Car"


def _odds_shown(bundle: Bundle) -> None:
    bundle["lottery"]["prizes"][0]["odds"] = "0.5"


def _weight_shown(bundle: Bundle) -> None:
    bundle["lottery"]["prizes"][0]["weight"] += 1


def _prize_shown(bundle: Bundle) -> None:
    bundle["lottery"]["prizes"].pop()


def _pity_shown(bundle: Bundle) -> None:
    bundle["lottery"]["pity"]["draws"] -= 1


def _other_points(bundle: Bundle) -> None:
    next(draw for draw in bundle["draws"] if "points_won" in draw)["points_won"] += 1


def _other_cost(bundle: Bundle) -> None:
    bundle["draws"][0]["points_spent"] = 3


def _shorter(bundle: Bundle) -> None:
    """An epoch less, so that the last seed would be another."""
    bundle["lottery"]["epochs"] -= 1


def _closes_when_gone(bundle: Bundle) -> None:
    _retold(bundle, 1, lambda said: said.update(when_gone="close"))


def _winners_swapped(bundle: Bundle) -> None:
    first, second = bundle["winners"]["items"][:2]
    for name in ("ticket_id", "member_id", "score"):
        first[name], second[name] = second[name], first[name]


def _friend_wins(bundle: Bundle) -> None:
    bundle["winners"]["items"][0]["member_id"] = "a" * 26


def _prize_swapped(bundle: Bundle) -> None:
    bundle["winners"]["items"][0]["prize_id"] = "book"


def _prize_called_otherwise(bundle: Bundle) -> None:
    bundle["winners"]["items"][0]["name"] = "Book"


def _winner_left_out(bundle: Bundle) -> None:
    bundle["winners"]["items"].pop()


def _winner_added(bundle: Bundle) -> None:
    last = bundle["winners"]["items"][-1]
    bundle["winners"]["items"].append(last | {"rank": 7, "ticket_id": "mine"})


def _score(bundle: Bundle) -> None:
    bundle["winners"]["items"][0]["score"] = "00" * 32


def _ticket_removed(bundle: Bundle) -> None:
    bundle["tickets"][4]["quantity"] -= 1


def _purchase_removed(bundle: Bundle) -> None:
    bundle["tickets"].pop(4)


def _purchase_added(bundle: Bundle) -> None:
    more = bundle["tickets"][0] | {"purchase_id": "a" * 13 + "-" + "b" * 26}
    bundle["tickets"].append(more)


def _list_retold(bundle: Bundle) -> None:
    """The list is changed together with its hash, so all scores are others."""
    _ticket_removed(bundle)
    bundle["winners"]["listing"]["list_hash"] = mall_verify.hash_of_list(bundle["tickets"])


def _bought_late(bundle: Bundle) -> None:
    bundle["tickets"][0]["bought_at"] = bundle["lottery"]["closes_at"]


def _bought_cheaply(bundle: Bundle) -> None:
    bundle["tickets"][0]["points_spent"] = 1


def _beacon(bundle: Bundle) -> None:
    bundle["winners"]["beacon"]["value"] = "3 14 15 92 66"


def _beacon_early(bundle: Bundle) -> None:
    bundle["winners"]["beacon"]["entered_at"] = bundle["lottery"]["opens_at"]


def _no_beacon(bundle: Bundle) -> None:
    del bundle["winners"]["beacon"]


def _foreign_seed_of_all(bundle: Bundle) -> None:
    bundle["seed"]["epochs"][0]["server_seed"] = "5e" * 32


def _drawn_early(bundle: Bundle) -> None:
    bundle["winners"]["items"][0]["at"] = bundle["lottery"]["opens_at"]


OF_INSTANT: Sequence[tuple[Tampering, str]] = [
    (_outcome, "[0-9]+ falls on nothing, not five"),
    (_prize, "it comes to nothing, not five"),
    (_nonce, "the nonces do not count from 1 without a gap"),
    (_client_seed, "the seed gives [0-9]+, not [0-9]+"),
    (_number, "the seed gives [0-9]+, not [0-9]+"),
    (_number_that_is_none, "the seed gives [0-9]+, not 1000"),
    (_member, "member a{26}: the nonces do not count from 1"),
    (_order, "the seed gives [0-9]+, not [0-9]+"),
    (_turned_back, "it was made before the member's draw before it"),
    (_left_out, "the nonces do not count from 1 without a gap"),
    (_told_twice, "it is listed twice"),
    (_table_text, "table 1: its text does not have the hash that was published"),
    (_table_hash, "draw .*: its table has another hash"),
    (_moved_weight, "[0-9]+ falls on nothing, not five"),
    (_name_said_twice, "table 1: its text is not in the one form that it can have"),
    (_table_for_the_past, "table 2 was in force, not 1"),
    (_table_of_none, "there is no such table"),
    (_wrong_table, "table 1 was in force, not 2"),
    (_wrong_epoch, "it was made in epoch 2, not 1"),
    (_foreign_seed, "seed of epoch 3: it does not lead to the anchor"),
    (_late_seed, "seed of epoch 2: it does not lead to the anchor"),
    (_anchor, "seeds: they are those of another anchor"),
    (_anchor_of_a_draw, "it names another anchor"),
    (_substituted, "cup was substituted, and only 3 of its 4 units were won"),
    (_other_substitute, "it comes to five, not nothing"),
    (_substituted_early, "cup was substituted before its last unit was won"),
    (_serial_again, "serial . of cup was won in another draw"),
    (_serial_beyond, "cup has serials 1 to 4, not 5"),
    (_serial_of_nothing, "nothing has no end, and so no serial"),
    (_guarantee_withheld, "the guaranteed prize was due and not given"),
    (_guarantee_early, "the guaranteed prize was given and not due"),
    (_in_vain, "the member had 3 draws without the guaranteed prize, not 1"),
    (_after_hours, "it was made outside of the lottery's hours"),
    (_after_closing, "it was made after the lottery was closed"),
    (_of_another_lottery, "it is of another lottery"),
    (_winner_hidden, "prize cup: 0 of 3 are left, and . were won"),
    (_told_otherwise, "its outcome is told in two ways"),
    (_called_otherwise, "its prize is called something else in its table"),
    (_odds_shown, "prize cup: its odds are 0.03[0-9]+, not 0.5"),
    (_weight_shown, "prize cup: it is shown as something else than in the table in force"),
    (_prize_shown, "lottery: it shows other prizes or rules than its table in force"),
    (_pity_shown, "lottery: it shows other prizes or rules than its table in force"),
    (_other_points, "it won .* points, not"),
    (_other_cost, "it cost 3 points, not 0"),
    (_shorter, "lottery: it has 4 epochs, not 3"),
    (_closes_when_gone, "it was made after every prize was won"),
]

OF_SCHEDULED: Sequence[tuple[Tampering, str]] = [
    (_winners_swapped, "winner 2: the seed gives 2 "),
    (_friend_wins, "winner 1: the seed gives 1 "),
    (_prize_swapped, "winner 1: the seed gives 1 .* car 1$"),
    (_prize_called_otherwise, "winner 1: its prize is called something else"),
    (_winner_left_out, "winner 6: the seed gives 6 .* book 5$"),
    (_winner_added, "winner 7: the seed gives nobody"),
    (_score, "winner 1: the seed gives 1 "),
    (_ticket_removed, "list: its hash is"),
    (_purchase_removed, "list: it was published with another number of purchases"),
    (_purchase_added, "list: its hash is"),
    (_list_retold, "winner 1: the seed gives"),
    (_bought_late, "it was made outside of the lottery's hours"),
    (_bought_cheaply, "tickets do not cost 1 points"),
    (_beacon, "winner 1: the seed gives"),
    (_beacon_early, "beacon: it was entered before the list was final"),
    (_no_beacon, "beacon: winners were drawn without the lotto numbers of Saturday"),
    (_foreign_seed_of_all, "seed of epoch 1: it does not lead to the anchor"),
    (_drawn_early, "winner 1: it was drawn before its time"),
]
