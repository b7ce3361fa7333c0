"""The provider's key and the webhook secrets, remembered for five minutes at most.

JSON in one secret: `api_key` is a restricted key, `webhook_secrets` has every secret that is live,
two during a rotation, and `api_base` is where the provider answers, Stripe itself when it is left
out. A rotation needs no deployment: each process reads the secret again within five minutes, and
at once when the provider does not know the key.
"""

import time
from functools import cache
from typing import Annotated

import boto3
from aws_lambda_powertools.event_handler import Depends
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError
from pydantic import BaseModel, Field, ValidationError

from mall.errors import PaymentUnavailable
from mall.settings import settings

AGE_S_MAX = 300
_PATIENCE = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 2})


class PaymentKeys(BaseModel):
    """What the secret holds; it never shows itself in a log."""

    api_key: str = Field(default="", repr=False)
    webhook_secrets: list[str] = Field(default_factory=list, repr=False)
    api_base: str = ""


class PaymentSecret:
    """What this process remembers of the secret."""

    def __init__(self) -> None:
        self._known: PaymentKeys | None = None
        self._good_until = 0.0

    def keys(self, *, fresh: bool = False) -> PaymentKeys:
        """The secret, at most five minutes old. Raises PaymentUnavailable when it is unreadable."""
        if fresh or self._known is None or time.monotonic() >= self._good_until:
            asked = time.monotonic()
            self._known = _read()
            self._good_until = asked + AGE_S_MAX
        return self._known


def _read() -> PaymentKeys:
    client = boto3.client("secretsmanager", config=_PATIENCE)
    try:
        answer = client.get_secret_value(SecretId=settings().payments_secret_arn)
        return PaymentKeys.model_validate_json(answer["SecretString"])
    except (ClientError, ConnectionError, HTTPClientError, ValidationError):
        raise PaymentUnavailable() from None  # what was read is never told


@cache
def payment_secret() -> PaymentSecret:
    """The memory of this process."""
    return PaymentSecret()


OpenPaymentSecret = Annotated[PaymentSecret, Depends(payment_secret)]
