"""The one address of the local stack: the API, the token endpoint and the site on one origin.

In AWS, CloudFront stands here. `/v1/...` goes to the HTTP API under the host name it answers to,
which not every machine can resolve; `/oauth2/token` to the user pool; `/images/...` is an attached
image of a product; any other path is a file of the site. It listens on the loopback addresses only.
"""

import asyncio
import errno
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import aiohttp
from aiohttp import web
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from local.images import Image
from local.ports import LOOPBACK
from local.progress import Failure

# HTTP APIs take 10 MB and give a function 30 seconds.
BODY_BYTES_MAX = 10 * 1024 * 1024
UPSTREAM_TIMEOUT_S = 30
# Requests under way at once; the rest wait their turn. The emulator starts a worker process for
# each request that finds none idle, without a limit: a crowd of 64 would start 64 interpreters at
# once and time out on two cores. This is the account's concurrency limit of a small machine.
UPSTREAM_REQUESTS_MAX = 8
_START_TIMEOUT_S = 10
_RETRY_AFTER_S = 1

# RFC 9110, 7.6.1: what concerns one connection stays on it. Host is set anew for the next one.
_HOP_BY_HOP = frozenset(
    {
        "connection",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_SITE_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True)
class Address:
    """Where the front door listens and where each kind of request goes.

    `upstream` is the emulator's URL, `api_host` the host name of the HTTP API, `site` a folder;
    `image` finds an image by its path.
    """

    port: int
    upstream: str
    api_host: str
    site: Path
    image: Callable[[str], Image | None] = lambda _: None

    @property
    def url(self) -> str:
        """The origin that people and programs use."""
        return f"http://localhost:{self.port}"


@contextmanager
def serving(address: Address) -> Iterator[None]:
    """Serve `address` in a thread for as long as the block lasts.

    Raises Failure when the port is taken.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="front-door", daemon=True)
    thread.start()
    door = FrontDoor(address)
    try:
        asyncio.run_coroutine_threadsafe(door.open(), loop).result(_START_TIMEOUT_S)
        yield
    finally:
        asyncio.run_coroutine_threadsafe(door.close(), loop).result(_START_TIMEOUT_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_START_TIMEOUT_S)
        loop.close()


class FrontDoor:
    """Forwards requests and serves files, on one event loop."""

    def __init__(self, address: Address) -> None:
        """Prepare to serve `address`; nothing listens before `open`."""
        self._address = address
        self._site = address.site.resolve()
        self._client: aiohttp.ClientSession | None = None
        application = web.Application(client_max_size=BODY_BYTES_MAX)
        application.router.add_route("*", "/v1/{path:.*}", self._forward_to_api)
        application.router.add_post("/oauth2/token", self._forward_to_pool)
        application.router.add_get("/images/{path:.*}", self._give_image)
        application.router.add_get("/{path:.*}", self._give_file)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=2)

    async def open(self) -> None:
        """Listen on every loopback address there is. Raises Failure when the port is taken."""
        self._client = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=UPSTREAM_REQUESTS_MAX),
            timeout=aiohttp.ClientTimeout(total=None, sock_read=UPSTREAM_TIMEOUT_S),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
        )
        await self._runner.setup()
        for host in LOOPBACK:
            try:
                await web.TCPSite(self._runner, host, self._address.port, backlog=1024).start()
            except OSError as error:
                if error.errno not in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
                    raise Failure(port_taken(self._address.port)) from error

    async def close(self) -> None:
        """Finish what is under way and stop listening."""
        await self._runner.cleanup()
        if self._client is not None:
            await self._client.close()

    async def _forward_to_api(self, request: web.Request) -> web.StreamResponse:
        return await self._forward(request, self._address.api_host)

    async def _forward_to_pool(self, request: web.Request) -> web.StreamResponse:
        return await self._forward(request, None)

    async def _forward(self, request: web.Request, host: str | None) -> web.StreamResponse:
        """Send the request on as it came, and the answer back as it came."""
        if self._client is None:
            raise RuntimeError("the front door is not open")
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large")
        headers = _end_to_end(request.headers)
        if host is not None:
            headers["Host"] = host
        headers["X-Forwarded-For"] = request.remote or ""
        headers["X-Forwarded-Proto"] = "http"
        target = URL(self._address.upstream + request.raw_path, encoded=True)
        try:
            async with self._client.request(
                request.method, target, headers=headers, data=body, allow_redirects=False
            ) as answer:
                content = await answer.read()
        except aiohttp.ClientConnectorError:
            return _problem(HTTPStatus.SERVICE_UNAVAILABLE, "busy")
        except TimeoutError:
            return _problem(HTTPStatus.GATEWAY_TIMEOUT, "upstream_timeout")
        except aiohttp.ClientError:
            return _problem(HTTPStatus.BAD_GATEWAY, "upstream_failed")
        return web.Response(status=answer.status, headers=_end_to_end(answer.headers), body=content)

    async def _give_image(self, request: web.Request) -> web.StreamResponse:
        """An image with the headers that it is stored with, so that it is kept as in AWS."""
        image = await asyncio.to_thread(self._address.image, request.match_info["path"])
        if image is None:
            raise web.HTTPNotFound
        kept = {"Content-Type": image.content_type, "Cache-Control": image.cache_control}
        return web.Response(headers={**_SITE_HEADERS, **kept}, body=image.content)

    async def _give_file(self, request: web.Request) -> web.StreamResponse:
        """A file of the site; a path without one is the page of a single-page storefront."""
        try:
            wanted = (self._site / request.match_info["path"]).resolve()
            wanted.exists()
        except (OSError, ValueError) as error:  # no file can have such a name
            raise web.HTTPNotFound from error
        if not wanted.is_relative_to(self._site):
            raise web.HTTPNotFound
        if wanted.is_dir() or (not wanted.exists() and not wanted.suffix):
            wanted = self._site / "index.html"
        if not wanted.is_file():
            raise web.HTTPNotFound
        return web.FileResponse(wanted, headers=_SITE_HEADERS)


def port_taken(port: int) -> str:
    """The sentence that says so, and what to do."""
    return (
        f"Port {port} is taken by another program: stop it, or choose another port with "
        f"MALL_PORT={port + 1} make run."
    )


def _end_to_end(headers: CIMultiDictProxy[str]) -> CIMultiDict[str]:
    """The headers that are meant for the other end, not for this connection."""
    named = {name.strip().lower() for name in headers.get("Connection", "").split(",")}
    dropped = _HOP_BY_HOP | named | {"content-length"}  # the length is counted anew
    return CIMultiDict(
        (name, value) for name, value in headers.items() if name.lower() not in dropped
    )


def _problem(status: HTTPStatus, code: str) -> web.Response:
    """A problem document (RFC 9457), such as the functions answer with."""
    headers = (
        {"Retry-After": str(_RETRY_AFTER_S)} if status == HTTPStatus.SERVICE_UNAVAILABLE else None
    )
    return web.json_response(
        {"type": "about:blank", "title": status.phrase, "status": status.value, "code": code},
        status=status.value,
        headers=headers,
        content_type="application/problem+json",
    )
