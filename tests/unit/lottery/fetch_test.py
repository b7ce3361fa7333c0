"""The verifier over HTTP: it fetches page by page, waits when told to, keeps what it fetched."""

import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from docs.verify import mall_verify
from tests.unit.lottery.campaign import Bundle, Campaign
from tests.unit.lottery.raffle import raffle

FOLDER = Path(mall_verify.__file__).parent
PAGE_LENGTH = 7


class Mall(ThreadingHTTPServer):
    """Answers with a bundle, as the API does; every second request is told to come again."""

    def __init__(self, bundle: Bundle) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.bundle = bundle
        self.busy = False
        self.url = f"http://127.0.0.1:{self.server_port}"

    def answer(self, path: str, query: dict[str, str]) -> Any:
        """What a public route answers."""
        what = path.partition(self.bundle["lottery"]["lottery_id"])[2].strip("/")
        if what in ("", "seed"):
            return self.bundle[what or "lottery"]
        held = self.bundle[what]
        page, items = (held, held["items"]) if what == "winners" else ({}, held)
        first = int(query.get("cursor", 0))
        after = first + PAGE_LENGTH
        more = str(after) if after < len(items) else None
        return {**page, "items": items[first:after], "next_cursor": more}


class Answers(BaseHTTPRequestHandler):
    """One request."""

    server: Mall

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.server.busy = not self.server.busy
        self.send_response(503 if self.server.busy else 200)
        self.send_header("Retry-After", "0")
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        answer = self.server.answer(parts.path, dict(parse_qsl(parts.query)))
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@cache
def _campaign() -> Bundle:
    return Campaign(Random(5)).play(draws=40, members=3).bundle()


@pytest.fixture(params=["campaign", "raffle"])
def mall(request: pytest.FixtureRequest) -> Iterator[Mall]:
    """A mall with one lottery."""
    bundle = _campaign() if request.param == "campaign" else raffle(Random(1))
    with Mall(bundle) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield server
        server.shutdown()


def should_fetch_all_pages_and_wait_where_it_is_told_to(mall: Mall) -> None:
    lottery = mall.bundle["lottery"]["lottery_id"]
    fetched = mall_verify.fetched_bundle(mall.url + "/", lottery)
    fetched.get("winners", {}).pop("next_cursor", None)
    mall.bundle.get("winners", {}).pop("next_cursor", None)
    assert fetched == mall.bundle


def should_run_as_a_module_from_its_folder(mall: Mall, tmp_path: Path) -> None:
    lottery, kept = mall.bundle["lottery"]["lottery_id"], tmp_path / "kept.json"
    command = [sys.executable, "-m", "mall_verify"]
    for arguments in (
        [mall.url, lottery, "--save", str(kept)],
        ["--bundle", str(kept), "--earlier", str(kept)],
    ):
        ran = subprocess.run(
            [*command, *arguments], cwd=FOLDER, capture_output=True, text=True, check=False
        )
        assert (ran.returncode, ran.stderr) == (0, "")
        assert ran.stdout.splitlines()[-1] == "every outcome is what the seeds give"


def should_say_that_it_could_not_reach_a_mall() -> None:
    assert mall_verify.main(["http://127.0.0.1:1", "lottery"]) == 2
    assert mall_verify.main(["file:///etc", "lottery"]) == 2
