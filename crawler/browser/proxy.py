"""The browser's only way out: an HTTP proxy on 127.0.0.1 that hands each request to the stay of its page.

Answers nobody but pages under way: each stay has a password of its own, which dies with it. Ends TLS itself, with a key that only
our browser believes; the real server is verified by the transport. Opens no connection to anywhere, and keeps nothing.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import secrets
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from loguru import logger

from crawler.stay import Asked, Stay
from crawler.wire import Reply

LONGEST_HEAD = 65_536
LONGEST_BODY = 1_000_000
"""Bytes that a page may send with one request."""

IDLE = 60.0
"""Seconds that a connection of the browser may lie idle."""

_DROPPED = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"transfer-encoding",
        b"content-length",
        b"alt-svc",
        b"proxy-authenticate",
        b"trailer",
        b"upgrade",
    }
)
_DOCUMENT_DROPPED = frozenset({b"content-disposition", b"refresh"})
_ASK = (
    b'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="gongkai"\r\n'
    b"Content-Length: 0\r\nConnection: close\r\n\r\n"
)
_GO_ON = b"HTTP/1.1 200 Connection established\r\n\r\n"


class Odd(Exception):
    """The peer does not speak as a browser speaks to its proxy."""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of one request."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]

    def value(self, name: str) -> str:
        """The first value of a header, or nothing."""
        return next((value for key, value in self.headers if key.lower() == name), "")


class Proxy:
    """Listens on a port of its own until it is closed."""

    def __init__(self, seal: ssl.SSLContext) -> None:
        self._seal = seal
        self._stays: dict[str, Stay] = {}
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.turned_away = 0  #: requests without a password of a stay under way

    async def start(self) -> int:
        """Listen, and give the port."""
        self._server = await asyncio.start_server(self._met, "127.0.0.1", 0, limit=LONGEST_HEAD)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening and cut what is open."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @contextmanager
    def open_to(self, stay: Stay) -> Iterator[str]:
        """Let the requests of one stay through; gives the password under which they come."""
        password = secrets.token_urlsafe(24)
        self._stays[password] = stay
        try:
            yield password
        finally:
            del self._stays[password]

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            await self._serve(reader, writer)
        except (Odd, OSError, EOFError, TimeoutError, ValueError) as error:
            logger.debug("the browser's connection ended: {}: {}", type(error).__name__, error)
        finally:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        stay, inside = None, ""
        while head := await _head(reader):
            if not inside:
                stay = self._stay_of(head)
            if stay is None:
                self.turned_away += 1
                writer.write(_ASK)
                await writer.drain()
                return
            if head.method == "CONNECT":
                if inside:
                    raise Odd("a tunnel within a tunnel")
                inside = f"https://{head.target.removesuffix(':443')}"
                writer.write(_GO_ON)
                await writer.drain()
                # What does not begin with a TLS handshake, such as an unencrypted WebSocket, ends here.
                await writer.start_tls(self._seal, ssl_handshake_timeout=10.0)
                continue
            body = await _body(head, reader)
            asked = Asked(head.method, inside + head.target, head.headers, body, bool(head.value("upgrade-insecure-requests")))
            reply = Reply(error="refused_address: no WebSocket") if head.value("upgrade") else await stay.ask(asked)
            writer.write(_written(reply, document=asked.document))
            await writer.drain()

    def _stay_of(self, head: Head) -> Stay | None:
        kind, _, told = head.value("proxy-authorization").partition(" ")
        try:
            password = base64.b64decode(told, validate=True).decode().partition(":")[2] if kind.lower() == "basic" else ""
        except (binascii.Error, ValueError):
            return None
        return self._stays.get(password)


async def _head(reader: asyncio.StreamReader) -> Head | None:
    """The next head, or None if the browser has hung up."""
    try:
        async with asyncio.timeout(IDLE):
            raw = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    except asyncio.LimitOverrunError:
        raise Odd("a head that is too long") from None
    first, *lines = raw[:-4].decode("latin-1").split("\r\n")
    parts = first.split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise Odd(f"not a request: {first[:60]!r}")
    pairs = (line.partition(":") for line in lines)
    return Head(parts[0], parts[1], tuple((name.strip(), value.strip()) for name, _, value in pairs))


async def _body(head: Head, reader: asyncio.StreamReader) -> bytes:
    if head.value("transfer-encoding"):
        raise Odd("a request in chunks")
    length = int(head.value("content-length") or 0)
    if not 0 <= length <= LONGEST_BODY:
        raise Odd(f"a request of {length} bytes")
    async with asyncio.timeout(IDLE):
        return await reader.readexactly(length)


def _written(reply: Reply, *, document: bool) -> bytes:
    """The answer as the browser gets it. At a refused page it stays where it is: 204 takes nothing away."""
    if reply.error or reply.status is None:
        return b"HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n" % (b"204 Not loaded" if document else b"502 Not loaded")
    dropped = _DROPPED | _DOCUMENT_DROPPED if document else _DROPPED
    lines = [b"%s: %s" % (name, value) for name, value in reply.headers if name.lower() not in dropped and name]
    if reply.status not in (204, 304):
        lines.append(b"Content-Length: %d" % len(reply.body))
    return b"\r\n".join([b"HTTP/1.1 %d -" % reply.status, *lines, b"", b""]) + reply.body
