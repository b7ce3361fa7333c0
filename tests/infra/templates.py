"""Synthesizes each stage once per test process, and reads templates across stacks.

`production` is the harder case on purpose: its region differs from the edge's.
"""

import atexit
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from infra.app import build
from infra.operations import OPERATIONS, Operation
from infra.stage import stage_from

ROOT = Path(__file__).parent.parent.parent
STAGES = ("sandbox", "production")
FOUNDATION = "MallFoundation"
DOMAIN_STACKS = ("MallUsers", "MallPoints", "MallLottery", "MallCatalog", "MallOrders")
ACCOUNT = "111111111111"
REGION = "eu-central-1"
_REFUSAL_LENGTH_MAX = 2000
Json = Any  # a template is whatever JSON CloudFormation takes


@dataclass(frozen=True)
class Resource:
    """One resource of a template, with the stack that holds it."""

    stack: str
    logical_id: str
    body: Mapping[str, Json]

    @property
    def type(self) -> str:
        """Its CloudFormation type."""
        return str(self.body["Type"])

    @property
    def properties(self) -> Mapping[str, Json]:
        """What the template asks for."""
        found: Mapping[str, Json] = self.body.get("Properties", {})
        return found

    @property
    def name(self) -> str:
        """`<stack>/<logical id>`, as `Deployment.text` writes a Ref to it."""
        return f"{self.stack}/{self.logical_id}"


class Deployment:
    """The synthesized stacks of one stage."""

    def __init__(self, stage: str, folder: Path) -> None:
        self.stage = stage
        self.folder = folder
        self.templates: dict[str, Json] = {
            path.name.removesuffix(".template.json"): json.loads(path.read_text())
            for path in sorted(folder.glob("*.template.json"))
        }
        self._exports = {
            output["Export"]["Name"]: (stack, output["Value"])
            for stack, template in self.templates.items()
            for output in template.get("Outputs", {}).values()
            if "Export" in output
        }

    def resources(self, kind: str | None = None) -> list[Resource]:
        """All resources of a type, such as `AWS::SQS::Queue`, over all stacks."""
        return [
            Resource(stack, logical_id, body)
            for stack, template in self.templates.items()
            for logical_id, body in template["Resources"].items()
            if kind in (None, body["Type"])
        ]

    def output(self, name: str, stack: str = FOUNDATION) -> str:
        """The value of an output, as text."""
        return self.text(stack, self.templates[stack]["Outputs"][name]["Value"])

    def text(self, stack: str, value: Json) -> str:
        """A template value as comparable text, imports followed to what they mean.

        `{"Ref": "X"}` in stack S is `S/X`, an attribute of it `S/X.Attribute`, a pseudo parameter
        its own name in brackets, and a join the joined text.
        """
        match value:
            case str():
                return value
            case {"Fn::ImportValue": export}:
                return self.text(*self._exports[export])
            case {"Ref": name}:
                return f"[{name}]" if name.startswith("AWS::") else f"{stack}/{name}"
            case {"Fn::GetAtt": [name, attribute]}:
                return f"{stack}/{name}.{attribute}"
            case {"Fn::Join": [between, parts]}:
                return str(between).join(self.text(stack, part) for part in parts)
            case _:
                raise AssertionError(f"a value this test cannot read: {value}")

    def function(self, operation: Operation) -> Resource:
        """The function of an operation, found by its promised name."""
        name = f"mall-{self.stage}-{operation.name}"
        [found] = [
            each
            for each in self.resources("AWS::Lambda::Function")
            if each.properties.get("FunctionName") == name
        ]
        return found

    def named(self, name: str) -> Resource:
        """The resource that `text` wrote as `name`, an attribute or not."""
        stack, _, rest = name.partition("/")
        logical_id = rest.partition(".")[0]
        return Resource(stack, logical_id, self.templates[stack]["Resources"][logical_id])


def deployment(stage: str) -> Deployment:
    """The stacks of a stage. Raises RuntimeError when the synth breaks a rule of cdk-nag."""
    made = _synthesized(stage)
    if isinstance(made, str):
        raise RuntimeError(made)
    return made


@cache
def _synthesized(stage: str) -> Deployment | str:
    """A deployment or why there is none, kept either way: a broken synth costs its time once."""
    folder = Path(tempfile.mkdtemp(prefix="mall-synth-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    layer = folder / "layer"
    (layer / "python").mkdir(parents=True)
    (layer / "python/mall.py").write_text('"""Stands for the built layer."""\n')
    app = new_app(folder / "out")
    context = {"stage": stage, "region": REGION, "account": ACCOUNT, "layer": str(layer)}
    build(app, stage_from(context, {}))
    try:
        app.synth()
    except RuntimeError as refused:
        return str(refused)[:_REFUSAL_LENGTH_MAX]
    return Deployment(stage, folder / "out")


def new_app(folder: Path) -> cdk.App:
    """An app with the feature flags that the CLI would give it."""
    flags = json.loads((ROOT / "cdk.json").read_text())["context"]
    return cdk.App(analytics_reporting=False, outdir=str(folder), context=flags)


def functions(stage: str) -> Iterator[tuple[Operation, Resource]]:
    """Every operation with its function."""
    found = deployment(stage)
    return ((operation, found.function(operation)) for operation in OPERATIONS)
