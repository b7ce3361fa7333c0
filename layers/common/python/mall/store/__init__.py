"""The only door to DynamoDB.

The store itself, and everybody's reads
`client`       the transaction, and the retry of `commit`  `reads`     items, pages, the time
`wire`         DynamoDB's values and ours                  `receipts`  claimed before long work
`once`         once per Idempotency-Key                    `members`   found by id or address
`newest`       a page over several partitions

Points
`ledger`       heads and entries                           `program`   settings and rules in force
`earning`      an event, in one transaction                `standing`  purchases so far, and tier
`waiting`      events of somebody unknown                  `rules`     rules, read and changed
`replays`      rules tried on past events                  `adjustments`  listed, with reasons
`referring`    who invited whom                            `history`      balance and entries
`totals`       entries counted by day                      `statements`   entries of a period
`reconciliation`  totals held against the chains

Catalog and users
`shelf`        products, stock, the sold-out hint          `sale`      products and their shards
`checkout`     a redemption, step by step
`line`         taking in for a queued product      `redeeming`    and settling
`codes`        codes, free and known                       `accounts`  disabled and enabled
`erasure`      a member erased, step by step               `imports`   files brought in
`listing`      rows of lists, kept and read                `window`    what everybody may see
`summary`      what is sold out, as lists say it           `categories`  read and changed whole

Orders
`orders`       found, with what paid for them              `order_lists`  by status and time
`cancelling`   a payment ended before its order            `settling`  by what a payment became
`unpaid`       found, and given up in time                 `payments`  held against the provider
`untold`       what the stream has lost of them           `fulfilling`  codes, vouchers, goods

Lottery
`lotteries`    terms, shards and seeds, remembered         `draws`     a draw on its way
`lottery_goods`    products as prizes                      `lottery_closing`  closed, step by step
`lottery_changes`  drafts, and new tables
`lottery_lists`    as everybody may see them               `lottery_seeds`    revealed, step by step
`playing`      what both draws and tickets look at
`tickets`      bought and listed                           `scheduled_drawing`  drawn, step by step
"""

from functools import cache
from typing import Annotated

from aws_lambda_powertools.event_handler import Depends

from mall.settings import settings
from mall.store.client import Commit, Store
from mall.store.reads import Page
from mall.store.shelf import Shelf

__all__ = ["Commit", "OpenShelf", "OpenStore", "Page", "Shelf", "Store", "open_shelf", "open_store"]


@cache
def open_store() -> Store:
    """The store of this process, on the tables of its settings."""
    return Store.on(settings())


OpenStore = Annotated[Store, Depends(open_store)]


@cache
def open_shelf() -> Shelf:
    """What this process remembers of the catalog."""
    return Shelf(open_store())


OpenShelf = Annotated[Shelf, Depends(open_shelf)]
