"""Measures the ways out that Scrapy offers against the gate: what each keeps of an answer, and how fast each is.

Run `python -m tests.bench.transport`; it takes under a minute. Loopback pages of 20 kB, 16 requests at a time, one process per
way and round, rounds interleaved; shares are medians over the rounds against bare Scrapy in the same round. No part of the tests.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import statistics
import subprocess
import sys
import threading
import time
from typing import Any

PAGE = b"<p>" + b"x" * 20_000
CODED = gzip.compress(b"coded", mtime=0)
HEADERS = [b"x-lower: 1", b"Set-Cookie: a=1", b"X-UPPER: 2", b"set-cookie: b=2", b"Content-Encoding: gzip"]
ODD = b"\r\n".join([b"HTTP/1.1 200 OK", *HEADERS, b"Content-Length: %d" % len(CODED), b"", CODED])
CUT = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n"
SLOPPY = b"HTTP/1.1 200 OK\r\nBad Name: 1\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok"
WAYS = ("scrapy default", "a twisted", "b aiohttp", "c httpx", "d gate", "d gate, no scrapy")
FACTS = ("order", "case", "doubles", "raw body", "broken chunk's beginning", "sloppy head")
ROUNDS, COUNT, AT_ONCE = 3, 300, 16


class Server(threading.Thread):
    """Serves the pages from a loop of its own, keeping connections open where a client likes."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.ready = threading.Event()
        self.port = 0

    def run(self) -> None:
        """Serve until the process ends."""
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._client, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        await asyncio.Event().wait()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        special = {b"/odd": ODD, b"/cut": CUT, b"/sloppy": SLOPPY}
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                path = head.split(b" ")[1]
                writer.write(special.get(path, b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(PAGE) + PAGE))
                if path in special or b"connection: close" in head.lower():
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()


def now() -> tuple[float, float]:
    """Seconds on the wall and of this process's own work; the latter holds still while other programs run."""
    return time.perf_counter(), time.process_time()


def handler(way: str) -> str:
    """Where the handler of a way stands; those of a, b and c keep the rawest headers that their library shows."""
    if way == "d gate":
        return "crawler.handler.GateDownloadHandler"
    name = {"scrapy default": "Bare", "a twisted": "Twisted", "b aiohttp": "Aiohttp", "c httpx": "Httpx"}[way]
    return f"tests.bench.transport_ways.{name}"


def gate() -> Any:
    """A transport whose leases are always free and whose robots are not asked: the wire alone counts."""
    from crawler.transport import Transport, TransportPolicy
    from storage.clock import SystemClock

    class Free:
        def claim(self, *_: Any) -> float:
            return 0.0

        def release(self, *_: Any) -> None:
            pass

        def robots(self, *_: Any) -> None:
            return None

        def keep_robots(self, *_: Any) -> None:
            pass

    policy = TransportPolicy(delay=0.0, allow_private=True, obey_robots=False)
    return Transport(policy, leases=Free(), robots_store=Free(), clock=SystemClock())


def by_scrapy(way: str, port: int) -> dict[str, Any]:
    """Fetch everything through a Scrapy crawl."""
    import scrapy
    from scrapy.crawler import AsyncCrawlerProcess

    from crawler.transport import SCRAPY_SETTINGS

    told: dict[str, Any] = {"odd": ([], b""), "cut": b"", "sloppy": b"", "times": []}

    class Spider(scrapy.Spider):
        name = "bench"

        async def start(self) -> Any:
            for path in ("odd", "cut", "sloppy", *map(str, range(COUNT))):
                yield scrapy.Request(f"http://127.0.0.1:{port}/{path}", self.parse, errback=self.fail, cb_kwargs={"path": path})

        def parse(self, response: Any, path: str) -> None:
            told["times"].append(now())
            raw = response.meta.get("raw") or (response.meta["answer"].headers if "answer" in response.meta else ())
            if path == "odd":
                told["odd"] = (list(raw) or [(k, v) for k, vs in response.headers.items() for v in vs], response.body)
            elif path in told:
                told[path] = response.body

        def fail(self, _: Any) -> None:
            told["times"].append(now())

    settings = {**SCRAPY_SETTINGS, "GATE": gate() if way == "d gate" else None, "LOG_ENABLED": False, "DOWNLOAD_TIMEOUT": 10}
    settings |= {"DOWNLOAD_HANDLERS": {"http": handler(way), "https": handler(way)}}
    settings["COMPRESSION_ENABLED"] = way == "scrapy default"
    settings |= {"CONCURRENT_REQUESTS": AT_ONCE, "CONCURRENT_REQUESTS_PER_DOMAIN": AT_ONCE, "HTTPX_HTTP2_ENABLED": False}
    process = AsyncCrawlerProcess(settings)
    process.crawl(Spider)
    process.start()
    return told


