"""The operations table: one line per operation.

From a line come the Lambda function, its own role with exactly the actions named here, log group,
alarms, route and authorizer or event source, schedule and dead-letter queue. A handler never
restates its route: API Gateway tells it. Adding an operation is one file
`functions/<domain>/<name>.py` and one line below.

A grant reads `resource:Action+Action`. Resources are the four tables (`points`, `orders`,
`catalog`, `users`), an index of one (`orders/by_member`), `pool` (the Cognito user pool),
`codes_key` (the KMS key of redeemable codes), `seeds_key` (that of the lotteries' seeds),
`code_macs` (the secret that tells codes apart),
`payments` (the secret with the payment provider's key),
`signing` (the secret that signs cursors),
`files` and `images` (the objects of those buckets), `bus` (the EventBridge bus), and the queues
by their names.
"""

from dataclasses import dataclass
from typing import Literal

Domain = Literal["users", "points", "catalog", "orders"]
StackName = Literal["users", "points", "lottery", "catalog", "orders"]  # MallUsers, MallPoints, …
Access = str  # "anyone", "member", "operator", "admin", or a partner scope such as "mall/events"

ANYONE: Access = "anyone"
MEMBER: Access = "member"
OPERATOR: Access = "operator"
ADMIN: Access = "admin"
PARTNER_EVENTS: Access = "mall/events"
PARTNER_DISCOUNTS: Access = "mall/discounts"


@dataclass(frozen=True)
class Http:
    """An HTTP API route. `route` is a route key: method, space, path with {parameters}."""

    route: str
    access: Access


@dataclass(frozen=True)
class Queue:
    """An SQS queue of the same name, with a dead-letter queue after `receives_max` attempts.

    A `fifo` one keeps the order within each message group; its senders tell duplicates apart.
    """

    name: str
    batch_size: int = 10
    receives_max: int = 5
    fifo: bool = False


@dataclass(frozen=True)
class DeadLetters:
    """The dead-letter queue of a queue: what could not be handled there is given up in order.

    Its consumer has to page by a metric of its own, because it leaves nothing for the alarm of the
    queue itself to see; that one remains for what not even the consumer can handle.
    """

    queue: str
    batch_size: int = 10


@dataclass(frozen=True)
class Stream:
    """A table's stream: partial failures reported, batches bisected, retries capped, failures kept.

    `sort_keys` are prefixes of the items' sort keys that are followed, all by default; `changes`
    what of them; `at_zero` a number: then only items that are new, and those whose number came to
    0 or was 0, are followed. A stream serves two followers at most.
    """

    table: str
    batch_size: int = 100
    sort_keys: tuple[str, ...] = ()
    changes: tuple[Literal["INSERT", "MODIFY", "REMOVE"], ...] = ("INSERT", "MODIFY")
    at_zero: str = ""


@dataclass(frozen=True)
class Schedule:
    """An EventBridge Scheduler rate expression, such as `rate(5 minutes)`."""

    rate: str


Trigger = Http | Queue | DeadLetters | Stream | Schedule


@dataclass(frozen=True)
class Operation:
    """One function: where its code is, what triggers it, what it may touch, what is not default.

    `pages` names its own metrics of which any value above 0 pages. `apart` names the stack that it
    is deployed with, where that is not its domain's.
    """

    domain: Domain
    name: str
    trigger: Trigger
    grants: tuple[str, ...] = ()
    memory_mb: int = 512
    timeout_s: int = 10
    pages: tuple[str, ...] = ()
    apart: StackName | None = None

    @property
    def stack(self) -> StackName:
        """The stack that it is deployed with."""
        return self.apart or self.domain

    @property
    def access(self) -> Access:
        """Who may call: the trigger's access, or "none" for what no person calls."""
        return self.trigger.access if isinstance(self.trigger, Http) else "none"


def _http(
    domain: Domain, name: str, route: str, access: Access, *grants: str,
    memory_mb: int = 512, timeout_s: int = 10,
) -> Operation:  # fmt: skip
    return Operation(domain, name, Http(route, access), grants, memory_mb, timeout_s)


def _lottery(
    name: str, route: str, access: Access, *grants: str, memory_mb: int = 512, timeout_s: int = 10
) -> Operation:
    """A lottery is a points activity, deployed by itself."""
    trigger = Http(route, access)
    return Operation("points", name, trigger, grants, memory_mb, timeout_s, apart="lottery")


