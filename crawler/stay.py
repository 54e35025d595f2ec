"""A stay: everything that one page asks for while a browser shows it, as requests of the transport.

Each request passes the address check and runs inside a lease for its host and address. The page's own host is held for the whole
stay and rests once afterwards; other hosts are held while something is asked of them. Sends no request that was not asked for,
keeps no cookie, and never raises for anything the web does. The manners and their reasons: docs/decisions/browser.md.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from crawler.addresses import Endpoint, NotFound, Refused, Resolver, Target, join, parse, public
from crawler.policy import TransportPolicy
from crawler.robots import SHIELDS, Robots
from crawler.turns import Busy, Turns
from crawler.wire import Reply, Wire
from storage.records import Answer

AT_ONCE = 4
"""Requests of one page under way at one host; a person's browser opens six."""

MOST_REQUESTS = 200
MOST_DOCUMENTS = 4
"""How often a page may go on to another address by itself, the first counted."""

AGAIN = "the page loads itself again"
METHODS = frozenset({"GET", "POST", "OPTIONS"})
ELSEWHERE_REST = 1.0
"""Seconds that another host than the page's own rests after it was asked; less if the delay is less."""

LEASE_MARGIN = 30.0
REDIRECTS = frozenset({301, 302, 303, 307, 308})
ROBOTS_REDIRECTS = 5
"""RFC 9309, 2.3.1.2."""

_SECOND_LEVEL = frozenset({"ac", "co", "com", "edu", "gov", "net", "org"})
_OWN = frozenset(
    {"host", "user-agent", "accept-encoding", "connection", "content-length", "transfer-encoding", "te", "upgrade", "keep-alive"}
)


class Seat:
    """One host's turn, shared by the requests of one stay; taken by the first, given back after the last."""

    def __init__(self, turns: Turns, host: str, address: str, ttl: float, rest: float) -> None:
        self._turns, self._host, self._address, self._ttl, self._rest = turns, host, address, ttl, rest
        self._lock, self._lines = asyncio.Lock(), asyncio.Semaphore(AT_ONCE)
        self._inside, self._held = 0, AsyncExitStack()

    async def __aenter__(self) -> None:
        """Join, or take the turn. Raises Busy."""
        async with self._lock:
            if not self._inside:
                await self._held.enter_async_context(self._turns.turn(self._host, self._address, self._ttl, self._rest))
            self._inside += 1

    async def __aexit__(self, *_: object) -> None:
        async with self._lock:
            self._inside -= 1
            if not self._inside:
                await self._held.aclose()

    @asynccontextmanager
    async def line(self) -> AsyncIterator[None]:
        """Room for one request."""
        async with self, self._lines:
            yield


@dataclass(slots=True)
class Asked:
    """One request as the browser made it."""

    method: str
    url: str
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""
    document: bool = False  #: does the page as a whole go there


