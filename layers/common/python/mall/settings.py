"""The environment of a function, read once and typed. A missing value stops the function."""

import os
from functools import cache

from pydantic import BaseModel, ConfigDict

PREFIX = "MALL_"


class Settings(BaseModel):
    """What the stack tells every function, from environment variables such as MALL_STAGE.

    `access` is who may call this function: "anyone", "member", "operator", "admin", a partner
    scope, or "none" for a function that no person calls. Only the stage "sandbox" has a clock
    offset. A function that consumes a queue is told which one, and how often a message is tried.
    """

    model_config = ConfigDict(frozen=True)

    stage: str
    access: str
    points_table: str
    orders_table: str
    catalog_table: str
    users_table: str
    user_pool_id: str
    member_client_id: str
    signing_secret_arn: str
    code_macs_secret_arn: str
    payments_secret_arn: str
    codes_key_arn: str
    seeds_key_arn: str
    fulfil_queue_url: str
    redemptions_queue_url: str
    refund_payment_queue_url: str = ""
    expiry_queue_url: str
    notices_queue_url: str
    statements_queue_url: str
    replays_queue_url: str
    imports_queue_url: str
    bus_name: str
    files_bucket: str
    images_bucket: str
    origin_secret_arn: str | None = None
    source_queue_url: str = ""
    receives_max: int = 5

    @property
    def sandbox(self) -> bool:
        """Whether this stage lives at real time plus an offset that an admin sets."""
        return self.stage == "sandbox"

    def queue_url(self, name: str) -> str:
        """Where a queue of the operations table is."""
        return str(getattr(self, f"{name}_queue_url"))


@cache
def settings() -> Settings:
    """The settings of this process.

    Raises pydantic.ValidationError when the stack left one out: better no function than a guess.
    """
    named = {
        k.removeprefix(PREFIX).lower(): v for k, v in os.environ.items() if k.startswith(PREFIX)
    }
    return Settings.model_validate(named)
