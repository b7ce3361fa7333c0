"""Keys of the points table.

Item                     pk                             sk
ledger entry             MEMBER#<member>                ENTRY#<revision, 12 digits>
how far it is counted    MEMBER#<member>                COUNTED
expiry notice            MEMBER#<member>                NOTICE#<lot>#<days ahead>
entries of a day         MOVED#<yyyymmdd>#<bucket>      <member>
totals of a day          TOTALS#<yyyymm>                <yyyymmdd>#<shard>
closing of a day         TOTALS#<yyyymm>                <yyyymmdd>#closing
closing progress         CLOSING                        PROGRESS
reconciling a day        RECONCILING#<yyyymmdd>         PROGRESS
notice progress          NOTICES#<bucket>               PROGRESS
statement for an admin   STATEMENT#<id>                 STATEMENT
expiry marker            DUE#<yyyymmdd>#<bucket>        <member>
sweep progress           SWEEP#<bucket>                 PROGRESS
event                    EVENT#<client>#<event id>      EVENT
standing                 MEMBER#<member>                STANDING
cap of a member          MEMBER#<member>                CAP#<rule>#<period>
cap of the program       CAP#<rule>#<period>#<nn>       CAP
receipt                  RECEIPT#<id>                   RECEIPT
clock offset (sandbox)   CLOCK                          CLOCK
program in force         PROGRAM                        CURRENT
rule                     RULE#<rule id>                 HEAD
rule version             RULE#<rule id>                 VERSION#<version, 6 digits>
active rule version      PROGRAM                        RULE#<rule id>#<version>
program version          PROGRAM_VERSIONS               <version, 6 digits>
adjustment               ADJUSTMENT#<id>                ADJUSTMENT
adjusted in a day        ADJUSTED#ACTOR|MEMBER#<id>     ADJUSTED
check-in                 MEMBER#<member>                CHECKIN#<yyyymmdd>
transfer                 TRANSFER#<id>                  TRANSFER
transferred in a day     MEMBER#<member>                TRANSFERRED#<yyyymmdd>
discount                 DISCOUNT#<discount>            DISCOUNT
cart with a discount     CART#<client>#<cart>           CART
member's one-time code   DISCOUNTCODE#<member>          DISCOUNTCODE
invite code              INVITE#<code>                  INVITE
member's referral        MEMBER#<member>                REFERRAL
"""

import hashlib

from mall.keys.tables import Key, member

DUE_BUCKETS = 64
MOVED_BUCKETS = 16
TOTALS_SHARDS = 8
EVENT_BUCKETS = 4
ENTRY_PREFIX = "ENTRY#"
NOTICE_PREFIX = "NOTICE#"
CHECK_IN_PREFIX = "CHECKIN#"
ACTIVE_RULE_PREFIX = "RULE#"
RULES = "RULES"  # index partition of all rules, in order of their ids
PROGRAM_VERSIONS = "PROGRAM_VERSIONS"

CLOCK: Key = {"pk": "CLOCK", "sk": "CLOCK"}
CLOSING: Key = {"pk": "CLOSING", "sk": "PROGRESS"}
PROGRAM: Key = {"pk": "PROGRAM", "sk": "CURRENT"}


def entry(member_id: str, revision: int) -> Key:
    """A ledger entry; revisions start at 1 and have no gaps."""
    return {"pk": member(member_id), "sk": f"{ENTRY_PREFIX}{revision:012d}"}


def counted(member_id: str) -> Key:
    """How far the daily totals know a member's chain."""
    return {"pk": member(member_id), "sk": "COUNTED"}


def notice(member_id: str, lot: str, days: int) -> Key:
    """That a member was told, so many days ahead, that a lot ends."""
    return {"pk": member(member_id), "sk": f"{NOTICE_PREFIX}{lot}#{days}"}


def moved_partition(day: str, bucket: int) -> str:
    """Partition of the markers of who moved on a program day (yyyymmdd), one of 16."""
    return f"MOVED#{day}#{bucket:02d}"


def moved(day: str, member_id: str) -> Key:
    """Marker: these entries of a member were counted for this program day."""
    bucket = due_bucket(member_id) % MOVED_BUCKETS
    return {"pk": moved_partition(day, bucket), "sk": member_id}


def totals_partition(month: str) -> str:
    """Partition of the daily totals of a month (yyyymm)."""
    return f"TOTALS#{month}"


def totals(day: str, shard: int) -> Key:
    """One shard of a program day's totals."""
    return {"pk": totals_partition(day[:6]), "sk": f"{day}#{shard}"}


def closing(day: str) -> Key:
    """What a program day was closed with; it sorts after the day's shards."""
    return {"pk": totals_partition(day[:6]), "sk": f"{day}#closing"}


def reconciling(day: str) -> Key:
    """How far the reconciliation of a program day has come."""
    return {"pk": f"RECONCILING#{day}", "sk": "PROGRESS"}


def notices(bucket: int) -> Key:
    """How far the expiry notices of a bucket have come."""
    return {"pk": f"NOTICES#{bucket:02d}", "sk": "PROGRESS"}


def statement(statement_id: str) -> Key:
    """A statement that an admin asked for: also its own receipt."""
    return {"pk": f"STATEMENT#{statement_id}", "sk": "STATEMENT"}


