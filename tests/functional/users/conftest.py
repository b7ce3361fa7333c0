"""The handlers of `functions/users` on the emulator's Cognito and DynamoDB.

moto takes any sign-up code and refreshes revoked tokens, so it cannot tell a right handler from a
wrong one here; the emulator in its strict mode can, and starts in under a second. Answers that it
never gives (locked out, throttled, unheard of) are put into the client's mouth by `cognito`.
"""

from collections.abc import Iterator

import boto3
import pytest
from botocore.stub import Stubber
from mall.identity import open_user_pool
from mall.settings import settings
from mall.store import open_store

from local import emulator
from tests.functional.users.people import make_pool
from tests.stage import SETTINGS, make_tables


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[emulator.Emulator]:
    """An emulator of this test process's own, strict about codes and tokens."""
    with emulator.running(tmp_path_factory.mktemp("aws"), auth=True) as running:
        yield running


@pytest.fixture(scope="session")
def stack(aws: emulator.Emulator) -> dict[str, str]:
    """The environment of a function, naming a user pool and tables as infra makes them."""
    options = aws.client_options()
    pool, client = make_pool(boto3.client("cognito-idp", **options))
    make_tables(boto3.client("dynamodb", **options))
    secrets = boto3.client("secretsmanager", **options)
    secrets.create_secret(Name=SETTINGS["MALL_SIGNING_SECRET_ARN"], SecretString="signing secret")
    return {
        **SETTINGS,
        "AWS_ENDPOINT_URL": options["endpoint_url"],
        "AWS_DEFAULT_REGION": options["region_name"],
        "AWS_ACCESS_KEY_ID": options["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": options["aws_secret_access_key"],
        "MALL_USER_POOL_ID": pool,
        "MALL_MEMBER_CLIENT_ID": client,
    }


@pytest.fixture(autouse=True)
def deployed(stack: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every test's handlers live on the emulator's stack, and nothing of it outlives the test."""
    opened = (settings, open_store, open_user_pool)
    for name, value in stack.items():
        monkeypatch.setenv(name, value)
    for each in opened:
        each.cache_clear()
    yield
    for each in opened:
        each.cache_clear()


@pytest.fixture
def cognito() -> Iterator[Stubber]:
    """Says in Cognito's place what the test tells it to, and nothing else."""
    with Stubber(open_user_pool()._client) as stubber:
        yield stubber
