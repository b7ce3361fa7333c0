"""AwsSolutions passes, and each exception is about one resource and says why."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sqs as sqs

from infra.app import build
from infra.stage import stage_from
from tests.infra.templates import STAGES, Deployment, deployment, new_app

ACKNOWLEDGED = "aws:cdk:acknowledged-rules"
WORDS_MIN = 12


@pytest.mark.parametrize("stage", STAGES)
def should_pass_every_rule_of_awssolutions(stage: str) -> None:
    """A finding stops the synth, as the next test shows; here is what was not stopped."""
    report = json.loads((deployment(stage).folder / "validation-report.json").read_text())
    assert report["pluginReports"] == []


def should_refuse_to_synthesize_a_finding_without_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.app.DomainStack", lambda *_: None)
    app = new_app(tmp_path / "out")
    sqs.Queue(cdk.Stack(app, "Careless"), "Plain")
    build(app, stage_from({"layer": str(tmp_path)}, {}))
    with pytest.raises(RuntimeError, match="Careless/Plain/Resource") as refusal:
        app.synth()
    found = set(re.findall(r"AwsSolutions-[A-Z]+[0-9]+", str(refusal.value)))
    assert found == {"AwsSolutions-SQS3", "AwsSolutions-SQS4"}


@pytest.mark.parametrize("stage", STAGES)
def should_accept_findings_on_single_resources_with_a_reason(stage: str) -> None:
    found = deployment(stage)
    accepted = list(_accepted(found))
    assert accepted
    for path, finding, reason in accepted:
        stack, _, rest = path.strip("/").partition("/")
        assert stack in found.templates
        assert rest, f"{finding} is accepted for all of {stack}"
        assert len(reason.split()) >= WORDS_MIN, (path, finding)


def _accepted(found: Deployment) -> Iterator[tuple[str, str, str]]:
    """Path, finding and reason of every exception."""
    for file in sorted(found.folder.glob("*.metadata.json")):
        for path, entries in json.loads(file.read_text()).items():
            for entry in entries:
                if entry["type"] == ACKNOWLEDGED:
                    for finding, reason in entry["data"].items():
                        yield path, finding, reason
