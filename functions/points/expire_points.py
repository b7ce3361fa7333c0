"""Every hour: start the sweep that books what has expired, one message per bucket.

Nothing depends on it: balances and spends apply expiries by themselves. It is what makes a
statement show them.
"""

from collections.abc import Mapping

from mall.events import Work
from mall.keys import DUE_BUCKETS
from mall.points.sweep import SweepBucket
from mall.schedule import job


@job
def expire_points() -> Mapping[str, int]:
    """Send every bucket to the queue; a bucket that is swept twice is booked once."""
    sent = Work("expiry").send(SweepBucket(bucket=bucket) for bucket in range(DUE_BUCKETS))
    return {"buckets": sent}
