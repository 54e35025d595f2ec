"""Measures ways of keeping versions as zstandard deltas, before any database: bytes a version, time to make, steps to read.

``python -m tests.bench.codecs [--pages FOLDER] [--traces FILE] [--git REPOSITORY] [--looks 200]``. For every byte-different look:
which of the earlier versions is the base and how deep a chain may grow, the level, when a delta is too large to be one, what the
first version of a page is held against; then the same for readings and for records of captures.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import zstandard

from crawler.reader import PageReader
from storage.records import Answer
from storage.records.proof import CaptureRecord
from storage.rows import pack_reading
from tests.bench.chains import Chain, delta, opened, stairs, up_to
from tests.bench.histories import REQUEST, Look, Made, Repository, rounds

WAYS: dict[str, Callable[[], Chain]] = {
    "whole copies, level 9": lambda: Chain(lambda number: None),
    "chain of 32, level 9": lambda: Chain(up_to(32)),
    "chain of 64, level 9": lambda: Chain(up_to(64)),
    "chain of 128, level 9": lambda: Chain(up_to(128)),
    "stairs of 2, level 9": lambda: Chain(stairs(2)),
    "stairs of 8, level 9": lambda: Chain(stairs(8)),
    "stairs of 16, level 9": lambda: Chain(stairs(16)),
    "stairs of 16, level 3": lambda: Chain(stairs(16), 3),
    "stairs of 16, level 6": lambda: Chain(stairs(16), 6),
    "stairs of 16, level 12": lambda: Chain(stairs(16), 12),
    "stairs of 16, level 19": lambda: Chain(stairs(16), 19),
    "stairs of 16, delta up to 50 %": lambda: Chain(stairs(16), share=0.5),
    "stairs of 16, delta up to 90 %": lambda: Chain(stairs(16), share=0.9),
}


def main() -> None:
    """Measure and print."""
    asked = _arguments()
    kept = _different(_histories(asked))
    ways = [name for name in WAYS if not asked.only or asked.only in name]
    totals: dict[str, list[Chain]] = {name: [] for name in ways}
    for looks in kept.values():
        for name in ways:
            chain = WAYS[name]()
            for look in looks:
                chain.keep(look.body)
            totals[name].append(chain)
    sizes = [len(look.body) for looks in kept.values() for look in looks]
    print(f"{len(sizes)} byte-different looks of {len(kept)} pages, {statistics.mean(sizes):.0f} bytes each")
    for name, chains in totals.items():
        _line(name, chains)
    _first_versions(kept)
    _decoding(kept)
    if not asked.only:
        _readings_and_records(kept)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=Path, default=Made.pages)
    parser.add_argument("--traces", type=Path)
    parser.add_argument("--git", type=Path)
    parser.add_argument("--looks", type=int, default=200)
    parser.add_argument("--sites", type=int, default=20)
    parser.add_argument("--each", type=int, default=3)
    parser.add_argument("--only", help="only the ways whose name holds this")
    return parser.parse_args()


def _histories(asked: argparse.Namespace) -> Iterator[list[Look]]:
    if asked.git:
        return Repository(asked.git, asked.looks).rounds()
    return rounds(Made(asked.pages, asked.traces, sites=asked.sites, each=asked.each, looks=asked.looks, attachments=False))


def _different(told: Iterator[list[Look]]) -> dict[str, list[Look]]:
    kept: dict[str, list[Look]] = defaultdict(list)
    for look in (look for looks in told for look in looks):
        if not kept[look.url] or kept[look.url][-1].body != look.body:
            kept[look.url].append(look)
    return kept


def _line(name: str, chains: list[Chain]) -> None:
    count = sum(chain.count for chain in chains)
    seconds = sorted(one for chain in chains for one in chain.seconds)
    steps = [one for chain in chains for one in chain.steps]
    print(
        f"{name:32}{sum(chain.size for chain in chains) / count:9.0f} bytes a version, "
        f"{sum(chain.whole for chain in chains):5} whole, "
        f"steps mean {statistics.mean(steps):5.1f} most {max(steps):3}; made in {1000 * statistics.mean(seconds):6.2f} ms, "
        f"p99 {1000 * seconds[int(len(seconds) * 0.99)]:6.1f}"
    )


def _first_versions(kept: dict[str, list[Look]]) -> None:
    """A page that is found when its site's other pages have been watched for long: what its first version is held against."""
    sites: dict[str, list[list[Look]]] = defaultdict(list)
    for looks in kept.values():
        sites[looks[0].site].append(looks)
    told: dict[str, list[int]] = defaultdict(list)
    for pages in sites.values():
        for one, other in zip(pages[1:], pages, strict=False):
            bases = (("nothing", b""), ("another page's first version", other[0].body), ("another page's newest", other[-1].body))
            for name, base in bases:
                told[name].append(len(delta(base, one[-1].body, 9)))
    for name, sizes in told.items():
        print(f"first of a page, held against {name}: {statistics.mean(sizes):.0f} bytes, median {statistics.median(sizes):.0f}")


