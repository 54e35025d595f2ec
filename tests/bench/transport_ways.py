"""Scrapy's own download handlers, each with the least change that shows its library's rawest headers. For the bench only."""

from __future__ import annotations

from typing import Any

from scrapy.core.downloader.handlers._aiohttp import AiohttpDownloadHandler
from scrapy.core.downloader.handlers._httpx import HttpxDownloadHandler
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler, _ScrapyAgent


class Bare(HTTP11DownloadHandler):
    """Scrapy as it comes."""


class Twisted(HTTP11DownloadHandler):
    """Twisted's own header object, before Scrapy turns it into a dictionary."""

    async def download_request(self, request: Any) -> Any:
        """Note the headers as Twisted has them."""
        seen: list[Any] = []
        usual = _ScrapyAgent._headers_from_twisted_response

        def noting(response: Any) -> Any:
            seen.append(response.headers)
            return usual(response)

        _ScrapyAgent._headers_from_twisted_response = staticmethod(noting)  # type: ignore[method-assign]
        response = await super().download_request(request)
        if seen and request.url.endswith("/odd"):
            request.meta["raw"] = [(name, value) for name, values in seen[0].getAllRawHeaders() for value in values]
        return response


class _Noting:
    """Keeps raw pairs beside the response."""

    def _build_base_response_args(self, response: Any, request: Any, headers: Any) -> Any:
        request.meta["raw"] = list(response.raw_headers if hasattr(response, "raw_headers") else response.headers.raw)
        return super()._build_base_response_args(response, request, headers)  # type: ignore[misc]


class Aiohttp(_Noting, AiohttpDownloadHandler):
    """aiohttp shows raw pairs."""


class Httpx(_Noting, HttpxDownloadHandler):
    """httpx shows raw pairs."""
