"""Fail on any skipped test that .ci/allowed_skips.txt does not name, while the shared documents are there.

Usage: check_skips.py TESTS.xml SHARED_FOLDER
"""

from __future__ import annotations

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


def main(report: str, shared: str) -> int:
    """Print what was skipped without leave; 1 if there is any and the shared documents are there."""
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
