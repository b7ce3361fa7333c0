"""The door to KMS for the seeds of lotteries: sealed at opening, opened to draw and to reveal.

A process holds in memory only the seed of the epoch that it draws in, never the last of the chain,
from which all others follow. A seed is in no log, event, table or message before it is revealed.
"""

from functools import cache
from typing import Annotated

import boto3
from aws_lambda_powertools.event_handler import Depends

from mall.settings import settings


class SeedVault:
    """Seals seeds with the stage's KMS key for lotteries, bound to their lottery."""

    def __init__(self) -> None:
        self._client = boto3.client("kms")
        self._key = settings().seeds_key_arn

    def seal(self, lottery_id: str, seed: bytes) -> bytes:
        """The seed, encrypted."""
        answer = self._client.encrypt(
            KeyId=self._key, Plaintext=seed, EncryptionContext={"lottery_id": lottery_id}
        )
        return answer["CiphertextBlob"]

    def open(self, lottery_id: str, sealed: bytes) -> bytes:
        """The seed in clear."""
        answer = self._client.decrypt(
            KeyId=self._key, CiphertextBlob=sealed, EncryptionContext={"lottery_id": lottery_id}
        )
        return answer["Plaintext"]


@cache
def seed_vault() -> SeedVault:
    """The vault of this process."""
    return SeedVault()


OpenSeeds = Annotated[SeedVault, Depends(seed_vault)]
