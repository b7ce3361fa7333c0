"""What a process remembers of a product in these tests, however the product has changed since."""

from collections.abc import Iterator
from contextlib import contextmanager

from mall.store import open_shelf

from tests.functional.acts import ADMIN, call


@contextmanager
def remembering(product: str) -> Iterator[None]:
    """Let this process know of a product, after the block, what it knew before."""
    shelf = open_shelf()
    shelf.product(product)
    remembered = dict(shelf._snapshots)
    yield
    shelf._snapshots.update(remembered)


def change(product: str, **terms: object) -> None:
    """Have an admin give a product other terms."""
    answer = call("change_product", ADMIN, path={"product_id": product}, body=terms)
    assert answer.status == 200, answer.body
