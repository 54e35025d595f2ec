"""One request through httpx: the independent second way out, for probes and plain calls, under the same address rule.

Follows no redirect, keeps no cookie, reads no environment, undoes no content coding, and never raises for what a server does.
Only public parts of httpx are used: the URL names the checked address, the Host header and the TLS name stay the host's.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import httpx

from crawler.addresses import Endpoint, Refused, Target, refusal
from crawler.policy import TransportPolicy
from crawler.wire import Reply, permissive, sendable, strict


class TooLarge(Exception):
    """The body is longer than allowed."""


class SecondWire:
    """Sends requests, each over a connection of its own."""

    def __init__(self, policy: TransportPolicy) -> None:
        self._policy = policy

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
        """Ask `place` for a target; the same promise as `crawler.wire.Wire.ask`."""
        method = "GET" if content is None else "POST"
        return await self.send(method, target, place, headers, content=content, verify=verify, max_bytes=max_bytes)

    async def send(
        self,
        method: str,
        target: Target,
        place: Endpoint,
        headers: Sequence[tuple[str, str]],
        *,
        content: bytes | None = None,
        verify: bool = True,
        max_bytes: int = 0,
    ) -> Reply:
        """One request of any method with an optional body; the whole of it ends within the policy's timeout."""
        told: dict[str, httpx.Response] = {}
        body = bytearray()
        error: str | None = None
        try:
            async with asyncio.timeout(self._policy.timeout), self._client(verify) as client:
                request = self._request(method, target, place, headers, content)
                response = told["response"] = await client.send(request, stream=True)
                await _read(response, body, max_bytes or self._policy.max_bytes)
        except TooLarge as problem:
            body.clear()
            error = f"too_large: {problem}"
        except Exception as problem:  # whatever a server does becomes a clear error, never a stop
            error = explain(problem, self._policy.timeout, begun="response" in told)
        return _reply(told.get("response"), target, place, bytes(body), verify, error)

    def _client(self, verify: bool) -> httpx.AsyncClient:
        context = strict(self._policy.ca_file) if verify else permissive()
        transport = httpx.AsyncHTTPTransport(verify=context, trust_env=False, retries=0)
        return httpx.AsyncClient(transport=transport, trust_env=False, follow_redirects=False, timeout=self._policy.timeout)

    def _request(
        self,
        method: str,
        target: Target,
        place: Endpoint,
        headers: Sequence[tuple[str, str]],
        content: bytes | None,
    ) -> httpx.Request:
        # The choke point: no connection is opened towards an address that the rule refuses, whoever asks.
        if not self._policy.allow_private and (why := refusal(place.address)):
            raise Refused(why)
        url = httpx.URL(scheme=target.scheme, host=place.address, port=place.port).copy_with(raw_path=target.path.encode("ascii"))
        return httpx.Request(
            method,
            url,
            headers=list(sendable([("Host", target.netloc), *headers, ("Connection", "close")])),
            content=content,
            extensions={
                "sni_hostname": target.host,
                "timeout": httpx.Timeout(self._policy.timeout).as_dict(),
                "trace": _checks_peer(place),
            },
        )


def _checks_peer(place: Endpoint) -> Callable[[str, Mapping[str, Any]], Awaitable[None]]:
    """A trace for httpx that looks at the peer's name as soon as the connection stands, before a byte is sent."""

    async def trace(event: str, info: Mapping[str, Any]) -> None:
        if event != "connection.connect_tcp.complete":
            return
        name = info["return_value"].get_extra_info("server_addr")
        if not name:
            raise ConnectionResetError("closed at once")
        if ipaddress.ip_address(name[0].partition("%")[0]) != ipaddress.ip_address(place.address):
            raise Refused(f"connected to {name[0]}, checked was {place.address}")

    return trace


async def _read(response: httpx.Response, body: bytearray, limit: int) -> None:
    announced = response.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise TooLarge(f"{announced} bytes announced, {limit} allowed")
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > limit:
            raise TooLarge(f"more than {limit} bytes")


def _reply(
    response: httpx.Response | None, target: Target, place: Endpoint, body: bytes, verify: bool, error: str | None
) -> Reply:
    if response is None:
        return Reply(address=place.address, error=error)
    return Reply(
        address=place.address,
        status=response.status_code,
        headers=tuple(response.headers.raw),
        body=body,
        request_headers=tuple(response.request.headers.raw),
        http_version=response.http_version,
        tls="none" if target.scheme == "http" else "verified" if verify else "unverified",
        error=error,
    )


def explain(error: Exception, timeout: float, *, begun: bool) -> str:
    """The error class and detail for records.Answer; `begun` says whether a head had come."""
    text = " ".join(str(error).split())[:300] or type(error).__name__
    cause = _cause(error)
    match error:
        case TimeoutError() | httpx.TimeoutException():
            return f"timeout: no whole answer within {timeout:g} s"
        case Refused():
            return f"refused_address: {error}"
        case _ if isinstance(cause, ssl.SSLError):
            return f"tls: {getattr(cause, 'verify_message', '') or text}"
        case httpx.RemoteProtocolError() | httpx.ReadError() if begun:
            return f"cut: {text}"
        case httpx.RemoteProtocolError() if "without sending" not in text:
            return f"protocol: {text}"
        case httpx.TransportError() | socket.error():
            return f"connect: {text}"
        case _:
            return f"protocol: {text}"


def _cause(error: BaseException | None) -> BaseException | None:
    """The TLS error at the bottom of httpx's layers, if there is one."""
    seen = 0
    while error is not None and not isinstance(error, ssl.SSLError) and seen < 10:
        error, seen = error.__cause__ or error.__context__, seen + 1
    return error
