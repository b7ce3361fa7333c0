"""Orders: the redemption, its states, and the outbox that the order itself is.

`states`   which state may follow which          `order`     an order, its payment, its refunds
`items`    orders in the table                   `placing`   points, stock and limit for an order
`changes`  cancel, fulfil                        `messages`  what functions and the world are told
`views`    requests and answers                  `provider`  the port to whoever takes the money
"""
