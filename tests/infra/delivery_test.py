"""Queues, streams and schedules: nothing is lost silently, and every failure pages."""

import json
from collections.abc import Iterator

import pytest

from infra.operations import OPERATIONS, DeadLetters, Queue, Schedule, Stream
from infra.queues import pascal
from tests.infra.templates import STAGES, Deployment, Resource, deployment, functions

for_each_stage = pytest.mark.parametrize("stage", STAGES)


@for_each_stage
def should_give_every_queue_and_stream_line_one_source_and_no_other_any(stage: str) -> None:
    found = deployment(stage)
    sources = _sources(found)
    for operation, function in functions(stage):
        fed = isinstance(operation.trigger, Queue | DeadLetters | Stream)
        assert (function.name in sources) == fed, operation.name
    assert len(sources) == len(found.resources("AWS::Lambda::EventSourceMapping"))


@for_each_stage
def should_report_single_failures_of_every_batch(stage: str) -> None:
    sources = _sources(deployment(stage))
    assert sources
    for source in sources.values():
        assert source.properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


@for_each_stage
def should_bound_every_stream_and_keep_what_it_gives_up_on(stage: str) -> None:
    found = deployment(stage)
    checked = 0
    for operation, function in functions(stage):
        if not isinstance(operation.trigger, Stream):
            continue
        asked = _sources(found)[function.name].properties
        table = found.output(f"{operation.trigger.table.capitalize()}Table")
        assert found.text(function.stack, asked["EventSourceArn"]) == f"{table}.StreamArn"
        assert asked["StartingPosition"] == "TRIM_HORIZON"
        assert asked["BatchSize"] == operation.trigger.batch_size
        assert asked["BisectBatchOnFunctionError"] is True
        assert 1 <= asked["MaximumRetryAttempts"] <= 20
        assert 3600 <= asked["MaximumRecordAgeInSeconds"] < 24 * 3600
        kept = asked["DestinationConfig"]["OnFailure"]["Destination"]
        assert found.text(function.stack, kept) == f"{found.output('StreamFailuresUrl')}.Arn"
        for each in asked["FilterCriteria"]["Filters"]:
            pattern = json.loads(each["Pattern"])
            assert set(pattern["eventName"]) <= set(operation.trigger.changes)
            keys = pattern.get("dynamodb", {"Keys": {"sk": {"S": []}}})["Keys"]["sk"]["S"]
            assert [key["prefix"] for key in keys] == list(operation.trigger.sort_keys)
        checked += 1
    assert checked


@for_each_stage
def should_tell_each_consumer_its_queue_and_how_often_a_message_is_tried(stage: str) -> None:
    """What it paces its tries by, and knows the last one by."""
    found = deployment(stage)
    for operation, function in functions(stage):
        if not isinstance(operation.trigger, Queue):
            continue
        told = function.properties["Environment"]["Variables"]
        url = found.text(function.stack, told["MALL_SOURCE_QUEUE_URL"])
        assert url == found.output(f"{pascal(operation.trigger.name)}QueueUrl"), operation.name
        assert told["MALL_RECEIVES_MAX"] == str(operation.trigger.receives_max)


@for_each_stage
def should_follow_all_changes_asked_for_or_those_to_and_from_zero(stage: str) -> None:
    found = deployment(stage)
    for operation, function in functions(stage):
        if not isinstance(operation.trigger, Stream):
            continue
        asked = _sources(found)[function.name].properties["FilterCriteria"]["Filters"]
        patterns = [json.loads(each["Pattern"]) for each in asked]
        if not operation.trigger.at_zero:
            assert [each["eventName"] for each in patterns] == [list(operation.trigger.changes)]
            continue
        zero = {operation.trigger.at_zero: {"N": ["0"]}}
        told = [
            (each["eventName"], {k: v for k, v in each["dynamodb"].items() if k != "Keys"})
            for each in patterns
        ]
        assert told == [
            (["INSERT"], {}),
            (["MODIFY"], {"NewImage": zero}),
            (["MODIFY"], {"OldImage": zero}),
        ]


@for_each_stage
def should_shape_every_queue_by_its_consumer(stage: str) -> None:
    found = deployment(stage)
    checked = 0
    for operation, function in functions(stage):
        if not isinstance(operation.trigger, Queue):
            continue
        source = _sources(found)[function.name].properties
        arn = found.text(function.stack, source["EventSourceArn"])
        assert arn == f"{found.output(f'{pascal(operation.trigger.name)}QueueUrl')}.Arn"
        assert source["BatchSize"] == operation.trigger.batch_size
        queue = found.named(arn).properties
        assert queue["VisibilityTimeout"] >= 6 * operation.timeout_s, operation.name
        assert queue["RedrivePolicy"]["maxReceiveCount"] == operation.trigger.receives_max
        checked += 1
    assert checked


@for_each_stage
def should_keep_the_order_of_a_fifo_queue_and_of_its_dead_letters(stage: str) -> None:
    """A dead-letter queue must be of its queue's kind, and duplicates are told by their senders."""
    found = deployment(stage)
    ordered = 0
    for operation, _ in functions(stage):
        if not isinstance(operation.trigger, Queue):
            continue
        name = pascal(operation.trigger.name)
        queue, dead = (
            found.named(f"{found.output(f'{name}{end}')}.Arn").properties
            for end in ("QueueUrl", "DeadLetterUrl")
        )
        fifo = operation.trigger.fifo
        assert (queue.get("FifoQueue", False), dead.get("FifoQueue", False)) == (fifo, fifo)
        if fifo:
            assert not queue.get("ContentBasedDeduplication", False)
            assert queue["DeduplicationScope"] == "messageGroup"
            assert queue["FifoThroughputLimit"] == "perMessageGroupId"
            assert operation.trigger.batch_size <= 10  # more is refused without a window
            ordered += 1
    assert ordered