def _decoding(kept: dict[str, list[Look]]) -> None:
    """How long a version of so many steps takes to read, by the pages' size."""
    for looks in sorted(kept.values(), key=lambda looks: -len(looks[0].body))[:40:8]:
        bodies = [look.body for look in looks][:129]
        frames = [delta(base, body, 9) for base, body in zip([b"", *bodies], bodies, strict=False)]
        told = []
        for steps in (16, 30, 60, 128):
            if steps < len(frames):
                told.append(f"{steps} steps {1000 * min(_seconds(frames[: steps + 1]) for _ in range(5)):.1f} ms")
        print(f"decoding {len(bodies[0])} bytes: {', '.join(told) or 'too few versions'}")


def _seconds(frames: list[bytes]) -> float:
    begun, body = time.perf_counter(), b""
    for frame in frames:
        body = opened(body, frame)
    return time.perf_counter() - begun


def _readings_and_records(kept: dict[str, list[Look]]) -> None:
    readings, records = [], []
    for looks in kept.values():
        told, seen = [], ""
        for look in looks[:: max(1, len(looks) // 60)]:
            reading = PageReader().examine(_answer(look)).reading
            if reading is not None and reading.identity != seen:
                told.append(zstandard.ZstdDecompressor().decompress(pack_reading(reading), max_output_size=2**30))
                seen = reading.identity
        readings.append(told)
        records.append([_record(look).packed() for look in looks])
    for name, rows in (("readings", readings), ("records", records)):
        _derived(name, [row for row in rows if row])


def _derived(name: str, rows: list[list[bytes]]) -> None:
    first = [row[0] for row in rows]
    later = [pair for row in rows for pair in pairwise(row)]
    beside = list(pairwise(first))
    alone = [[(b"", one) for one in first], [(b"", one) for _, one in later]]
    each = _mean(len(one) for row in rows for one in row)
    print(f"{name}: first of a page {len(first)}, later {len(later)}, {each:.0f} bytes each")
    for level in (3, 9, 19):
        begun = time.perf_counter()
        after = _size(later, level)
        took = (time.perf_counter() - begun) / max(1, len(later))
        print(
            f"  level {level:2}: alone {_size(alone[0], level):.0f}, beside another page's {_size(beside, level):.0f}, "
            f"later ones alone {_size(alone[1], level):.0f}, as deltas {after:.0f} ({1000 * took:.2f} ms)"
        )


def _size(pairs: list[tuple[bytes, bytes]], level: int) -> float:
    return _mean(len(delta(base, body, level)) for base, body in pairs)


def _mean(told: Iterable[float]) -> float:
    numbers = list(told)
    return statistics.mean(numbers) if numbers else 0.0


def _answer(look: Look) -> Answer:
    return Answer(look.url, look.time, look.time, final_url=look.url, status=200, headers=look.headers, body=look.body)


def _record(look: Look) -> CaptureRecord:
    answer = _answer(look)
    return CaptureRecord(
        look="1.1",
        vantage="here",
        url=look.url,
        final_url=look.url,
        started=look.time,
        ended=look.time + timedelta(microseconds=300_000 + hash(look.time) % 200_000),
        outcome="ok",
        reason="read",
        sha256=answer.sha256,
        status=200,
        http_version="HTTP/1.1",
        phrase="OK",
        address="203.0.113.7",
        robots="allowed",
        request_headers=REQUEST,
        headers=look.headers,
        software="gongkai 0.1.0",
        reader="4",
    )


if __name__ == "__main__":
    main()
