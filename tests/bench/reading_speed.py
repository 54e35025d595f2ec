"""Measures the reader's processor time per page as a ratio to lxml.html.fromstring and text_content, in the same run.

``python -m tests.bench.reading_speed FOLDER``: the median over the saved pages of FOLDER (each the best of several rounds, ours
and the reference's), then pages grown to about 1 MB in several ways, and the memory left behind by reading one again and again.
"""

from __future__ import annotations

import argparse
import gc
import resource
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from lxml import html

from crawler.reader import PageReader
from crawler.reading.encoding import decode
from storage.records import Answer

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MEGABYTE = 1_000_000
ROUNDS = 7


def reference(body: bytes) -> None:
    """What the cheapest honest reading costs: decode, parse, take all text."""
    text = decode(body)[0]
    html.fromstring(text.encode("utf-8"), parser=html.HTMLParser(encoding="utf-8")).text_content()


def ours(body: bytes, reader: PageReader | None = None) -> None:
    """Our whole way: outcome, family, title, text, dates, rows, links, gaps."""
    answer = Answer("http://www.x.gov.cn/zwgk/", EPOCH, EPOCH, final_url="http://www.x.gov.cn/zwgk/", status=200, body=body)
    (reader or PageReader()).examine(answer)


def cost(deed: Callable[[bytes], None], body: bytes) -> float:
    """Seconds of processor time, the best of several rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        deed(body)
        best = min(best, time.process_time() - start)
    return best


def grown(body: bytes) -> dict[str, bytes]:
    """The page about 1 MB large: its body's content repeated, one paragraph without end, a list and a table without end."""
    text = decode(body)[0]
    start, end = text.find("<body"), text.rfind("</body")
    inner = text[text.find(">", start) + 1 : end if end > 0 else len(text)]
    again = max(1, MEGABYTE // max(1, len(inner.encode())))
    frame = "<html><head><meta charset=utf-8><title>某市年度报告</title></head><body>{}</body></html>"
    sentence = "我市全年主动公开政府信息一千二百条，依申请公开三十件。"
    rows = "".join(
        f'<li><a href="./202601/t20260105_{n}.html">关于印发某办法的通知之{n}</a><span>2026-01-05</span></li>'
        for n in range(9000)
    )
    cells = "".join(f"<tr><td>项目{n}</td><td>{n}</td><td>2026-01-05</td></tr>" for n in range(16000))
    paragraphs = "".join(f"<p>{n}.{sentence}</p>" for n in range(10000))
    pages = {
        "page repeated": inner * again,
        "one paragraph": f"<div class=TRS_Editor><p>{sentence * 12000}</p></div>",
        "paragraphs": f"<div class=TRS_Editor>{paragraphs}</div>",
        "rows": f"<ul>{rows}</ul>",
        "table": f"<div class=TRS_Editor><p>{sentence}</p><table>{cells}</table></div>",
    }
    return {name: frame.format(page).encode() for name, page in pages.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args()
    pages = {path.name: path.read_bytes() for path in sorted(asked.folder.glob("**/*.htm*"))}
    whole = {name: body for name, body in pages.items() if len(body) > 2000}
    ratios = {name: cost(ours, body) / cost(reference, body) for name, body in whole.items()}
    times = [cost(ours, body) for body in whole.values()]
    slowest = max(ratios, key=lambda name: ratios[name])
    print(f"{len(whole)} pages over 2 kB: median {statistics.median(ratios.values()):.1f} times the reference, ", end="")
    print(f"{1000 * statistics.median(times):.1f} ms; most {ratios[slowest]:.1f} times ({slowest})")
    biggest = max(whole.values(), key=len)
    for name, body in grown(biggest).items():
        reader, least = cost(ours, body), cost(reference, body)
        print(f"{name}: {len(body) / MEGABYTE:.1f} MB, {reader / least:.1f} times the reference, {1000 * reader:.0f} ms")
    _memory(biggest)


def _memory(body: bytes) -> None:
    """Peak memory after a few readings and after many; the difference is what each leaves behind."""
    large = grown(body)["page repeated"]
    for _ in range(3):
        ours(large)
    gc.collect()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(30):
        ours(large)
    gc.collect()
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"peak memory {before // 1024} MB after 3 readings of 1 MB, {after // 1024} MB after 33")


if __name__ == "__main__":
    main()
