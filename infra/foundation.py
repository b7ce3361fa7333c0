"""MallFoundation: everything that holds state, and the API that the domains hang their routes on.

Domain stacks refer to it, never the reverse, so a domain can be deployed, rolled back or removed
alone. Whatever a domain might refer to is exported from the start: if exports came and went with
their users, CloudFormation would refuse to drop one that an older domain stack still imports.
"""

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secrets
from constructs import Construct

from infra import nag
from infra.api import Api
from infra.buckets import files_bucket, images_bucket
from infra.identity import Identity
from infra.queues import WorkQueue, consumers, failure_queue, pascal
from infra.stage import EDGE_REGION, MallStage
from infra.tables import STREAMED, make_tables

ORIGIN_SECRET = "origin"  # noqa: S105 - the name of a secret, not its value
_SECRET_LENGTH = 64
_NO_KEYS_YET = '{"api_key": "", "webhook_secrets": []}'


class Foundation(cdk.Stack):
    """The stage's tables, queues, bus, user pool, key, secrets and API."""

    def __init__(self, scope: Construct, construct_id: str, stage: MallStage) -> None:
        super().__init__(
            scope,
            construct_id,
            stack_name=stage.stack_name(construct_id),
            env=stage.environment,
            termination_protection=stage.production,
            description="Points mall: tables, queues, identity and API",
        )
        self.stage = stage
        self.tables = make_tables(self, stage)
        self.queues = {
            name: WorkQueue(self, f"{pascal(name)}Queue", consumer)
            for name, consumer in consumers().items()
        }
        self.stream_failures = failure_queue(self, "StreamFailures")
        self.bus = events.EventBus(self, "Bus", event_bus_name=stage.named("events"))
        self.codes_key = self._key("CodesKey", "Encrypts redeemable codes before they are stored")
        self.seeds_key = self._key("SeedsKey", "Encrypts the seeds of lotteries until they are due")
        self.files = files_bucket(self, stage)
        self.images = images_bucket(self, stage)
        self.signing = self._secret("Signing", "Signs list cursors")
        nag.accept(self.signing, nag.SIGNING_KEPT)
        self.code_macs = self._secret("CodeMacs", "Tells redeemable codes apart; never replace it")
        nag.accept(self.code_macs, nag.CODE_MACS_KEPT)
        self.payments = self._payments_secret()
        self.origin = self._origin_secret() if stage.edge else None
        self.identity = Identity(self, "Identity", stage)
        self.api = Api(self, "Api", stage, self.identity)
        self.arns = self._arns()
        self.told = self._told()
        self._add_outputs()
        self._keep_exports()

    def _arns(self) -> dict[str, str]:
        """The ARN of each resource that a grant can name."""
        arns = {name: table.table_arn for name, table in self.tables.items()}
        arns |= {name: work.queue.queue_arn for name, work in self.queues.items()}
        arns |= {
            "pool": self.identity.pool.user_pool_arn,
            "codes_key": self.codes_key.key_arn,
            "seeds_key": self.seeds_key.key_arn,
            "signing": self.signing.attr_id,
            "code_macs": self.code_macs.attr_id,
            "payments": self.payments.attr_id,
            "bus": self.bus.event_bus_arn,
            "files": self.files.bucket_arn,
            "images": self.images.bucket_arn,
        }
        return arns if self.origin is None else arns | {"origin": self.origin.attr_id}

    def _told(self) -> dict[str, str]:
        """What every function is told, as `mall.settings` reads it; `MALL_ACCESS` is its own."""
        told = {"MALL_STAGE": self.stage.name}
        told |= {f"MALL_{n.upper()}_TABLE": table.table_name for n, table in self.tables.items()}
        told |= {f"MALL_{n.upper()}_QUEUE_URL": w.queue.queue_url for n, w in self.queues.items()}
        told |= {
            "MALL_USER_POOL_ID": self.identity.pool.user_pool_id,
            "MALL_MEMBER_CLIENT_ID": self.identity.member_client_id,
            "MALL_SIGNING_SECRET_ARN": self.signing.attr_id,
            "MALL_CODE_MACS_SECRET_ARN": self.code_macs.attr_id,
            "MALL_PAYMENTS_SECRET_ARN": self.payments.attr_id,
            "MALL_CODES_KEY_ARN": self.codes_key.key_arn,
            "MALL_SEEDS_KEY_ARN": self.seeds_key.key_arn,
            "MALL_BUS_NAME": self.bus.event_bus_name,
            "MALL_FILES_BUCKET": self.files.bucket_name,
            "MALL_IMAGES_BUCKET": self.images.bucket_name,
        }
        if self.origin is not None:
            told["MALL_ORIGIN_SECRET_ARN"] = self.origin.attr_id
        return told

    def exported_as(self, resource: str) -> str:
        """What the ARN of a resource is called where a domain stack imports it."""
        name: str = self.resolve(self.export_value(self.arns[resource]))["Fn::ImportValue"]
        return name

    def _key(self, construct_id: str, description: str) -> kms.Key:
        """A key for what must not be read from a table."""
        return kms.Key(
            self,
            construct_id,
            description=description,
            enable_key_rotation=True,
            removal_policy=self.stage.removal,
        )

    def _secret(self, construct_id: str, description: str) -> secrets.CfnSecret:
        """A generated secret. Its ARN is read from `attr_id`: the emulator's Ref is a name."""
        secret = secrets.CfnSecret(
            self,
            construct_id,
            description=description,
            generate_secret_string=secrets.CfnSecret.GenerateSecretStringProperty(
                password_length=_SECRET_LENGTH, exclude_punctuation=True
            ),
        )
        secret.apply_removal_policy(self.stage.removal)
        return secret

    def _payments_secret(self) -> secrets.CfnSecret:
        """The payment provider's key and the webhook secrets, empty until the operator puts them.

        A deployment leaves what was put: only another text here would write the secret again.
        """
        payments = secrets.CfnSecret(
            self,
            "Payments",
            description="The payment provider's restricted key and the live webhook secrets",
            secret_string=_NO_KEYS_YET,
        )
        payments.apply_removal_policy(self.stage.removal)
        nag.accept(payments, nag.PAYMENTS_BY_HAND)
        return payments

    def _origin_secret(self) -> secrets.CfnSecret:
        """What CloudFront sends to prove that a request came through it.

        JSON whose every value is live: the edge sends `current`, and a rotation adds `previous`
        until all have moved, so that it has no gap. No value is ever empty, because a request
        without the header would match it. Named, so that the edge's own region finds it.
        """
        origin = self._secret("Origin", "Proves that a request came through the edge")
        origin.name = self.stage.named(ORIGIN_SECRET)
        nothing_else = "{}"
        origin.generate_secret_string = secrets.CfnSecret.GenerateSecretStringProperty(
            secret_string_template=nothing_else,
            generate_string_key="current",
            password_length=_SECRET_LENGTH,
            exclude_punctuation=True,
        )
        if self.stage.region != EDGE_REGION:
            replica = secrets.CfnSecret.ReplicaRegionProperty(region=EDGE_REGION)
            origin.replica_regions = [replica]
        nag.accept(origin, nag.ORIGIN_BY_HAND)
        return origin

    def _add_outputs(self) -> None:
        outputs = {
            "ApiId": self.api.id,
            "ApiUrl": self.api.url,
            "UserPoolId": self.identity.pool.user_pool_id,
            "MemberClientId": self.identity.member_client_id,
            "PartnerClientId": self.identity.partner_client_id,
            "TokenUrl": self.identity.token_url,
            "StreamFailuresUrl": self.stream_failures.queue_url,
            "SigningSecretArn": self.signing.attr_id,
            "CodeMacsSecretArn": self.code_macs.attr_id,
            "PaymentsSecretArn": self.payments.attr_id,
            "CodesKeyArn": self.codes_key.key_arn,
            "SeedsKeyArn": self.seeds_key.key_arn,
            "BusName": self.bus.event_bus_name,
            "FilesBucket": self.files.bucket_name,
            "ImagesBucket": self.images.bucket_name,
        }
        for name, table in self.tables.items():
            outputs[f"{name.capitalize()}Table"] = table.table_name
        for name, work in self.queues.items():
            outputs[f"{pascal(name)}QueueUrl"] = work.queue.queue_url
            outputs[f"{pascal(name)}DeadLetterUrl"] = work.dead_letter.queue_url
        for output, value in outputs.items():
            # The construct's id differs, because a child of the stack may have the output's name.
            cdk.CfnOutput(self, f"Output{output}", value=value).override_logical_id(output)

    def _keep_exports(self) -> None:
        streams = [self.tables[name].table_stream_arn or "" for name in STREAMED]
        values = [self.stream_failures.queue_arn, self.stream_failures.queue_name, *streams]
        values += [self.api.id, self.api.members, self.api.partners]
        for work in self.queues.values():
            values += [work.dead_letter.queue_name, work.queue.queue_name]
            values += [work.dead_letter.queue_arn, work.dead_letter.queue_url]
        values += [*self.arns.values(), *self.told.values()]
        for value in dict.fromkeys(values):
            if cdk.Token.is_unresolved(value):
                self.export_value(value)