def by_hand(port: int) -> dict[str, Any]:
    """Fetch everything through Transport.fetch alone."""

    async def run() -> dict[str, Any]:
        way = gate()
        odd, cut, sloppy = [await way.fetch(f"http://127.0.0.1:{port}/{path}") for path in ("odd", "cut", "sloppy")]
        numbers, times = iter(range(COUNT)), []

        async def work() -> None:
            for number in numbers:
                await way.fetch(f"http://127.0.0.1:{port}/{number}")
                times.append(now())

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
        await way.close()
        return {"odd": (odd.headers, odd.body), "cut": cut.body, "sloppy": sloppy.body, "times": times}

    return asyncio.run(run())


def measure(way: str, port: int) -> dict[str, Any]:
    """One way, one round: its rate once warm, and the facts it kept."""
    from loguru import logger

    logger.remove()
    told = by_hand(port) if way.endswith("no scrapy") else by_scrapy(way, port)
    pairs, body = told["odd"]
    lines = [name + b": " + value for name, value in pairs if not name.lower().startswith(b"content-length")]
    names = [line.split(b":")[0] for line in lines]
    lower = [line.lower() for line in lines]
    warm = told["times"][50:]
    return {
        "rate": (len(warm) - 1) / (warm[-1][0] - warm[0][0]),
        "work": 1000 * (warm[-1][1] - warm[0][1]) / (len(warm) - 1),
        "order": lower == [line.lower() for line in HEADERS],
        "case": {b"x-lower", b"X-UPPER", b"set-cookie"} <= set(names),
        "doubles": sum(line.startswith(b"set-cookie") for line in lower) == 2,
        "raw body": body == CODED,
        "broken chunk's beginning": told["cut"] == b"hello",
        "sloppy head": told["sloppy"] == b"ok",
    }


def main() -> None:
    """Run all ways in turn and print the table."""
    if len(sys.argv) == 3:
        print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
        return
    server = Server()
    server.start()
    server.ready.wait()
    results: dict[str, list[dict[str, Any]]] = {way: [] for way in WAYS}
    for _ in range(ROUNDS):
        for way in WAYS:
            command = [sys.executable, "-m", "tests.bench.transport", way, str(server.port)]
            done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
            try:
                results[way].append(json.loads(done.stdout.splitlines()[-1]))
            except (IndexError, ValueError):
                print(f"{way}: {(done.stderr or done.stdout).strip().splitlines()[-1:]}", file=sys.stderr)
    base = {key: [result[key] for result in results[WAYS[0]]] for key in ("rate", "work")}
    print(f"{'way':18} {'rate/s':>7} {'share':>6} {'ms work':>8} {'share':>6}  keeps")
    for way, found in results.items():
        if found:
            kept = ", ".join(fact for fact in FACTS if found[0][fact]) or "nothing of these"
            rate, work = (_median(found, key) for key in ("rate", "work"))
            rates, works = (_share(found, key, base[key]) for key in ("rate", "work"))
            print(f"{way:18} {rate:7.0f} {rates:6.2f} {work:8.2f} {works:6.2f}  {kept}")


def _median(found: list[dict[str, Any]], key: str) -> float:
    return statistics.median(float(result[key]) for result in found)


def _share(found: list[dict[str, Any]], key: str, base: list[float]) -> float:
    return statistics.median(float(result[key]) / bare for result, bare in zip(found, base, strict=False))


if __name__ == "__main__":
    main()
