"""Which addresses may be asked: one parser for check and connect, the rule for hosts' addresses, and the resolver.

Everything but `Resolver` is pure. Nothing here opens a connection; nothing here falls back to a second way of reading a URL.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

import idna

from storage.errors import SettingError

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

PORTS = {"http": 80, "https": 443}
_KEPT = "/%:@!$&'()*+,;=-._~?[]"
"""Characters of a path or query that are sent as they are; everything else is percent-encoded as UTF-8."""

_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\Z")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\]")
_SHARED = ipaddress.ip_network("100.64.0.0/10")
_DENIED = tuple(
    ipaddress.ip_network(block)
    for block in (
        "0.0.0.0/8",
        "192.0.0.0/24",
        "192.88.99.0/24",  # the retired 6to4 relays
        "168.63.129.16/32",  # a cloud's own wire server, though formally global
        "64:ff9b:1::/48",
        "100::/64",
        "fec0::/10",
    )
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")


class Refused(OSError):
    """An address we do not ask: malformed, of another scheme, or not public."""


class NotFound(OSError):
    """A host name without an address."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart once; check, resolution, Host header and request line all use these parts."""

    scheme: str  #: http | https
    host: str  #: lower case, IDNA, no brackets, no trailing dot
    port: int
    path: str  #: path and query as sent, without the fragment

    @property
    def netloc(self) -> str:
        """Host as in a Host header: brackets for IPv6, the port if it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The canonical form."""
        return f"{self.scheme}://{self.netloc}{self.path}"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address and a port to connect to."""

    address: str
    port: int


def parse(url: str) -> Target:
    """Take a URL apart; refuse user info, backslashes, control characters, blanks in the host, and schemes but http and https.

    Blanks and letters beyond ASCII in path and query are percent-encoded (UTF-8), as browsers do. Raises Refused.
    """
    text = url.strip(" \t\r\n")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise Refused(f"not an address: {error}") from None
    if "\\" in text or re.search(r"[\x00-\x1f\x7f]", text):
        raise Refused("a backslash or control character in the address")
    if parts.scheme not in PORTS:
        raise Refused(f"scheme {parts.scheme or 'missing'!r} is not http or https")
    if "@" in parts.netloc:
        raise Refused("user information in the address")
    path = quote(parts.path or "/", safe=_KEPT) + (f"?{quote(parts.query, safe=_KEPT)}" if parts.query else "")
    return Target(parts.scheme, host_key(parts.hostname or ""), PORTS[parts.scheme] if port is None else port, path)


def host_key(name: str) -> str:
    """The one spelling of a host name: lower case, IDNA, without a trailing dot or brackets. Raises Refused."""
    name = name.strip("[]").rstrip(".").lower()
    if ":" in name:
        return str(_literal(name))
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode()
        except idna.IDNAError as error:
            raise Refused(f"not a host name: {error}") from None
    if _FORBIDDEN.search(name) or not _HOST.match(name):
        raise Refused(f"not a host name: {name[:80]!r}")
    return name


def join(base: Target, location: bytes) -> str:
    """The address that a Location header means, its odd bytes percent-encoded one by one."""
    text = "".join(chr(byte) if byte < 0x80 else f"%{byte:02X}" for byte in location.strip())
    try:
        return urljoin(base.url, text)
    except ValueError as error:
        raise Refused(f"not an address: {error}") from None


def unwrap(address: IPAddress) -> IPAddress:
    """The IPv4 address inside a mapped, compatible, 6to4 or NAT64 address; else the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour or address
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def refusal(address: str) -> str | None:
    """Why an address may not be connected to, or None if it is public. `address` is an IP literal."""
    try:
        real = unwrap(_literal(address))
    except Refused as error:
        return str(error)
    private = not real.is_global or real.is_multicast or real.is_reserved or real.is_unspecified or real in _SHARED
    if private or any(real in block for block in _DENIED if block.version == real.version):
        return f"{address} is not a public address"
    return None


def parse_resolve(text: str) -> dict[str, str]:
    """Read "host=address" or "host=address:port" pairs separated by commas or blanks. Raises SettingError."""
    pairs: dict[str, str] = {}
    for item in text.replace(",", " ").split():
        host, equals, place = item.partition("=")
        try:
            endpoint(place, 0)
            pairs[host_key(host.rpartition(":")[0] if re.search(r"[^:]:\d+$", host) else host)] = place
        except (Refused, ValueError):
            equals = ""
        if not equals:
            raise SettingError(f"cannot read {item!r}, write host=address or host=address:port")
    return pairs


def endpoint(place: str, port: int) -> Endpoint:
    """Read "address", "address:port" or "[address]:port"; `port` stands where none is written. Raises Refused, ValueError."""
    if place.startswith("["):
        address, _, tail = place[1:].partition("]")
        written = tail.lstrip(":")
    elif place.count(":") == 1:
        address, written = place.split(":")
    else:
        address, written = place, ""
    chosen = int(written) if written else port
    if not 0 <= chosen <= 65535:
        raise ValueError(f"no port: {chosen}")
    return Endpoint(str(_literal(address)), chosen)


def _literal(text: str) -> IPAddress:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        raise Refused(f"not an address: {text[:80]!r}") from None


def public(endpoints: Sequence[Endpoint], *, allow_private: bool) -> list[Endpoint]:
    """Those endpoints that may be connected to. Raises Refused when none is left."""
    if allow_private:
        return list(endpoints)
    reasons = [refusal(place.address) for place in endpoints]
    allowed = [place for place, reason in zip(endpoints, reasons, strict=True) if reason is None]
    if not allowed:
        raise Refused(next((reason for reason in reasons if reason), "no address"))
    return allowed


def told(host: str, port: int, resolve: Mapping[str, str]) -> Endpoint | None:
    """Where a host is that nobody needs to be asked about: named in `resolve`, or an address itself. Raises Refused."""
    if host in resolve:
        return endpoint(resolve[host], port)
    try:
        return Endpoint(str(ipaddress.ip_address(host)), port)
    except ValueError:
        return None


def lookup(host: str, port: int, resolve: Mapping[str, str]) -> list[Endpoint]:
    """Ask the system for a host's addresses, IPv4 first; what is told comes before it. Blocks. Raises NotFound, Refused."""
    if place := told(host, port, resolve):
        return [place]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotFound(f"{host}: {error}") from None
    # Many portals announce IPv6 addresses that answer nobody, so IPv4 comes first.
    ordered = sorted(found, key=lambda info: info[0] != socket.AF_INET)
    return [Endpoint(address, port) for address in dict.fromkeys(str(info[4][0]).partition("%")[0] for info in ordered)]


class Resolver:
    """Resolves host names off the event loop, in threads of its own so that a dead name server holds up nothing else."""

    def __init__(self, resolve: Mapping[str, str], *, threads: int = 16) -> None:
        self._resolve = dict(resolve)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="resolver")

    async def endpoints(self, target: Target, timeout: float) -> list[Endpoint]:
        """All addresses of a target's host, unchecked. Raises NotFound, Refused, TimeoutError."""
        if place := told(target.host, target.port, self._resolve):
            return [place]
        ask = asyncio.get_running_loop().run_in_executor(self._threads, lookup, target.host, target.port, self._resolve)
        return await asyncio.wait_for(ask, timeout)

    def close(self) -> None:
        """Give the threads back."""
        self._threads.shutdown(wait=False, cancel_futures=True)
