"""Points: the ledger, what time does to it, and what earns.

`calendar`  program days and lot keys          `program`  the program's settings
`entry`     an entry and its canonical bytes   `ledger`   movements: snapshot in, entries out
`chain`     verify                             `attribution`  whose points expired unspent
`earning`   purchase events and their refunds  `writes`   entries as write parts
`views`     what the API shows
"""