@for_each_stage
def should_let_a_reader_of_dead_letters_page_by_itself(stage: str) -> None:
    found = deployment(stage)
    checked = 0
    for operation, function in functions(stage):
        if not isinstance(operation.trigger, DeadLetters):
            continue
        source = _sources(found)[function.name].properties
        arn = found.text(function.stack, source["EventSourceArn"])
        assert arn == f"{found.output(f'{pascal(operation.trigger.queue)}DeadLetterUrl')}.Arn"
        assert found.named(arn).properties["VisibilityTimeout"] >= 6 * operation.timeout_s
        assert operation.pages
        checked += 1
    assert checked


@for_each_stage
def should_encrypt_every_queue_and_refuse_plain_connections(stage: str) -> None:
    found = deployment(stage)
    closed = {
        found.text(policy.stack, queue)
        for policy in found.resources("AWS::SQS::QueuePolicy")
        for statement in policy.properties["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny"
        and statement["Action"] == "sqs:*"
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        for queue in policy.properties["Queues"]
    }
    queues = found.resources("AWS::SQS::Queue")
    assert {queue.name for queue in queues} == closed
    for queue in queues:
        assert queue.properties["SqsManagedSseEnabled"] is True, queue.name


@for_each_stage
def should_page_for_every_place_where_failures_end_up(stage: str) -> None:
    found = deployment(stage)
    ends = set(_failure_queues(found))
    watched = set()
    for alarm in found.resources("AWS::CloudWatch::Alarm"):
        asked = alarm.properties
        if asked["MetricName"] == "ApproximateNumberOfMessagesVisible":
            [dimension] = asked["Dimensions"]
            assert asked["Threshold"] == 1
            assert len(asked["AlarmActions"]) == 1
            watched.add(found.text(alarm.stack, dimension["Value"]))
    assert ends
    assert watched == {f"{end}.QueueName" for end in ends}


@for_each_stage
def should_keep_failures_as_long_as_a_queue_can(stage: str) -> None:
    for queue in deployment(stage).resources("AWS::SQS::Queue"):
        assert queue.properties["MessageRetentionPeriod"] == 14 * 24 * 3600


@for_each_stage
def should_schedule_every_job_with_bounded_retries_and_a_place_for_failures(stage: str) -> None:
    found = deployment(stage)
    schedules = {
        found.text(each.stack, each.properties["Target"]["Arn"]): each
        for each in found.resources("AWS::Scheduler::Schedule")
    }
    jobs = [each for each in OPERATIONS if isinstance(each.trigger, Schedule)]
    assert len(schedules) == len(jobs) > 0
    for operation, function in functions(stage):
        if not isinstance(operation.trigger, Schedule):
            continue
        asked = schedules[f"{function.name}.Arn"].properties
        assert asked["ScheduleExpression"] == operation.trigger.rate
        retry = asked["Target"]["RetryPolicy"]
        assert retry == {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 2}
        failed = found.text(function.stack, asked["Target"]["DeadLetterConfig"]["Arn"])
        role = found.named(found.text(function.stack, asked["Target"]["RoleArn"]))
        [policy] = role.properties["Policies"]
        assert [
            (statement["Action"], found.text(function.stack, statement["Resource"]))
            for statement in policy["PolicyDocument"]["Statement"]
        ] == [("lambda:InvokeFunction", f"{function.name}.Arn"), ("sqs:SendMessage", failed)]


@for_each_stage
def should_keep_what_a_job_failed_at(stage: str) -> None:
    found = deployment(stage)
    kept = {
        found.text(each.stack, each.properties["FunctionName"]): each.properties
        for each in found.resources("AWS::Lambda::EventInvokeConfig")
    }
    for operation, function in functions(stage):
        if isinstance(operation.trigger, Schedule):
            asked = kept.pop(function.name)
            assert asked["MaximumRetryAttempts"] == 2
            assert asked["DestinationConfig"]["OnFailure"]["Destination"], operation.name
    assert kept == {}


@for_each_stage
def should_let_alarms_publish_and_refuse_plain_connections_to_the_topic(stage: str) -> None:
    found = deployment(stage)
    [policy] = found.resources("AWS::SNS::TopicPolicy")
    statements = policy.properties["PolicyDocument"]["Statement"]
    effects = {
        (statement["Effect"], json.dumps(statement["Principal"])) for statement in statements
    }
    assert effects == {
        ("Deny", '"*"'),
        ("Allow", '{"Service": "cloudwatch.amazonaws.com"}'),
    }


def _sources(found: Deployment) -> dict[str, Resource]:
    return {
        found.text(source.stack, source.properties["FunctionName"]): source
        for source in found.resources("AWS::Lambda::EventSourceMapping")
    }


def _failure_queues(found: Deployment) -> Iterator[str]:
    """The name of every queue that something names as its place for failures."""
    for each in found.resources():
        asked = each.properties
        places = [
            asked.get("RedrivePolicy", {}).get("deadLetterTargetArn"),
            asked.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination"),
        ]
        if each.type == "AWS::Scheduler::Schedule":
            places.append(asked["Target"]["DeadLetterConfig"]["Arn"])
        for place in places:
            if place is not None:
                yield found.text(each.stack, place).removesuffix(".Arn")
