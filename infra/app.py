"""The CDK app: `python3 -m infra.app`, called by the CDK CLI as cdk.json says.

Context: `stage` (default `sandbox`), `region`, `account`, `layer`, `cors_origins`, `edge`,
`alarm_email`; see infra/stage.py.
"""

import os
import sys
from typing import get_args

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks

from infra.domain import DomainStack
from infra.edge import Edge
from infra.foundation import Foundation
from infra.operations import StackName
from infra.ops import Ops
from infra.stage import ContextRefused, MallStage, read_stage


def build(app: cdk.App, stage: MallStage) -> None:
    """Add every stack of a stage to the app, and the rules that a synth must pass."""
    foundation = Foundation(app, "MallFoundation", stage)
    ops = Ops(app, "MallOps", stage, foundation)
    for name in get_args(StackName):
        DomainStack(app, name, stage, foundation, ops.topic)
    if stage.edge:
        Edge(app, "MallEdge", stage, foundation)
    cdk.Tags.of(app).add("project", "points-mall")
    cdk.Tags.of(app).add("stage", stage.name)
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))


def main() -> None:
    """Synthesize the stage that the context names."""
    app = cdk.App(analytics_reporting=False)
    try:
        stage = read_stage(app, os.environ)
    except ContextRefused as refused:
        sys.exit(f"Cannot synthesize: {refused}")
    build(app, stage)
    app.synth()


if __name__ == "__main__":
    main()
