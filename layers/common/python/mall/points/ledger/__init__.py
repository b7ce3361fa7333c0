"""The ledger: a member's chain of entries, each holding the whole account after it.

`entry`      an entry and its canonical bytes     `lots`         allocation and what time does
`posting`    the entries of one commit            `movements`    credit, spend, refund, claw back
`chain`      verify                               `attribution`  whose points expired unspent
`writes`     entries as write parts

Nothing here knows a calendar or a program: a lot is keyed by the minute at which it expires.
"""

from mall.points.ledger.movements import (
    Grant,
    claw_back,
    close,
    credit,
    credit_lots,
    refund,
    renew,
    reopen,
    spend,
)
from mall.points.ledger.posting import Posting, open_posting

__all__ = [
    "Grant",
    "Posting",
    "claw_back",
    "close",
    "credit",
    "credit_lots",
    "open_posting",
    "refund",
    "renew",
    "reopen",
    "spend",
]
