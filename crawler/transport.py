"""The one way out to portals: every hop passes address check, robots and lease before it is asked, and becomes evidence.

Usable with and without Scrapy (`crawler.handler.GateDownloadHandler` is the door for it). Judges nothing, keeps no cookies
beyond a look, reads no proxy settings, and never raises for anything the web does.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from loguru import logger

from crawler.addresses import PORTS, Endpoint, NotFound, Refused, Resolver, Target, join, parse, public
from crawler.cookies import cookie_header, taken
from crawler.handler import SCRAPY_SETTINGS, GateDownloadHandler
from crawler.policy import Leases, RobotsStore, TransportPolicy
from crawler.robots import MAX_BYTES, Robots
from crawler.stay import Stay
from crawler.turns import Busy, Turns, retry_after
from crawler.wire import Reply, SendsOnce, Wire
from storage.records import Answer, Clock, Form, Hop

__all__ = ["SCRAPY_SETTINGS", "GateDownloadHandler", "Transport", "TransportPolicy"]

REDIRECTS = frozenset({301, 302, 303, 307, 308})
POSTED_ON = frozenset({307, 308})
"""Redirects that take what was posted along (RFC 9110, 15.4); after the others the new address is only asked for."""

MOST_POSTED = 2_000_000
"""Bytes of a form; view states of lists stay below a few hundred kB."""

LEASE_MARGIN = 30.0
"""Seconds that a lease outlives the timeout, so that a slow disk or a stopped process never lets two visitors in."""

_OWN = frozenset({"host", "user-agent", "accept-encoding", "connection", "cookie", "authorization", "proxy-authorization"})
"""Headers that a caller cannot set: the transport's own, and those that would tell a portal more than who we are."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the caller asked for."""

    url: str
    headers: tuple[tuple[str, str], ...]
    obey_robots: bool
    tls: str
    delay: float
    max_bytes: int
    max_redirects: int
    content: bytes | None = None  #: what is posted; None: nothing is
    cookies: Mapping[str, str] = field(default_factory=dict)  #: sent along with what is posted, and with nothing else


@dataclass(frozen=True, slots=True)
class _Hop:
    """One request of it."""

    target: Target
    headers: Sequence[tuple[str, str]]
    content: bytes | None


@dataclass(slots=True)
class _Walk:
    """What came of it so far."""

    url: str
    started: datetime | None = None  #: when the first request of the look itself was sent
    hops: list[Hop] = field(default_factory=list)
    method: str = "GET"
    reply: Reply = field(default_factory=Reply)
    robots: str = "not asked"
    tls: str = "none"
    delay: float = 0.0
    error: str | None = None


