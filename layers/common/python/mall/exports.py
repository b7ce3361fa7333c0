"""The door to the exports bucket: files that are made for somebody to fetch, and leave after days.

Nothing here is public: whoever may have a file gets a link that is signed and short-lived.
"""

from functools import cache
from typing import Annotated

import boto3
from aws_lambda_powertools.event_handler import Depends
from botocore.exceptions import ClientError

from mall.settings import settings

LINK_LIFE_S = 15 * 60


class Exports:
    """The files of one stage, by key."""

    def __init__(self, bucket: str) -> None:
        self._client = boto3.client("s3")
        self._bucket = bucket

    def put(self, key: str, content: bytes, media_type: str = "application/json") -> None:
        """Write a whole file; one that stands there is replaced."""
        self._client.put_object(Bucket=self._bucket, Key=key, Body=content, ContentType=media_type)

    def get(self, key: str) -> bytes | None:
        """A whole file, or None where there is none.

        Without the right to list the bucket, S3 answers 403 for a file that does not exist.
        """
        try:
            content: bytes = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "AccessDenied"):
                return None
            raise
        return content

    def link(self, key: str, file_name: str) -> str:
        """A link that lets anyone who has it fetch the file for 15 minutes."""
        disposition = f'attachment; filename="{file_name}"'
        return self._client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": key,
                "ResponseContentDisposition": disposition,
            },
            ExpiresIn=LINK_LIFE_S,
        )


@cache
def open_exports() -> Exports:
    """The files of this stage."""
    return Exports(settings().exports_bucket)


OpenExports = Annotated[Exports, Depends(open_exports)]
