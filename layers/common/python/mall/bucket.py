"""A bucket, as the doors to files ask it: silence and throttling are Busy, and no file is None."""

from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

from mall.errors import Busy

# Without the right to list the bucket, S3 answers 403 for a file that does not exist.
_NO_FILE = {"NoSuchKey", "AccessDenied", "404", "403"}
_AGAIN = {
    "SlowDown",
    "ServiceUnavailable",
    "RequestTimeout",
    "InternalError",
    "ThrottlingException",
}


class Bucket:
    """The files of one bucket, by key."""

    def __init__(self, bucket: str, **config: str) -> None:
        # Links are signed by the version that expires in minutes and works in every region.
        signed: Any = {"signature_version": "s3v4", **config}
        self._client = boto3.client("s3", config=Config(**signed))
        self._bucket = bucket

    def _link(self, method: str, key: str, life_s: int, **request: str | int) -> str:
        """A link that lets whoever has it make one request, for so many seconds."""
        link: str = self._client.generate_presigned_url(
            method, Params={"Bucket": self._bucket, "Key": key, **request}, ExpiresIn=life_s
        )
        return link

    def _ask(self, call: Callable[..., Any], **request: Any) -> Any:
        """What S3 answers about this bucket. Raises Busy when it is silent or throttles."""
        try:
            return call(Bucket=self._bucket, **request)
        except (ConnectionError, HTTPClientError) as error:
            raise Busy() from error
        except ClientError as error:
            if code_of(error) in _AGAIN:
                raise Busy() from error
            raise

    def _find(self, call: Callable[..., Any], **request: Any) -> Any:
        """The same, or None where there is no such file."""
        try:
            return self._ask(call, **request)
        except ClientError as error:
            if code_of(error) in _NO_FILE:
                return None
            raise


def code_of(error: ClientError) -> str:
    """The code of what S3 refused for."""
    return error.response["Error"]["Code"]
