"""The Cognito user pool: who members are, and how the API recognizes members and partners.

Passwords and tokens live here and nowhere else. Members sign in through our functions only, which
use the admin flow; a partner is a machine with a secret that asks for scopes.
"""

import aws_cdk as cdk
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from infra import nag
from infra.operations import ADMIN, OPERATOR
from infra.stage import MallStage

RESOURCE_SERVER = "mall"
PARTNER_SCOPES = {
    "events": "Report purchases and other events that earn points",
    "discounts": "Burn points and vouchers at a shop's checkout",
}
ACCESS_TOKEN_MINUTES = 15
_REFRESH_TOKEN_DAYS = 30

# A client without a list of writable attributes may write all standard ones, and CloudFormation
# treats an empty list as none given. So the list names one attribute that nothing reads and that
# can never change: in effect, clients write nothing, e-mail included.
_UNREAD_ATTRIBUTE = "unread"


class Identity(Construct):
    """User pool, groups, scopes, the two clients, and the issuer that tokens name."""

    def __init__(self, scope: Construct, construct_id: str, stage: MallStage) -> None:
        super().__init__(scope, construct_id)
        self.pool = self._pool(stage)
        for group in (ADMIN, OPERATOR):
            cognito.CfnUserPoolGroup(
                self,
                f"{group.capitalize()}Group",
                user_pool_id=self.pool.user_pool_id,
                group_name=group,
            )
        prefix = stage.named(cdk.Aws.ACCOUNT_ID)
        cognito.CfnUserPoolDomain(
            self, "Domain", user_pool_id=self.pool.user_pool_id, domain=prefix
        )
        self.member_client_id = self._member_client().ref
        self.partner_client_id = self._partner_client(self._resource_server()).ref
        region, suffix = cdk.Aws.REGION, cdk.Aws.URL_SUFFIX
        # Built by hand: the local emulator has no attribute for the pool's provider URL.
        self.issuer = f"https://cognito-idp.{region}.{suffix}/{self.pool.user_pool_id}"
        self.token_url = f"https://{prefix}.auth.{region}.amazoncognito.com/oauth2/token"

    def _pool(self, stage: MallStage) -> cognito.UserPool:
        pool = cognito.UserPool(
            self,
            "Pool",
            feature_plan=cognito.FeaturePlan.LITE,
            self_sign_up_enabled=True,
            sign_in_aliases=cognito.SignInAliases(email=True),
            sign_in_case_sensitive=False,
            auto_verify=cognito.AutoVerifiedAttrs(email=True),
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            password_policy=cognito.PasswordPolicy(
                min_length=12,
                require_lowercase=True,
                require_uppercase=True,
                require_digits=True,
                require_symbols=True,
            ),
            mfa=cognito.Mfa.OPTIONAL,
            mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False),
            custom_attributes={
                _UNREAD_ATTRIBUTE: cognito.StringAttribute(max_len=1, mutable=False)
            },
            deletion_protection=stage.production,
            removal_policy=stage.removal,
        )
        nag.accept(pool, nag.OPTIONAL_MFA, nag.NO_PLUS_PLAN)
        return pool

    def _resource_server(self) -> cognito.CfnUserPoolResourceServer:
        return cognito.CfnUserPoolResourceServer(
            self,
            "Scopes",
            user_pool_id=self.pool.user_pool_id,
            identifier=RESOURCE_SERVER,
            name=RESOURCE_SERVER,
            scopes=[
                cognito.CfnUserPoolResourceServer.ResourceServerScopeTypeProperty(
                    scope_name=name, scope_description=description
                )
                for name, description in PARTNER_SCOPES.items()
            ],
        )

    def _member_client(self) -> cognito.CfnUserPoolClient:
        return cognito.CfnUserPoolClient(
            self,
            "MemberClient",
            user_pool_id=self.pool.user_pool_id,
            generate_secret=False,
            explicit_auth_flows=["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            prevent_user_existence_errors="ENABLED",
            enable_token_revocation=True,
            write_attributes=[f"custom:{_UNREAD_ATTRIBUTE}"],
            supported_identity_providers=["COGNITO"],
            access_token_validity=ACCESS_TOKEN_MINUTES,
            id_token_validity=ACCESS_TOKEN_MINUTES,
            refresh_token_validity=_REFRESH_TOKEN_DAYS,
            token_validity_units=_minutes_and_days(),
        )

    def _partner_client(
        self, scopes: cognito.CfnUserPoolResourceServer
    ) -> cognito.CfnUserPoolClient:
        client = cognito.CfnUserPoolClient(
            self,
            "PartnerClient",
            user_pool_id=self.pool.user_pool_id,
            generate_secret=True,
            explicit_auth_flows=["ALLOW_REFRESH_TOKEN_AUTH"],
            prevent_user_existence_errors="ENABLED",
            enable_token_revocation=True,
            write_attributes=[f"custom:{_UNREAD_ATTRIBUTE}"],
            supported_identity_providers=["COGNITO"],
            allowed_o_auth_flows_user_pool_client=True,
            allowed_o_auth_flows=["client_credentials"],
            allowed_o_auth_scopes=[f"{RESOURCE_SERVER}/{name}" for name in PARTNER_SCOPES],
            access_token_validity=ACCESS_TOKEN_MINUTES,
            id_token_validity=ACCESS_TOKEN_MINUTES,
            token_validity_units=_minutes_and_days(),
        )
        client.add_resource_dependency(scopes)
        return client


def _minutes_and_days() -> cognito.CfnUserPoolClient.TokenValidityUnitsProperty:
    minutes, days = "minutes", "days"
    return cognito.CfnUserPoolClient.TokenValidityUnitsProperty(
        access_token=minutes, id_token=minutes, refresh_token=days
    )
