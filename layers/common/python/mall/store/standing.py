"""Reading how a member stands: purchases so far, and the tier."""

from mall import keys
from mall.points.earning.standing import Standing, from_item
from mall.points.program import Program
from mall.store.client import Store


def read_standing(store: Store, member: str) -> Standing:
    """A member's standing as it is now."""
    return from_item(member, store.get("points", keys.standing(member)))


def tier_of(store: Store, member: str, program: Program) -> str:
    """The id of the tier that a member has now."""
    return read_standing(store, member).tier(program, store.now()).tier_id
