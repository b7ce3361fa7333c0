"""The web ACL in front of the edge: managed rules, known bad addresses, and rates by address.

Partners call from few addresses and much, so their paths, events and cash discounts, have a rate of
their own. A member's one-time code (`/v1/points/discount-codes`) is a visitor's path.
"""

from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from infra.stage import MallStage

PARTNER_PATHS: dict[str, str] = {
    "/v1/events": "EXACTLY",
    "/v1/points/discounts": "STARTS_WITH",  # with /quote, and /{discount_id}/reverse
    "/v1/vouchers/": "STARTS_WITH",
}
RATE_WINDOW_S = 300
_VISITOR_REQUESTS_MAX = 2000
_PARTNER_REQUESTS_MAX = 60000
_Acl = waf.CfnWebACL
_Statement = _Acl.StatementProperty


def make_firewall(scope: Construct, stage: MallStage) -> waf.CfnWebACL:
    """The web ACL of a stage, for CloudFront (so in us-east-1)."""
    partner = _partner_paths()
    elsewhere = _Statement(not_statement=_Acl.NotStatementProperty(statement=partner))
    return waf.CfnWebACL(
        scope,
        "Firewall",
        name=stage.named("edge"),
        scope="CLOUDFRONT",
        default_action=_Acl.DefaultActionProperty(allow={}),
        visibility_config=_visibility("edge"),
        rules=[
            _managed("AWSManagedRulesAmazonIpReputationList", 0),
            # Importing 1,000 codes needs more than the 8 KB the body rule allows. The API has its
            # own limit, and a body is validated field by field.
            _managed("AWSManagedRulesCommonRuleSet", 1, counted="SizeRestrictions_BODY"),
            _rate("VisitorRate", 2, _VISITOR_REQUESTS_MAX, elsewhere),
            _rate("PartnerRate", 3, _PARTNER_REQUESTS_MAX, partner),
        ],
    )


def _managed(name: str, priority: int, counted: str | None = None) -> waf.CfnWebACL.RuleProperty:
    overrides = None
    if counted is not None:
        count = _Acl.RuleActionProperty(count={})
        overrides = [_Acl.RuleActionOverrideProperty(name=counted, action_to_use=count)]
    return _Acl.RuleProperty(
        name=name,
        priority=priority,
        override_action=_Acl.OverrideActionProperty(none={}),
        statement=_Statement(
            managed_rule_group_statement=_Acl.ManagedRuleGroupStatementProperty(
                vendor_name="AWS", name=name, rule_action_overrides=overrides
            )
        ),
        visibility_config=_visibility(name),
    )


def _rate(
    name: str, priority: int, requests_max: int, where: waf.CfnWebACL.StatementProperty
) -> waf.CfnWebACL.RuleProperty:
    return _Acl.RuleProperty(
        name=name,
        priority=priority,
        action=_Acl.RuleActionProperty(
            block=_Acl.BlockActionProperty(
                custom_response=_Acl.CustomResponseProperty(response_code=429)
            )
        ),
        statement=_Statement(
            rate_based_statement=_Acl.RateBasedStatementProperty(
                aggregate_key_type="IP",
                limit=requests_max,
                evaluation_window_sec=RATE_WINDOW_S,
                scope_down_statement=where,
            )
        ),
        visibility_config=_visibility(name),
    )


def _partner_paths() -> waf.CfnWebACL.StatementProperty:
    paths = [_path(*each) for each in PARTNER_PATHS.items()]
    return _Statement(or_statement=_Acl.OrStatementProperty(statements=paths))


def _path(path: str, constraint: str) -> waf.CfnWebACL.StatementProperty:
    return _Statement(
        byte_match_statement=_Acl.ByteMatchStatementProperty(
            field_to_match=_Acl.FieldToMatchProperty(uri_path={}),
            positional_constraint=constraint,
            search_string=path,
            text_transformations=[_Acl.TextTransformationProperty(priority=0, type="NONE")],
        )
    )


def _visibility(name: str) -> waf.CfnWebACL.VisibilityConfigProperty:
    return _Acl.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=True
    )
