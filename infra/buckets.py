"""The buckets that functions know: files that come and go, and images that stay.

Both are private. Whoever may reach an object gets a link that is signed and good for minutes; only
attached images are served to everybody, by the edge.
"""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra import nag
from infra.stage import MallStage

_FILES_KEPT = cdk.Duration.days(7)
_PENDING_KEPT = cdk.Duration.days(1)
PENDING_PREFIX = "pending/"
SERVED_PREFIX = "images/"


def files_bucket(scope: Construct, stage: MallStage) -> s3.Bucket:
    """Statements, replays, and files to be imported; they leave by themselves."""
    bucket = _bucket(
        scope,
        "Files",
        stage,
        s3.LifecycleRule(
            expiration=_FILES_KEPT, abort_incomplete_multipart_upload_after=_FILES_KEPT
        ),
    )
    nag.accept(bucket, nag.FILES_UNLOGGED)
    return bucket


def images_bucket(scope: Construct, stage: MallStage) -> s3.Bucket:
    """Images of products. What is never attached leaves after a day, what is attached stays."""
    bucket = _bucket(
        scope, "Images", stage, s3.LifecycleRule(prefix=PENDING_PREFIX, expiration=_PENDING_KEPT)
    )
    nag.accept(bucket, nag.IMAGES_UNLOGGED)
    if stage.edge:
        _let_the_edge_read(bucket)
    return bucket


def _let_the_edge_read(bucket: s3.Bucket) -> None:
    """By any distribution of the account: naming the one would let two stacks wait for each other.

    It reads what is attached and nothing that is pending.
    """
    distributions = f"arn:{cdk.Aws.PARTITION}:cloudfront::{cdk.Aws.ACCOUNT_ID}:distribution/*"
    bucket.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("cloudfront.amazonaws.com")],
            actions=["s3:GetObject"],
            resources=[bucket.arn_for_objects(f"{SERVED_PREFIX}*")],
            conditions={"ArnLike": {"aws:SourceArn": distributions}},
        )
    )


def _bucket(
    scope: Construct, construct_id: str, stage: MallStage, rule: s3.LifecycleRule
) -> s3.Bucket:
    return s3.Bucket(
        scope,
        construct_id,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        encryption=s3.BucketEncryption.S3_MANAGED,
        enforce_ssl=True,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        removal_policy=stage.removal,
        lifecycle_rules=[rule],
        cors=_uploads_from(stage),
    )


def _uploads_from(stage: MallStage) -> list[s3.CorsRule] | None:
    """The pages that may upload: the same that may call the API. The signature decides the rest."""
    if not stage.cors_origins:
        return None
    return [
        s3.CorsRule(
            allowed_methods=[s3.HttpMethods.PUT],
            allowed_origins=list(stage.cors_origins),
            allowed_headers=["content-type", "cache-control"],
            max_age=3600,
        )
    ]
