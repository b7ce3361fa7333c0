"""The stack of one domain: a function, role, log, alarm and trigger for each of its operations.

Each stack makes its own layer version from the same folder. A layer ARN shared between stacks
could never change again, because CloudFormation refuses to change an export that is in use.
"""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra import triggers
from infra.alarms import undelivered
from infra.foundation import Foundation
from infra.function import DomainParts, OperationFunction
from infra.operations import OPERATIONS, Domain, Schedule, StackName
from infra.queues import failure_queue
from infra.stage import MallStage

FUNCTIONS = Path(__file__).parent.parent / "functions"
_NOT_CODE = ["__pycache__", "*.pyc", "README.md"]


class DomainStack(cdk.Stack):
    """Everything that runs of one domain, or of what is deployed apart from its domain."""

    def __init__(
        self,
        scope: Construct,
        name: StackName,
        stage: MallStage,
        foundation: Foundation,
        alarms: sns.ITopic,
    ) -> None:
        construct_id = f"Mall{name.capitalize()}"
        super().__init__(
            scope,
            construct_id,
            stack_name=stage.stack_name(construct_id),
            env=stage.environment,
            description=f"Points mall: the operations of {name}",
        )
        operations = [each for each in OPERATIONS if each.stack == name]
        code = self._code(operations[0].domain)
        parts = DomainParts(stage, foundation, code, self._layer(stage), alarms)
        failed_jobs = None
        if any(isinstance(each.trigger, Schedule) for each in operations):
            failed_jobs = self._failed_jobs(alarms)
        for operation in operations:
            rights = triggers.rights(operation, foundation, failed_jobs)
            made = OperationFunction(self, operation, parts, rights)
            triggers.attach(made, foundation, failed_jobs)

    def _code(self, domain: Domain) -> lambda_.Code:
        return lambda_.Code.from_asset(
            str(FUNCTIONS / domain),
            exclude=_NOT_CODE,
            ignore_mode=cdk.IgnoreMode.GIT,
            follow_symlinks=cdk.SymlinkFollowMode.ALWAYS,
        )

    def _layer(self, stage: MallStage) -> lambda_.LayerVersion:
        return lambda_.LayerVersion(
            self,
            "Layer",
            code=lambda_.Code.from_asset(str(stage.layer)),
            compatible_runtimes=[lambda_.Runtime.PYTHON_3_13],
            compatible_architectures=[lambda_.Architecture.ARM_64],
            description="The mall's shared code and what it needs beside the runtime",
        )

    def _failed_jobs(self, alarms: sns.ITopic) -> sqs.Queue:
        queue = failure_queue(self, "FailedJobs")
        undelivered(self, queue, alarms, "FailedJobs")
        return queue
