"""The front door passes on what is meant for the other end, and answers for an end that is gone."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from local import front_door, ports
from local.front_door import BODY_BYTES_MAX, Address
from local.images import Image
from local.progress import Failure

API_HOST = "abc.execute-api.localhost"


@dataclass
class Upstream:
    """Stands where the emulator stands: notes each request, and answers as it is told."""

    port: int = 0
    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b"{}"
    breaks_off: bool = False
    heard: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        """Note a request and answer it."""
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.heard.append((request.command, request.path, headers, body))
        if self.breaks_off:
            request.close_connection = True
            return
        request.send_response(self.status)
        for name, value in self.headers:
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(self.body)))
        request.end_headers()
        request.wfile.write(self.body)


@contextmanager
def serving(upstream: Upstream) -> Iterator[None]:
    """Let `upstream` listen on a free port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            upstream.handle(self)

        do_POST = do_PUT = do_DELETE = do_GET

        def log_message(self, format: str, *arguments: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        upstream.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """A listening upstream."""
    upstream = Upstream()
    with serving(upstream):
        yield upstream


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site of two files, and a file outside of it."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "index.html").write_text("<p>mall")
    (folder / "mall.css").write_text("p {}")
    (tmp_path / "secret.json").write_text("secret")
    return folder


@pytest.fixture
def door(upstream: Upstream, site: Path) -> Iterator[httpx.Client]:
    """A client of a front door before `upstream`."""
    address = Address(ports.choose(), f"http://127.0.0.1:{upstream.port}", API_HOST, site)
    with (
        front_door.serving(address),
        httpx.Client(base_url=address.url, trust_env=False) as client,
    ):
        yield client


def should_send_the_api_its_own_host_and_the_path_as_it_came(
    door: httpx.Client, upstream: Upstream
) -> None:
    assert door.get("/v1/products/a%2Fb?q=%C3%A9+x&q=2").status_code == 200
    (method, path, headers, _) = upstream.heard[0]
    assert (method, path) == ("GET", "/v1/products/a%2Fb?q=%C3%A9+x&q=2")
    assert headers["host"] == API_HOST


def should_send_token_requests_to_the_pool(door: httpx.Client, upstream: Upstream) -> None:
    door.post("/oauth2/token", data={"grant_type": "client_credentials"}, auth=("id", "secret"))
    (_, path, headers, body) = upstream.heard[0]
    assert path == "/oauth2/token"
    assert headers["host"] != API_HOST
    assert headers["authorization"].startswith("Basic ")
    assert body == b"grant_type=client_credentials"


def should_keep_headers_of_the_connection_to_it(door: httpx.Client, upstream: Upstream) -> None:
    upstream.headers = [("Connection", "X-Secret"), ("X-Secret", "1"), ("X-Request-Id", "r")]
    answer = door.get(
        "/v1/x", headers={"Connection": "keep-alive, X-Hop", "X-Hop": "1", "TE": "trailers"}
    )
    headers = upstream.heard[0][2]
    assert not {"x-hop", "te"} & set(headers)
    assert "X-Secret" not in answer.headers
    assert answer.headers["X-Request-Id"] == "r"


def should_not_let_callers_forge_where_they_are(door: httpx.Client, upstream: Upstream) -> None:
    door.get("/v1/x", headers={"X-Forwarded-For": "203.0.113.9"})
    assert upstream.heard[0][2]["x-forwarded-for"] in ports.LOOPBACK


def should_pass_on_the_answer_as_it_came(door: httpx.Client, upstream: Upstream) -> None:
    upstream.status = 409
    upstream.headers = [("Content-Type", "application/problem+json"), ("Retry-After", "3")]
    upstream.body = b'{"code": "sold_out"}'
    answer = door.post("/v1/orders", json={})
    assert (answer.status_code, answer.json()) == (409, {"code": "sold_out"})
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Retry-After"] == "3"


def should_not_follow_redirects_itself(door: httpx.Client, upstream: Upstream) -> None:
    upstream.status, upstream.headers = 302, [("Location", "/elsewhere")]
    answer = door.get("/v1/x", follow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/elsewhere")


def should_answer_413_to_a_body_that_the_api_would_refuse(
    door: httpx.Client, upstream: Upstream
) -> None:
    answer = door.post("/v1/x", content=b"0" * (BODY_BYTES_MAX + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert upstream.heard == []


def should_answer_502_when_the_other_end_breaks_off(door: httpx.Client, upstream: Upstream) -> None:
    upstream.breaks_off = True
    answer = door.get("/v1/x")
    assert (answer.status_code, answer.json()["code"]) == (502, "upstream_failed")
    assert answer.headers["Content-Type"].startswith("application/problem+json")


def should_answer_503_when_the_other_end_is_down(site: Path) -> None:
    address = Address(ports.choose(), f"http://127.0.0.1:{ports.choose()}", API_HOST, site)
    with front_door.serving(address):
        answer = httpx.get(f"{address.url}/v1/x", trust_env=False)
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert int(answer.headers["Retry-After"]) >= 1


@pytest.mark.parametrize("path", ["/", "/index.html", "/products/some-page"])
def should_give_the_page_for_paths_without_a_file(door: httpx.Client, path: str) -> None:
    answer = door.get(path)
    assert (answer.status_code, answer.text) == (200, "<p>mall")
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


def should_give_a_file_with_its_type(door: httpx.Client) -> None:
    answer = door.get("/mall.css")
    assert (answer.text, answer.headers["Content-Type"]) == ("p {}", "text/css")


@pytest.mark.parametrize("path", ["/no.css", "/..%2Fsecret.json", "/%2e%2e/secret.json"])
def should_give_nothing_that_is_not_in_the_site(door: httpx.Client, path: str) -> None:
    assert door.get(path).status_code == 404


def should_say_in_one_sentence_that_the_port_is_taken(site: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        address = Address(port, "http://127.0.0.1:1", API_HOST, site)
        with pytest.raises(Failure, match=f"Port {port} is taken"), front_door.serving(address):
            pass


def should_give_an_image_as_it_is_stored_and_nothing_else_by_that_path(site: Path) -> None:
    """In AWS the edge reads them; a browser keeps both alike."""
    stored = {"product/x.png": Image(b"png", "image/png", "public, max-age=31536000, immutable")}
    address = Address(ports.choose(), "http://127.0.0.1:1", API_HOST, site, stored.get)
    with front_door.serving(address):
        found = httpx.get(f"{address.url}/images/product/x.png", trust_env=False)
        missing = httpx.get(f"{address.url}/images/product/y.png", trust_env=False)
    assert (found.status_code, found.content) == (200, b"png")
    assert found.headers["Content-Type"] == "image/png"
    assert found.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    assert missing.status_code == 404
