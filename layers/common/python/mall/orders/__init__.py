"""Orders: the redemption, its states, and the outbox that the order itself is.

`order`    an order and its item             `placing`   points, stock and limit for an order
`changes`  cancel, fulfil, relayed           `messages`  what functions and the world are told
`views`    requests and answers
"""
