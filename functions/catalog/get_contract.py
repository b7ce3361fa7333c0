"""GET /v1/openapi.json: the contract that every client speaks.

The file is generated from the operations and their models, and kept beside the docs; a test holds
it against the code.
"""

from pathlib import Path

from aws_lambda_powertools.event_handler import Response
from mall.http import operation

_CONTRACT = Path(__file__).with_name("openapi.json").read_text()


@operation()
def get_contract() -> Response[str]:
    """Serve the OpenAPI document."""
    headers = {"Cache-Control": "public, max-age=60"}
    return Response(200, content_type="application/json", body=_CONTRACT, headers=headers)
