"""GET /v1/admin/reports/payments: where payments and orders differed, on a day or the last time.

The job `reconcile_payments` writes one report a day, by UTC day.
"""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from mall import errors
from mall.http import operation
from mall.orders.reconciling import PaymentReportView, report_view
from mall.points.reports.views import ProgramDate
from mall.store import OpenStore
from mall.store.payments import last_report


@operation(refuses=(errors.NotFound, errors.Busy))
def get_payment_report(
    store: OpenStore, day: Annotated[ProgramDate | None, Query(alias="date")] = None
) -> PaymentReportView:
    """Show one report; the newest without a date."""
    item = last_report(store, day.strftime("%Y%m%d") if day else None)
    if item is None:
        raise errors.NotFound("There is no report of that day.")
    return report_view(item)
