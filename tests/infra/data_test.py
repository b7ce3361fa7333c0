"""What holds state: tables, user pool, key, secrets. And what production adds to protect it."""

import pytest

from infra.operations import QUEUES
from infra.queues import pascal
from tests.infra.templates import FOUNDATION, STAGES, Json, deployment

TABLES = ("Points", "Orders", "Catalog", "Users")
STATEFUL = (
    "AWS::DynamoDB::Table",
    "AWS::Cognito::UserPool",
    "AWS::KMS::Key",
    "AWS::SecretsManager::Secret",
    "AWS::Logs::LogGroup",
)
OUTPUTS = {
    *("ApiId", "ApiUrl", "UserPoolId", "MemberClientId", "PartnerClientId", "TokenUrl"),
    *("PointsTable", "OrdersTable", "CatalogTable", "UsersTable"),
    *(f"{pascal(name)}{end}" for name in QUEUES for end in ("QueueUrl", "DeadLetterUrl")),
    "ImagesBucket",
    "FilesBucket",
    *("StreamFailuresUrl", "SigningSecretArn", "CodeMacsSecretArn", "BusName"),
    *("CodesKeyArn", "SeedsKeyArn"),
    "PaymentsSecretArn",
}
RESOURCES_MAX = 400
for_each_stage = pytest.mark.parametrize("stage", STAGES)


