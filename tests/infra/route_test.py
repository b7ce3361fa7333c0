"""Routes, their authorizers, and the API they hang on."""

from pathlib import Path

import pytest

from infra.foundation import Foundation
from infra.operations import OPERATIONS, Http
from infra.stage import stage_from
from tests.infra.templates import (
    FOUNDATION,
    STAGES,
    Deployment,
    Resource,
    deployment,
    functions,
    new_app,
)

SIGNED_IN = "aws.cognito.signin.user.admin"
for_each_stage = pytest.mark.parametrize("stage", STAGES)


@for_each_stage
def should_make_the_route_of_every_http_line_and_no_other(stage: str) -> None:
    routes = [
        route.properties["RouteKey"]
        for route in deployment(stage).resources("AWS::ApiGatewayV2::Route")
    ]
    expected = [each.trigger.route for each in OPERATIONS if isinstance(each.trigger, Http)]
    assert sorted(routes) == sorted(expected)
    assert len(set(routes)) == len(routes)


@for_each_stage
def should_ask_every_route_for_the_right_token_and_scope(stage: str) -> None:
    found = deployment(stage)
    asked = _routes(found)
    for operation in OPERATIONS:
        if not isinstance(operation.trigger, Http):
            continue
        route = asked[operation.trigger.route].properties
        access = operation.trigger.access
        if access == "anyone":
            assert route["AuthorizationType"] == "NONE", operation.name
            assert "AuthorizerId" not in route
            continue
        partner = access.startswith("mall/")
        assert route["AuthorizationType"] == "JWT", operation.name
        assert route["AuthorizationScopes"] == [access if partner else SIGNED_IN], operation.name
        authorizer = found.text(_stack(found, route["RouteKey"]), route["AuthorizerId"])
        client = found.output("PartnerClientId" if partner else "MemberClientId")
        assert _audience(found, authorizer) == [client], operation.name


@for_each_stage
def should_trust_tokens_of_the_stages_own_user_pool_only(stage: str) -> None:
    found = deployment(stage)
    authorizers = found.resources("AWS::ApiGatewayV2::Authorizer")
    assert len(authorizers) == 2
    for authorizer in authorizers:
        asked = authorizer.properties
        assert asked["AuthorizerType"] == "JWT"
        assert asked["IdentitySource"] == ["$request.header.Authorization"]
        issuer = found.text(FOUNDATION, asked["JwtConfiguration"]["Issuer"])
        assert issuer.startswith("https://cognito-idp.")
        assert issuer.endswith("/" + found.output("UserPoolId"))


@for_each_stage
def should_let_each_route_call_its_own_function_and_nothing_else(stage: str) -> None:
    found = deployment(stage)
    routes = _routes(found)
    permissions = {
        found.text(each.stack, each.properties["FunctionName"]): each
        for each in found.resources("AWS::Lambda::Permission")
    }
    called = 0
    for operation, function in functions(stage):
        if not isinstance(operation.trigger, Http):
            assert function.name not in permissions
            continue
        route = routes[operation.trigger.route]
        target = found.text(route.stack, route.properties["Target"])
        integration = found.named(target.removeprefix("integrations/"))
        uri = found.text(route.stack, integration.properties["IntegrationUri"])
        assert uri == f"{function.name}.Arn", operation.name
        assert integration.properties["PayloadFormatVersion"] == "2.0"
        source = found.text(route.stack, permissions[function.name].properties["SourceArn"])
        method, path = operation.trigger.route.split(" ")
        assert source.endswith(f":{found.output('ApiId')}/*/{method}{path}"), operation.name
        called += 1
    assert called == len(permissions) == len(routes)


@for_each_stage
def should_throttle_and_log_every_route(stage: str) -> None:
    found = deployment(stage)
    [default] = found.resources("AWS::ApiGatewayV2::Stage")
    limits = default.properties["DefaultRouteSettings"]
    assert 0 < limits["ThrottlingRateLimit"] <= limits["ThrottlingBurstLimit"] <= 5000
    log = found.named(
        found.text(FOUNDATION, default.properties["AccessLogSettings"]["DestinationArn"])
    )
    assert log.properties["RetentionInDays"] in (7, 90)
    logged = default.properties["AccessLogSettings"]["Format"]
    for personal in ("sourceIp", "userAgent", "claims", "queryString", "context.path"):
        assert personal not in logged


@for_each_stage
def should_allow_no_foreign_origin_by_default(stage: str) -> None:
    [api] = deployment(stage).resources("AWS::ApiGatewayV2::Api")
    assert "CorsConfiguration" not in api.properties


def should_allow_the_origins_that_the_context_names(tmp_path: Path) -> None:
    app = new_app(tmp_path / "out")
    context = {"layer": str(tmp_path), "cors_origins": ["https://shop.example"]}
    Foundation(app, FOUNDATION, stage_from(context, {}))
    app.synth()
    [api] = Deployment("sandbox", tmp_path / "out").resources("AWS::ApiGatewayV2::Api")
    cors = api.properties["CorsConfiguration"]
    assert cors["AllowOrigins"] == ["https://shop.example"]
    assert "idempotency-key" in cors["AllowHeaders"]
    assert "AllowCredentials" not in cors


def _routes(found: Deployment) -> dict[str, Resource]:
    return {
        route.properties["RouteKey"]: route for route in found.resources("AWS::ApiGatewayV2::Route")
    }


def _stack(found: Deployment, route_key: str) -> str:
    return _routes(found)[route_key].stack


def _audience(found: Deployment, authorizer: str) -> list[str]:
    listed = found.named(authorizer).properties["JwtConfiguration"]["Audience"]
    return [found.text(FOUNDATION, client) for client in listed]
