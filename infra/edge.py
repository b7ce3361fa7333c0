"""MallEdge: one address for storefront and API, with the firewall in front of both.

Always in us-east-1, where CloudFront takes its web ACLs from. `/v1/*` goes to the HTTP API with
the origin secret, which functions demand, so that nobody gets around the firewall; `/images/*` are
the attached images of products; everything else is the storefront. Both buckets are private.
"""

import aws_cdk as cdk
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra import nag
from infra.buckets import SERVED_PREFIX
from infra.firewall import make_firewall
from infra.foundation import ORIGIN_SECRET, Foundation
from infra.stage import EDGE_REGION, MallStage

API_PATHS = "/v1/*"
# The same for everybody. A lottery's own page is not among them: draws are made beneath it.
PUBLIC_PATHS = ("/v1/products", "/v1/products/*", "/v1/categories", "/v1/lotteries")
IMAGE_PATHS = f"/{SERVED_PREFIX}*"
ORIGIN_HEADER = "X-Origin-Secret"
_LOGS_KEPT = cdk.Duration.days(90)
_POLICY_ELSEWHERE = "@aws-cdk/aws-cloudfront-origins:updateImportedBucketPolicyOac"
_CONTENT_RULES = (
    "default-src 'self'; img-src 'self' data: https:; style-src 'self' 'unsafe-inline'; "
    "script-src 'self' https://js.stripe.com; frame-src https://js.stripe.com; "
    "connect-src 'self' {uploads}; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'none'"
)
# A path without a file's ending is a page of the storefront, whose one document routes by itself.
# Done here and not as an error page, because error pages would also replace the API's 404s.
_PAGES_TO_INDEX = """
function handler(event) {
  var request = event.request;
  if (!/\\.[a-z0-9]+$/i.test(request.uri)) { request.uri = '/index.html'; }
  return request;
}
"""


