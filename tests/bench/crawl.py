"""Measures our crawl of loopback pages against bare Scrapy fetching the same list, in the same run: pages per second of each.

``python -m tests.bench.crawl [--pages 1000] [--hosts 8] [--profile FILE]``. Bare Scrapy runs with its defaults and a callback
that does nothing; ours is the crawl child with delay 0, one request at a time per host, every page classified, read and
kept: once when all pages are new, and once when nothing has changed. Server, bare crawl and child are processes of their own.
Loopback only.
On a machine that does other work besides, compare the processor time per page (read from /proc), not the speed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from storage.clock import SystemClock
from storage.records import NewPage, Role, Site, Watchlist
from storage.store import Store

ROOT = Path(__file__).parents[2]
SIGNS = [chr(0x4E00 + n) for n in range(3000)]


class Pace(NamedTuple):
    """How fast a crawl was, and how much of a processor it took."""

    speed: float  #: pages per second
    work: float  #: seconds of processor time a page


def main() -> None:
    """Measure and print."""
    asked = _arguments()
    if asked.side == "server":
        asyncio.run(_serve(asked.pages))
    elif asked.side == "bare":
        _bare(asked.addresses)
    else:
        _compare(asked)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--hosts", type=int, default=8, help="loopback addresses over which the pages are spread")
    parser.add_argument("--profile", help="write a cProfile of the child to this file")
    parser.add_argument("--side", choices=["server", "bare"], help=argparse.SUPPRESS)
    parser.add_argument("addresses", nargs="*", help=argparse.SUPPRESS)
    return parser.parse_args()


def _compare(asked: argparse.Namespace) -> None:
    with _process(["--side", "server", "--pages", str(asked.pages)]) as server, tempfile.TemporaryDirectory() as home:
        assert server.stdout
        port = server.stdout.readline().strip()
        hosts = [f"127.0.0.{n + 1}:{port}" for n in range(asked.hosts)]
        addresses = [f"http://{hosts[n % len(hosts)]}/a/{n}.html" for n in range(asked.pages)]
        bare = _bare_pace(addresses)
        new, same = _our_paces(Path(home), hosts, addresses, asked.profile)
    print(f"{asked.pages} pages of 20 kB at {asked.hosts} hosts")
    for name, pace in (("bare Scrapy", bare), ("ours, all pages new", new), ("ours, nothing changed", same)):
        ratio = f"{pace.speed / bare.speed:5.2f} of bare"
        print(f"{name:22}{pace.speed:7.1f} pages/s {ratio} {pace.work * 1000:7.2f} ms of processor a page")


@contextmanager
def _process(arguments: list[str], *, module: str = "tests.bench.crawl", **environment: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | environment
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


# --- the pages ------------------------------------------------------------------------------------------------------------


async def _serve(pages: int) -> None:
    """Serve article pages on every loopback address, from memory, until the process is ended."""
    kept = [_page(number) for number in range(pages)]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await reader.readuntil(b"\r\n\r\n"):
                writer.write(_reply(request, kept))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "0.0.0.0", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def _reply(request: bytes, kept: list[bytes]) -> bytes:
    path = request.split(b" ", 2)[1].decode()
    known = path.startswith("/a/") or path == "/"
    body = (kept[int(path[3:-5])] if path != "/" else kept[0]) if known else b"not here"
    head = f"HTTP/1.1 {'200 OK' if known else '404 Not Found'}\r\nContent-Type: text/html; charset=utf-8\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def _page(number: int) -> bytes:
    """A 20 kB article as a portal of a county writes it, half of it navigation."""
    made = random.Random(number)
    title = f"关于{_phrase(made, 12)}的通知（第{number}号）"
    links = "".join(f'<li><a href="/c{n}/index.html">{_phrase(made, 6)}</a></li>' for n in range(140))
    text = "".join(f'<p style="text-indent:2em">{_phrase(made, 110)}。</p>' for _ in range(24))
    page = (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}</title><meta name="ArticleTitle" content="{title}">'
        f'<meta name="PubDate" content="2024-03-01 09:00"><meta name="SiteName" content="示例县人民政府"></head><body>'
        f'<div class="nav"><ul>{links}</ul></div><div class="article"><h1>{title}</h1><div class="info">发布日期：2024-03-01 '
        f'来源：县政府办公室</div><div id="zoom">{text}</div></div><div class="foot">主办：示例县人民政府</div></body></html>'
    )
    return page.encode()


def _phrase(made: random.Random, length: int) -> str:
    return "".join(made.choices(SIGNS, k=length))


# --- the two crawls -------------------------------------------------------------------------------------------------------


def _bare_pace(addresses: list[str]) -> Pace:
    with _process(["--side", "bare", *addresses]) as bare:
        assert bare.stdout
        return Pace(*map(float, bare.stdout.readline().split()))


def _bare(addresses: list[str]) -> None:
    """Scrapy as it comes, with a callback that does nothing; prints pages per second and seconds of work."""
    from scrapy import Request, Spider
    from scrapy.crawler import CrawlerProcess
    from scrapy.http import Response

    class Bare(Spider):
        name = "bare"
        start_urls = addresses

        def parse(self, response: Response) -> Iterator[Request]:
            yield from ()

    process = CrawlerProcess({"LOG_LEVEL": "WARNING", "TELNETCONSOLE_ENABLED": False, "DOWNLOAD_DELAY": 0})
    crawler = process.create_crawler(Bare)
    began, worked = time.perf_counter(), time.process_time()
    process.crawl(crawler)
    process.start()
    fetched = crawler.stats.get_value("response_received_count")
    print(fetched / (time.perf_counter() - began), (time.process_time() - worked) / fetched)


def _our_paces(home: Path, hosts: list[str], addresses: list[str], profile: str | None) -> tuple[Pace, Pace]:
    """The child's pace at its first crawl and at its second, its start left out."""
    _watch(home, hosts, addresses)
    settings = {"GONGKAI_HOME": str(home), "GONGKAI_DELAY": "0", "GONGKAI_ALLOW_PRIVATE_HOSTS": "1"}
    arguments, module = ([], "crawler") if not profile else (["-o", profile, "-m", "crawler"], "cProfile")
    with _process(arguments, module=module, **settings) as child:
        _batch(child, [])
        paces = _batch(child, hosts), _batch(child, hosts)
        child.communicate()
    return paces


