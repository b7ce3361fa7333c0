"""Every partition key, sort key and index name, one place.

Table    Item                     pk                             sk
points   ledger entry             MEMBER#<member>                ENTRY#<revision, 12 digits>
points   how far it is counted    MEMBER#<member>                COUNTED
points   expiry notice            MEMBER#<member>                NOTICE#<lot>#<days ahead>
points   entries of a day         MOVED#<yyyymmdd>#<bucket>      <member>
points   totals of a day          TOTALS#<yyyymm>                <yyyymmdd>#<shard>
points   closing of a day         TOTALS#<yyyymm>                <yyyymmdd>#closing
points   closing progress         CLOSING                        PROGRESS
points   reconciling a day        RECONCILING#<yyyymmdd>         PROGRESS
points   notice progress          NOTICES#<bucket>               PROGRESS
points   statement for an admin   STATEMENT#<id>                 STATEMENT
points   expiry marker            DUE#<yyyymmdd>#<bucket>        <member>
points   sweep progress           SWEEP#<bucket>                 PROGRESS
points   event                    EVENT#<client>#<event id>      EVENT
points   standing                 MEMBER#<member>                STANDING
points   cap of a member          MEMBER#<member>                CAP#<rule>#<period>
points   cap of the program       CAP#<rule>#<period>#<nn>       CAP
points   receipt                  RECEIPT#<id>                   RECEIPT
points   clock offset (sandbox)   CLOCK                          CLOCK
points   program in force         PROGRAM                        CURRENT
points   rule                     RULE#<rule id>                 HEAD
points   rule version             RULE#<rule id>                 VERSION#<version, 6 digits>
points   active rule version      PROGRAM                        RULE#<rule id>#<version>
points   program version          PROGRAM_VERSIONS               <version, 6 digits>
points   adjustment               ADJUSTMENT#<id>                ADJUSTMENT
points   adjusted in a day        ADJUSTED#ACTOR|MEMBER#<id>     ADJUSTED
points   check-in                 MEMBER#<member>                CHECKIN#<yyyymmdd>
points   transfer                 TRANSFER#<id>                  TRANSFER
points   transferred in a day     MEMBER#<member>                TRANSFERRED#<yyyymmdd>
points   discount                 DISCOUNT#<discount>            DISCOUNT
points   cart with a discount     CART#<client>#<cart>           CART
points   member's one-time code   DISCOUNTCODE#<member>          DISCOUNTCODE
points   invite code              INVITE#<code>                  INVITE
points   member's referral        MEMBER#<member>                REFERRAL
orders   order                    ORDER#<order>                  ORDER
orders   voucher                  VOUCHER#<code's HMAC>          VOUCHER
orders   receipt                  RECEIPT#<id>                   RECEIPT
orders   outbox progress          OUTBOX                         PROGRESS
orders   hours with unpaid ones   UNPAID                         PROGRESS
orders   report on payments       PAYMENTS                       <yyyymmdd>
catalog  product                  PRODUCT#<product>              PRODUCT
catalog  price version            PRODUCT#<product>              PRICE#<version, 6 digits>
catalog  stock movement           PRODUCT#<product>              MOVEMENT#<instant>#<id>
catalog  stock shard              STOCK#<product>#<sku>#<nn>     STOCK
catalog  per-member limit         MEMBER#<member>                LIMIT#<product>#<period>
catalog  known code               CODE#<product>#<code's HMAC>   CODE
catalog  free code                POOL#<product>#<sku>           <code's HMAC>
catalog  receipt                  RECEIPT#<id>                   RECEIPT
catalog  row of a list            LIST#<facet>#<order>           <sort key>#<product>
catalog  categories               CATEGORIES                     CATEGORIES
catalog  bulk import              IMPORT#<id>                    IMPORT
users    profile                  USER#<member>                  PROFILE
users    note                     USER#<member>                  NOTE#<note>
users    address                  USER#<member>                  ADDRESS#<address>
users    address of an order      USER#<member>                  ORDER#<order>
users    address lookup           EMAIL#<lower case>             EMAIL
users    erasure under way        ERASURES                       <member>
users    event that waits         EMAIL#<lower case>, USER#<id>  WAITING#<client>#<event id>

Indexes: orders `by_member` (gsi1pk, gsi1sk), orders `by_status` (gsi2pk, gsi2sk),
points and catalog `by_time` (gsi1pk, gsi1sk).
"""

import hashlib
from typing import Literal, TypedDict

Table = Literal["points", "orders", "catalog", "users"]

BY_MEMBER = "by_member"
BY_STATUS = "by_status"
BY_TIME = "by_time"
INDEX_KEYS = {
    BY_MEMBER: ("gsi1pk", "gsi1sk"),
    BY_STATUS: ("gsi2pk", "gsi2sk"),
    BY_TIME: ("gsi1pk", "gsi1sk"),
}
DUE_BUCKETS = 64
STATUS_BUCKETS = 4
MOVED_BUCKETS = 16
TOTALS_SHARDS = 8
EVENT_BUCKETS = 4
ENTRY_PREFIX = "ENTRY#"
NOTICE_PREFIX = "NOTICE#"
WAITING_PREFIX = "WAITING#"
MOVEMENT_PREFIX = "MOVEMENT#"
PRICE_PREFIX = "PRICE#"
CHECK_IN_PREFIX = "CHECKIN#"
ACTIVE_RULE_PREFIX = "RULE#"
ADDRESS_PREFIX = "ADDRESS#"
RULES = "RULES"  # index partition of all rules, in order of their ids
PROGRAM_VERSIONS = "PROGRAM_VERSIONS"
ERASURES = "ERASURES"