@dataclass(slots=True)
class Stay:
    """What one page may ask for. The first document is the answer that was fetched before; it is not asked for again."""

    policy: TransportPolicy
    turns: Turns
    resolver: Resolver
    wire: Wire
    known: Robots  #: asked about the page's own host, before its turn is taken
    answer: Answer
    delay: float
    now: Callable[[], datetime]
    limit: float  #: seconds that it lasts at most
    requests: int = 0
    size: int = 0
    tried: list[str] = field(default_factory=list)  #: addresses that the page as a whole went to ...
    documents: list[str] = field(default_factory=list)  #: ... and those of them that answered with something to be shown
    troubles: list[str] = field(default_factory=list)  #: parts of the site itself that did not come whole
    _seats: dict[tuple[str, str], Seat] = field(default_factory=dict)
    _home: tuple[Target, Endpoint] | None = None
    robots: Robots = field(init=False)

    def __post_init__(self) -> None:
        # The transport's own would wait for a turn at the address that is held here.
        self.robots = self.known.within(self.robots_txt)

    async def ask(self, asked: Asked) -> Reply:
        """What came back; a refusal or failure stands in `error`."""
        if asked.document and not self.documents:
            self.documents.append(self._first)
            self.tried.append(self._first)
            return Reply(status=self.answer.status, headers=self.answer.headers, body=self.answer.body)
        reply = await _safely(self._ask(asked))
        self._note(asked, reply)
        return reply

    async def robots_txt(self, url: str, *_manners: object) -> Answer:
        """The robots.txt of another host that the page goes on to, asked for within the turn that is held already."""
        begun, reply = self.now(), Reply()
        for _ in range(ROBOTS_REDIRECTS + 1):
            reply = await _safely(self._send(parse(url), Asked("GET", url)))
            location = reply.header("location")
            if reply.error or reply.status not in REDIRECTS or not location:
                break
            url = join(parse(url), location)
        return Answer(url, begun, self.now(), url, reply.status, reply.headers, reply.body, error=reply.error)

    @asynccontextmanager
    async def held(self) -> AsyncIterator[Stay]:
        """Take the turn at the page's own host, and hold it for the body of the `with`. Raises Busy, NotFound, Refused."""
        target = parse(self._first)
        place = await self._place(target)
        if self.policy.obey_robots:
            self.delay = max(self.delay, (await self.known.decide(target, "verify", self.delay)).delay)
        self._home = (target, place)
        async with self._seat(target, place):
            yield self

    @property
    def _first(self) -> str:
        return parse(self.answer.final_url or self.answer.url).url

    async def _ask(self, asked: Asked) -> Reply:
        target = parse(asked.url)
        if why := self._over_the_limit(asked, target):
            return Reply(error=f"refused_budget: {why}")
        if asked.document:
            if self.policy.obey_robots and (why := (await self.robots.decide(target, "verify", self.delay)).error):
                return Reply(error=why)
            self.tried.append(target.url)
        reply = await self._send(target, asked)
        self.size += len(reply.body)
        if asked.document and not reply.error and reply.status not in (204, *REDIRECTS):
            self.documents.append(target.url)
        return reply

    async def _send(self, target: Target, asked: Asked) -> Reply:
        """One request in the turn of its host. Raises Refused, NotFound, TimeoutError, Busy."""
        place = await self._place(target)
        async with self._seat(target, place).line():
            sent = [("User-Agent", self.policy.user_agent), ("Accept-Encoding", "identity"), *_passed_on(asked.headers)]
            return await self.wire.send(
                target, place, sent, method=asked.method, body=asked.body, max_bytes=self.policy.max_bytes
            )

    def _over_the_limit(self, asked: Asked, target: Target) -> str | None:
        self.requests += 1
        if asked.method not in METHODS:
            return f"the method {asked.method[:20]}"
        if self.requests > MOST_REQUESTS:
            return f"more than {MOST_REQUESTS} requests of one page"
        if self.size > self.policy.max_bytes:
            return f"more than {self.policy.max_bytes} bytes for one page"
        if asked.document and target.url in self.tried:
            return AGAIN
        if asked.document and len(self.tried) >= MOST_DOCUMENTS:
            return f"more than {MOST_DOCUMENTS} pages on the way"
        return None

    async def _place(self, target: Target) -> Endpoint:
        if self._home is not None and (target.host, target.port) == (self._home[0].host, self._home[0].port):
            return self._home[1]
        found = await self.resolver.endpoints(target, self.policy.timeout)
        return public(found, allow_private=self.policy.allow_private)[0]

    def _seat(self, target: Target, place: Endpoint) -> Seat:
        """The turn for a host; a host at the address that is held already needs no second lease for the address."""
        home = self._home
        at_home = home is not None and place.address == home[1].address
        key = (home[0].host if home is not None and at_home else target.host, place.address)
        if key not in self._seats:
            rest = self.delay * random.uniform(1 - self.policy.jitter, 1 + self.policy.jitter)  # noqa: S311 - manners, no secret
            ttl = self.limit + LEASE_MARGIN
            self._seats[key] = Seat(self.turns, *key, ttl, rest if at_home else min(rest, ELSEWHERE_REST))
        return self._seats[key]

    def _note(self, asked: Asked, reply: Reply) -> None:
        """A part of the site itself that did not come whole: what the page shows without it is not what it says."""
        status = reply.status or 0
        if asked.document and AGAIN in (reply.error or ""):
            return
        wrong = reply.error or (f"status {status}" if status >= 500 or status == 429 or status in SHIELDS else None)
        if wrong and akin(asked.url, self._first):
            self.troubles.append(f"{asked.url[:200]}: {wrong}")


async def _safely(sending: Awaitable[Reply]) -> Reply:
    try:
        return await sending
    except Refused as error:
        return Reply(error=f"refused_address: {error}")
    except NotFound as error:
        return Reply(error=f"dns: {error}")
    except TimeoutError:
        return Reply(error="timeout: no answer of the name server")
    except Busy as error:
        return Reply(error=f"refused_budget: {error}")


def akin(one: str, other: str) -> bool:
    """Do two addresses belong to one site: the same registered domain, as far as its name tells."""
    return _domain(one) == _domain(other) != ""


def _domain(url: str) -> str:
    try:
        labels = parse(url).host.split(".")
    except Refused:
        return ""
    if labels[-1].isdecimal() or ":" in labels[-1]:
        return ".".join(labels)
    return ".".join(labels[-3:] if len(labels) > 2 and labels[-2] in _SECOND_LEVEL else labels[-2:])


def _passed_on(headers: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The browser's headers without the transport's own, those meant for the proxy, and those that tell of its make."""
    return [
        (name, value)
        for name, value in headers
        if name.lower() not in _OWN and not name.lower().startswith(("proxy-", "sec-ch-"))
    ]
