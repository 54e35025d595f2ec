"""Crawls of the loopback portals with the real child, archive and transport, and a reader small enough to be seen through."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from portal_server import Portals

from crawler.child import Child
from crawler.settings import CrawlSettings
from storage.records import Answer, Entry, Examination, NewPage, Outcome, Reader, Reading, Role, Site, Watchlist
from storage.store import Store

ADDED = datetime(2024, 3, 1, tzinfo=UTC)


class PlainReader:
    """Reads the pages of `portal_server` and nothing else; a page that says "break the reader" breaks it."""

    version = "plain"

    def __init__(self) -> None:
        self.examined: list[str] = []

    def examine(self, answer: Answer, *, home: str | None = None) -> Examination:
        """By status alone, and a 200 is read."""
        self.examined.append(answer.url)
        if answer.error:
            return Examination(Outcome.FAILED, answer.error)
        if answer.status == 304:
            return Examination(Outcome.NOT_MODIFIED, "304")
        if answer.status != 200:
            return Examination(Outcome.GONE if answer.status == 404 else Outcome.BLOCKED, f"status {answer.status}")
        return Examination(Outcome.OK, "200", self.read(answer.body, url=answer.url))

    def read(self, body: bytes, *, url: str, content_type: str | None = None) -> Reading:
        """Rows with their dates, the next page, paragraphs."""
        text = body.decode()
        if "break the reader" in text:
            raise RuntimeError("this page breaks the reader")
        rows = re.findall(r'<li><a href="(.*?)">(.*?)</a><span>(.*?)</span>', text)
        further = re.search(r'<a href="([^"]*)">下一页', text)
        return Reading(
            kind="listing" if rows else "article",
            title="".join(re.findall("<title>(.*?)</title>", text)),
            body=tuple(re.findall("<p>(.*?)</p>", text)),
            entries=tuple(Entry(title, urljoin(url, href), day) for href, title, day in rows),
            next=urljoin(url, further[1]) if further else None,
            reader=self.version,
        )


@dataclass
class Crawls:
    """An archive beside some portals, and what its crawls told."""

    store: Store
    portals: Portals
    settings: CrawlSettings
    reader: Reader = field(default_factory=PlainReader)
    told: list[dict[str, Any]] = field(default_factory=list)

    def watch(self, host: str, *columns: str, articles: Sequence[str] = (), **site: Any) -> None:
        """Watch a site: its home page, columns and articles, by path."""
        pages = [(f"http://{host}/", Role.HOME)]
        pages += [(f"http://{host}{path}", Role.COLUMN) for path in columns]
        pages += [(f"http://{host}{path}", Role.ARTICLE) for path in articles]
        watched = tuple(NewPage(url, role, named=True) for url, role in pages)
        self.store.add_watchlist(Watchlist(sites=(Site(host, scheme="http", **site),), pages=watched), ADDED)

    def crawl(self, *hosts: str, mode: str = "all", as_of: datetime | None = None) -> list[dict[str, Any]]:
        """One batch; gives what was told, without the last line."""
        asked = {"sites": list(hosts), "mode": mode, "as_of": as_of.isoformat() if as_of else None}
        return self.say(json.dumps(asked))[:-1]

    def say(self, *lines: str) -> list[dict[str, Any]]:
        """Give a child of this process lines to work on; gives all that it told."""
        told: list[dict[str, Any]] = []
        asyncio.run(_serve(self.settings, self.store, self.reader, told, lines))
        self.told += told
        return told


async def _serve(settings: CrawlSettings, store: Store, reader: Reader, told: list[dict[str, Any]], said: Sequence[str]) -> None:
    lines = asyncio.Queue[str | None]()
    for line in (*said, None):
        lines.put_nowait(line)
    child = Child(settings, store, reader, told.append)
    try:
        await child.serve(lines)
    finally:
        await child.close()


def open_crawls(home: Path, portals: Portals, hosts: Sequence[str], *, simulated: bool = True, **settings: Any) -> Crawls:
    """A new archive in `home`, from which `hosts` are found at the portals' port."""
    resolve = ",".join(f"{host}={portals.place}" for host in hosts)
    given = CrawlSettings(home=home, delay=0, allow_private_hosts=True, resolve=resolve, timeout=10, **settings)
    store = Store.open(given.database_url)
    store.migrate()
    if simulated:
        store.mark_simulated()
    return Crawls(store, portals, given)


def looks(told: Sequence[dict[str, Any]], site: str | None = None) -> list[tuple[str, str]]:
    """(path, outcome) of each look, in the order told."""
    chosen = [event for event in told if event["event"] == "look" and event["site"] == (site or event["site"])]
    return [(re.sub("^http://[^/]*", "", event["url"]), event["outcome"]) for event in chosen]


def runs(told: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Site -> state of its run."""
    return {event["site"]: event["state"] for event in told if event["event"] == "run"}