class Transport:
    """Fetches politely. One object per process and event loop; fetches may run side by side.

    `clock` tells the real time and is shown to the leases; `dates` stamps answers and the age of robots.txt and may be a
    simulated clock (default: `clock`). `wire` sends one request; the probe brings another one.
    """

    def __init__(
        self,
        policy: TransportPolicy,
        *,
        leases: Leases,
        robots_store: RobotsStore,
        clock: Clock,
        dates: Clock | None = None,
        wire: SendsOnce | None = None,
    ) -> None:
        self._policy, self._clock, self._dates = policy, clock, dates or clock
        self._turns = Turns(leases, clock, max_wait=policy.max_wait)
        self._resolver = Resolver(policy.resolve)
        self._wire: SendsOnce = wire or Wire(policy)
        self._lines = asyncio.Semaphore(policy.concurrency)
        self._robots = Robots(robots_store, self._dates, policy.user_agent, fetch=self._robots_txt, aside=self._turns.aside)

    def __deepcopy__(self, memo: dict[int, Any]) -> Transport:
        # Scrapy copies its settings deeply for each crawl, but there is one gate for all of them.
        return self

    async def fetch(
        self,
        url: str,
        *,
        headers: Sequence[tuple[str, str]] = (),
        obey_robots: bool | None = None,
        tls: str = "verify",
        delay: float | None = None,
        form: Form | None = None,
        cookies: Mapping[str, str] | None = None,
    ) -> Answer:
        """One polite look at an address, redirects followed; every failure is told in `Answer.error`.

        `headers` (conditional GET, Referer) go along while the host stays the same. `tls`: "verify", or "fallback" for one
        marked, unverified look when verification fails. `delay`: seconds between visits of this host; None: the policy's.
        `form` is posted instead of asking, to no other host than the one asked; only with it are `cookies` sent.
        """
        policy = self._policy
        if form is not None and (refused := _too_much(form)):
            now = self._dates.now()
            return Answer(url, now, now, final_url=url, error=refused)
        obey = policy.obey_robots if obey_robots is None else obey_robots
        wanted = tuple((name, value) for name, value in headers if name.lower() not in _OWN)
        rest = policy.delay if delay is None else delay
        wish = _Wish(url, wanted, obey, tls, rest, policy.max_bytes, policy.max_redirects)
        if form is not None:
            wish = replace(wish, content=form.content, cookies=cookies or {})
        return await self._follow(wish)

    def stay(self, answer: Answer, *, delay: float | None = None, limit: float) -> Stay:
        """What the page of an answer may ask for while a browser shows it, for `limit` seconds at most."""
        rest = self._policy.delay if delay is None else delay
        return Stay(self._policy, self._turns, self._resolver, Wire(self._policy), self._robots, answer, rest, self.now, limit)

    def now(self) -> datetime:
        """The time that answers are stamped with."""
        return self._dates.now()

    async def close(self) -> None:
        """Give the threads back; leases under way are released first."""
        self._resolver.close()
        self._turns.close()

    async def _robots_txt(self, url: str, tls: str, delay: float) -> Answer:
        # Five redirects: RFC 9309, 2.3.1.2.
        return await self._follow(_Wish(url, (), False, tls, delay, MAX_BYTES, 5))

    async def _follow(self, wish: _Wish) -> Answer:
        asked = self._dates.now()
        walk = _Walk(wish.url, delay=wish.delay)
        try:
            await self._hops(wish, walk)
        except Refused as error:
            walk.error = f"refused_address: {error}"
        reply = walk.reply
        logger.debug("{} {} {} bytes {}", wish.url, reply.status, len(reply.body), walk.error or reply.error or "")
        return Answer(
            url=wish.url,
            # Waiting for a turn may take minutes, and a look must not claim to have seen what came later.
            started=walk.started or asked,
            ended=self._dates.now(),
            # A fragment may name what was posted, or a part of a shell; it outlives redirects (RFC 9110, 10.2.2).
            final_url=walk.url + "".join(wish.url.partition("#")[1:]),
            status=reply.status,
            headers=reply.headers,
            body=reply.body,
            hops=tuple(walk.hops),
            address=reply.address,
            http_version=reply.http_version,
            request_headers=reply.request_headers,
            tls=walk.tls if walk.tls.startswith("unverified") else reply.tls,
            robots=walk.robots,
            error=walk.error or reply.error,
            phrase=reply.phrase,
            method=walk.method,
            certificate=reply.certificate,
        )

    async def _hops(self, wish: _Wish, walk: _Walk) -> None:
        target = first = parse(wish.url)
        content, cookies = wish.content, wish.cookies
        seen = {(content, target.url)}
        while True:
            walk.url, walk.method = target.url, "GET" if content is None else "POST"
            along = _is_same_host(first, target)
            await self._step(wish, walk, _Hop(target, _headers(wish, content, cookies) if along else (), content))
            location = walk.reply.header("location")
            if walk.error or walk.reply.error or walk.reply.status not in REDIRECTS or not location:
                return
            cookies = taken(cookies, walk.reply.headers) if along else cookies
            content = content if walk.reply.status in POSTED_ON else None
            target = parse(join(target, location))
            if content is not None and not _is_same_host(first, target):
                raise Refused(f"what is posted to {first.netloc} is not posted to {target.scheme}://{target.netloc}")
            if (content, target.url) in seen or len(walk.hops) >= wish.max_redirects:
                looped = f"a loop at {target.url}" if (content, target.url) in seen else f"more than {wish.max_redirects}"
                walk.error = f"too_many_redirects: {looped}"
                return
            seen.add((content, target.url))
            reply = walk.reply
            walk.hops.append(Hop(walk.url, reply.status or 0, reply.headers, reply.address))
            walk.reply = Reply()

    async def _step(self, wish: _Wish, walk: _Walk, hop: _Hop) -> None:
        """Ask one address, or write into the walk why not. Raises Refused."""
        target = hop.target
        walk.delay = wish.delay
        try:
            places = public(
                await self._resolver.endpoints(target, self._policy.timeout), allow_private=self._policy.allow_private
            )
            if wish.obey_robots:
                decision = await self._robots.decide(target, wish.tls, wish.delay)
                walk.robots, walk.error, walk.delay = decision.text, decision.error, max(wish.delay, decision.delay)
            if walk.error is None:
                walk.reply = await self._try(wish, walk, hop, places)
        except NotFound as error:
            walk.error = f"dns: {error}"
        except TimeoutError:
            walk.error = f"timeout: no answer of the name server within {self._policy.timeout:g} s"
        except Busy as error:
            walk.error = f"refused_budget: {error}"

    async def _try(self, wish: _Wish, walk: _Walk, hop: _Hop, places: list[Endpoint]) -> Reply:
        """Visit once; once more after a failure to connect, and once without verification if the wish allows that."""
        reply = await self._visit(wish, walk, hop, places[0])
        for again in range(1, self._policy.retries + 1):
            if not (reply.error or "").startswith("connect:"):
                break
            reply = await self._visit(wish, walk, hop, places[again % len(places)])
        if (reply.error or "").startswith("tls:") and wish.tls == "fallback":
            why = (reply.error or "").removeprefix("tls: ")
            reply = await self._visit(wish, walk, hop, places[0], verify=False)
            walk.tls = f"unverified: {why}"
        return reply

    async def _visit(self, wish: _Wish, walk: _Walk, hop: _Hop, place: Endpoint, *, verify: bool = True) -> Reply:
        """One request within a turn at host and address. Raises Busy."""
        policy = self._policy
        sent = [("User-Agent", policy.user_agent), ("Accept", "*/*"), ("Accept-Encoding", "identity"), *hop.headers]
        swing = random.uniform(1 - policy.jitter, 1 + policy.jitter)  # noqa: S311 - manners, no secret
        ttl = policy.timeout + LEASE_MARGIN
        async with self._turns.turn(hop.target.host, place.address, ttl, wish.delay * swing) as turn:
            async with self._lines:
                walk.started = walk.started or self._dates.now()
                reply = await self._wire.ask(
                    hop.target, place, sent, content=hop.content, verify=verify, max_bytes=wish.max_bytes
                )
            asked = (reply.header("retry-after") or b"").decode("latin-1")
            turn.host_rest = max(walk.delay * swing, retry_after(reply.status, asked, self._clock.now()))
        return reply if verify else replace(reply, tls="unverified")


def _headers(wish: _Wish, content: bytes | None, cookies: Mapping[str, str]) -> list[tuple[str, str]]:
    """What goes along to the host that was asked; cookies only on the way of something posted, and what came of it."""
    posted = [("Content-Type", "application/x-www-form-urlencoded")] if content is not None else []
    return [*wish.headers, *posted, *(cookie_header(cookies) if wish.content is not None else [])]


def _is_same_host(first: Target, target: Target) -> bool:
    """Is a request still for the host that was asked: the same door, or its own encrypted one."""
    doors = ((first.scheme, first.port), ("https", PORTS["https"]))
    return target.host == first.host and (target.scheme, target.port) in doors


def _too_much(form: Form) -> str | None:
    """Why a form is not posted, or None. Encoding it is only worth the time if its characters are few enough."""
    size = form.size if form.size > MOST_POSTED else len(form.content)
    return f"refused_budget: a form of {size} bytes or more to post, {MOST_POSTED} allowed" if size > MOST_POSTED else None
