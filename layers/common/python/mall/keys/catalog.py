"""Keys of the catalog table.

Item                     pk                             sk
product                  PRODUCT#<product>              PRODUCT
price version            PRODUCT#<product>              PRICE#<version, 6 digits>
stock movement           PRODUCT#<product>              MOVEMENT#<instant>#<id>
stock shard              STOCK#<product>#<sku>#<nn>     STOCK
per-member limit         MEMBER#<member>                LIMIT#<product>#<period>
known code               CODE#<product>#<code's HMAC>   CODE
free code                POOL#<product>#<sku>           <code's HMAC>
receipt                  RECEIPT#<id>                   RECEIPT
row of a list            LIST#<facet>#<order>           <sort key>#<product>
categories               CATEGORIES                     CATEGORIES
bulk import              IMPORT#<id>                    IMPORT
"""

from mall.keys.tables import Key, member

MOVEMENT_PREFIX = "MOVEMENT#"
PRICE_PREFIX = "PRICE#"

CATEGORIES: Key = {"pk": "CATEGORIES", "sk": "CATEGORIES"}


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
