"""Orders: the redemption, its states, and the outbox that the order itself is.

`states`   which state may follow which          `order`     an order, its payment, its refunds
`items`    orders in the table                   `placing`   points, stock and limit for an order
`changes`  cancel, ship, complete                `fulfilling`  codes, vouchers, goods
`refunding`  back, whole or in parts             `returning`  goods on their way back
`vouchers`  issued, burned, void                 `messages`  what is asked of queues
`facts`    events for the world                  `requests`  what operations take
`views`    what they show members                `admin_views`  and operators
`voucher_views`  vouchers at a checkout          `provider`  the port to whoever takes the money
`settling`  by what a payment became             `reconciling`  payments held against orders
`queueing`  standing in line for a product       `batching`  ten in line decided together
`addressing`  where a prize is sent to
"""
