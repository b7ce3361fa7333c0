"""Points Mall's shared layer: pure domain rooms and a few doors to AWS.

Rooms (no AWS, no clock, no environment): `points`, `orders`, `catalog`, `users`, `keys`, `errors`,
`models`, `writes`, `cursor`. Doors: `store` (DynamoDB), `http`, `queue`, `stream`, `schedule`
(one per trigger), `identity` (Cognito), `events` (SQS, EventBridge), `secrets` (Secrets Manager,
KMS). Decisions return write parts; `store` commits them in one transaction.
"""
