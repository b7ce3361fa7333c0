"""The site that the front door serves: the landing page and the pictures of the demo products."""

import json
import shutil
from pathlib import Path
from typing import TypedDict

from local import artwork

_PAGES = Path(__file__).parent / "site"
_CATALOGUE = Path(__file__).parent / "catalogue.json"


class DemoProduct(TypedDict):
    """A product of the demo catalogue: its price in points, and how many codes are imported."""

    slug: str
    name: str
    type: str
    category: str
    description: str
    points: int
    codes: int


def products() -> list[DemoProduct]:
    """The demo catalogue, in the order of its file."""
    listed: list[DemoProduct] = json.loads(_CATALOGUE.read_text(encoding="utf-8"))
    return listed


def image_url(product: DemoProduct) -> str:
    """Where the front door serves a demo product's picture: a path on the same origin."""
    return f"/media/{product['slug']}.svg"


def build(site: Path) -> Path:
    """Write the landing page and every picture into the folder `site`, anew, and return it."""
    shutil.rmtree(site, ignore_errors=True)
    shutil.copytree(_PAGES, site)
    for product in products():
        picture = site / image_url(product).lstrip("/")
        picture.parent.mkdir(exist_ok=True)
        picture.write_text(artwork.draw(product["slug"], product["category"]), encoding="utf-8")
    return site