LAST = "~"  # sorts after every instant


class Key(TypedDict):
    """The primary key of an item."""

    pk: str
    sk: str


CLOCK: Key = {"pk": "CLOCK", "sk": "CLOCK"}
CLOSING: Key = {"pk": "CLOSING", "sk": "PROGRESS"}
PROGRAM: Key = {"pk": "PROGRAM", "sk": "CURRENT"}
OUTBOX: Key = {"pk": "OUTBOX", "sk": "PROGRESS"}
UNPAID: Key = {"pk": "UNPAID", "sk": "PROGRESS"}
PAYMENTS = "PAYMENTS"  # partition of the reports on payments, by UTC day
CATEGORIES: Key = {"pk": "CATEGORIES", "sk": "CATEGORIES"}


def member(member_id: str) -> str:
    """Partition of what belongs to one member."""
    return f"MEMBER#{member_id}"


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


def receipt(receipt_id: str) -> Key:
    """Receipt of an operation whose own item is not its receipt."""
    return {"pk": f"RECEIPT#{receipt_id}", "sk": "RECEIPT"}


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


def product(product_id: str) -> Key:
    """A product with its price and sale state."""
    return {"pk": f"PRODUCT#{product_id}", "sk": "PRODUCT"}


def products(status: str) -> str:
    """Index partition of the products in a status, in order of their creation."""
    return f"PRODUCTS#{status}"


def price(product_id: str, version: int) -> Key:
    """A version of a product's price, kept for good."""
    return {"pk": f"PRODUCT#{product_id}", "sk": f"{PRICE_PREFIX}{version:06d}"}


def movement(product_id: str, at: int, movement_id: str) -> Key:
    """A logged stock movement; its receipt is an item of its own."""
    return {"pk": f"PRODUCT#{product_id}", "sk": f"{MOVEMENT_PREFIX}{at:013d}#{movement_id}"}


def listing_rows(facet: str, order: str) -> str:
    """Partition of the rows of one list of products, such as those of a category by name."""
    return f"LIST#{facet}#{order}"


def stock(product_id: str, sku: str, shard: int) -> Key:
    """One shard of a SKU's stock, a partition of its own."""
    return {"pk": f"STOCK#{product_id}#{sku}#{shard:02d}", "sk": "STOCK"}


def stocked_product(partition: str) -> str:
    """The product whose stock the partition of a shard holds."""
    return partition.split("#")[1]


def limit(member_id: str, product_id: str, period: str) -> Key:
    """How many units of a product a member has redeemed in a period, such as 202611 or ever."""
    return {"pk": member(member_id), "sk": f"LIMIT#{product_id}#{period}"}


def code(product_id: str, code_mac: str) -> Key:
    """A code that was imported once, whether free or delivered."""
    return {"pk": f"CODE#{product_id}#{code_mac}", "sk": "CODE"}


def bulk_import(import_id: str) -> Key:
    """A file that is imported, and how far it is: also its own receipt."""
    return {"pk": f"IMPORT#{import_id}", "sk": "IMPORT"}


def pool(product_id: str, sku: str) -> str:
    """Partition of a SKU's free codes."""
    return f"POOL#{product_id}#{sku}"


def person(member_id: str) -> str:
    """Partition of all personal data of one member."""
    return f"USER#{member_id}"


def profile(member_id: str) -> Key:
    """A member's profile: the only home of personal data."""
    return {"pk": person(member_id), "sk": "PROFILE"}


def note(member_id: str, note_id: str) -> Key:
    """Free text that a ledger entry refers to."""
    return {"pk": f"USER#{member_id}", "sk": f"NOTE#{note_id}"}


def address(member_id: str, address_id: str) -> Key:
    """One of a member's addresses."""
    return {"pk": person(member_id), "sk": f"{ADDRESS_PREFIX}{address_id}"}


def order_address(member_id: str, order_id: str) -> Key:
    """Where an order is sent to: the address as it was when the order was placed."""
    return {"pk": person(member_id), "sk": f"ORDER#{order_id}"}


def email(address: str) -> Key:
    """Confirmed member of an e-mail address."""
    return {"pk": f"EMAIL#{address.strip().lower()}", "sk": "EMAIL"}


def erasure(member_id: str) -> Key:
    """Marker: an erasure was begun and may not be finished. Few stand at any time."""
    return {"pk": ERASURES, "sk": member_id}


def waiting(partition: str, client_id: str, event_id: str) -> Key:
    """An event of somebody unknown, in the partition of the address or id that it names."""
    return {"pk": partition, "sk": f"{WAITING_PREFIX}{client_id}#{event_id}"}
