"""Codes that vanish from the pool. It cannot happen while stock follows codes."""

import boto3

from tests.functional.acts import everything


def lose_codes(count: int = 1) -> None:
    """Take so many codes out of the pools, behind everybody's back."""
    pool = [item for item in everything()["catalog"] if item["pk"].startswith("POOL#")]
    for item in pool[:count]:
        boto3.client("dynamodb").delete_item(
            TableName="catalog", Key={"pk": {"S": item["pk"]}, "sk": {"S": item["sk"]}}
        )