# What several operations need alike: to move points under a receipt, to change how a product and
# its shards sell, and to lock a member out of the pool or let them in again.
_MOVE = "points:Query+GetItem+PutItem"
_SALE = "catalog:GetItem+BatchGetItem+PutItem+UpdateItem+DeleteItem+ConditionCheckItem"
_SWITCH = "pool:AdminDisableUser+AdminEnableUser+AdminUserGlobalSignOut"

# fmt: off
OPERATIONS: tuple[Operation, ...] = (
    _http("users", "register_user", "POST /v1/users", ANYONE, "users:PutItem", "pool:SignUp"),
    _http("users", "confirm_user", "POST /v1/users/confirm", ANYONE, "users:GetItem+PutItem+UpdateItem", "pool:ConfirmSignUp+AdminGetUser"),
    _http("users", "log_in", "POST /v1/sessions", ANYONE, "pool:AdminInitiateAuth"),
    _http("users", "refresh_session", "POST /v1/sessions/refresh", ANYONE, "pool:AdminInitiateAuth"),
    _http("users", "log_out", "DELETE /v1/sessions", MEMBER, "pool:AdminUserGlobalSignOut"),
    _http("users", "forgot_password", "POST /v1/passwords/forgot", ANYONE, "pool:ForgotPassword"),
    _http("users", "reset_password", "POST /v1/passwords/reset", ANYONE, "pool:ConfirmForgotPassword"),
    _http("users", "get_me", "GET /v1/me", MEMBER, "users:GetItem", "points:GetItem"),
    _http("users", "update_me", "PATCH /v1/me", MEMBER, "users:GetItem+UpdateItem", "points:GetItem"),
    _http("users", "erase_me", "DELETE /v1/me", MEMBER, "points:Query+PutItem+ConditionCheckItem", "users:GetItem+Query+PutItem+DeleteItem", "pool:AdminUserGlobalSignOut+AdminDeleteUser"),
    _http("users", "disable_user", "POST /v1/admin/users/{user_id}/disable", ADMIN, "points:Query+PutItem+ConditionCheckItem", "users:GetItem+UpdateItem", _SWITCH),
    _http("users", "enable_user", "POST /v1/admin/users/{user_id}/enable", ADMIN, "points:Query+PutItem+ConditionCheckItem", "users:GetItem+UpdateItem", _SWITCH),
    _http("users", "list_addresses", "GET /v1/me/addresses", MEMBER, "users:Query", "signing:GetSecretValue"),
    _http("users", "create_address", "POST /v1/me/addresses", MEMBER, "users:PutItem+UpdateItem"),
    _http("users", "change_address", "PUT /v1/me/addresses/{address_id}", MEMBER, "users:PutItem+ConditionCheckItem"),
    _http("users", "delete_address", "DELETE /v1/me/addresses/{address_id}", MEMBER, "users:UpdateItem+DeleteItem"),
    Operation("users", "finish_erasures", Schedule("rate(1 hour)"), ("users:GetItem+Query+DeleteItem", "pool:AdminUserGlobalSignOut+AdminDeleteUser"), timeout_s=300),

    _http("points", "get_balance", "GET /v1/points/balance", MEMBER, "points:Query+GetItem"),
    _http("points", "list_entries", "GET /v1/points/entries", MEMBER, "points:Query", "users:BatchGetItem", "signing:GetSecretValue"),
    _http("points", "record_event", "POST /v1/events", PARTNER_EVENTS, _MOVE, "points:BatchGetItem+UpdateItem", "users:GetItem+PutItem+ConditionCheckItem"),
    Operation("points", "welcome_member", Stream("users", sort_keys=("PROFILE",)), (_MOVE, "points:BatchGetItem+UpdateItem", "users:Query+DeleteItem"), timeout_s=60),
    _http("points", "adjust_points", "POST /v1/admin/points/adjustments", ADMIN, "points:Query+GetItem+BatchGetItem+PutItem", "users:GetItem+PutItem+ConditionCheckItem"),
    _http("points", "approve_adjustment", "POST /v1/admin/points/adjustments/{adjustment_id}/approve", ADMIN, "points:Query+GetItem+PutItem+UpdateItem", "users:BatchGetItem"),
    _http("points", "reject_adjustment", "POST /v1/admin/points/adjustments/{adjustment_id}/reject", ADMIN, "points:GetItem+UpdateItem", "users:BatchGetItem"),
    _http("points", "list_adjustments", "GET /v1/admin/points/adjustments", ADMIN, "points/by_time:Query", "users:BatchGetItem", "signing:GetSecretValue"),
    _http("points", "issue_discount_code", "POST /v1/points/discount-codes", MEMBER, "points:Query+GetItem+PutItem", "signing:GetSecretValue"),
    _http("points", "quote_discount", "POST /v1/points/discounts/quote", PARTNER_DISCOUNTS, "points:Query+GetItem", "users:GetItem", "signing:GetSecretValue"),
    _http("points", "burn_discount", "POST /v1/points/discounts", PARTNER_DISCOUNTS, "points:Query+GetItem+BatchGetItem+PutItem+DeleteItem", "signing:GetSecretValue"),
    _http("points", "reverse_discount", "POST /v1/points/discounts/{discount_id}/reverse", PARTNER_DISCOUNTS, "points:Query+GetItem+PutItem+UpdateItem+DeleteItem"),
    _http("points", "get_referral", "GET /v1/points/referral", MEMBER, "points:Query+GetItem+PutItem+UpdateItem"),
    _http("points", "accept_invite", "POST /v1/points/referrals", MEMBER, "points:Query+GetItem+UpdateItem+ConditionCheckItem"),
    _http("points", "verify_ledger", "GET /v1/admin/points/{user_id}/verify", ADMIN, "points:Query+BatchGetItem", "users:GetItem", memory_mb=1769, timeout_s=29),
    _http("points", "get_member_balance", "GET /v1/admin/points/{user_id}/balance", ADMIN, "points:Query+GetItem", "users:GetItem"),
    _http("points", "list_member_entries", "GET /v1/admin/points/{user_id}/entries", ADMIN, "points:Query", "users:GetItem+BatchGetItem", "signing:GetSecretValue"),
    _http("points", "check_in", "POST /v1/points/check-ins", MEMBER, _MOVE + "+ConditionCheckItem"),
    _http("points", "list_check_ins", "GET /v1/points/check-ins", MEMBER, "points:Query+GetItem+BatchGetItem"),
    _http("points", "transfer_points", "POST /v1/points/transfers", MEMBER, _MOVE + "+UpdateItem", "users:GetItem+PutItem"),
    _http("points", "get_program", "GET /v1/admin/program", ADMIN, "points:GetItem"),
    _http("points", "set_program", "PUT /v1/admin/program", ADMIN, "points:Query+GetItem+PutItem+UpdateItem"),
    _http("points", "approve_program", "POST /v1/admin/program/approve", ADMIN, "points:Query+GetItem+UpdateItem"),
    _http("points", "reject_program", "POST /v1/admin/program/reject", ADMIN, "points:GetItem+UpdateItem"),
    _http("points", "list_program_versions", "GET /v1/admin/program/versions", ADMIN, "points:Query", "signing:GetSecretValue"),
    _http("points", "list_rules", "GET /v1/admin/rules", ADMIN, "points/by_time:Query", "points:GetItem+BatchGetItem", "signing:GetSecretValue"),
    _http("points", "create_rule", "POST /v1/admin/rules", ADMIN, "points:GetItem+PutItem"),
    _http("points", "get_rule", "GET /v1/admin/rules/{rule_id}", ADMIN, "points:Query+GetItem"),
    _http("points", "change_rule", "PUT /v1/admin/rules/{rule_id}", ADMIN, "points:Query+GetItem+PutItem"),
    _http("points", "activate_rule", "POST /v1/admin/rules/{rule_id}/activate", ADMIN, "points:Query+GetItem+PutItem+UpdateItem", timeout_s=29),
    _http("points", "retire_rule", "POST /v1/admin/rules/{rule_id}/retire", ADMIN, "points:Query+GetItem+PutItem+UpdateItem+DeleteItem", timeout_s=29),
    _http("points", "get_clock", "GET /v1/admin/clock", ADMIN, "points:GetItem"),
    _http("points", "set_clock", "PUT /v1/admin/clock", ADMIN, "points:PutItem"),
    _http("points", "replay_rules", "POST /v1/admin/rules/replay", ADMIN, "points:GetItem+Query", "files:PutObject", "replays:SendMessage"),
    _http("points", "get_replay", "GET /v1/admin/rules/replays/{replay_id}", ADMIN, "files:GetObject"),
    Operation("points", "run_replay", Queue("replays", batch_size=1), ("points/by_time:Query", "files:GetObject+PutObject", "replays:SendMessage"), memory_mb=1769, timeout_s=120),
    Operation("points", "expire_points", Schedule("rate(1 hour)"), ("expiry:SendMessage",)),
    _http("points", "get_liability", "GET /v1/admin/reports/liability", ADMIN, "points:Query+GetItem", memory_mb=1024, timeout_s=29),
    _http("points", "list_daily_totals", "GET /v1/admin/reports/daily", ADMIN, "points:Query+GetItem", memory_mb=1024, timeout_s=29),
    _http("points", "get_statement", "GET /v1/points/statement", MEMBER, "points:Query+GetItem", "users:BatchGetItem", "files:PutObject+GetObject", memory_mb=1024, timeout_s=29),
    _http("points", "start_statement", "POST /v1/admin/statements", ADMIN, "points:GetItem+PutItem"),
    _http("points", "get_statement_status", "GET /v1/admin/statements/{statement_id}", ADMIN, "points:GetItem", "files:GetObject"),
    Operation("points", "export_statement", Queue("statements", batch_size=1), ("points:Query+GetItem+UpdateItem", "files:PutObject+GetObject", "statements:SendMessage"), memory_mb=1769, timeout_s=300),
    Operation("points", "relay_points", Stream("points", sort_keys=("ENTRY#", "NOTICE#", "STATEMENT"), changes=("INSERT",)), ("bus:PutEvents", "statements:SendMessage"), timeout_s=60),
    Operation("points", "notify_expiring", Schedule("rate(1 day)"), ("notices:SendMessage",)),
    Operation("points", "notify_bucket", Queue("notices", batch_size=1), ("points:Query+GetItem+PutItem",), timeout_s=120),
    Operation("points", "count_points", Stream("points", sort_keys=("ENTRY#",), changes=("INSERT", "MODIFY", "REMOVE")), ("points:Query+GetItem+BatchGetItem+PutItem+UpdateItem",), timeout_s=60, pages=("LedgerTampered",)),
    Operation("points", "reconcile_ledger", Schedule("rate(1 hour)"), ("points:Query+GetItem+BatchGetItem+PutItem+UpdateItem+DeleteItem",), memory_mb=1769, timeout_s=300, pages=("LedgerDifference",)),
    Operation("points", "book_expiry", Queue("expiry", batch_size=1), (_MOVE,), timeout_s=120),

    _lottery("create_lottery", "POST /v1/admin/lotteries", ADMIN, "points:GetItem+PutItem", "catalog:BatchGetItem"),
    _lottery("change_lottery", "PUT /v1/admin/lotteries/{lottery_id}", ADMIN, "points:GetItem+PutItem", "catalog:BatchGetItem+PutItem+UpdateItem", memory_mb=1024, timeout_s=29),
    _lottery("list_admin_lotteries", "GET /v1/admin/lotteries", ADMIN, "points/by_time:Query", "signing:GetSecretValue"),
    _lottery("get_admin_lottery", "GET /v1/admin/lotteries/{lottery_id}", ADMIN, "points:GetItem"),
    _lottery("report_lottery", "GET /v1/admin/lotteries/{lottery_id}/report", ADMIN, "points:GetItem+BatchGetItem+Query", memory_mb=1024),
    _lottery("open_lottery", "POST /v1/admin/lotteries/{lottery_id}/open", ADMIN, "points:GetItem+PutItem", "catalog:BatchGetItem+PutItem+UpdateItem", "seeds_key:Encrypt", memory_mb=1024, timeout_s=29),
    _lottery("close_lottery", "POST /v1/admin/lotteries/{lottery_id}/close", ADMIN, "points:GetItem+BatchGetItem+PutItem+UpdateItem", "catalog:GetItem+BatchGetItem+PutItem+UpdateItem", memory_mb=1024, timeout_s=29),
    _lottery("list_lotteries", "GET /v1/lotteries", ANYONE, "points/by_time:Query", "points:BatchGetItem", "signing:GetSecretValue"),
    _lottery("get_lottery", "GET /v1/lotteries/{lottery_id}", ANYONE, "points:GetItem+BatchGetItem"),
    _lottery("list_draws", "GET /v1/lotteries/{lottery_id}/draws", ANYONE, "points:GetItem+Query", "signing:GetSecretValue"),
    _lottery("get_draw_proof", "GET /v1/lotteries/{lottery_id}/draws/{draw_id}/proof", ANYONE, "points:GetItem"),
    _lottery("get_lottery_seed", "GET /v1/lotteries/{lottery_id}/seed", ANYONE, "points:GetItem"),
    Operation("points", "reveal_lottery_seeds", Schedule("rate(5 minutes)"), ("points/by_time:Query", "points:GetItem+PutItem+UpdateItem", "seeds_key:Decrypt"), timeout_s=300, apart="lottery"),
    _lottery("draw_lottery", "POST /v1/lotteries/{lottery_id}/draws", MEMBER, _MOVE + "+BatchGetItem+UpdateItem+ConditionCheckItem", "orders:PutItem", "seeds_key:Decrypt"),
    _lottery("buy_tickets", "POST /v1/lotteries/{lottery_id}/tickets", MEMBER, _MOVE + "+BatchGetItem+UpdateItem+ConditionCheckItem"),
    _lottery("list_tickets", "GET /v1/lotteries/{lottery_id}/tickets", ANYONE, "points:GetItem+Query", "signing:GetSecretValue"),
    _lottery("list_winners", "GET /v1/lotteries/{lottery_id}/winners", ANYONE, "points:GetItem+Query", "signing:GetSecretValue"),
    _lottery("set_beacon", "POST /v1/admin/lotteries/{lottery_id}/beacon", ADMIN, "points:GetItem+PutItem"),
    Operation("points", "draw_scheduled_lotteries", Schedule("rate(1 minute)"), ("points/by_time:Query", "points:Query+GetItem+BatchGetItem+PutItem+UpdateItem+ConditionCheckItem", "orders:PutItem", "catalog:GetItem+BatchGetItem+PutItem+UpdateItem", "seeds_key:Decrypt"), memory_mb=1769, timeout_s=300, apart="lottery"),

    _http("catalog", "list_products", "GET /v1/products", ANYONE, "catalog:Query+BatchGetItem", "signing:GetSecretValue"),
    _http("catalog", "get_product", "GET /v1/products/{product_id}", ANYONE, "catalog:GetItem+BatchGetItem"),
    _http("catalog", "create_product", "POST /v1/admin/products", ADMIN, "catalog:GetItem+PutItem"),
    _http("catalog", "change_product", "PATCH /v1/admin/products/{product_id}", ADMIN, _SALE, memory_mb=1024, timeout_s=29),
    _http("catalog", "list_admin_products", "GET /v1/admin/products", ADMIN, "catalog/by_time:Query", "signing:GetSecretValue"),
    _http("catalog", "get_admin_product", "GET /v1/admin/products/{product_id}", ADMIN, "catalog:GetItem+BatchGetItem"),
    _http("catalog", "list_prices", "GET /v1/admin/products/{product_id}/prices", ADMIN, "catalog:GetItem+Query", "signing:GetSecretValue"),
    _http("catalog", "publish_product", "POST /v1/admin/products/{product_id}/publish", ADMIN, _SALE, memory_mb=1024, timeout_s=29),
    _http("catalog", "delist_product", "POST /v1/admin/products/{product_id}/delist", ADMIN, _SALE, memory_mb=1024, timeout_s=29),
    _http("catalog", "set_price", "PUT /v1/admin/products/{product_id}/price", ADMIN, _SALE, memory_mb=1024, timeout_s=29),
    _http("catalog", "move_stock", "POST /v1/admin/products/{product_id}/stock", ADMIN, "catalog:GetItem+BatchGetItem+PutItem+UpdateItem"),
    _http("catalog", "list_stock_movements", "GET /v1/admin/products/{product_id}/stock", ADMIN, "catalog:GetItem+BatchGetItem+Query", "signing:GetSecretValue"),
    _http("catalog", "import_codes", "POST /v1/admin/products/{product_id}/codes", ADMIN, "catalog:GetItem+BatchGetItem+PutItem+UpdateItem", "codes_key:Encrypt", "code_macs:GetSecretValue", timeout_s=29),
    _http("catalog", "quote_product", "POST /v1/quotes", MEMBER, "catalog:GetItem", "points:GetItem", "signing:GetSecretValue"),
    _http("catalog", "list_categories", "GET /v1/categories", ANYONE, "catalog:GetItem"),
    _http("catalog", "create_category", "POST /v1/admin/categories", ADMIN, "catalog:GetItem+PutItem"),
    _http("catalog", "change_category", "PUT /v1/admin/categories/{category_id}", ADMIN, "catalog:GetItem+PutItem"),
    _http("catalog", "delete_category", "DELETE /v1/admin/categories/{category_id}", ADMIN, "catalog:GetItem+PutItem+Query"),
    Operation("catalog", "summarise_stock", Stream("catalog", sort_keys=("STOCK",), at_zero="available"), ("catalog:GetItem+BatchGetItem+UpdateItem",), timeout_s=60),
    _http("catalog", "upload_image", "POST /v1/admin/products/{product_id}/images", ADMIN, "catalog:GetItem", "images:PutObject"),
    _http("catalog", "attach_image", "POST /v1/admin/products/{product_id}/images/{image_id}/attach", ADMIN, _SALE, "images:GetObject+PutObject", memory_mb=1024, timeout_s=29),
    _http("catalog", "create_import", "POST /v1/admin/imports", ADMIN, "catalog:GetItem+PutItem", "files:PutObject"),
    _http("catalog", "start_import", "POST /v1/admin/imports/{import_id}/start", ADMIN, "catalog:GetItem+PutItem", "files:GetObject", "imports:SendMessage"),
    _http("catalog", "get_import", "GET /v1/admin/imports/{import_id}", ADMIN, "catalog:GetItem", "files:GetObject"),
    Operation("catalog", "run_import", Queue("imports", batch_size=1), ("catalog:GetItem+BatchGetItem+PutItem+UpdateItem", "files:GetObject+PutObject+DeleteObject", "imports:SendMessage", "codes_key:Encrypt", "code_macs:GetSecretValue"), memory_mb=1769, timeout_s=120),
    _http("catalog", "get_contract", "GET /v1/openapi.json", ANYONE),

    _http("orders", "place_order", "POST /v1/orders", MEMBER, _MOVE + "+ConditionCheckItem", "orders:GetItem+BatchGetItem+PutItem", "catalog:GetItem+BatchGetItem+UpdateItem+ConditionCheckItem", "users:GetItem+PutItem", "signing:GetSecretValue", "payments:GetSecretValue", "redemptions:SendMessage"),
    _http("orders", "get_order", "GET /v1/orders/{order_id}", MEMBER, "orders:GetItem", "codes_key:Decrypt", "signing:GetSecretValue"),
    _http("orders", "list_orders", "GET /v1/orders", MEMBER, "orders/by_member:Query", "signing:GetSecretValue"),
    _http("orders", "set_order_address", "PUT /v1/orders/{order_id}/address", MEMBER, "points:Query+ConditionCheckItem", "orders:GetItem+UpdateItem", "users:GetItem+PutItem", "signing:GetSecretValue"),
    _http("orders", "cancel_order", "POST /v1/orders/{order_id}/cancel", MEMBER, _MOVE, "orders:GetItem+PutItem+UpdateItem", "catalog:UpdateItem", "payments:GetSecretValue", "signing:GetSecretValue"),
    _http("orders", "request_return", "POST /v1/orders/{order_id}/returns", MEMBER, "points:Query+ConditionCheckItem", "orders:GetItem+PutItem+UpdateItem", "users:PutItem", "signing:GetSecretValue"),
    _http("orders", "list_admin_orders", "GET /v1/admin/orders", OPERATOR, "orders/by_status:Query", "orders:BatchGetItem", "signing:GetSecretValue", memory_mb=1024, timeout_s=29),
    _http("orders", "get_admin_order", "GET /v1/admin/orders/{order_id}", OPERATOR, "orders:GetItem", "users:BatchGetItem"),
    _http("orders", "cancel_for_merchant", "POST /v1/admin/orders/{order_id}/cancel", OPERATOR, _MOVE, "orders:GetItem+PutItem+UpdateItem", "catalog:UpdateItem", "payments:GetSecretValue"),
    _http("orders", "ship_order", "POST /v1/admin/orders/{order_id}/ship", OPERATOR, "orders:GetItem+UpdateItem"),
    _http("orders", "complete_order", "POST /v1/admin/orders/{order_id}/complete", OPERATOR, "orders:GetItem+UpdateItem"),
    _http("orders", "accept_return", "POST /v1/admin/orders/{order_id}/returned", OPERATOR, "orders:GetItem+UpdateItem", "catalog:UpdateItem"),
    _http("orders", "refund_order", "POST /v1/admin/orders/{order_id}/refund", OPERATOR, _MOVE, "orders:GetItem+PutItem+UpdateItem", "catalog:UpdateItem"),
    Operation("orders", "redeem_queued", Queue("redemptions", fifo=True, receives_max=65), (_MOVE, "orders:BatchGetItem+PutItem", "catalog:GetItem+BatchGetItem+UpdateItem", "users:BatchGetItem+PutItem"), memory_mb=1024, timeout_s=20, pages=("RedemptionFailed", "LineHeldUp")),
    Operation("orders", "reject_unredeemed", DeadLetters("redemptions"), ("orders:PutItem",), pages=("RedemptionFailed",)),
    _http("orders", "fail_fulfilment", "POST /v1/admin/orders/{order_id}/fail-fulfilment", OPERATOR, "orders:GetItem+UpdateItem"),
    _http("orders", "retry_fulfilment", "POST /v1/admin/orders/{order_id}/retry-fulfilment", OPERATOR, "orders:GetItem+UpdateItem"),
    _http("orders", "validate_voucher", "POST /v1/vouchers/validate", PARTNER_DISCOUNTS, "orders:GetItem", "code_macs:GetSecretValue"),
    _http("orders", "burn_voucher", "POST /v1/vouchers/burn", PARTNER_DISCOUNTS, "orders:GetItem+PutItem+UpdateItem", "code_macs:GetSecretValue"),
    _http("orders", "unburn_voucher", "POST /v1/vouchers/unburn", PARTNER_DISCOUNTS, "orders:GetItem+PutItem+UpdateItem", "code_macs:GetSecretValue"),
    Operation("orders", "relay_orders", Stream("orders", sort_keys=("ORDER",)), ("orders:UpdateItem", "fulfil:SendMessage", "refund_payment:SendMessage", "bus:PutEvents"), timeout_s=60),
    Operation("orders", "fulfil_order", Queue("fulfil", receives_max=6), ("orders:GetItem+PutItem+UpdateItem", "catalog:Query+UpdateItem+DeleteItem", "codes_key:Encrypt", "code_macs:GetSecretValue"), timeout_s=30, pages=("FulfilmentFailed",)),
    Operation("orders", "receive_webhook", Http("POST /v1/payments/webhook", ANYONE), ("orders:GetItem+UpdateItem", "payments:GetSecretValue"), memory_mb=1024, pages=("PaymentMismatch", "RefundFailed")),
    Operation("orders", "refund_payment", Queue("refund_payment", batch_size=5, receives_max=9), ("orders:GetItem+UpdateItem", "payments:GetSecretValue"), timeout_s=60, pages=("RefundFailed",)),
    Operation("orders", "cancel_unpaid_orders", Schedule("rate(1 minute)"), (_MOVE, "orders:GetItem+BatchGetItem+PutItem+UpdateItem", "orders/by_status:Query", "catalog:UpdateItem", "payments:GetSecretValue"), timeout_s=300, pages=("PaymentMismatch", "PaymentStuck")),
    Operation("orders", "reconcile_payments", Schedule("rate(1 day)"), ("orders:GetItem+BatchGetItem+PutItem+UpdateItem", "payments:GetSecretValue", "refund_payment:SendMessage"), timeout_s=900, pages=("PaymentDifference", "PaymentMismatch")),
    _http("orders", "get_payment_report", "GET /v1/admin/reports/payments", ADMIN, "orders:GetItem+Query"),
    Operation("orders", "repair_outbox", Schedule("rate(5 minutes)"), ("orders:GetItem+PutItem+UpdateItem", "orders/by_status:Query", "fulfil:SendMessage", "refund_payment:SendMessage", "bus:PutEvents"), timeout_s=300),
)
# fmt: on

QUEUES: tuple[str, ...] = tuple(o.trigger.name for o in OPERATIONS if isinstance(o.trigger, Queue))
FIFO_QUEUES: tuple[str, ...] = tuple(
    o.trigger.name for o in OPERATIONS if isinstance(o.trigger, Queue) and o.trigger.fifo
)
