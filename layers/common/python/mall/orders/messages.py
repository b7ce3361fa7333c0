"""Messages between the orders' functions."""

from pydantic import BaseModel


class FulfilOrder(BaseModel):
    """Ask for an order to be fulfilled; delivered at least once, in any order."""

    order_id: str
    version: int
