"""The edge of a production stage, and that a sandbox has none."""

import json
from fnmatch import fnmatch

from infra.edge import PUBLIC_PATHS
from infra.operations import OPERATIONS, Http
from tests.infra.templates import FOUNDATION, REGION, Json, deployment

EDGE = "MallEdge"


def should_leave_the_edge_and_its_secret_out_of_a_sandbox() -> None:
    found = deployment("sandbox")
    assert EDGE not in found.templates
    names = {secret.logical_id for secret in found.resources("AWS::SecretsManager::Secret")}
    assert names == {"Signing", "CodeMacs", "Payments"}


def should_put_the_edge_where_cloudfront_takes_its_firewall_from() -> None:
    manifest = json.loads((deployment("production").folder / "manifest.json").read_text())
    assert manifest["artifacts"][EDGE]["environment"].endswith("/us-east-1")
    assert manifest["artifacts"][FOUNDATION]["environment"].endswith(f"/{REGION}")


def should_keep_a_replica_of_the_origin_secret_in_the_edges_region() -> None:
    [origin] = [
        each
        for each in deployment("production").resources("AWS::SecretsManager::Secret")
        if each.properties.get("Name") == "mall-production-origin"
    ]
    assert origin.properties["ReplicaRegions"] == [{"Region": "us-east-1"}]
    generated = origin.properties["GenerateSecretString"]
    assert generated["GenerateStringKey"] == "current"
    assert (
        json.loads(generated["SecretStringTemplate"]) == {}
    )  # an empty value would match no header


