"""Points Mall's shared layer: pure domain rooms and a few doors to AWS.

Rooms (no AWS, no clock, no environment): `points`, `lottery`, `orders`, `catalog`, `users`; beside
them `keys` (of every item), `errors` (the refusals), `models` (value types), `money`, `writes`
(write parts), `cursor` and `receipts`. Doors: `store` (DynamoDB), `identity` (Cognito), `events`
(SQS, EventBridge; `outbox` tells of orders through it), `secrets` (Secrets Manager, KMS), `seeds`
(KMS, of lotteries), `exports` and `uploads` (S3, each a `bucket`), `payments` (Stripe). Entrances,
one per trigger: `http`, `queue`, `fifo`, `stream`, `schedule` (`received` is what both queues have
in common). What comes in from outside as an argument: `clock`, `ids`, `settings` (the environment);
and `metrics`, what alarms count. Decisions return write parts; `store` commits them in one
transaction.
"""
