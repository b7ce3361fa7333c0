"""The lottery: a points activity whose outcomes anyone can check.

`fairness`  seeds in a chain, what an outcome is drawn from, and how
`table`     prizes with weights, stock and substitutes; the text that is hashed and published
`lottery`   a lottery as it stands: terms, tables, window, commitment
`shards`    what is left of stock, budget and limits, over shards
`drawing`   one draw: cost, prize, record and counter as write parts
"""
