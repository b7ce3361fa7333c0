"""Refusals of the lottery."""

from mall.errors.refusal import Refusal


class LotteryClosed(Refusal):
    """The lottery takes no draws and sells no tickets: not open yet, closed, or drawn out.

    Facts: opens_at, closes_at where it has them.
    """

    status, code, title = 409, "lottery_closed", "This lottery is not open."


class LotteryFixed(Refusal):
    """The lottery has opened: what was published of it can no longer be changed. Fact: fixed."""

    status, code, title = 409, "lottery_fixed", "This can no longer be changed."


class LotteryNotClosed(Refusal):
    """The list of tickets is not final yet. Fact: closes_at."""

    status, code, title = 409, "lottery_not_closed", "This lottery has not closed yet."


class SeedSealed(Refusal):
    """The seed cannot be known yet. Fact: reveals_at."""

    status, code, title = 409, "seed_sealed", "This seed has not been revealed yet."
