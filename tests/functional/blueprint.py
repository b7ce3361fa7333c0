"""A stage built once through the clients, and then again and again straight in moto's backends.

What a client asks for is checked, sent, parsed and answered, which for the thirty things of a stage
takes longer than most tests. moto forgets everything after each test; the calls that its backends
were given at first are simply made again.
"""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, cast

import pytest
from moto.backends import get_backend
from moto.core.base_backend import BaseBackend
from moto.dynamodb.models import DynamoDBBackend
from moto.events.models import EventsBackend
from moto.s3.models import S3Backend
from moto.secretsmanager.models import SecretsManagerBackend
from moto.sqs.models import SQSBackend

_MADE: dict[str, tuple[type[BaseBackend], str]] = {
    "dynamodb": (DynamoDBBackend, "create_table"),
    "events": (EventsBackend, "create_event_bus"),
    "s3": (S3Backend, "create_bucket"),
    "secretsmanager": (SecretsManagerBackend, "create_secret"),
    "sqs": (SQSBackend, "create_queue"),
}
_Call = tuple[str, str, str, str, tuple[Any, ...], dict[str, Any]]


@dataclass
class Blueprint:
    """The calls that build a stage, with what the test process needs to know of the result."""

    calls: list[_Call] = field(default_factory=list)
    queue_urls: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def drawing(self) -> Iterator[None]:
        """Note every call that makes something, and let it be made."""
        with pytest.MonkeyPatch.context() as patch:
            for service, (kind, name) in _MADE.items():
                patch.setattr(kind, name, self._noting(service, name, getattr(kind, name)))
            yield

    def _noting(self, service: str, name: str, make: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(make)
        def noted(backend: BaseBackend, *args: Any, **named: Any) -> Any:
            given = copy.deepcopy((args, named))
            self.calls.append((service, backend.account_id, backend.region_name, name, *given))
            return make(backend, *args, **named)

        return noted

    def build(self) -> None:
        """Make everything again, in the order in which it was made at first."""
        for service, account, region, name, args, named in self.calls:
            backends = cast(Any, get_backend)(service)
            make = getattr(backends[account][region], name)
            make(*copy.deepcopy(args), **copy.deepcopy(named))
