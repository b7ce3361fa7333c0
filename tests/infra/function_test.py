"""Every operation has a function of its own, and every function has what all must have."""

import pytest
from mall.settings import Settings

from infra.operations import OPERATIONS, Http, Stream
from tests.infra.templates import (
    DOMAIN_STACKS,
    ROOT,
    STAGES,
    Deployment,
    Resource,
    deployment,
    functions,
)

DAYS_KEPT = {"sandbox": 7, "production": 90}
for_each_stage = pytest.mark.parametrize("stage", STAGES)


@for_each_stage
def should_make_exactly_one_function_for_each_line(stage: str) -> None:
    made = {
        each.properties["FunctionName"]: (each.stack, each.properties["Handler"])
        for each in deployment(stage).resources("AWS::Lambda::Function")
    }
    assert made == {
        f"mall-{stage}-{operation.name}": (
            f"Mall{operation.stack.capitalize()}",
            f"{operation.name}.{operation.name}",
        )
        for operation in OPERATIONS
    }


def should_have_one_line_for_each_handler_file_and_one_file_for_each_line() -> None:
    files = {
        (path.parent.name, path.stem)
        for path in (ROOT / "functions").glob("*/*.py")
        if path.stem != "__init__"
    }
    lines = [(operation.domain, operation.name) for operation in OPERATIONS]
    assert sorted(lines) == sorted(files)


@for_each_stage
def should_run_python_3_13_on_arm64_with_tracing_as_its_line_says(stage: str) -> None:
    for operation, function in functions(stage):
        asked = function.properties
        assert (asked["Runtime"], asked["Architectures"]) == ("python3.13", ["arm64"])
        assert asked["TracingConfig"] == {"Mode": "Active"}, operation.name
        assert asked["Timeout"] == operation.timeout_s, operation.name
        assert asked["MemorySize"] == operation.memory_mb, operation.name


@for_each_stage
def should_keep_the_logs_of_each_function_for_a_stated_time(stage: str) -> None:
    found = deployment(stage)
    for operation, function in functions(stage):
        log = found.named(
            found.text(function.stack, function.properties["LoggingConfig"]["LogGroup"])
        )
        assert log.properties["LogGroupName"] == f"/aws/lambda/mall-{stage}-{operation.name}"
        assert log.properties["RetentionInDays"] == DAYS_KEPT[stage], operation.name


@for_each_stage
def should_page_when_a_function_fails(stage: str) -> None:
    found = deployment(stage)
    topics = {topic.name for topic in found.resources("AWS::SNS::Topic")}
    watched = {}
    for alarm in found.resources("AWS::CloudWatch::Alarm"):
        asked = alarm.properties
        if (asked["Namespace"], asked["MetricName"]) == ("AWS/Lambda", "Errors"):
            [dimension] = asked["Dimensions"]
            [action] = asked["AlarmActions"]
            assert asked["Threshold"] == 1
            watched[found.text(alarm.stack, dimension["Value"])] = found.text(alarm.stack, action)
    assert set(watched) == {function.name for _, function in functions(stage)}
    assert set(watched.values()) == topics


@for_each_stage
def should_page_when_an_operation_answers_that_it_failed(stage: str) -> None:
    """The entry wrapper turns an exception into a 500 and counts it; Lambda sees no error."""
    found = deployment(stage)
    watched = [
        dimension["Value"]
        for alarm in found.resources("AWS::CloudWatch::Alarm")
        if (alarm.properties["Namespace"], alarm.properties["MetricName"])
        == ("PointsMall", "Failed")
        for dimension in alarm.properties["Dimensions"]
        if dimension["Name"] == "service" and alarm.properties["AlarmActions"]
    ]
    asked = [o.name for o, _ in functions(stage) if isinstance(o.trigger, Http)]
    assert sorted(watched) == sorted(asked)


@for_each_stage
def should_page_when_a_stream_is_followed_an_hour_late(stage: str) -> None:
    found = deployment(stage)
    watched = {
        found.text(alarm.stack, alarm.properties["Dimensions"][0]["Value"])
        for alarm in found.resources("AWS::CloudWatch::Alarm")
        if alarm.properties["MetricName"] == "IteratorAge"
        and alarm.properties["Threshold"] == 3_600_000
        and alarm.properties["AlarmActions"]
    }
    streams = [function for o, function in functions(stage) if isinstance(o.trigger, Stream)]
    assert watched == {function.name for function in streams}
    assert streams


@for_each_stage
def should_page_for_each_metric_that_a_line_names(stage: str) -> None:
    watched = {
        (dimension["Value"], alarm.properties["MetricName"])
        for alarm in deployment(stage).resources("AWS::CloudWatch::Alarm")
        if alarm.properties["Namespace"] == "PointsMall" and alarm.properties["AlarmActions"]
        for dimension in alarm.properties["Dimensions"]
        if dimension["Name"] == "service" and alarm.properties["Threshold"] == 1
    }
    named = {(o.name, metric) for o, _ in functions(stage) for metric in o.pages}
    assert named
    assert named <= watched


@for_each_stage
def should_tell_each_function_all_settings_and_only_known_ones(stage: str) -> None:
    known = set(Settings.model_fields)
    needed = {name for name, field in Settings.model_fields.items() if field.is_required()}
    for operation, function in functions(stage):
        told = function.properties["Environment"]["Variables"]
        settings = {name.removeprefix("MALL_").lower() for name in told if name.startswith("MALL_")}
        assert needed <= settings <= known, operation.name
        assert ("origin_secret_arn" in settings) == (stage == "production"), operation.name
        assert told["MALL_ACCESS"] == operation.access
        assert told["MALL_STAGE"] == stage
        assert told["POWERTOOLS_SERVICE_NAME"] == operation.name
        assert told["POWERTOOLS_METRICS_NAMESPACE"] == "PointsMall"


@for_each_stage
def should_give_each_domain_a_layer_of_its_own(stage: str) -> None:
    found = deployment(stage)
    layers = {layer.stack: layer for layer in found.resources("AWS::Lambda::LayerVersion")}
    assert sorted(layers) == sorted(DOMAIN_STACKS)
    for operation, function in functions(stage):
        used = [found.text(function.stack, layer) for layer in function.properties["Layers"]]
        assert used == [layers[function.stack].name], operation.name


@for_each_stage
def should_export_no_layer(stage: str) -> None:
    found = deployment(stage)
    exported = {
        found.text(stack, output["Value"]).partition(".")[0]
        for stack, template in found.templates.items()
        for output in template.get("Outputs", {}).values()
        if "Export" in output
    }
    assert exported
    for layer in found.resources("AWS::Lambda::LayerVersion"):
        assert layer.name not in exported


def should_ship_every_file_of_a_domain_but_notes_and_caches() -> None:
    found = deployment("sandbox")
    for domain, function in _one_function_of_each_domain(found).items():
        source = ROOT / "functions" / domain
        digest = function.properties["Code"]["S3Key"].removesuffix(".zip")
        shipped = found.folder / f"asset.{digest}"
        expected = {
            path.relative_to(source): path.read_bytes()
            for path in source.rglob("*")
            if path.is_file() and path.name != "README.md" and "__pycache__" not in path.parts
        }
        assert expected
        assert not [path for path in shipped.rglob("*") if path.is_symlink()], domain
        assert expected == {
            path.relative_to(shipped): path.read_bytes()
            for path in shipped.rglob("*")
            if path.is_file()
        }


def _one_function_of_each_domain(found: Deployment) -> dict[str, Resource]:
    return {operation.domain: found.function(operation) for operation in OPERATIONS}
