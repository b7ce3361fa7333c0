"""Keys of the users table.

Item                     pk                             sk
profile                  USER#<member>                  PROFILE
note                     USER#<member>                  NOTE#<note>
address                  USER#<member>                  ADDRESS#<address>
address of an order      USER#<member>                  ORDER#<order>
address lookup           EMAIL#<lower case>             EMAIL
erasure under way        ERASURES                       <member>
event that waits         EMAIL#<lower case>, USER#<id>  WAITING#<client>#<event id>
"""

from mall.keys.tables import Key

WAITING_PREFIX = "WAITING#"
ADDRESS_PREFIX = "ADDRESS#"
ERASURES = "ERASURES"


def person(member_id: str) -> str:
    """Partition of all personal data of one member."""
    return f"USER#{member_id}"


def profile(member_id: str) -> Key:
    """A member's profile: the only home of personal data."""
    return {"pk": person(member_id), "sk": "PROFILE"}


def note(member_id: str, note_id: str) -> Key:
    """Free text that a ledger entry refers to."""
    return {"pk": f"USER#{member_id}", "sk": f"NOTE#{note_id}"}


def address(member_id: str, address_id: str) -> Key:
    """One of a member's addresses."""
    return {"pk": person(member_id), "sk": f"{ADDRESS_PREFIX}{address_id}"}


def order_address(member_id: str, order_id: str) -> Key:
    """Where an order is sent to: the address as it was when the order was placed."""
    return {"pk": person(member_id), "sk": f"ORDER#{order_id}"}


def email(address: str) -> Key:
    """Confirmed member of an e-mail address."""
    return {"pk": f"EMAIL#{address.strip().lower()}", "sk": "EMAIL"}


def erasure(member_id: str) -> Key:
    """Marker: an erasure was begun and may not be finished. Few stand at any time."""
    return {"pk": ERASURES, "sk": member_id}


def waiting(partition: str, client_id: str, event_id: str) -> Key:
    """An event of somebody unknown, in the partition of the address or id that it names."""
    return {"pk": partition, "sk": f"{WAITING_PREFIX}{client_id}#{event_id}"}