@for_each_stage
def should_key_and_bill_every_table_alike(stage: str) -> None:
    found = deployment(stage)
    assert len(found.resources("AWS::DynamoDB::Table")) == len(TABLES)
    for table in found.resources("AWS::DynamoDB::Table"):
        asked = table.properties
        assert asked["KeySchema"] == _keys("pk", "sk")
        assert asked["BillingMode"] == "PAY_PER_REQUEST"
        assert asked["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}
        assert {each["AttributeType"] for each in asked["AttributeDefinitions"]} == {"S"}


@for_each_stage
def should_index_and_stream_exactly_what_is_read(stage: str) -> None:
    everything: Json = {"ProjectionType": "ALL"}
    by_status: Json = {
        "ProjectionType": "INCLUDE",
        "NonKeyAttributes": ["status", "version", "relayed_version", "member"],
    }
    expected = {
        "Points": ({"by_time": ("gsi1", everything)}, True),
        "Orders": ({"by_member": ("gsi1", everything), "by_status": ("gsi2", by_status)}, True),
        "Catalog": ({"by_time": ("gsi1", everything)}, True),
        "Users": ({}, True),
    }
    for name, (indexes, streamed) in expected.items():
        asked = _table(stage, name)
        assert {
            each["IndexName"]: (each["KeySchema"], each["Projection"])
            for each in asked.get("GlobalSecondaryIndexes", [])
        } == {
            index: (_keys(f"{prefix}pk", f"{prefix}sk"), kept)
            for index, (prefix, kept) in indexes.items()
        }
        stream = asked.get("StreamSpecification")
        assert stream == ({"StreamViewType": "NEW_AND_OLD_IMAGES"} if streamed else None)


@for_each_stage
def should_recover_every_table_to_a_point_in_time(stage: str) -> None:
    for name in TABLES:
        recovery = _table(stage, name)["PointInTimeRecoverySpecification"]
        assert recovery == {"PointInTimeRecoveryEnabled": True}, name


@for_each_stage
def should_encrypt_personal_data_with_a_key_whose_use_is_recorded(stage: str) -> None:
    assert _table(stage, "Users")["SSESpecification"] == {"SSEEnabled": True}


@for_each_stage
def should_protect_tables_and_accounts_from_deletion_in_production_only(stage: str) -> None:
    production = stage == "production"
    for name in TABLES:
        assert _table(stage, name)["DeletionProtectionEnabled"] is production, name
    [pool] = deployment(stage).resources("AWS::Cognito::UserPool")
    assert pool.properties["DeletionProtection"] == ("ACTIVE" if production else "INACTIVE")


@for_each_stage
def should_retain_everything_stateful_in_production_only(stage: str) -> None:
    policy = "Retain" if stage == "production" else "Delete"
    for kind in STATEFUL:
        found = deployment(stage).resources(kind)
        assert found, kind
        for resource in found:
            body = resource.body
            assert (body["DeletionPolicy"], body["UpdateReplacePolicy"]) == (policy, policy)


@for_each_stage
def should_rotate_the_keys_of_codes_and_of_seeds(stage: str) -> None:
    of_keys = deployment(stage).resources("AWS::KMS::Key")
    assert [key.properties["EnableKeyRotation"] for key in of_keys] == [True, True]


@for_each_stage
def should_let_clients_write_no_attribute_that_anything_reads(stage: str) -> None:
    found = deployment(stage)
    [pool] = found.resources("AWS::Cognito::UserPool")
    [custom] = pool.properties["Schema"]
    assert custom["Mutable"] is False
    clients = found.resources("AWS::Cognito::UserPoolClient")
    assert len(clients) == 2
    for client in clients:
        assert client.properties["WriteAttributes"] == [f"custom:{custom['Name']}"]


@for_each_stage
def should_sign_members_in_through_functions_only(stage: str) -> None:
    found = deployment(stage)
    member = found.named(found.output("MemberClientId")).properties
    assert member["GenerateSecret"] is False
    assert member["ExplicitAuthFlows"] == [
        "ALLOW_ADMIN_USER_PASSWORD_AUTH",
        "ALLOW_REFRESH_TOKEN_AUTH",
    ]
    assert "AllowedOAuthFlows" not in member
    partner = found.named(found.output("PartnerClientId")).properties
    assert partner["GenerateSecret"] is True
    assert partner["ExplicitAuthFlows"] == ["ALLOW_REFRESH_TOKEN_AUTH"]
    assert partner["AllowedOAuthFlows"] == ["client_credentials"]
    assert partner["AllowedOAuthScopes"] == ["mall/events", "mall/discounts"]
    for client in (member, partner):
        assert (client["AccessTokenValidity"], client["IdTokenValidity"]) == (15, 15)
        assert client["TokenValidityUnits"]["AccessToken"] == "minutes"
        assert client["PreventUserExistenceErrors"] == "ENABLED"
        assert client["EnableTokenRevocation"] is True


@for_each_stage
def should_ask_for_strong_passwords_and_offer_a_second_factor(stage: str) -> None:
    [pool] = deployment(stage).resources("AWS::Cognito::UserPool")
    policy = pool.properties["Policies"]["PasswordPolicy"]
    assert policy.pop("MinimumLength") >= 12
    assert set(policy.values()) == {True}
    assert pool.properties["MfaConfiguration"] == "OPTIONAL"
    assert pool.properties["EnabledMfas"] == ["SOFTWARE_TOKEN_MFA"]
    groups = deployment(stage).resources("AWS::Cognito::UserPoolGroup")
    assert sorted(each.properties["GroupName"] for each in groups) == ["admin", "operator"]


@for_each_stage
def should_output_what_the_local_stack_reads(stage: str) -> None:
    outputs = deployment(stage).templates[FOUNDATION]["Outputs"]
    assert {name for name in outputs if not name.startswith(("Export", "Publish"))} == OUTPUTS


@for_each_stage
def should_stay_far_from_the_limit_of_resources(stage: str) -> None:
    for stack, template in deployment(stage).templates.items():
        assert len(template["Resources"]) <= RESOURCES_MAX, stack


def _table(stage: str, name: str) -> dict[str, Json]:
    found = deployment(stage)
    return dict(found.named(found.output(f"{name}Table")).properties)


def _keys(partition: str, sort: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": partition, "KeyType": "HASH"},
        {"AttributeName": sort, "KeyType": "RANGE"},
    ]


@for_each_stage
def should_let_files_and_unfinished_uploads_leave_by_themselves(stage: str) -> None:
    found = deployment(stage)
    bucket = found.named(found.output("FilesBucket")).properties
    [rule] = bucket["LifecycleConfiguration"]["Rules"]
    assert (rule["Status"], rule["ExpirationInDays"]) == ("Enabled", 7)
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}


@for_each_stage
def should_let_images_that_are_never_attached_leave_and_no_others(stage: str) -> None:
    found = deployment(stage)
    bucket = found.named(found.output("ImagesBucket")).properties
    [rule] = bucket["LifecycleConfiguration"]["Rules"]
    assert (rule["Prefix"], rule["ExpirationInDays"]) == ("pending/", 1)
