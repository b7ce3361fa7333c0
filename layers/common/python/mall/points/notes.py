"""Notes: free text beside the ledger, in `users`; an entry holds a salted digest of it.

Erasing text and salt leaves the chain valid, and nothing in it tells what the text was.
"""

import hashlib

from mall import keys
from mall.points.ledger.entry import Note
from mall.writes import Write, put


def written(member: str, note_id: str, text: str, salt: str) -> tuple[Write, Note]:
    """The write that keeps a text with a member's personal data, and the reference to it."""
    digest = hashlib.sha256(salt.encode() + text.encode()).digest()[:16]
    item = {**keys.note(member, note_id), "text": text, "salt": salt}
    return put("users", item), Note(note_id, digest)
