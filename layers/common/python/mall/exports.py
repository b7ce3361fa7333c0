"""The door to files that are made for somebody to fetch, and leave after days.

Nothing here is public: whoever may have a file gets a link that is signed and short-lived.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Depends
from botocore.exceptions import ClientError

from mall.bucket import Bucket, code_of
from mall.settings import settings

LINK_LIFE_S = 15 * 60
PART_BYTES = 8 * 1024 * 1024  # of a file that is written part by part


class Exports(Bucket):
    """The files of one stage, by key. Each call raises Busy when S3 is silent or throttles."""

    def put(self, key: str, content: bytes, media_type: str = "application/json") -> None:
        """Write a whole file; one that stands there is replaced."""
        self._ask(self._client.put_object, Key=key, Body=content, ContentType=media_type)

    def get(self, key: str) -> bytes | None:
        """A whole file, or None where there is none."""
        answer = self._find(self._client.get_object, Key=key)
        return bytes(answer["Body"].read()) if answer else None

    def exists(self, key: str) -> bool:
        """Whether there is such a file."""
        return self._find(self._client.head_object, Key=key) is not None

    def link(self, key: str, file_name: str) -> str:
        """A link that lets anyone who has it fetch the file for 15 minutes."""
        disposition = f'attachment; filename="{file_name}"'
        return self._link("get_object", key, LINK_LIFE_S, ResponseContentDisposition=disposition)

    # --- files too large to hold: part by part ---------------------------------------------------

    def begin(self, key: str, media_type: str) -> str:
        """Begin a file of parts; its id. Parts of one that is never completed leave after days."""
        answer = self._ask(self._client.create_multipart_upload, Key=key, ContentType=media_type)
        upload_id: str = answer["UploadId"]
        return upload_id

    def add(self, key: str, upload_id: str, number: int, content: bytes) -> str:
        """Upload part `number`, from 1 on, of 5 MB or more unless it is the last; its tag."""
        answer = self._ask(
            self._client.upload_part, Key=key, UploadId=upload_id, PartNumber=number, Body=content
        )
        tag: str = answer["ETag"]
        return tag

    def complete(self, key: str, upload_id: str, tags: Sequence[str]) -> bool:
        """Make the parts one file. False when the upload is gone or a part is not what it was."""
        parts: Any = [{"PartNumber": n, "ETag": tag} for n, tag in enumerate(tags, start=1)]
        try:
            self._ask(
                self._client.complete_multipart_upload,
                Key=key,
                UploadId=upload_id,
                MultipartUpload={"Parts": parts},
            )
        except ClientError as error:
            if code_of(error) in ("NoSuchUpload", "InvalidPart"):
                return False
            raise
        return True

    def write(self, key: str, media_type: str, pieces: Iterable[str]) -> None:
        """Write a file piece by piece, holding one part of it at a time."""
        upload_id, tags, held = "", list[str](), bytearray()
        for piece in pieces:
            held += piece.encode()
            if len(held) >= PART_BYTES:
                upload_id = upload_id or self.begin(key, media_type)
                tags.append(self.add(key, upload_id, len(tags) + 1, bytes(held)))
                held.clear()
        if not upload_id:
            self.put(key, bytes(held), media_type)
            return
        tags.append(self.add(key, upload_id, len(tags) + 1, bytes(held)))
        if not self.complete(key, upload_id, tags):
            raise RuntimeError(f"the upload of {key} was interfered with")


@cache
def open_exports() -> Exports:
    """The files of this stage."""
    return Exports(settings().files_bucket)


OpenExports = Annotated[Exports, Depends(open_exports)]
