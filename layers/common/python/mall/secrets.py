"""The door to Secrets Manager and KMS: the stage's secrets, and codes sealed and opened."""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Annotated

import boto3
from aws_lambda_powertools.event_handler import Depends

from mall.settings import settings

_SEALERS = 8


@cache
def signing_secret() -> bytes:
    """What signs cursors, read once per process. Source: Secrets Manager. May be replaced."""
    return _secret(settings().signing_secret_arn)


@cache
def code_macs_secret() -> bytes:
    """What codes are told apart by. Replaced, every known code would look new: it never is."""
    return _secret(settings().code_macs_secret_arn)


def _secret(arn: str) -> bytes:
    answer = boto3.client("secretsmanager").get_secret_value(SecretId=arn)
    return answer["SecretString"].encode()


def signing_secret_when_asked() -> Callable[[], bytes]:
    """The same, read when it is called: for whoever rarely needs it."""
    return signing_secret


SigningSecret = Annotated[bytes, Depends(signing_secret)]
SigningSecretWhenAsked = Annotated[Callable[[], bytes], Depends(signing_secret_when_asked)]
CodeMacsSecret = Annotated[bytes, Depends(code_macs_secret)]


def code_mac(secret: bytes, product_id: str, code: str) -> str:
    """What a code is known by without knowing it: 128 bits of HMAC-SHA256, in hex."""
    framed = len(product_id.encode()).to_bytes(4) + product_id.encode() + code.encode()
    return hmac.new(secret, b"code" + framed, hashlib.sha256).hexdigest()[:32]


class CodeVault:
    """Seals codes with the stage's KMS key, bound to their product."""

    def __init__(self) -> None:
        self._client = boto3.client("kms")
        self._key = settings().codes_key_arn

    def seal(self, product_id: str, code: str) -> bytes:
        """The code, encrypted."""
        answer = self._client.encrypt(
            KeyId=self._key,
            Plaintext=code.encode(),
            EncryptionContext={"product_id": product_id},
        )
        return answer["CiphertextBlob"]

    def seal_all(self, product_id: str, codes: Sequence[str]) -> list[bytes]:
        """Many codes, encrypted side by side; each where its code stands."""
        with ThreadPoolExecutor(_SEALERS) as sealers:
            return list(sealers.map(lambda code: self.seal(product_id, code), codes))

    def open(self, product_id: str, sealed: bytes) -> str:
        """The code in clear, for its owner's eyes only."""
        answer = self._client.decrypt(
            KeyId=self._key, CiphertextBlob=sealed, EncryptionContext={"product_id": product_id}
        )
        return answer["Plaintext"].decode()


@cache
def code_vault() -> CodeVault:
    """The vault of this process."""
    return CodeVault()


OpenVault = Annotated[CodeVault, Depends(code_vault)]
