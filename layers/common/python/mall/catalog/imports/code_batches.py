"""Codes of one request: their rows, their batches over the shards, and the answer."""

from collections.abc import Callable, Iterator, Sequence

from mall.catalog.codes import CODES_PER_COMMIT_MAX, NewCode, shard_of
from mall.catalog.product import Product
from mall.catalog.views import ImportView, RejectedCodeView


def new_codes(
    texts: Sequence[str], mac: Callable[[str], str]
) -> tuple[list[NewCode], list[NewCode]]:
    """The rows of an import, each code once; and the rows that repeat an earlier one."""
    seen: dict[str, NewCode] = {}
    repeated = []
    for row, text in enumerate(texts, start=1):
        code = NewCode(row, mac(text), text)
        if code.mac in seen:
            repeated.append(code)
        else:
            seen[code.mac] = code
    return list(seen.values()), repeated


def batches(codes: Sequence[NewCode], product: Product) -> Iterator[tuple[int, list[NewCode]]]:
    """Batches of one commit each, with the shard that each one adds to."""
    for shard in range(product.shards):
        here = [code for code in codes if shard_of(code, product) == shard]
        for first in range(0, len(here), CODES_PER_COMMIT_MAX):
            yield shard, here[first : first + CODES_PER_COMMIT_MAX]


def answer(
    codes: Sequence[NewCode], known: Sequence[NewCode], repeated: Sequence[NewCode]
) -> ImportView:
    """What came in, and which rows did not."""
    reasons = [(code, "this code is known already") for code in known]
    reasons += [(code, "this code is repeated in the import") for code in repeated]
    rejected = [
        RejectedCodeView(row=code.row, code=code.text, reason=reason)
        for code, reason in sorted(reasons, key=lambda pair: pair[0].row)
    ]
    return ImportView(imported=len(codes) - len(known), rejected=rejected)
