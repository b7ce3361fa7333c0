"""The door to files that people upload by themselves, past the functions, and what became of them.

An upload is a signed PUT to one key, good for minutes, and may be repeated while it is good. So
what was looked at is known by its tag, and whoever goes on with it says which tag they mean.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Depends
from botocore.exceptions import ClientError

from mall.bucket import Bucket, code_of
from mall.errors import Stale
from mall.settings import settings

UPLOAD_LIFE_S = 10 * 60
_OTHER_FILE = {"PreconditionFailed", "412"}


@dataclass(frozen=True)
class Arrived:
    """A file that was uploaded: what its bytes are known by, how many, and how it begins."""

    tag: str
    size_bytes: int
    begins: bytes = b""


class Uploads(Bucket):
    """The uploads of one bucket, by key. Each call raises Busy when S3 is silent or throttles."""

    def __init__(self, bucket: str) -> None:
        # A checksum header that the signature wants would be one more that each client must send.
        super().__init__(bucket, request_checksum_calculation="when_required")

    def link(self, key: str, **headers: str | int) -> str:
        """A link that lets whoever has it PUT the file for 10 minutes, with exactly these headers.

        Headers are named as boto3 names them, such as `ContentType`.
        """
        return self._link("put_object", key, UPLOAD_LIFE_S, **headers)

    def arrived(self, key: str) -> Arrived | None:
        """What was uploaded last, or None."""
        answer = self._find(self._client.head_object, Key=key)
        return Arrived(answer["ETag"], answer["ContentLength"]) if answer else None

    def looked_into(self, key: str, bytes_max: int) -> Arrived | None:
        """What was uploaded last, with the bytes it begins with, or None; an empty file is none."""
        answer = self._find(self._client.get_object, Key=key, Range=f"bytes=0-{bytes_max - 1}")
        if not answer:
            return None
        size = int(answer["ContentRange"].rpartition("/")[2])
        return Arrived(answer["ETag"], size, answer["Body"].read())

    def read(self, key: str, tag: str) -> bytes | None:
        """The whole file, or None where there is none. Raises Stale when it is another one now."""
        answer = self._find(self._client.get_object, Key=key, IfMatch=tag)
        return bytes(answer["Body"].read()) if answer else None

    def keep(self, key: str, tag: str, as_key: str, headers: Mapping[str, str]) -> bool:
        """Copy the file to where no link leads, with headers of our own; whether it was there.

        Raises Stale when it is another file now.
        """
        copied = self._find(
            self._client.copy_object, Key=as_key, CopySourceIfMatch=tag, **headers,
            CopySource={"Bucket": self._bucket, "Key": key}, MetadataDirective="REPLACE",
        )  # fmt: skip
        return copied is not None

    def remove(self, key: str) -> None:
        """Remove a file; that it is gone already is fine."""
        self._find(self._client.delete_object, Key=key)

    def _find(self, call: Callable[..., Any], **request: Any) -> Any:
        """The same, or None also for an empty file. Raises Stale when it is another one."""
        try:
            return super()._find(call, **request)
        except ClientError as error:
            if code_of(error) == "InvalidRange":
                return None
            if code_of(error) in _OTHER_FILE:
                raise Stale() from error
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
