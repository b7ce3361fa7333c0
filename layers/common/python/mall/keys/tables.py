"""What every key is made of: the tables, their indexes, and what several tables hold."""

from typing import Literal, TypedDict

Table = Literal["points", "orders", "catalog", "users"]

BY_MEMBER = "by_member"
BY_STATUS = "by_status"
BY_TIME = "by_time"
INDEX_KEYS = {
    BY_MEMBER: ("gsi1pk", "gsi1sk"),
    BY_STATUS: ("gsi2pk", "gsi2sk"),
    BY_TIME: ("gsi1pk", "gsi1sk"),
}
LAST = "~"  # sorts after every instant


class Key(TypedDict):
    """The primary key of an item."""

    pk: str
    sk: str


def member(member_id: str) -> str:
    """Partition of what belongs to one member."""
    return f"MEMBER#{member_id}"


def receipt(receipt_id: str) -> Key:
    """Receipt of an operation whose own item is not its receipt."""
    return {"pk": f"RECEIPT#{receipt_id}", "sk": "RECEIPT"}
