"""Cash discounts at the shop's checkout: a member's points take money off a cart.

`terms`    how many points a cart may use, and what they take off
`quoting`  the quote: signed, for one partner, member and cart, and for minutes
`codes`    the member's own word: a one-time code, without which no partner burns anything
`burning`  points spent by a quote and a code, once
`undoing`  points back in proportion to what the cart refunds
`views`    what the operations take and show
"""
