"""The entry wrapper of every HTTP operation: parse, identify, answer, log, map every error.

`operation` is a thin face on Powertools' event handler. The story beneath it takes what it needs
by type: a `Request` model (the body), path and query parameters, `Caller`, `IdempotencyKey`,
`OpenStore`; and returns a view. The route comes from API Gateway, who may call from the stack;
neither is written twice.

`operation`  a story made a handler    `caller`   who calls, and what the call carries
`body`       JSON into a value         `problem`  a refusal as a problem document
"""

from mall.http.caller import (
    Bearer,
    Caller,
    IdempotencyKey,
    Identity,
    Limit,
    OptionalIdempotencyKey,
    PathId,
    Position,
    takes_key,
)  # fmt: skip
from mall.http.operation import Operation, operation

__all__ = [
    "Bearer",
    "Caller",
    "IdempotencyKey",
    "Identity",
    "Limit",
    "Operation",
    "OptionalIdempotencyKey",
    "PathId",
    "Position",
    "operation",
    "takes_key",
]
