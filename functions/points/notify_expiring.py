"""Every day: have members told whose points end in 30 or 7 days, one message per bucket.

Late or twice is harmless: a bucket catches up the days that were missed, and a notice that was
given is not given again.
"""

from collections.abc import Mapping

from mall.events import Work
from mall.keys import DUE_BUCKETS
from mall.points.reports.notices import NoticeBucket
from mall.schedule import job


@job
def notify_expiring() -> Mapping[str, int]:
    """Send every bucket to the queue."""
    sent = Work("notices").send(NoticeBucket(bucket=bucket) for bucket in range(DUE_BUCKETS))
    return {"buckets": sent}
