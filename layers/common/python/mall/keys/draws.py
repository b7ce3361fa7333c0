"""Keys of the lottery, in the points table: a draw's entries and its record commit together.

Item                   pk                                   sk
lottery                LOTTERY#<lottery>                    LOTTERY
sealed seed            LOTTERY#<lottery>                    SEED
newest revealed seed   LOTTERY#<lottery>                    REVEALED
shard                  LOTTERY#<lottery>#<nn>               SHARD
draw                   DRAWS#<lottery>#<bucket>             <who>-<draw>
a member's counters    MEMBER#<member>                      ENTRY$PLAYED
tickets bought         TICKETS#<lottery>#<first letter>     <purchase>
progress of drawing    LOTTERY#<lottery>                    DRAWING
winner                 LOTTERY#<lottery>                    WINNER#<rank, 6 digits>
"""

from mall.keys.tables import Key, member

DRAW_BUCKETS = 16
SEALED_SEEDS = "SEALED"  # index partition of the seeds that still have something to reveal
TICKET_LETTERS = "234567abcdefghijklmnopqrstuvwxyz"  # of base32, in the order of their codes
# Right after every entry of the member's chain, so that one query, newest first, reads both.
PLAYED_SK = "ENTRY$PLAYED"
WINNER_PREFIX = "WINNER#"


def lottery(lottery_id: str) -> Key:
    """A lottery with its terms, tables and commitment."""
    return {"pk": f"LOTTERY#{lottery_id}", "sk": "LOTTERY"}


def lotteries(status: str) -> str:
    """Index partition of the lotteries in a status, in order of their creation."""
    return f"LOTTERIES#{status}"


def sealed_seed(lottery_id: str) -> Key:
    """The last seed of a lottery's chain, sealed; all others follow from it."""
    return {"pk": f"LOTTERY#{lottery_id}", "sk": "SEED"}


def kept_sealed(lottery_id: str) -> dict[str, str]:
    """Where a sealed seed stands in the index `by_time` until the whole chain is revealed."""
    return {"gsi1pk": SEALED_SEEDS, "gsi1sk": lottery_id}


def revealed_seed(lottery_id: str) -> Key:
    """The newest seed that may be known; the earlier ones follow from it."""
    return {"pk": f"LOTTERY#{lottery_id}", "sk": "REVEALED"}


def lottery_shard(lottery_id: str, number: int) -> Key:
    """One shard of what is left of a lottery, a partition of its own."""
    return {"pk": f"LOTTERY#{lottery_id}#{number:02d}", "sk": "SHARD"}


def played(member_id: str) -> Key:
    """How often a member has drawn in each lottery."""
    return {"pk": member(member_id), "sk": PLAYED_SK}


def draws_partition(lottery_id: str, bucket: int) -> str:
    """Partition of one bucket of a lottery's draws."""
    return f"DRAWS#{lottery_id}#{bucket:02d}"


def draw(lottery_id: str, draw_id: str) -> Key:
    """A draw: also its own receipt. All draws of one member in a lottery lie side by side."""
    who = draw_id.partition("-")[0]
    bucket = int.from_bytes(who.encode()[-2:]) % DRAW_BUCKETS
    return {"pk": draws_partition(lottery_id, bucket), "sk": draw_id}


def tickets_partition(lottery_id: str, letter: str) -> str:
    """Partition of the purchases whose ids begin with a letter of base32."""
    return f"TICKETS#{lottery_id}#{letter}"


def tickets(lottery_id: str, purchase_id: str) -> Key:
    """Tickets that were bought at once: also their own receipt."""
    return {"pk": tickets_partition(lottery_id, purchase_id[:1]), "sk": purchase_id}


def drawing(lottery_id: str) -> Key:
    """How far the drawing of a scheduled lottery has come."""
    return {"pk": f"LOTTERY#{lottery_id}", "sk": "DRAWING"}


def winner(lottery_id: str, rank: int) -> Key:
    """The ticket that came out at a rank of a scheduled drawing."""
    return {"pk": f"LOTTERY#{lottery_id}", "sk": f"{WINNER_PREFIX}{rank:06d}"}
