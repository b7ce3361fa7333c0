"""The guide's requests do what it says: each is sent as it stands there, in its order."""

import json
import re
from pathlib import Path

from infra.operations import Http
from tests.builders import any_id
from tests.functional.acts import ADMIN, call
from tests.stage import BY_NAME

GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "catalog.md"
_REQUEST = re.compile(
    r"^```http\n(?P<route>[A-Z]+ \S+)\n(?P<body>.*?)```$", re.MULTILINE | re.DOTALL
)
_NAMES = {o.trigger.route: o.name for o in BY_NAME.values() if isinstance(o.trigger, Http)}


def should_do_what_the_guide_says() -> None:
    product, asked = "", []
    for request in _REQUEST.finditer(GUIDE.read_text()):
        name = _NAMES[request["route"]]
        body = json.loads(request["body"]) if request["body"] else None
        answer = call(name, ADMIN, path={"product_id": product}, body=body, key=any_id())
        assert answer.status < 300, (request[0], answer.body)
        asked.append(name)
        if name == "create_product":
            product = answer.body["product_id"]
    assert {"create_product", "change_product", "move_stock", "list_prices"} <= set(asked)
