"""Points: the ledger, what time does to it, and what earns.

`calendar`  program days and lot keys          `program`  the program's settings
`entry`     an entry and its canonical bytes   `ledger`   movements: snapshot in, entries out
`lots`      allocation and what time does      `attribution`  whose points expired unspent
`chain`     verify                             `sweep`    booking expiries, day by day
`earning`   purchase events and their refunds  `writes`   entries as write parts
`adjusting` corrections by an admin            `views`    what the API takes and shows
"""
