"""How many points a cart may use: exact arithmetic, floored in the member's favour only once.

Money is in minor units of the program's currency, so how many decimals that has plays no part.
"""

from dataclasses import dataclass
from fractions import Fraction

from mall.errors import NotOffered
from mall.points.program import ProgramSettings
from mall.points.program.settings import Discounts


@dataclass(frozen=True)
class Offer:
    """So many points for so many minor units off; 0 for 0 where nothing can be had."""

    points: int
    discount: int


NOTHING = Offer(0, 0)


def terms_of(settings: ProgramSettings) -> Discounts:
    """The terms of the program. Raises NotOffered."""
    if settings.discounts is None:
        raise NotOffered("This program gives no discounts at the checkout.")
    return settings.discounts


def offer(terms: Discounts, amount: int, available: int) -> Offer:
    """The largest discount that the points, the share and the amount due allow.

    It is floored to the minor unit and never above the share nor the amount, and it takes the
    fewest points that are worth it. Fewer than the program's minimum are none.
    """
    share = int(amount * Fraction(terms.share_max))
    discount = min(share, amount, available * terms.worth // terms.points)
    points = -(-discount * terms.points // terms.worth)
    return Offer(points, discount) if points >= terms.points_min else NOTHING


def points_for(points: int, amount: int, refunded: int) -> int:
    """The part of a discount's points that belongs to what was refunded of the cart's amount.

    Floored over all refunds so far, so that those of the whole amount sum exactly to the points.
    """
    return points * refunded // amount
