"""Every test that keeps an archive keeps it on both engines; those that know one alone say why."""

from __future__ import annotations

import re

from world import HOUSE

ALONE = {
    "tests/conftest.py": "gives both",
    "tests/bench/crawl.py": "measures a home as it is made",
    "tests/crawler/test_child.py": "a file with nothing in it is the simplest archive of another schema",
    "tests/crawler/test_transport_scrapy.py": "the default address, never opened",
    "tests/storage/test_schema.py": "pragmas, and a damaged file",
    "tests/storage/test_overlap.py": "PostgreSQL alone: writers wait for each other row by row",
    "tests/storage/test_pruning.py": "a file that stays as it is, byte by byte",
    "tests/storage/test_sweeping.py": "files of bodies; writers that PostgreSQL alone lets in beside a sweep; many archives",
    "tests/storage/test_forgetting.py": "no trace in any file of a home",
    "tests/monitor/test_commands_prune.py": "a whole life, once; what goes is asked on both engines beside it",
    "tests/house/test_demo_postgresql.py": "the other files of the demo live on SQLite",
    "tests/house/test_engines.py": "names them",
}


def test_no_test_knows_one_engine_alone_without_a_reason() -> None:
    one = re.compile(r"""sqlite:///|parametrize\("engine", \[""")
    found = {str(file.relative_to(HOUSE)) for file in (HOUSE / "tests").rglob("*.py") if one.search(file.read_text("utf-8"))}
    assert found == set(ALONE)
