"""Plain calls to other servers (webhooks, time stamps), with the address check at connect time. Implements records.Outbound.

Follows no redirect, asks no robots.txt and takes no lease: these servers were named by a person to be called.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from crawler.addresses import NotFound, Refused, Target, lookup, parse, public
from crawler.policy import TransportPolicy
from crawler.second_wire import SecondWire
from crawler.wire import Reply
from storage.records import Answer, Clock

TIMEOUT = 15.0
MAX_BYTES = 1_000_000


class HttpOutbound:
    """Sends once and tells what came back; a redirect is an answer like any other."""

    def __init__(self, policy: TransportPolicy, *, clock: Clock, timeout: float = TIMEOUT, max_bytes: int = MAX_BYTES) -> None:
        self._policy = replace(policy, timeout=timeout, max_bytes=max_bytes)
        self._clock = clock

    def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        """POST bytes; `timeout` seconds and `max_bytes` bind the whole of it. Every failure is told in `Answer.error`."""
        started = self._clock.now()
        try:
            target = parse(url)
            # A thread of its own, so that the call also works where an event loop is already running.
            with ThreadPoolExecutor(1, thread_name_prefix="outbound") as thread:
                reply = thread.submit(asyncio.run, self._send(target, content, headers)).result()
            final = target.url
        except Refused as error:
            reply, final = Reply(error=f"refused_address: {error}"), url
        return Answer(
            url=url,
            started=started,
            ended=self._clock.now(),
            final_url=final,
            status=reply.status,
            headers=reply.headers,
            body=reply.body,
            address=reply.address,
            http_version=reply.http_version,
            request_headers=reply.request_headers,
            tls=reply.tls,
            error=reply.error,
        )

    async def _send(self, target: Target, content: bytes, headers: Mapping[str, str]) -> Reply:
        try:
            places = public(lookup(target.host, target.port, self._policy.resolve), allow_private=self._policy.allow_private)
        except NotFound as error:
            return Reply(error=f"dns: {error}")
        given = [(name, value) for name, value in headers.items() if name.lower() not in ("host", "connection", "user-agent")]
        sent = [("User-Agent", self._policy.user_agent), ("Accept-Encoding", "identity"), *given]
        return await SecondWire(self._policy).send("POST", target, places[0], sent, content=content)


Outbound = HttpOutbound
"""The name by which the front door asks for it."""
