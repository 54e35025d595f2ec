"""scrapy-playwright as the house uses it: it starts Chromium, opens a page for each look and closes it, and asks nobody else.

It renders pages and nothing more: an ordinary request never comes here. Why it begins in a way of its own stands in
docs/decisions/browser.md.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from playwright.async_api import CDPSession, Dialog, Error, Page
from playwright.async_api import Request as PageRequest
from scrapy import Request, Spider
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.settings import Settings
from scrapy.statscollectors import DummyStatsCollector
from scrapy_playwright.handler import Config, ScrapyPlaywrightDownloadHandler
from scrapy_playwright.page import PageMethod
from scrapy_playwright.provider import PlaywrightBrowserProvider

from crawler.browser.manners import INIT_SCRIPT, UNWANTED
from crawler.stay import Stay

PAGE_TIME = 8_000
"""Milliseconds of the page's own clock that its scripts get; it stands still while an answer is awaited."""


class _NoTwisted(HTTP11DownloadHandler):
    """Stands where scrapy-playwright expects Scrapy's own client for ordinary requests, and fetches nothing."""

    async def download_request(self, request: Request) -> Response:
        """Refuse: ordinary requests go through the gate."""
        raise RuntimeError(f"not a page to be rendered: {request.url}")

    async def close(self) -> None:
        """Nothing to close."""


class PageHandler(ScrapyPlaywrightDownloadHandler, _NoTwisted):  # type: ignore[misc]
    """Renders pages; `page` is the one thing to ask of it."""

    def __init__(self, launch: Mapping[str, Any]) -> None:
        crawler = Crawler(Spider)
        crawler.stats = DummyStatsCollector(crawler)
        BaseDownloadHandler.__init__(self, crawler)
        self._crawler, self.stats = crawler, crawler.stats
        self.config = Config.from_settings(
            Settings({"PLAYWRIGHT_LAUNCH_OPTIONS": dict(launch), "PLAYWRIGHT_MAX_PAGES_PER_CONTEXT": 1})
        )
        self.config.target_closed_max_retries = 0
        self.browser_provider = PlaywrightBrowserProvider(self.config)
        self.browser_launch_lock, self.context_launch_lock = asyncio.Lock(), asyncio.Lock()
        self.context_wrappers: dict[str, Any] = {}
        self.process_request_headers = None
        self.abort_request = unwanted
        self._begun = asyncio.Lock()
        self._started = False

    async def page(self, url: str, stay: Stay, context: Mapping[str, Any], now: float) -> tuple[str, str]:
        """Open an address in a context of its own, let its scripts run, and give its document and where it was then.

        Raises TimeoutError if it came to no rest, and what Playwright raises.
        """
        async with self._begun:
            if not self._started:
                await self.browser_provider.start()
                self._started = True
        name, sight = context["proxy"]["password"], _Sight(stay, now)
        request = Request(
            url,
            dont_filter=True,
            meta={
                "playwright": True,
                "playwright_include_page": True,  # else a page that hangs is waited for; the context takes it along
                "playwright_context": name,
                "playwright_context_kwargs": dict(context),
                "playwright_page_init_callback": sight.begin,
                "playwright_page_goto_kwargs": {"wait_until": "commit"},
                "playwright_page_methods": [PageMethod(sight.settle)],
            },
        )
        try:
            await self.download_request(request)
        finally:
            await asyncio.shield(self._leave(name))
        return sight.html, sight.url

    async def _leave(self, name: str) -> None:
        if wrapper := self.context_wrappers.get(name):
            with suppress(Error):
                await wrapper.context.close()


@dataclass(slots=True)
class _Sight:
    """One page on its way from its first byte to rest."""

    stay: Stay
    now: float
    html: str = ""  #: the document after its scripts ran ...
    url: str = ""  #: ... and its address then
    session: CDPSession | None = None

    async def begin(self, page: Page, _: Request) -> None:
        """Before the page is opened: stop its clock at the time of the look, and take away what it must not do."""
        page.context.on("page", _close_popup)
        page.on("dialog", _answer)
        await page.add_init_script(INIT_SCRIPT)
        self.session = await page.context.new_cdp_session(page)
        await self.session.send("Emulation.setVirtualTimePolicy", {"policy": "pause", "initialVirtualTime": self.now})

    async def settle(self, page: Page) -> None:
        """Let the page's time run, take its document, and leave it, so that nothing of it goes on running."""
        if self.session is None:
            raise RuntimeError("the page was opened before it was begun")
        over = asyncio.Event()
        self.session.on("Emulation.virtualTimeBudgetExpired", lambda _: over.set())
        for end in ("close", "crash"):
            page.on(end, lambda _: over.set())  # type: ignore[call-overload, unused-ignore]
        budget = {"policy": "pauseIfNetworkFetchesPending", "budget": PAGE_TIME}
        # A page that hangs does not even answer that.
        async with asyncio.timeout(self.stay.limit):
            await self.session.send("Emulation.setVirtualTimePolicy", budget)
            await over.wait()
            self.html, self.url = await page.content(), page.url
        with suppress(Error):
            await page.goto("about:blank")


def unwanted(request: PageRequest) -> bool:
    """Is this nothing that a reader needs: pictures, sound, fonts, beacons, and pages within the page."""
    if request.resource_type in UNWANTED:
        return True
    return request.is_navigation_request() and request.frame.parent_frame is not None


async def _answer(dialog: Dialog) -> None:
    """No to every question, but the page may be left."""
    with suppress(Error):
        await (dialog.accept() if dialog.type == "beforeunload" else dialog.dismiss())


async def _close_popup(page: Page) -> None:
    with suppress(Error):
        await page.close()
