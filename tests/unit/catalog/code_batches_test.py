"""An import of codes: rows, batches, answer; and what gives a code away."""

from mall import keys
from mall.catalog.codes import CODES_PER_COMMIT_MAX, NewCode, add_codes, pop, shard_of
from mall.catalog.imports.code_batches import answer, batches, new_codes
from mall.errors import Stale

from tests.builders import any_id, any_product


def _codes(count: int) -> list[NewCode]:
    return new_codes([f"code {n}" for n in range(count)], lambda text: f"mac of {text}")[0]


def should_know_a_code_by_its_mac_and_keep_its_first_row() -> None:
    codes, repeated = new_codes(["a", "b", "a", "c", "b"], str.upper)
    assert codes == [NewCode(1, "A", "a"), NewCode(2, "B", "b"), NewCode(4, "C", "c")]
    assert repeated == [NewCode(3, "A", "a"), NewCode(5, "B", "b")]


def should_fill_the_shards_evenly_and_put_every_code_in_one_batch() -> None:
    product, codes = any_product(shards=3), _codes(1000)
    found = list(batches(codes, product))
    assert sorted(code.row for _, batch in found for code in batch) == list(range(1, 1001))
    assert all(shard_of(code, product) == shard for shard, batch in found for code in batch)
    per_shard = [sum(len(b) for shard, b in found if shard == n) for n in range(3)]
    assert max(per_shard) - min(per_shard) <= 1


def should_keep_every_batch_within_one_transaction() -> None:
    product = any_product(shards=1)
    sizes = []
    for shard, batch in batches(_codes(1000), product):
        sealed = dict.fromkeys(batch, b"sealed")
        sizes.append(len(add_codes(product, "default", shard, sealed, "import")))
    assert max(sizes) == 2 * CODES_PER_COMMIT_MAX + 1 <= 100


def should_add_as_many_units_as_codes_and_register_each_for_ever() -> None:
    product, codes = any_product(), _codes(2)
    sealed = {code: code.text.encode() for code in codes}
    added, *writes = add_codes(product, "S", 1, sealed, "import")
    assert (added.key, added.values["units"]) == (keys.stock(product.product_id, "S", 1), 2)
    registered, free = writes[0], writes[1]
    assert registered.key == keys.code(product.product_id, codes[0].mac)
    assert registered.condition == "attribute_not_exists(#pk)"
    assert isinstance(registered.refused({}), Stale)
    assert free.item["sealed"] == b"code 0"
    assert (free.key["pk"], free.key["sk"]) == (keys.pool(product.product_id, "S"), codes[0].mac)


def should_never_write_a_code_in_clear() -> None:
    product = any_product()
    code = NewCode(1, "mac", "the secret code")
    writes = add_codes(product, "S", 0, {code: b"sealed"}, "import")
    assert "the secret code" not in str([(write.item, write.values) for write in writes])


def should_give_a_code_away_once() -> None:
    product, order = any_id(), any_id()
    taken, marked = pop(product, [{"pk": keys.pool(product, "S"), "sk": "mac"}], order)
    assert (taken.action, taken.condition) == ("Delete", "attribute_exists(#pk)")
    assert marked.key == keys.code(product, "mac")
    assert marked.values["order_id"] == order
    assert "attribute_not_exists(#order_id)" in marked.condition
    assert isinstance(taken.refused(None), Stale)


def should_answer_by_row() -> None:
    codes, repeated = new_codes(["a", "b", "a"], str.upper)
    view = answer(codes, [codes[1]], repeated)
    assert view.imported == 1
    assert [(r.row, r.code, r.reason) for r in view.rejected] == [
        (2, "b", "this code is known already"),
        (3, "a", "this code is repeated in the import"),
    ]
