"""Catalog: products with a price and a sale state, stock in shards, codes behind the stock.

`product`  what a product is, as a snapshot             `items`    products in the table
`selling`  on which terms a product is sold             `quotes`   prices promised to a member
`listing`  the rows that lists consist of               `changes`  publish, delist, price
`search`   which list a question is asked of            `browsing` what is asked of lists
`categories` all of them, in one document
`stock`    taking, returning, moving units              `limits`   units that a member may have
`codes`    adding redeemable codes and popping them     `imports`  codes and files brought in
`images`   uploads, and what they are held to           `terms`    which ones go together
`requests` what operations take                         `views`    what they show
`administration`  and to admins
"""
