"""The lottery: a points activity whose outcomes anyone can check.

`fairness`  seeds in a chain, what an outcome is drawn from, and how
`table`     prizes with weights, stock and substitutes; the text that is hashed and published
`lottery`   a lottery as it stands: terms, tables, window, commitment
`shards`    what is left of stock, budget and limits, over shards
`drawing`   one draw: cost, prize, record and counter as write parts
`taking`    which shards a draw goes through     `prizes`  what is won as an order
`played`    what a member has drawn              `draws`   the record of a draw
`draw_views`  what was won, and its proof

An admin's side of it:
`requests`  what operations take                 `checking`        every fault, with its field
`items`     as it stands in the table            `administration`  a draft, and a new table
`opening`   seed sealed, shards made             `closing`         what nobody won goes back
`goods`     units of products set aside          `changing`        published anew
`expectation`  what a draw wins in the long run  `report`        what it took and gave
`chi_square`   whether counts fit odds           `admin_views`     a lottery as admins see it

Scheduled lotteries:
`tickets`   bought, and held to the limits       `ranking`         the list's hash, and the best
`scheduled` drawn step by step, prizes given     `ticket_views`    as everybody sees it

What everybody may know:
`showing`   terms, odds and what is left         `revealing`       when a seed may be known
"""
