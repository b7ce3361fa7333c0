"""Points: the ledger, what time does to it, what earns, and what may be done with points.

`ledger`        a member's chain of entries        `calendar`   the program's days as instants
`program`       the settings, by versions          `sweep`      booking expiries, day by day
`rules`         what an event earns, as data       `earning`    events, grants and refunds
`discounts`     points for money off a cart        `referring`  who invited whom, rewarded once
`adjusting`     corrections by an admin            `alone`      what one admin may adjust alone
`transferring`  from member to member              `check_ins`  once a program day, with a streak
`reports`       totals, statements, notices        `notes`      free text beside the ledger
`views`         what the API takes and shows
"""
