"""Looks through a browser: the page is fetched as ever, and then shown by Chromium out of the very bytes that came.

The answer keeps what was received; what the browser made of it stands beside it as `rendered`. One browser for one crawl, started
with the first page that needs it. Never raises for anything the web or the browser does.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag

from loguru import logger

from crawler.addresses import NotFound, Refused
from crawler.browser.manners import context_options, launch_options
from crawler.browser.ready import chromium, missing
from crawler.reader import is_page
from crawler.stay import Stay
from crawler.transport import Transport
from crawler.turns import Busy
from storage.records import Answer
from storage.versioning import host_of

if TYPE_CHECKING:
    from crawler.browser.handler import PageHandler
    from crawler.browser.proxy import Proxy

LONGEST = 60.0
"""Seconds that a page may take from its opening to its rest."""

PAGES_AT_ONCE = 8
"""Pages that are open or wait for their turn at their host; each takes memory and a process of its own."""

CLOSING = 10.0


class Browser:
    """Looks at pages through Chromium, for one crawl. `said` is the setting GONGKAI_BROWSER."""

    def __init__(self, gate: Transport, said: str = "", *, longest: float = LONGEST) -> None:
        self._gate, self._said, self._longest = gate, said, longest
        self._missing = missing(said)
        self._beginning, self._room = asyncio.Lock(), asyncio.Semaphore(PAGES_AT_ONCE)
        self._proxy: Proxy | None = None
        self._pages: PageHandler | None = None
        self._port = 0

    def __deepcopy__(self, memo: dict[int, Any]) -> Browser:
        # Scrapy copies its settings deeply for each crawl, but there is one browser for all of them.
        return self

    async def look(self, url: str, *, tls: str = "verify", delay: float | None = None) -> Answer:
        """Fetch an address and, if a whole page came, have it shown."""
        if self._missing:
            now = self._gate.now()
            return Answer(url, now, now, error=f"refused_browser: {self._missing}")
        answer = await self._gate.fetch(url, tls=tls, delay=delay)
        return await self.show(answer, delay=delay) if is_to_be_shown(answer) else answer

    async def show(self, answer: Answer, *, delay: float | None = None) -> Answer:
        """The same answer with what the browser made of it, or with the error that stood in the way."""
        stay = self._gate.stay(answer, delay=delay, limit=self._longest)
        try:
            async with self._room, stay.held():
                html, place = await self._shown(stay)
        except Busy as error:
            return self._ended(answer, f"refused_budget: {error}")
        except NotFound as error:
            return self._ended(answer, f"dns: {error}")
        except Refused as error:
            return self._ended(answer, f"refused_address: {error}")
        except TimeoutError:
            return self._ended(answer, f"refused_browser: the page came to no rest within {self._longest:g} s")
        except Exception as error:  # whatever our browser does, it says nothing of the page
            logger.opt(exception=error).debug("{} was not rendered", answer.url)
            return self._ended(answer, f"refused_browser: {_one_line(error)}")
        return self._told(answer, stay, html, place)

    async def close(self) -> None:
        """End the browser and the proxy; a browser that does not end dies with this process."""
        pages, proxy, self._pages, self._proxy = self._pages, self._proxy, None, None
        if pages is not None:
            try:
                async with asyncio.timeout(CLOSING):
                    await pages.close()
            except Exception as error:  # it is being thrown away
                logger.warning("the browser did not end properly: {}", _one_line(error))
        if proxy is not None:
            await proxy.close()

    async def _shown(self, stay: Stay) -> tuple[str, str]:
        pages, proxy = await self._begun()
        with proxy.open_to(stay) as password:
            context = context_options(stay.policy.user_agent, self._port, password)
            url = stay.answer.final_url or stay.answer.url
            async with asyncio.timeout(self._longest + CLOSING):
                return await pages.page(url, stay, context, stay.answer.started.timestamp())

    async def _begun(self) -> tuple[PageHandler, Proxy]:
        async with self._beginning:
            if self._pages is None or self._proxy is None:
                # Only here is anything of the extra imported.
                from crawler.browser.handler import PageHandler
                from crawler.browser.proxy import Proxy
                from crawler.browser.seal import seal

                context, fingerprint = seal(self._gate.now())
                self._proxy = Proxy(context)
                self._port = await self._proxy.start()
                options = launch_options(chromium(self._said) or "chromium", self._port, fingerprint)
                self._pages = PageHandler(options)
            return self._pages, self._proxy

    def _told(self, answer: Answer, stay: Stay, html: str, place: str) -> Answer:
        rendered = html.encode("utf-8", "replace")
        if stay.troubles:
            more = f" (and {len(stay.troubles) - 1} more)" if len(stay.troubles) > 1 else ""
            return self._ended(answer, f"render: a part of the page did not come: {stay.troubles[0]}{more}")
        if len(rendered) > stay.policy.max_bytes:
            return self._ended(answer, f"too_large: {len(rendered)} bytes after its scripts ran")
        if host_of(place) not in {host_of(document) for document in stay.documents}:
            return self._ended(answer, f"render: the page left for {place[:200]}, where nothing of the site is shown")
        # A script may write any address of its host into the bar; only what was really loaded counts.
        there = urldefrag(place).url
        final = there if there in stay.documents else answer.final_url
        return replace(answer, ended=self._gate.now(), final_url=final, rendered=rendered)

    def _ended(self, answer: Answer, error: str) -> Answer:
        return replace(answer, ended=self._gate.now(), error=error)


def is_to_be_shown(answer: Answer) -> bool:
    """Is this a whole, verified page; anything else is told as it came, and a shield's challenge is never run."""
    sound = answer.status == 200 and not answer.error and not answer.tls.startswith("unverified")
    return sound and is_page(answer.body, answer.header("content-type"))


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
