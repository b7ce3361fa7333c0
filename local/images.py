"""Attached images of products, read from the emulator's bucket as the edge reads them in AWS.

The bucket is private, and IAM is enforced here too: the front door reads with the emulator's root
key where CloudFront has an origin access control of its own. Nothing but `images/` is served.
"""

from collections.abc import Callable
from dataclasses import dataclass

import boto3
from botocore.exceptions import ClientError

from local.emulator import Emulator

PREFIX = "images/"


@dataclass(frozen=True)
class Image:
    """An image with the headers that it is stored with."""

    content: bytes
    content_type: str
    cache_control: str


def reader(aws: Emulator, bucket: str) -> Callable[[str], Image | None]:
    """A function from a path beneath `/images/` to the image there, or None."""
    client = boto3.client("s3", **aws.client_options())

    def read(path: str) -> Image | None:
        try:
            found = client.get_object(Bucket=bucket, Key=f"{PREFIX}{path}")
        except ClientError as error:
            if error.response["Error"]["Code"] in {"NoSuchKey", "AccessDenied"}:
                return None
            raise
        return Image(found["Body"].read(), found["ContentType"], found.get("CacheControl", ""))

    return read
