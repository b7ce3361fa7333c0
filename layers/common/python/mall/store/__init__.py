"""The only door to DynamoDB.

`client`  reads, `transact`, `commit` with conflict retry      `ledger`  heads and entries
`shelf`   product snapshots, stock shards, the sold-out hint   `Store`   all of it, for a handler
"""

from functools import cache
from typing import Annotated

from aws_lambda_powertools.event_handler import Depends

from mall.settings import settings
from mall.store.client import Commit, Page, Store

__all__ = ["Commit", "OpenStore", "Page", "Store", "open_store"]


@cache
def open_store() -> Store:
    """The store of this process, on the tables of its settings."""
    return Store.on(settings())


OpenStore = Annotated[Store, Depends(open_store)]
