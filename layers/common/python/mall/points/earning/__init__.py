"""Earning: what partners tell of, what it gives by the rules, and what a refund takes back.

`events`     what a partner says, and is told     `record`    an event as it is stored
`standing`   what tier and first purchase are     `counters`  how full caps and budgets are
`grants`     a grant: entry, record and counters  `refunds`   what refunds take back
"""
