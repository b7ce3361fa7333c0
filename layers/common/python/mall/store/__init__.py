"""The only door to DynamoDB.

`client`  reads, `transact`, `commit` with conflict retry      `ledger`  heads and entries
`shelf`   product snapshots, stock shards, the sold-out hint   `Store`   all of it, for a handler
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
