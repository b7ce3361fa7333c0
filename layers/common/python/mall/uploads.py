"""The door to files that people upload by themselves, past the functions, and what became of them.

An upload is a signed PUT to one key, good for minutes, and may be repeated while it is good. So
what was looked at is known by its tag, and whoever goes on with it says which tag they mean.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

import boto3
from aws_lambda_powertools.event_handler import Depends
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

from mall.errors import Busy, Stale
from mall.exports import AGAIN
from mall.settings import settings

UPLOAD_LIFE_S = 10 * 60
# Without the right to list the bucket, S3 answers 403 for a file that does not exist.
_NO_FILE = {"NoSuchKey", "AccessDenied", "404", "403"}
_OTHER_FILE = {"PreconditionFailed", "412"}


@dataclass(frozen=True)
class Arrived:
    """A file that was uploaded: what its bytes are known by, how many, and how it begins."""

    tag: str
    size_bytes: int
    begins: bytes = b""


class Uploads:
    """The uploads of one bucket, by key."""

    def __init__(self, bucket: str) -> None:
        # A checksum header that the signature wants would be one more that each client must send.
        config = Config(signature_version="s3v4", request_checksum_calculation="when_required")
        self._client = boto3.client("s3", config=config)
        self._bucket = bucket

    def link(self, key: str, **headers: str | int) -> str:
        """A link that lets whoever has it PUT the file for 10 minutes, with exactly these headers.

        Headers are named as boto3 names them, such as `ContentType`.
        """
        link: str = self._client.generate_presigned_url(
            "put_object",
            Params={"Bucket": self._bucket, "Key": key, **headers},
            ExpiresIn=UPLOAD_LIFE_S,
        )
        return link

    def arrived(self, key: str) -> Arrived | None:
        """What was uploaded last, or None."""
        answer = self._ask(self._client.head_object, Key=key)
        return Arrived(answer["ETag"], answer["ContentLength"]) if answer else None

    def looked_into(self, key: str, bytes_max: int) -> Arrived | None:
        """What was uploaded last, with the bytes it begins with, or None; an empty file is none."""
        answer = self._ask(self._client.get_object, Key=key, Range=f"bytes=0-{bytes_max - 1}")
        if not answer:
            return None
        size = int(answer["ContentRange"].rpartition("/")[2])
        return Arrived(answer["ETag"], size, answer["Body"].read())

    def read(self, key: str, tag: str) -> bytes | None:
        """The whole file, or None where there is none. Raises Stale when it is another one now."""
        answer = self._ask(self._client.get_object, Key=key, IfMatch=tag)
        return bytes(answer["Body"].read()) if answer else None

    def keep(self, key: str, tag: str, as_key: str, headers: Mapping[str, str]) -> bool:
        """Copy the file to where no link leads, with headers of our own; whether it was there.

        Raises Stale when it is another file now.
        """
        copied = self._ask(
            self._client.copy_object, Key=as_key, CopySourceIfMatch=tag, **headers,
            CopySource={"Bucket": self._bucket, "Key": key}, MetadataDirective="REPLACE",
        )  # fmt: skip
        return copied is not None

    def remove(self, key: str) -> None:
        """Remove a file; that it is gone already is fine."""
        self._ask(self._client.delete_object, Key=key)

    def _ask(self, call: Callable[..., Any], **request: Any) -> Any:
        """What S3 answers, or None for no file. Raises Busy when it is silent, and Stale."""
        try:
            return call(Bucket=self._bucket, **request)
        except (ConnectionError, HTTPClientError) as error:
            raise Busy() from error
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in _NO_FILE or code == "InvalidRange":
                return None
            if code in _OTHER_FILE:
                raise Stale() from error
            if code in AGAIN:
                raise Busy() from error
            raise


@cache
def open_images() -> Uploads:
    """The uploaded images of this stage."""
    return Uploads(settings().images_bucket)


@cache
def open_import_files() -> Uploads:
    """The files of this stage that were uploaded to be imported."""
    return Uploads(settings().files_bucket)


OpenImages = Annotated[Uploads, Depends(open_images)]
OpenImportFiles = Annotated[Uploads, Depends(open_import_files)]
