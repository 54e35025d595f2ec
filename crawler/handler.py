"""Scrapy's way through the gate: a download handler that asks the transport, and the settings that leave it alone with it.

The handler always returns a Response, also for failures (status 0): the spider reads `request.meta["answer"]`, a records.Answer.
It never retries, redirects, decodes or reads robots.txt; the transport has done what there was to do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Headers, Response

from storage.records import Answer, Form

SCRAPY_SETTINGS: dict[str, Any] = {
    "DOWNLOAD_HANDLERS": {
        "http": "crawler.handler.GateDownloadHandler",
        "https": "crawler.handler.GateDownloadHandler",
        "data": None,
        "file": None,
        "ftp": None,
        "s3": None,
    },
    "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
    "ROBOTSTXT_OBEY": False,
    "REDIRECT_ENABLED": False,
    "METAREFRESH_ENABLED": False,
    "RETRY_ENABLED": False,
    "COOKIES_ENABLED": False,
    "COMPRESSION_ENABLED": False,
    "HTTPPROXY_ENABLED": False,
    "HTTPCACHE_ENABLED": False,
    "REFERER_ENABLED": False,
    "AUTOTHROTTLE_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "HTTPERROR_ALLOW_ALL": True,
    "DOWNLOAD_DELAY": 0,
    "DOWNLOADER_MIDDLEWARES": {
        "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": None,
        "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": None,
        "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
        "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": None,
    },
}
"""What a spider's settings start from; add "GATE": the Transport, and the two CONCURRENT_REQUESTS settings."""


class Gate(Protocol):
    """The transport, as far as the handler needs it."""

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
        """One polite look."""
        ...


class Renders(Protocol):
    """What looks at a page through a browser, as far as the handler needs it."""

    async def look(self, url: str, *, tls: str = "verify", delay: float | None = None) -> Answer:
        """One polite look, the page's scripts run."""
        ...


class GateDownloadHandler(BaseDownloadHandler):
    """Hands each request to the Transport in the setting GATE.

    `request.meta["gate"]` may hold a dict with tls, delay, obey_robots, form and cookies for this request. The Transport is
    not closed here: it outlives the crawl, since one process serves many. A request with a true `request.meta["browser"]` goes
    to what the setting BROWSER holds, which ends with the crawl.
    """

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        gate: Gate | None = crawler.settings.get("GATE")
        if gate is None:
            raise NotConfigured("The setting GATE must hold a crawler.transport.Transport.")
        self._gate = gate
        self._browser: Renders | None = crawler.settings.get("BROWSER")

    async def download_request(self, request: Request) -> Response:
        """Fetch and wrap; the Answer goes into the request's meta, which the response shares."""
        headers = [(str(k, "latin-1"), str(v, "latin-1")) for k, values in request.headers.items() for v in values]
        if request.meta.get("browser") and self._browser is not None:
            answer = await self._browser.look(request.url, **request.meta.get("gate", {}))
        else:
            answer = await self._gate.fetch(request.url, headers=headers, **request.meta.get("gate", {}))
        request.meta["answer"] = answer
        return Response(
            answer.final_url or request.url,
            status=answer.status or 0,
            headers=Headers(list(answer.headers)),
            body=answer.body,
            request=request,
            protocol=answer.http_version or None,
        )
