"""The stage, as the context describes it: safe by default, refused when unclear."""

from collections.abc import Mapping
from pathlib import Path

import aws_cdk as cdk
import pytest

from infra.stage import ContextRefused, MallStage, stage_from

HERE = {"CDK_DEFAULT_REGION": "eu-west-1", "CDK_DEFAULT_ACCOUNT": "222222222222"}


def should_be_a_sandbox_without_edge_and_foreign_origins_by_default(tmp_path: Path) -> None:
    stage = _stage(tmp_path, {})
    assert (stage.name, stage.production, stage.edge) == ("sandbox", False, False)
    assert stage.cors_origins == ()
    assert stage.removal == cdk.RemovalPolicy.DESTROY


@pytest.mark.parametrize("name", ["prod", "staging", "sandbox2"])
def should_treat_every_other_stage_as_production(tmp_path: Path, name: str) -> None:
    stage = _stage(tmp_path, {"stage": name})
    assert (stage.production, stage.edge) == (True, True)
    assert stage.removal == cdk.RemovalPolicy.RETAIN


def should_never_give_two_stages_one_stack(tmp_path: Path) -> None:
    names = {
        _stage(tmp_path, {"stage": name}).stack_name("MallFoundation")
        for name in ("sandbox", "staging", "prod")
    }
    assert names == {"MallFoundation", "MallFoundation-staging", "MallFoundation-prod"}


@pytest.mark.parametrize("off", [False, "false"])
def should_leave_the_edge_out_when_told(tmp_path: Path, off: object) -> None:
    assert _stage(tmp_path, {"stage": "prod", "edge": off}, {}).edge is False


def should_take_where_an_edge_stage_is_from_the_cli_unless_told(tmp_path: Path) -> None:
    assert _stage(tmp_path, {"stage": "prod"}).region == "eu-west-1"
    assert _stage(tmp_path, {"stage": "prod", "region": "us-east-1"}).region == "us-east-1"
    assert _stage(tmp_path, {}).region is None


def should_read_origins_from_a_list_or_from_the_command_line(tmp_path: Path) -> None:
    origins = ("https://a.example", "https://b.example")
    assert _stage(tmp_path, {"cors_origins": list(origins)}).cors_origins == origins
    assert _stage(tmp_path, {"cors_origins": ", ".join(origins)}).cors_origins == origins


@pytest.mark.parametrize(
    ("context", "message"),
    [
        ({"stage": "Prod!"}, "stage"),
        ({"edge": "perhaps"}, "edge"),
        ({"cors_origins": "*"}, "cors_origins"),
        ({"cors_origins": ["https://*.example"]}, "cors_origins"),
        ({"cors_origins": ["http://shop.example"]}, "cors_origins"),
        ({"cors_origins": 7}, "cors_origins"),
        ({"layer": "no/such/folder"}, "layer"),
    ],
)
def should_refuse_unclear_context(
    tmp_path: Path, context: Mapping[str, object], message: str
) -> None:
    with pytest.raises(ContextRefused, match=message):
        _stage(tmp_path, context)


def should_refuse_an_edge_that_does_not_know_where_it_is(tmp_path: Path) -> None:
    with pytest.raises(ContextRefused, match="region"):
        _stage(tmp_path, {"stage": "prod"}, {})


def _stage(
    folder: Path, context: Mapping[str, object], defaults: Mapping[str, str] = HERE
) -> MallStage:
    return stage_from({"layer": str(folder), **context}, defaults)
