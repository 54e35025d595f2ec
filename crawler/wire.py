"""One request on the wire: connects to one checked address and brings back what was said, byte for byte.

Follows no redirect, keeps no cookie, reads no environment, undoes no content coding, uses each connection once, and never
raises for what a server does. Why it stands on asyncio alone: docs/decisions/transport.md.
"""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import re
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import certifi

from crawler.addresses import Endpoint, Refused, Target, refusal
from crawler.http1 import Message, Pairs
from crawler.policy import TransportPolicy

_UNSENDABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
TLS_GOODBYE = 2.0
"""Seconds to wait for the peer's close_notify; the answer is complete by then."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What one request brought; `error` as in records.Answer."""

    address: str | None = None
    status: int | None = None
    headers: Pairs = ()
    body: bytes = b""
    request_headers: Pairs = ()
    http_version: str = ""
    tls: str = "none"
    error: str | None = None
    phrase: str = ""
    certificate: str | None = None  #: SHA-256 of the server's own certificate

    def header(self, name: str) -> bytes | None:
        """The first value of a header, whatever the case of its name."""
        wanted = name.lower().encode()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


class SendsOnce(Protocol):
    """Sends one request to one checked address."""

    async def ask(
        self,
        target: Target,
        place: Endpoint,
        headers: Sequence[tuple[str, str]],
        *,
        content: bytes | None = None,
        verify: bool = True,
        max_bytes: int = 0,
    ) -> Reply:
        """What came back; never raises for what a server does. With `content`, it is posted."""
        ...


class Wire:
    """Sends requests, each over a connection of its own."""

    def __init__(self, policy: TransportPolicy) -> None:
        self._policy = policy
        self._verified = strict(policy.ca_file)
        self._unverified = permissive()

    async def ask(
        self,
        target: Target,
        place: Endpoint,
        headers: Sequence[tuple[str, str]],
        *,
        content: bytes | None = None,
        verify: bool = True,
        max_bytes: int = 0,
    ) -> Reply:
        """Ask `place` for a target, or post `content` to it; `max_bytes` 0 means the policy's."""
        method = "GET" if content is None else "POST"
        return await self.send(target, place, headers, method=method, body=content or b"", verify=verify, max_bytes=max_bytes)

    async def send(
        self,
        target: Target,
        place: Endpoint,
        headers: Sequence[tuple[str, str]],
        *,
        method: str = "GET",
        body: bytes = b"",
        verify: bool = True,
        max_bytes: int = 0,
    ) -> Reply:
        """The same with any method. The whole request ends within the policy's timeout."""
        length = [("Content-Length", str(len(body)))] if body or method == "POST" else []
        sent = sendable([("Host", target.netloc), *headers, *length, ("Connection", "close")])
        message = Message(max_bytes or self._policy.max_bytes)
        error: str | None = None
        certificates: list[str] = []
        try:
            async with asyncio.timeout(self._policy.timeout):
                request = request_bytes(target.path, sent, method) + body
                await self._exchange(target, place, request, message, verify, certificates)
        except Exception as problem:  # whatever a server does becomes a clear error, never a stop
            error = explain(problem, self._policy.timeout)
        return Reply(
            address=place.address,
            status=message.status,
            headers=message.headers,
            body=bytes(message.body),
            request_headers=sent,
            http_version=message.version,
            tls="none" if target.scheme == "http" else "verified" if verify else "unverified",
            error=message.error or error,
            phrase=message.phrase,
            certificate=next(iter(certificates), None),
        )

    async def _exchange(
        self, target: Target, place: Endpoint, request: bytes, message: Message, verify: bool, certificates: list[str]
    ) -> None:
        # The choke point: no connection is opened towards an address that the rule refuses, whoever asks.
        if not self._policy.allow_private and (why := refusal(place.address)):
            raise Refused(why)
        secure = target.scheme == "https"
        transport, receiver = await asyncio.get_running_loop().create_connection(
            lambda: _Receiver(message),
            place.address,
            place.port,
            ssl=(self._verified if verify else self._unverified) if secure else None,
            server_hostname=target.host if secure else None,
            ssl_shutdown_timeout=TLS_GOODBYE if secure else None,
        )
        try:
            peer = transport.get_extra_info("peername")[0]
            if ipaddress.ip_address(peer.partition("%")[0]) != ipaddress.ip_address(place.address):
                raise Refused(f"connected to {peer}, checked was {place.address}")
            certificates += _certificate(transport.get_extra_info("ssl_object"))
            transport.write(request)
            await receiver.over
        finally:
            if message.complete:
                transport.close()
            else:
                transport.abort()


class _Receiver(asyncio.Protocol):
    """Carries bytes from the connection into a message. Not a stream reader: that one drops what came before a reset."""

    def __init__(self, message: Message) -> None:
        self._message = message
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        """Pass on, and wake the reader when the answer is over."""
        self._message.feed(data)
        if self._message.over:
            self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """The peer closed, or the network broke."""
        self._message.finish(_one_line(exc) if exc else "")
        self._wake()

    def _wake(self) -> None:
        if not self.over.done():
            self.over.set_result(None)


def _certificate(tls: ssl.SSLObject | None) -> list[str]:
    """The SHA-256 of the certificate that the peer showed, whether it was believed or not."""
    shown = tls.getpeercert(binary_form=True) if tls is not None else None
    return [hashlib.sha256(shown).hexdigest()] if shown else []


def strict(ca_file: str | None = None) -> ssl.SSLContext:
    """A TLS context that verifies chain and host name against `ca_file`, by default the certificates of certifi."""
    context = ssl.create_default_context(cafile=ca_file or certifi.where())
    # Many servers hang up without the closing alert; lengths and chunks still show a cut body.
    context.options |= getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
    return context


def permissive() -> ssl.SSLContext:
    """A TLS context for the one unverified look: any certificate, old protocols, short keys."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4) | getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
    return context


def sendable(headers: Sequence[tuple[str, str]]) -> Pairs:
    """Headers as bytes, without those that hold control characters: a stored ETag was once a server's own text."""
    clean = [(name, value) for name, value in headers if not _UNSENDABLE.search(name + value) and ":" not in name]
    return tuple((name.encode("utf-8"), value.encode("latin-1", "replace")) for name, value in clean)


def request_bytes(path: str, sent: Pairs, method: str = "GET") -> bytes:
    """The head of a request as it goes over the wire."""
    lines = [method.encode("ascii") + b" " + path.encode("ascii") + b" HTTP/1.1", *(name + b": " + value for name, value in sent)]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def explain(error: Exception, timeout: float) -> str:
    """The error class and detail for records.Answer."""
    match error:
        case TimeoutError():
            return f"timeout: no whole answer within {timeout:g} s"
        case Refused():
            return f"refused_address: {error}"
        case ssl.SSLError():
            return f"tls: {getattr(error, 'verify_message', '') or _one_line(error)}"
        case OSError():
            return f"connect: {_one_line(error)}"
        case _:
            return f"protocol: {_one_line(error)}"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
