"""moto's DynamoDB, asked without a wire.

A call is checked and written down by its client as ever; then moto's handler reads it at once, and
its result is the answer. Nothing is signed, sent, routed, wrapped and parsed, which takes most of
the time of a call and says nothing of a handler. What is refused goes the long way after all, and
is refused again: so an error is what a client makes of it. `shortcut_test.py` holds the two ways
against each other.
"""

import base64
import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from botocore.model import OperationModel
from moto.core.exceptions import ServiceException
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.responses import DynamoHandler
from werkzeug.exceptions import HTTPException

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_Answer = tuple[SimpleNamespace, dict[str, Any]]

_ACTIONS: Mapping[str, str] = {
    "BatchGetItem": "batch_get_item",
    "DeleteItem": "delete_item",
    "GetItem": "get_item",
    "PutItem": "put_item",
    "Query": "query",
    "Scan": "scan",
    "TransactWriteItems": "transact_write_items",
    "UpdateItem": "update_item",
}


def take_shortcut(client: "DynamoDBClient") -> None:
    """Let moto answer what this client asks of items at once."""
    events: Any = client.meta.events
    events.register_first("before-call.dynamodb", _answered)


def _answered(model: OperationModel, params: Mapping[str, Any], **_: object) -> _Answer | None:
    """The answer as the client would read it; None sends the call the long way."""
    request = json.loads(params["body"], object_hook=_with_bytes)
    if model.name not in _ACTIONS or "ReturnValues" in request:
        return None
    handler = cast(Any, DynamoHandler())
    handler.current_account, handler.region = DEFAULT_ACCOUNT_ID, "us-east-1"
    handler.params = handler.body = request
    try:
        result = getattr(handler, _ACTIONS[model.name])().result
    except (ServiceException, HTTPException):
        return None
    known = cast(Any, model.output_shape).members
    answer = {name: value for name, value in result.items() if name in known and value is not None}
    return SimpleNamespace(status_code=200), answer


def _with_bytes(value: dict[str, Any]) -> dict[str, Any]:
    """A JSON object as moto reads it: {"B": base64} is bytes, and so are the parts of a "BS"."""
    match value:
        case {"B": str(text)}:
            return {"B": base64.b64decode(text)}
        case {"BS": [str(), *_] as texts}:
            return {"BS": [base64.b64decode(text) for text in texts]}
    return value
