"""A small web of raw bytes on loopback, and hand-written leases and robots memory, for tests of what goes over the wire."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import re
import ssl
import threading
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from crawler.transport import Transport, TransportPolicy
from storage.clock import SystemClock

T = TypeVar("T")
NO_ROBOTS = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


def ok(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    """A whole answer with the headers given, word for word."""
    return b"\r\n".join([b"HTTP/1.1 " + status, *headers, b"Content-Length: %d" % len(body), b"", body])


def to(location: str) -> bytes:
    """A redirect."""
    return ok(b"", b"Location: " + location.encode(), status=b"302 Found")


@dataclass
class Web:
    """Serves raw bytes by "host/path" or "/path"; anything else is a bare 404. Notes who asked for what."""

    pages: Mapping[str, Any] = field(default_factory=dict)  #: bytes, or a coroutine function that is given the writer
    tls: ssl.SSLContext | None = None
    hold: float = 0.0  #: seconds an answer takes
    asked: list[str] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    most_at_once: dict[str, int] = field(default_factory=dict)
    visits: list[tuple[str, float, float]] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        self._now: defaultdict[str, int] = defaultdict(int)
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            writer.close()
            return
        host = next(line[6:].decode() for line in head.split(b"\r\n") if line.lower().startswith(b"host: "))
        path = head.split(b" ")[1].decode()
        if length := re.search(rb"(?i)\r\ncontent-length: (\d+)", head):
            self.bodies.append(await reader.readexactly(int(length[1])))
        self.asked.append(host + path)
        self.heads.append(head)
        begun = asyncio.get_running_loop().time()
        self._now[host] += 1
        self.most_at_once[host] = max(self.most_at_once.get(host, 0), self._now[host])
        await self._answer(self.pages.get(host + path, self.pages.get(path, NO_ROBOTS)), writer)
        self._now[host] -= 1
        self.visits.append((host, begun, asyncio.get_running_loop().time()))

    async def _answer(
        self, page: bytes | Callable[[asyncio.StreamWriter], Awaitable[None]], writer: asyncio.StreamWriter
    ) -> None:
        try:
            await asyncio.sleep(self.hold)
            if isinstance(page, bytes):
                writer.write(page)
                await writer.drain()
            else:
                await page(writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    def gate(self, leases: MemoryLeases | None = None, robots: MemoryRobots | None = None, **policy: Any) -> Transport:
        """A transport for which a.test, b.test, c.test and d.test are this web."""
        return Transport(
            self.policy(**policy), leases=leases or MemoryLeases(), robots_store=robots or MemoryRobots(), clock=SystemClock()
        )

    def policy(self, **given: Any) -> TransportPolicy:
        """Fast and without private addresses refused, unless given otherwise."""
        hosts = dict.fromkeys(("a.test", "b.test", "c.test", "d.test"), f"127.0.0.1:{self.port}")
        return TransportPolicy(**{"delay": 0.0, "timeout": 2.0, "allow_private": True, "resolve": hosts, **given})


class MemoryLeases:
    """Leases as storage grants them, in memory; `granted` tells (key, time) in order."""

    def __init__(self) -> None:
        self.held: dict[str, tuple[str, dt.datetime]] = {}
        self.next_at: dict[str, dt.datetime] = {}
        self.granted: list[tuple[str, dt.datetime]] = []
        self.rests: list[tuple[str, float]] = []
        self._lock = threading.Lock()

    def claim(self, keys: Sequence[str], holder: str, now: dt.datetime, ttl: float) -> float:
        """All keys or none."""
        with self._lock:
            waits = [0.01 for key in keys if key in self.held and self.held[key][1] > now]
            waits += [(self.next_at[key] - now).total_seconds() for key in keys if key in self.next_at]
            if (wait := max(waits, default=0.0)) > 0:
                return wait
            for key in keys:
                self.held[key] = (holder, now + dt.timedelta(seconds=ttl))
                self.granted.append((key, now))
            return 0.0

    def release(self, keys: Sequence[str], holder: str, next_at: dt.datetime) -> None:
        """Only what the holder holds."""
        with self._lock:
            for key in keys:
                if key in self.held and self.held[key][0] == holder:
                    del self.held[key]
                    self.next_at[key] = next_at
                    self.rests.append((key, (next_at - SystemClock().now()).total_seconds()))


class MemoryRobots:
    """Keeps decisions for 24 hours, in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[str, str, dt.datetime]] = {}

    def robots(self, host: str, now: dt.datetime) -> tuple[str, str] | None:
        """What is kept, if it is young enough."""
        kind, text, at = self.kept.get(host, ("", "", dt.datetime.min.replace(tzinfo=dt.UTC)))
        return (kind, text) if now - at < dt.timedelta(hours=24) else None

    def keep_robots(self, host: str, kind: str, text: str, at: dt.datetime) -> None:
        """Write down."""
        self.kept[host] = (kind, text, at)


def certificate(folder: Path, *hosts: str) -> tuple[ssl.SSLContext, str]:
    """A self-signed certificate: the server's context, and the file that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    day = dt.timedelta(days=1)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(SystemClock().now() - day)
        .not_valid_after(SystemClock().now() + day)
        .add_extension(x509.SubjectAlternativeName([_name(host) for host in hosts]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "test.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    trusted = folder / "trusted.pem"
    trusted.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context, str(trusted)


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
