"""Catalog: products with a price and a sale state, stock in shards, codes behind the stock.

`product`  what a product is, and how it changes     `stock`  taking, returning and moving units
`codes`    importing redeemable codes and popping them           `views`  requests and answers
"""
