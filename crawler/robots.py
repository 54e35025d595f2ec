"""What a host's robots.txt says of an address, by the project's own rule, and for how long that is believed.

4xx allows; 5xx, a timeout or a shield page refuses for 24 hours. Never fetches by itself: the transport hands it a way.
"""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from protego import Protego

from crawler.addresses import Target
from crawler.policy import RobotsStore
from storage.records import ROBOTS_UNREAD, SHIELD_ANSWERED, Answer, Clock

SHIELDS = frozenset({405, 412, 418, 493, 521})
"""Statuses by which shields answer in place of the site; a robots.txt behind one was not read, so nothing is allowed by it."""

NOT_REACHED = ("dns", "connect", "tls", "refused_address", "refused_budget")
"""Failures in which no server spoke: the look itself fails with the same error, and nothing is remembered for 24 hours."""

LONGEST_DELAY = 60.0
"""Seconds; a longer Crawl-delay is taken for a way of saying "stay away slowly" and cut."""

ASK_AGAIN = timedelta(minutes=10)

MAX_BYTES = 512_000
"""RFC 9309, 2.5: at least 500 KiB must be read."""

_RULE = re.compile(r"^\s*(user-agent|disallow|allow|sitemap|crawl-delay)\s*:", re.IGNORECASE | re.MULTILINE)
_MARKUP = re.compile(r"<\s*(!doctype|html|head|body|script|meta|\?xml)", re.IGNORECASE)

Fetch = Callable[[str, str, float], Awaitable[Answer]]
Aside = Callable[[Callable[[], "tuple[str, str] | None"]], Awaitable["tuple[str, str] | None"]]


@dataclass(frozen=True, slots=True)
class Decision:
    """May an address be fetched; `text` goes into Answer.robots, `error` is set when not."""

    text: str
    error: str | None = None
    delay: float = 0.0  #: Crawl-delay in seconds, 0.0 if none


def verdict(answer: Answer) -> tuple[str, str]:
    """What to keep of a host's answer for robots.txt: ("allow" | "rules" | "refuse", rules or the reason). Pure."""
    status = answer.status
    if answer.error or status is None:
        return "refuse", answer.error or "no answer"
    if status in SHIELDS:
        return "refuse", f"{SHIELD_ANSWERED} {status}"
    if 400 <= status < 500:
        return "allow", f"answered {status}"
    if not 200 <= status < 300:
        return "refuse", f"answered {status}"
    text = answer.body.decode("utf-8-sig", "replace")
    if not _RULE.search(text) and _MARKUP.search(text[:4096]):
        return "refuse", "a web page in place of robots.txt"
    return "rules", text


class Robots:
    """Decides per address, asking each host for robots.txt at most once in 24 hours over all processes."""

    def __init__(self, store: RobotsStore, clock: Clock, agent: str, *, fetch: Fetch, aside: Aside) -> None:
        self._store, self._clock, self._agent = store, clock, agent.partition("/")[0]
        self._fetch, self._aside = fetch, aside
        self._asking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._parsed: dict[str, tuple[str, Protego]] = {}
        self._heard: dict[str, tuple[datetime, tuple[str, str]]] = {}

    def within(self, fetch: Fetch) -> Robots:
        """The same memory with another way to fetch."""
        return Robots(self._store, self._clock, self._agent, fetch=fetch, aside=self._aside)

    async def decide(self, target: Target, tls: str, delay: float) -> Decision:
        """May this address be fetched; `tls` and `delay` as in Transport.fetch. Raises nothing for what the web does."""
        async with self._asking[target.netloc]:
            kept = await self._kept(target)
            if kept is None:
                answer = await self._fetch(f"{target.scheme}://{target.netloc}/robots.txt", tls, delay)
                if answer.error and answer.error.startswith(NOT_REACHED):
                    return Decision(f"unreachable: {answer.error}", answer.error)
                kept = verdict(answer)
                await self._keep(target, *kept)
        return self._apply(target, *kept)

    async def _kept(self, target: Target) -> tuple[str, str] | None:
        """What the archive keeps; asked for again only after a while, since the day it holds need not end to the second."""
        now = self._clock.now()
        at, heard = self._heard.get(target.netloc, (now, None))
        if heard is not None and timedelta(0) <= now - at < ASK_AGAIN:
            return heard
        kept = await self._aside(lambda: self._store.robots(target.netloc, now))
        if kept is not None:
            self._heard[target.netloc] = (now, kept)
        return kept

    async def _keep(self, target: Target, kind: str, text: str) -> None:
        await self._aside(lambda: self._store.keep_robots(target.netloc, kind, text, self._clock.now()))

    def _apply(self, target: Target, kind: str, text: str) -> Decision:
        if kind == "allow":
            return Decision("allowed")
        if kind == "refuse":
            return Decision(f"unreachable: {text}", f"refused_robots: {ROBOTS_UNREAD} ({text})")
        rules = self._rules(target.netloc, text)
        delay = min(float(rules.crawl_delay(self._agent) or 0.0), LONGEST_DELAY)
        if rules.can_fetch(target.url, self._agent):
            return Decision("allowed", None, delay)
        return Decision("disallowed", f"refused_robots: disallowed by {target.netloc}/robots.txt", delay)

    def _rules(self, host: str, text: str) -> Protego:
        known = self._parsed.get(host)
        if known is None or known[0] != text:
            known = self._parsed[host] = (text, Protego.parse(text))
        return known[1]
