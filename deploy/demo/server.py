"""A small web server on loopback for each portal of the region, at an address of its own, as real portals have.

Decides nothing but conditional requests: what a page holds is the region's business. Listens on 127.0.0.x only, on ports that the
system chooses; a browser may be pointed at them, for a portal answers to its own address as to its name.
"""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from types import TracebackType
from typing import Self

from deploy.demo.region import Region
from deploy.demo.reply import Reply

PHRASES = {status.value: status.phrase for status in HTTPStatus}


class Server:
    """Serves a region for as long as the `with` block lasts; `places` says where each host is served."""

    def __init__(self, region: Region) -> None:
        self.region = region
        self.requests: Counter[str] = Counter()  #: requests by host, for the account at the end
        self._lock = Lock()
        hosts = [site.host for site in region.watchlist().sites]
        self._listeners = {host: _listen(_handler_for(self, host), number) for number, host in enumerate(hosts, 1)}
        self._threads = [
            Thread(target=listener.serve_forever, args=(0.05,), name=f"demo {host}", daemon=True)
            for host, listener in self._listeners.items()
        ]

    @property
    def places(self) -> dict[str, str]:
        """Where each host is served, as address:port."""
        return {host: "{}:{}".format(*listener.server_address[:2]) for host, listener in self._listeners.items()}

    @property
    def resolve(self) -> str:
        """The value of GONGKAI_RESOLVE that leads every host of the region to its server."""
        return ",".join(f"{host}={place}" for host, place in self.places.items())

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for listener in self._listeners.values():
            listener.shutdown()
            listener.server_close()
        for thread in self._threads:
            thread.join()

    def reply(self, host: str, path: str, if_none_match: str | None, if_modified_since: str | None) -> Reply:
        """The region's answer, or 304 if the asker already holds it."""
        with self._lock:
            self.requests[host] += 1
            count = self.requests.total()
        answer = self.region.answer(host, path, count)
        told = dict(answer.headers)
        if answer.status == 200 and _held(told, if_none_match, if_modified_since):
            return Reply(304, tuple(pair for pair in answer.headers if pair[0] != "Content-Type"), b"")
        return answer


class _Listener(ThreadingHTTPServer):
    daemon_threads = True

    def get_request(self) -> tuple[socket.socket, object]:
        connection, address = super().get_request()
        # Head and body leave in one piece, but a late acknowledgement must not hold back the next answer.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection, address


def _listen(handler: type[BaseHTTPRequestHandler], number: int) -> _Listener:
    """Listen at 127.0.0.<number>; at 127.0.0.1 where the system knows no other loopback address."""
    try:
        return _Listener((f"127.0.0.{number}", 0), handler)
    except OSError:
        return _Listener(("127.0.0.1", 0), handler)


def _handler_for(server: Server, host: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_GET(self) -> None:
            reply = server.reply(host, self.path, self.headers.get("If-None-Match"), self.headers.get("If-Modified-Since"))
            if not reply.status:
                self.close_connection = True
                return
            self.wfile.write(_head(reply) + (b"" if self.command == "HEAD" else reply.body))

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the crawl tells what was asked."""

    return Handler


def _head(reply: Reply) -> bytes:
    length: Sequence[tuple[str, str]] = () if reply.status == 304 else (("Content-Length", str(len(reply.body))),)
    phrase = PHRASES.get(reply.status, "")  # shields make up statuses of their own
    lines = [f"HTTP/1.1 {reply.status} {phrase}", *(f"{k}: {v}" for k, v in (*reply.headers, *length))]
    return "\r\n".join((*lines, "", "")).encode("latin-1")


def _held(told: dict[str, str], if_none_match: str | None, if_modified_since: str | None) -> bool:
    if if_none_match is not None:
        return told.get("ETag") in {tag.strip() for tag in if_none_match.split(",")}
    if if_modified_since is None or "Last-Modified" not in told:
        return False
    try:
        return parsedate_to_datetime(told["Last-Modified"]) <= parsedate_to_datetime(if_modified_since)
    except (TypeError, ValueError):
        return False