class Edge(cdk.Stack):
    """Distribution, firewall, storefront bucket, security headers."""

    def __init__(
        self, scope: Construct, construct_id: str, stage: MallStage, foundation: Foundation
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            stack_name=stage.stack_name(construct_id),
            env=cdk.Environment(account=stage.account, region=EDGE_REGION),
            cross_region_references=True,
            description="Points mall: CloudFront, firewall and storefront",
        )
        self.stage = stage
        # Read from the other region's stack by CloudFormation itself. A strong reference would
        # need two functions of the framework's own to carry one string across.
        cdk.CrossStackReferences.of(self).consume(cdk.ReferenceStrength.WEAK)
        access_logs = self._log_bucket()
        storefront = self._bucket(
            "Storefront", access_logs=access_logs, removal=cdk.RemovalPolicy.DESTROY
        )
        headers = self._security_headers(foundation)
        distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment=stage.named("edge"),
            default_root_object="index.html",
            default_behavior=self._storefront_behaviour(storefront, headers),
            additional_behaviors={
                **self._api_behaviours(foundation.api.domain_name, headers),
                IMAGE_PATHS: self._images_behaviour(foundation.images, headers),
            },
            web_acl_id=make_firewall(self, stage).attr_arn,
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            enable_logging=True,
            log_bucket=access_logs,
            log_file_prefix="edge/",
        )
        nag.accept(distribution, nag.NO_GEO_RULE, nag.DEFAULT_CERTIFICATE)
        cdk.CfnOutput(self, "Url", value=f"https://{distribution.distribution_domain_name}")
        cdk.CfnOutput(self, "StorefrontBucket", value=storefront.bucket_name)

    def _log_bucket(self) -> s3.Bucket:
        bucket = self._bucket(
            "AccessLogs",
            removal=self.stage.removal,
            # CloudFront delivers its logs by ACL.
            ownership=s3.ObjectOwnership.BUCKET_OWNER_PREFERRED,
            expires=_LOGS_KEPT,
        )
        nag.accept(bucket, nag.LOG_BUCKET)
        return bucket

    def _bucket(
        self,
        construct_id: str,
        *,
        removal: cdk.RemovalPolicy,
        access_logs: s3.Bucket | None = None,
        ownership: s3.ObjectOwnership = s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        expires: cdk.Duration | None = None,
    ) -> s3.Bucket:
        return s3.Bucket(
            self,
            construct_id,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            object_ownership=ownership,
            removal_policy=removal,
            server_access_logs_bucket=access_logs,
            server_access_logs_prefix="storefront/" if access_logs else None,
            lifecycle_rules=[s3.LifecycleRule(expiration=expires)] if expires else None,
        )

    def _security_headers(self, foundation: Foundation) -> cloudfront.ResponseHeadersPolicy:
        return cloudfront.ResponseHeadersPolicy(
            self,
            "SecurityHeaders",
            response_headers_policy_name=self.stage.named("security-headers"),
            security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
                content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
                    content_security_policy=_content_rules(foundation), override=True
                ),
                content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
                frame_options=cloudfront.ResponseHeadersFrameOptions(
                    frame_option=cloudfront.HeadersFrameOption.DENY, override=True
                ),
                referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
                    referrer_policy=cloudfront.HeadersReferrerPolicy.SAME_ORIGIN, override=True
                ),
                strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                    access_control_max_age=cdk.Duration.days(365),
                    include_subdomains=True,
                    override=True,
                ),
            ),
        )

    def _storefront_behaviour(
        self, bucket: s3.Bucket, headers: cloudfront.ResponseHeadersPolicy
    ) -> cloudfront.BehaviorOptions:
        to_index = cloudfront.Function(
            self,
            "PagesToIndex",
            code=cloudfront.FunctionCode.from_inline(_PAGES_TO_INDEX),
            runtime=cloudfront.FunctionRuntime.JS_2_0,
        )
        return cloudfront.BehaviorOptions(
            origin=origins.S3BucketOrigin.with_origin_access_control(bucket),
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            response_headers_policy=headers,
            function_associations=[
                cloudfront.FunctionAssociation(
                    function=to_index, event_type=cloudfront.FunctionEventType.VIEWER_REQUEST
                )
            ],
        )

    def _images_behaviour(
        self, images: s3.IBucket, headers: cloudfront.ResponseHeadersPolicy
    ) -> cloudfront.BehaviorOptions:
        # By its name alone: the bucket's own stack lets the edge in, see infra/buckets.py.
        bucket = s3.Bucket.from_bucket_attributes(
            self, "Images", bucket_name=images.bucket_name, region=self.stage.region
        )
        cdk.Annotations.of(self).acknowledge_warning(_POLICY_ELSEWHERE)
        return cloudfront.BehaviorOptions(
            origin=origins.S3BucketOrigin.with_origin_access_control(bucket),
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
            response_headers_policy=headers,
        )

    def _api_behaviours(
        self, api_domain_name: str, headers: cloudfront.ResponseHeadersPolicy
    ) -> dict[str, cloudfront.BehaviorOptions]:
        """What is the same for everybody is kept for as long as it says; nothing else is."""
        origin = self._api(api_domain_name)
        reads = cloudfront.BehaviorOptions(
            origin=origin,
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
            allowed_methods=cloudfront.AllowedMethods.ALLOW_GET_HEAD_OPTIONS,
            cache_policy=self._public_answers(),
            origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
            response_headers_policy=headers,
        )
        return {
            **dict.fromkeys(PUBLIC_PATHS, reads),
            API_PATHS: cloudfront.BehaviorOptions(
                origin=origin,
                viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
                allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
                cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
                origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
                response_headers_policy=headers,
            ),
        }

    def _public_answers(self) -> cloudfront.CachePolicy:
        """Kept by path, query and origin, for as long as the answer allows; not at all unless.

        The origin counts because an answer names the one that may read it.
        """
        return cloudfront.CachePolicy(
            self,
            "PublicAnswers",
            cache_policy_name=self.stage.named("public-answers"),
            min_ttl=cdk.Duration.seconds(0),
            default_ttl=cdk.Duration.seconds(0),
            max_ttl=cdk.Duration.minutes(1),
            query_string_behavior=cloudfront.CacheQueryStringBehavior.all(),
            header_behavior=cloudfront.CacheHeaderBehavior.allow_list("Origin"),
            cookie_behavior=cloudfront.CacheCookieBehavior.none(),
            enable_accept_encoding_gzip=True,
            enable_accept_encoding_brotli=True,
        )

    def _api(self, api_domain_name: str) -> origins.HttpOrigin:
        # By name and not by ARN: the edge's region holds a replica of its own.
        secret = cdk.SecretValue.secrets_manager(
            self.stage.named(ORIGIN_SECRET), json_field="current"
        )
        return origins.HttpOrigin(
            api_domain_name,
            protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
            custom_headers={ORIGIN_HEADER: secret.unsafe_unwrap()},
        )


def _content_rules(foundation: Foundation) -> str:
    """What pages may do: talk to the mall, and upload to the buckets that signed links lead to."""
    buckets = (foundation.images, foundation.files)
    names = [
        name for b in buckets for name in (b.bucket_domain_name, b.bucket_regional_domain_name)
    ]
    return _CONTENT_RULES.format(uploads=" ".join(f"https://{name}" for name in names))
