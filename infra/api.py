"""The HTTP API that every route hangs on: throttle, access log, CORS, and its two authorizers.

Routes live in the domain stacks. The authorizers are two on purpose: a member's token is refused on
partner routes and the reverse, because each accepts one client's tokens only.
"""

import json

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as gateway
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.identity import Identity
from infra.stage import MallStage

# Ids only: an address, an agent or a query string could be personal data.
_LOGGED = {
    "request_id": "$context.requestId",
    "at": "$context.requestTime",
    "route": "$context.routeKey",
    "status": "$context.status",
    "error": "$context.error.responseType",
    "integration_error": "$context.integrationErrorMessage",
    "latency_ms": "$context.responseLatency",
    "size_bytes": "$context.responseLength",
}
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class Api(Construct):
    """The API, its `$default` stage and its authorizers, by id."""

    def __init__(
        self, scope: Construct, construct_id: str, stage: MallStage, identity: Identity
    ) -> None:
        super().__init__(scope, construct_id)
        api = gateway.CfnApi(
            self,
            "Http",
            name=stage.named("api"),
            protocol_type="HTTP",
            cors_configuration=_cors(stage.cors_origins),
        )
        self.id = api.ref
        # The stack's own region, because the edge reads this name in another one.
        region = cdk.Stack.of(self).region
        self.domain_name = f"{self.id}.execute-api.{region}.{cdk.Aws.URL_SUFFIX}"
        self.url = f"https://{self.domain_name}"
        self._add_default_stage(stage)
        self.members = self._authorizer("Members", identity.issuer, identity.member_client_id)
        self.partners = self._authorizer("Partners", identity.issuer, identity.partner_client_id)

    def _add_default_stage(self, stage: MallStage) -> None:
        log = logs.LogGroup(
            self,
            "AccessLog",
            # Names below this prefix share one short resource policy for log delivery.
            log_group_name=f"/aws/vendedlogs/{stage.named('api')}",
            retention=stage.log_retention,
            removal_policy=stage.removal,
        )
        gateway.CfnStage(
            self,
            "Default",
            api_id=self.id,
            stage_name="$default",
            auto_deploy=True,
            access_log_settings=gateway.CfnStage.AccessLogSettingsProperty(
                destination_arn=log.log_group_arn, format=json.dumps(_LOGGED)
            ),
            default_route_settings=gateway.CfnStage.RouteSettingsProperty(
                throttling_rate_limit=stage.requests_per_s_max,
                throttling_burst_limit=stage.requests_burst_max,
            ),
        )

    def _authorizer(self, name: str, issuer: str, client_id: str) -> str:
        made = gateway.CfnAuthorizer(
            self,
            name,
            api_id=self.id,
            name=name.lower(),
            authorizer_type="JWT",
            identity_source=["$request.header.Authorization"],
            jwt_configuration=gateway.CfnAuthorizer.JWTConfigurationProperty(
                audience=[client_id], issuer=issuer
            ),
        )
        authorizer_id: str = made.ref
        return authorizer_id


def _cors(origins: tuple[str, ...]) -> gateway.CfnApi.CorsProperty | None:
    """CORS for the named origins; without any, browsers of other origins get nothing."""
    if not origins:
        return None
    return gateway.CfnApi.CorsProperty(
        allow_origins=list(origins),
        allow_methods=_METHODS,
        allow_headers=["authorization", "content-type", "idempotency-key"],
        expose_headers=["idempotent-replayed", "retry-after", "x-request-id"],
        max_age=600,
    )