def should_send_the_api_the_origin_secret_over_tls_in_its_own_region() -> None:
    [api] = [each for each in _distribution()["Origins"] if "OriginCustomHeaders" in each]
    assert api["OriginCustomHeaders"] == [
        {
            "HeaderName": "X-Origin-Secret",
            "HeaderValue": "{{resolve:secretsmanager:mall-production-origin"
            ":SecretString:current::}}",
        }
    ]
    assert api["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    api_id, rest, suffix = _host(api["DomainName"])
    assert api_id["Fn::GetStackOutput"]["Region"] == REGION
    assert rest == f".execute-api.{REGION}."
    assert suffix == {"Ref": "AWS::URLSuffix"}


def should_pass_every_method_of_the_api_and_cache_nothing_but_what_is_for_everybody() -> None:
    api = _behaviour("/v1/*")
    assert set(api["AllowedMethods"]) >= {"GET", "POST", "PUT", "PATCH", "DELETE"}
    assert api["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # CachingDisabled
    assert api["ViewerProtocolPolicy"] == "https-only"
    for each in map(_behaviour, PUBLIC_PATHS):
        assert set(each["AllowedMethods"]) == {"GET", "HEAD", "OPTIONS"}
        assert each["ViewerProtocolPolicy"] == "https-only"
        assert each["TargetOriginId"] == api["TargetOriginId"]
        assert each["OriginRequestPolicyId"] == api["OriginRequestPolicyId"]
        assert "Ref" in each["CachePolicyId"]


def should_keep_public_answers_for_as_long_as_they_say_and_by_all_they_depend_on() -> None:
    [policy] = deployment("production").resources("AWS::CloudFront::CachePolicy")
    config = policy.properties["CachePolicyConfig"]
    assert (config["MinTTL"], config["DefaultTTL"]) == (0, 0)
    keyed = config["ParametersInCacheKeyAndForwardedToOrigin"]
    assert keyed["QueryStringsConfig"] == {"QueryStringBehavior": "all"}
    assert keyed["HeadersConfig"] == {"HeaderBehavior": "whitelist", "Headers": ["Origin"]}
    assert keyed["CookiesConfig"] == {"CookieBehavior": "none"}


def should_cache_no_path_that_asks_who_is_there() -> None:
    """What is kept for everybody must be open to everybody, on every route beneath it."""
    for operation in OPERATIONS:
        if not isinstance(operation.trigger, Http):
            continue
        method, _, path = operation.trigger.route.partition(" ")
        kept = any(fnmatch(path, each) for each in PUBLIC_PATHS)
        assert not kept or (method, operation.access) == ("GET", "anyone"), operation.name


def should_never_replace_an_error_of_the_api_by_a_page() -> None:
    assert "CustomErrorResponses" not in _distribution()


def should_filter_by_managed_rules_reputation_and_rate() -> None:
    [firewall] = deployment("production").resources("AWS::WAFv2::WebACL")
    assert firewall.properties["Scope"] == "CLOUDFRONT"
    rules = firewall.properties["Rules"]
    managed = {
        rule["Statement"]["ManagedRuleGroupStatement"]["Name"]
        for rule in rules
        if "ManagedRuleGroupStatement" in rule["Statement"]
    }
    assert managed == {"AWSManagedRulesCommonRuleSet", "AWSManagedRulesAmazonIpReputationList"}
    rates = [rule for rule in rules if "RateBasedStatement" in rule["Statement"]]
    assert rates
    for rule in rates:
        assert rule["Statement"]["RateBasedStatement"]["AggregateKeyType"] == "IP"
        assert rule["Action"]["Block"]["CustomResponse"]["ResponseCode"] == 429
    assert _distribution()["WebACLId"] == {"Fn::GetAtt": [firewall.logical_id, "Arn"]}


def should_give_the_routes_of_partners_and_no_others_a_rate_of_their_own() -> None:
    [firewall] = deployment("production").resources("AWS::WAFv2::WebACL")
    rates = {
        rule["Name"]: rule["Statement"]["RateBasedStatement"]
        for rule in firewall.properties["Rules"]
        if "RateBasedStatement" in rule["Statement"]
    }
    partner, visitor = rates["PartnerRate"], rates["VisitorRate"]
    assert partner["Limit"] > visitor["Limit"]
    paths = partner["ScopeDownStatement"]
    assert visitor["ScopeDownStatement"] == {"NotStatement": {"Statement": paths}}
    matches = [each["ByteMatchStatement"] for each in paths["OrStatement"]["Statements"]]
    told = {each["SearchString"]: each["PositionalConstraint"] for each in matches}
    assert told == {
        "/v1/events": "EXACTLY", "/v1/points/discounts": "STARTS_WITH",
        "/v1/vouchers/": "STARTS_WITH",
    }  # fmt: skip
    for route in [each.trigger for each in OPERATIONS if isinstance(each.trigger, Http)]:
        path = route.route.partition(" ")[2]
        busy = path == "/v1/events" or path.startswith(("/v1/points/discounts", "/v1/vouchers/"))
        assert busy == route.access.startswith("mall/"), path


def should_keep_every_bucket_private_and_encrypted() -> None:
    buckets = deployment("production").resources("AWS::S3::Bucket")
    assert len(buckets) == 4
    for bucket in buckets:
        asked = bucket.properties
        assert set(asked["PublicAccessBlockConfiguration"].values()) == {True}
        assert asked["BucketEncryption"], bucket.name
    stores = [each for each in _distribution()["Origins"] if "S3OriginConfig" in each]
    assert len(stores) == 2
    assert all(store["OriginAccessControlId"] for store in stores)


def should_serve_attached_images_and_cache_them_as_they_say() -> None:
    images = _behaviour("/images/*")
    assert images["CachePolicyId"] == "658327ea-f89d-4fab-a63d-7e88639e58f6"  # CachingOptimized
    assert images["ViewerProtocolPolicy"] == "https-only"
    assert not images.get("FunctionAssociations")  # a missing image is no page


def should_let_the_edge_read_attached_images_and_nothing_that_is_pending() -> None:
    found = deployment("production")
    bucket = found.output("ImagesBucket")
    [policy] = [
        each
        for each in found.resources("AWS::S3::BucketPolicy")
        if found.text(each.stack, each.properties["Bucket"]) == bucket
    ]
    [allowed] = [
        each
        for each in policy.properties["PolicyDocument"]["Statement"]
        if each["Effect"] == "Allow"
    ]
    assert allowed["Action"] == "s3:GetObject"
    assert allowed["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert found.text(policy.stack, allowed["Resource"]).endswith("/images/*")
    [source] = allowed["Condition"]["ArnLike"].values()
    assert json.dumps(source).endswith(':distribution/*"]]}')


def should_let_pages_upload_to_the_buckets_that_links_lead_to() -> None:
    [policy] = deployment("production").resources("AWS::CloudFront::ResponseHeadersPolicy")
    headers = policy.properties["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    rules = json.dumps(headers["ContentSecurityPolicy"]["ContentSecurityPolicy"])
    [connect] = [rule for rule in rules.split(";") if "connect-src" in rule]
    assert connect.count("https://") == 4
    assert "*" not in connect


def should_send_security_headers_with_everything() -> None:
    [policy] = deployment("production").resources("AWS::CloudFront::ResponseHeadersPolicy")
    headers = policy.properties["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    assert set(headers) == {
        "ContentSecurityPolicy",
        "ContentTypeOptions",
        "FrameOptions",
        "ReferrerPolicy",
        "StrictTransportSecurity",
    }
    config = _distribution()
    for behaviour in [config["DefaultCacheBehavior"], *config["CacheBehaviors"]]:
        assert behaviour["ResponseHeadersPolicyId"] == {"Ref": policy.logical_id}


def _behaviour(paths: str) -> dict[str, Json]:
    [found] = [each for each in _distribution()["CacheBehaviors"] if each["PathPattern"] == paths]
    behaviour: dict[str, Json] = found
    return behaviour


def _distribution() -> dict[str, Json]:
    [distribution] = deployment("production").resources("AWS::CloudFront::Distribution")
    config: dict[str, Json] = distribution.properties["DistributionConfig"]
    return config


def _host(domain_name: Json) -> list[Json]:
    """The parts of a joined host name."""
    parts: list[Json] = domain_name["Fn::Join"][1]
    return parts
