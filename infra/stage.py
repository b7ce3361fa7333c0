"""What differs between stages, read once from the CDK context and typed.

`sandbox` is the stage people try things in: it may be thrown away and has a clock that can be set.
Every other stage is treated as production, so that a stage with a misspelt name is over-protected
rather than lost.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_logs as logs

SANDBOX = "sandbox"
EDGE_REGION = "us-east-1"
_CONTEXT_KEYS = ("stage", "region", "account", "layer", "cors_origins", "edge", "alarm_email")
_STAGE_NAME = re.compile(r"[a-z][a-z0-9-]{0,15}")


class ContextRefused(ValueError):
    """A context value that cannot be deployed; the message says which and what to pass instead."""


@dataclass(frozen=True)
class MallStage:
    """One deployment of the mall.

    `layer` is the folder of the built layer, `cors_origins` the foreign origins a browser may call
    from, `region` and `account` are None where the CLI's credentials decide.
    """

    name: str
    edge: bool
    layer: Path
    cors_origins: tuple[str, ...] = ()
    alarm_email: str | None = None
    region: str | None = None
    account: str | None = None

    @property
    def production(self) -> bool:
        """Whether data and money of real members are at stake."""
        return self.name != SANDBOX

    @property
    def removal(self) -> cdk.RemovalPolicy:
        """What happens to stored things when their stack goes."""
        return cdk.RemovalPolicy.RETAIN if self.production else cdk.RemovalPolicy.DESTROY

    @property
    def log_retention(self) -> logs.RetentionDays:
        """How long logs are kept: long enough for a quarter's disputes, a week to try things."""
        days = logs.RetentionDays
        return days.THREE_MONTHS if self.production else days.ONE_WEEK

    @property
    def requests_per_s_max(self) -> int:
        """The API's steady limit, below the account's, so that other APIs of the account live."""
        return 2000 if self.production else 200

    @property
    def requests_burst_max(self) -> int:
        """How many requests the API takes at once beyond its steady limit."""
        return 2 * self.requests_per_s_max

    @property
    def environment(self) -> cdk.Environment:
        """Where the regional stacks go."""
        return cdk.Environment(account=self.account, region=self.region)

    def named(self, name: str) -> str:
        """The stage's own name for a thing: `mall-<stage>-<name>`."""
        return f"mall-{self.name}-{name}"

    def stack_name(self, part: str) -> str:
        """CloudFormation's name of a stack; two stages never share one in an account."""
        return part if self.name == SANDBOX else f"{part}-{self.name}"


def read_stage(app: cdk.App, defaults: Mapping[str, str]) -> MallStage:
    """The stage that the app's context describes.

    `defaults` are the CLI's own `CDK_DEFAULT_REGION` and `CDK_DEFAULT_ACCOUNT`, used by a stage
    with an edge, whose stacks must know where they are. Raises ContextRefused.
    """
    return stage_from({key: app.node.try_get_context(key) for key in _CONTEXT_KEYS}, defaults)


def stage_from(context: Mapping[str, object], defaults: Mapping[str, str]) -> MallStage:
    """The stage of plain context values; see `read_stage`. Raises ContextRefused."""
    name = str(context.get("stage") or SANDBOX)
    if not _STAGE_NAME.fullmatch(name):
        raise ContextRefused(f"stage {name!r}: use 1-16 of a-z, 0-9 and '-', a letter first")
    edge = _flag("edge", context.get("edge"), default=name != SANDBOX)
    region, account = context.get("region"), context.get("account")
    if edge:
        region = region or defaults.get("CDK_DEFAULT_REGION")
        account = account or defaults.get("CDK_DEFAULT_ACCOUNT")
        if not (region and account):
            raise ContextRefused(
                "a stage with an edge spans two regions: pass -c region=... -c account=..., "
                "or -c edge=false"
            )
    return MallStage(
        name=name,
        edge=edge,
        layer=_layer(context.get("layer")),
        cors_origins=_origins(context.get("cors_origins")),
        alarm_email=str(context["alarm_email"]) if context.get("alarm_email") else None,
        region=str(region) if region else None,
        account=str(account) if account else None,
    )


def _flag(name: str, value: object, *, default: bool) -> bool:
    """A yes or no; the command line gives strings."""
    if value is None:
        return default
    if value in (True, "true"):
        return True
    if value in (False, "false"):
        return False
    raise ContextRefused(f"{name} {value!r}: use true or false")


def _layer(value: object) -> Path:
    path = Path(str(value or "build/layer/lambda")).resolve()
    if not path.is_dir():
        raise ContextRefused(f"no built layer at {path}: build it first, or pass -c layer=<folder>")
    return path


def _origins(value: object) -> tuple[str, ...]:
    """A list from cdk.json, or comma-separated on the command line. A wildcard is refused."""
    listed = value.split(",") if isinstance(value, str) else value or []
    if not isinstance(listed, list):
        raise ContextRefused(f"cors_origins {value!r}: use a list of origins")
    origins = tuple(str(origin).strip() for origin in listed if str(origin).strip())
    for origin in origins:
        if "*" in origin or not origin.startswith(("https://", "http://localhost")):
            raise ContextRefused(f"cors_origins {origin!r}: name https origins one by one")
    return origins
