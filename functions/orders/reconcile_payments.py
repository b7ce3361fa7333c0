"""Every day: hold the provider's payments of the last three days against the orders.

What a webhook lost is settled, an intent that no order knows is cancelled, money that no order
knows goes back, and a refund that is due is asked for again. Whatever differed is in the report of
the day, and pages: even a difference that mended itself tells of something that did not run. Only
an unpaid intent that no order knows does not, once it is cancelled: a function that died leaves it.
"""

from collections.abc import Mapping

from mall.clock import Clock
from mall.events import Work
from mall.metrics import measure
from mall.payments import open_provider
from mall.schedule import job
from mall.store import open_store
from mall.store.payments import Comparison


@job
def reconcile_payments() -> Mapping[str, int]:
    """Compare, mend and report. Raises PaymentUnavailable when the provider is silent."""
    comparison = Comparison(open_store(), open_provider(), Work("refund_payment"))
    report = comparison.run(Clock().now())
    if alarming := report.differing - comparison.strays_ended:
        measure("PaymentDifference", alarming)
    return {
        "payments": report.payments, "differing": report.differing, "mended": comparison.mended,
    }  # fmt: skip