def due_bucket(member_id: str) -> int:
    """The bucket, 0 to 63, that a member's expiry markers are in."""
    return hashlib.sha256(member_id.encode()).digest()[0] % DUE_BUCKETS


def due_partition(day: str, bucket: int) -> str:
    """Partition of the markers of one day (yyyymmdd) and bucket."""
    return f"DUE#{day}#{bucket:02d}"


def due(day: str, member_id: str) -> Key:
    """Marker: this member has a lot that expires at the start of this day."""
    return {"pk": due_partition(day, due_bucket(member_id)), "sk": member_id}


def sweep(bucket: int) -> Key:
    """How far the expiry sweep of a bucket has come."""
    return {"pk": f"SWEEP#{bucket:02d}", "sk": "PROGRESS"}


def event(client_id: str, event_id: str) -> Key:
    """What one event id of a partner stands for; a purchase and its refunds meet on it."""
    return {"pk": f"EVENT#{client_id}#{event_id}", "sk": "EVENT"}


def event_log(day: str, event_id: str) -> str:
    """Index partition of the events that occurred on a UTC day (yyyymmdd), by bucket."""
    return event_log_bucket(day, hashlib.sha256(event_id.encode()).digest()[0] % EVENT_BUCKETS)


def event_log_bucket(day: str, bucket: int) -> str:
    """Index partition of one bucket of the events of a UTC day."""
    return f"EVENTS#{day}#{bucket}"


def standing(member_id: str) -> Key:
    """What a member's tier and first purchase are judged by."""
    return {"pk": member(member_id), "sk": "STANDING"}


def member_cap(member_id: str, rule_id: str, period: str, period_key: str) -> Key:
    """How much of a rule's cap a member has used in a period."""
    return {"pk": member(member_id), "sk": f"CAP#{rule_id}#{period}#{period_key}"}


def program_cap(rule_id: str, period: str, period_key: str, shard: int) -> Key:
    """How much of its share of a rule's cap one shard has given in a period."""
    return {"pk": f"CAP#{rule_id}#{period}#{period_key}#{shard:02d}", "sk": "CAP"}


def discount(discount_id: str) -> Key:
    """A discount at a shop's checkout, with what of it was reversed."""
    return {"pk": f"DISCOUNT#{discount_id}", "sk": "DISCOUNT"}


def cart(client_id: str, cart_id: str) -> Key:
    """The one discount that a partner's cart has."""
    return {"pk": f"CART#{client_id}#{cart_id}", "sk": "CART"}


def discount_code(member_id: str) -> Key:
    """The digest of the one code by which a shop may burn a member's points."""
    return {"pk": f"DISCOUNTCODE#{member_id}", "sk": "DISCOUNTCODE"}


def invite(code: str) -> Key:
    """Whose an invite code is."""
    return {"pk": f"INVITE#{code}", "sk": "INVITE"}


def referral(member_id: str) -> Key:
    """A member's invite code and counts, and who invited the member."""
    return {"pk": member(member_id), "sk": "REFERRAL"}


def rule(rule_id: str) -> Key:
    """A rule: what its versions are guarded by."""
    return {"pk": f"RULE#{rule_id}", "sk": "HEAD"}


def rule_version(rule_id: str, version: int) -> Key:
    """One version of a rule."""
    return {"pk": f"RULE#{rule_id}", "sk": f"VERSION#{version:06d}"}


def active_rule(rule_id: str, version: int) -> Key:
    """A version of a rule that is in force: all of them are in the program's partition."""
    return {"pk": PROGRAM["pk"], "sk": f"{ACTIVE_RULE_PREFIX}{rule_id}#{version}"}


def program_version(version: int) -> Key:
    """One version of the program's settings: what was changed, and by whom."""
    return {"pk": PROGRAM_VERSIONS, "sk": f"{version:06d}"}


def adjustment(adjustment_id: str) -> Key:
    """An adjustment, until it is decided and after; its receipt is an item of its own."""
    return {"pk": f"ADJUSTMENT#{adjustment_id}", "sk": "ADJUSTMENT"}


def adjustments(status: str) -> str:
    """Index partition of adjustments by status."""
    return f"ADJUSTMENTS#{status}"


def adjusted_by(admin_id: str) -> Key:
    """What one admin has adjusted alone within 24 hours."""
    return {"pk": f"ADJUSTED#ACTOR#{admin_id}", "sk": "ADJUSTED"}


def adjusted_for(member_id: str) -> Key:
    """What was adjusted for one member within 24 hours, each time by one admin alone."""
    return {"pk": f"ADJUSTED#MEMBER#{member_id}", "sk": "ADJUSTED"}


def check_in(member_id: str, day: str) -> Key:
    """A check-in: one key per member and program day (yyyymmdd)."""
    return {"pk": member(member_id), "sk": f"{CHECK_IN_PREFIX}{day}"}


def transfer(transfer_id: str) -> Key:
    """A transfer between members; its receipt is an item of its own."""
    return {"pk": f"TRANSFER#{transfer_id}", "sk": "TRANSFER"}


def transferred(member_id: str, day: str) -> Key:
    """How many points a member has given away on a program day (yyyymmdd)."""
    return {"pk": member(member_id), "sk": f"TRANSFERRED#{day}"}
