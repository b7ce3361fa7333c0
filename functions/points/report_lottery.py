"""GET /v1/admin/lotteries/{lottery_id}/report: what a lottery took, gave and has left.

For each version of the table the samples against the weights, with a chi-square test. It reads the
shards, and the winners of a scheduled lottery: it costs as much after ten draws as after millions.
"""

from mall import errors
from mall.http import PathId, operation
from mall.lottery.report import Counted, LotteryReportView, report
from mall.store import OpenStore
from mall.store.lotteries import read_lottery, read_shards
from mall.store.scheduled_drawing import winner_records


@operation(refuses=(errors.NotFound, errors.Busy))
def report_lottery(lottery_id: PathId, store: OpenStore) -> LotteryReportView:
    """Report on a lottery."""
    lottery = read_lottery(store, lottery_id)
    shards = read_shards(store, lottery)
    winners = winner_records(store, lottery_id) if lottery.kind == "scheduled" else []
    return report(Counted(lottery, shards, winners), store.now())
