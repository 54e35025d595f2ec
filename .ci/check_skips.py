"""Fail on any skipped test that .ci/allowed_skips.txt does not name, while the shared documents are there, and on an engine
(SQLite, PostgreSQL) on which no test ran.

Usage: check_skips.py TESTS.xml SHARED_FOLDER
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from xml.etree import ElementTree

ALLOWED = Path(__file__).with_name("allowed_skips.txt")


def skipped(report: Path) -> list[tuple[str, str]]:
    """Name and reason of every skipped test in a JUnit report."""
    cases = ElementTree.parse(report).iter("testcase")  # noqa: S314 - our own pytest wrote it
    return [
        (f"{case.get('classname')}::{case.get('name')}", found.get("message") or "")
        for case in cases
        if (found := case.find("skipped")) is not None
    ]


ENGINES = ("sqlite", "postgresql")


def on_engines(report: Path) -> dict[str, int]:
    """How many tests ran on each engine, by the parameter in their names."""
    cases = ElementTree.parse(report).iter("testcase")  # noqa: S314 - our own pytest wrote it
    ran = [case.get("name", "") for case in cases if case.find("skipped") is None]
    return {engine: sum(engine in re.split(r"[\[\]-]", name) for name in ran) for engine in ENGINES}


def main(report: str, shared: str) -> int:
    """Print what ran where and what was skipped without leave; 1 if there is any and the shared documents are there."""
    engines = on_engines(Path(report))
    print(", ".join(f"{number} tests on {engine}" for engine, number in engines.items()))
    if not all(engines.values()):
        return 1
    lines = ALLOWED.read_text().splitlines()
    allowed = {line.split("#")[0].strip() for line in lines} - {""}
    unlisted = [(name, why) for name, why in skipped(Path(report)) if name.split("[")[0] not in allowed]
    for name, why in unlisted:
        print(f"skipped without leave: {name}: {why}")
    if not Path(shared, "seeds").is_dir():
        print(f"no shared documents at {shared}: skips are told, not counted as failures")
        return 0
    return 1 if unlisted else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