def _watch(home: Path, hosts: list[str], addresses: list[str]) -> None:
    store = Store.open(f"sqlite:///{home / 'gongkai.db'}")
    store.migrate()
    sites = tuple(Site(host, scheme="http") for host in hosts)
    pages = tuple(NewPage(address, Role.ARTICLE, named=True) for address in addresses)
    store.add_watchlist(Watchlist(sites=sites, pages=pages), SystemClock().now())
    store.close()


def _batch(child: subprocess.Popen[str], hosts: list[str]) -> Pace:
    assert child.stdin
    assert child.stdout
    child.stdin.write(json.dumps({"sites": hosts, "mode": "all"}) + "\n")
    child.stdin.flush()
    began, worked = time.perf_counter(), _worked(child.pid)
    for line in child.stdout:
        told = json.loads(line)
        if told["event"] == "done":
            looks = max(1, told["looks"])
            return Pace(looks / (time.perf_counter() - began), (_worked(child.pid) - worked) / looks)
        if told["event"] == "error" or told.get("outcome", "ok") != "ok" or told.get("state", "sound") != "sound":
            print(line, file=sys.stderr)
    raise SystemExit("the child ended before its batch")


def _worked(process: int) -> float:
    """Seconds of processor time that a process has taken so far; 0.0 where there is no /proc."""
    stat = Path(f"/proc/{process}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
