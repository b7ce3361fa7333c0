"""Keys of the orders table.

Item                     pk                             sk
order                    ORDER#<order>                  ORDER
voucher                  VOUCHER#<code's HMAC>          VOUCHER
receipt                  RECEIPT#<id>                   RECEIPT
outbox progress          OUTBOX                         PROGRESS
hours with unpaid ones   UNPAID                         PROGRESS
report on payments       PAYMENTS                       <yyyymmdd>
"""

from mall.keys.tables import Key

STATUS_BUCKETS = 4
PAYMENTS = "PAYMENTS"  # partition of the reports on payments, by UTC day

OUTBOX: Key = {"pk": "OUTBOX", "sk": "PROGRESS"}
UNPAID: Key = {"pk": "UNPAID", "sk": "PROGRESS"}


def order(order_id: str) -> Key:
    """An order: also its own idempotency record and outbox record.

    What signs the id of a queued order is no part of its key: one key of a member, one item.
    """
    return {"pk": f"ORDER#{order_id.partition('-')[0]}", "sk": "ORDER"}


def voucher(code_mac: str) -> Key:
    """A voucher that was issued for an order, by the HMAC of its code."""
    return {"pk": f"VOUCHER#{code_mac}", "sk": "VOUCHER"}


def by_status(status: str, hour: str, bucket: int) -> str:
    """Index partition of orders by status, hour of their last change (yyyymmddhh), bucket."""
    return f"STATUS#{status}#{hour}#{bucket}"
