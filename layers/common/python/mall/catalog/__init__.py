"""Catalog: products with a price and a sale state, stock in shards, codes behind the stock.

`product`  what a product is, and how it changes        `stock`    taking, returning, moving units
`codes`    importing redeemable codes and popping them  `imports`  an import's rows and batches
`views`    requests and answers
"""
