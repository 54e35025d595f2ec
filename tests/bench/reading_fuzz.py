"""Reads saved pages damaged in many ways and says what came of it: outcomes, exceptions, and the slowest of all.

``python -m tests.bench.reading_fuzz FOLDER [--rounds 20] [--seed 1] [--keep FOLDER]``: every page under FOLDER, each mutation,
so many rounds. Exits with 1 if anything left the reader as an exception, or took longer than 2 s; `--keep` writes such inputs.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from crawler.reader import PageReader
from storage.records import Answer
from tests.mutations import MUTATIONS

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST = 2.0


def main() -> int:
    """Read and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    pages = [path.read_bytes() for path in sorted(asked.folder.glob("**/*.htm*"))]
    outcomes: Counter[str] = Counter()
    slowest: list[tuple[float, str]] = []
    bad = 0
    for number, body in enumerate(pages):
        for mutation in MUTATIONS:
            for turn in range(asked.rounds):
                name = f"{number}-{mutation.__name__}-{turn}"
                damaged = mutation(body, random.Random(f"{asked.seed}-{name}")) if body else body
                told, seconds = _read(damaged)
                outcomes[told] += 1
                slowest = sorted([*slowest, (seconds, f"{name}, {len(damaged)} bytes")], reverse=True)[:5]
                if told.startswith("!") or seconds > LONGEST:
                    bad += 1
                    print(f"{name}: {told} after {seconds:.2f} s")
                    if asked.keep:
                        asked.keep.mkdir(parents=True, exist_ok=True)
                        (asked.keep / f"{name}.html").write_bytes(damaged)
    print(
        f"{sum(outcomes.values())} inputs, {bad} bad; " + ", ".join(f"{told} {count}" for told, count in outcomes.most_common())
    )
    print("slowest: " + "; ".join(f"{seconds:.2f} s {name}" for seconds, name in slowest))
    return 1 if bad else 0


def _read(body: bytes) -> tuple[str, float]:
    """The outcome and the seconds it took; an exception, also one that the reader caught, begins with "!"."""
    url = "http://www.x.gov.cn/zwgk/202601/t20260105_1.html"
    start = time.perf_counter()
    try:
        found = PageReader().examine(Answer(url, EPOCH, EPOCH, final_url=url, status=200, body=body))
    except Exception as error:
        return f"!{type(error).__name__}", time.perf_counter() - start
    told = f"!{found.reason}" if found.reason.startswith("the reader failed") else found.outcome.value
    return told, time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
