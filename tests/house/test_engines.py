"""Every test that keeps an archive keeps it on both engines; those that know one alone say why."""

from __future__ import annotations

import re

from world import HOUSE

ALONE = {
    "tests/conftest.py": "gives both",
    "tests/bench/crawl.py": "measures a home as it is made",
    "tests/bench/faults.py": "a file system of its own, filled",
    "tests/bench/search.py": "measures both, one after the other",
    "tests/bench/storage.py": "measures what a file takes",
    "tests/bench/storage_sizes.py": "measures what a file takes",
    "tests/crawler/test_child.py": "a file with nothing in it is the simplest archive of another schema",
    "tests/crawler/test_patience.py": "PostgreSQL waits for a lock as long as it takes",
    "tests/crawler/test_transport_scrapy.py": "the default address, never opened",
    "tests/storage/test_backup.py": "a backup is an SQLite file, also of PostgreSQL",
    "tests/storage/test_search.py": "what lies in the blocks of an index that PostgreSQL keeps by itself",
    "tests/storage/test_schema.py": "pragmas, and a damaged file",
    "tests/storage/test_verifying.py": "a time that PostgreSQL would refuse to hold",
    "tests/storage/test_overlap.py": "PostgreSQL alone: writers wait for each other row by row",
    "tests/storage/test_pruning.py": "a file that stays as it is, byte by byte",
    "tests/storage/test_sweeping.py": "files of bodies; writers that PostgreSQL alone lets in beside a sweep; many archives",
    "tests/storage/test_forgetting.py": "no trace in any file of a home",
    "tests/house/test_evidence_pack.py": "a pack is checked where no archive is",
    "tests/house/test_faults.py": "a server's disk is the server's",
    "tests/monitor/test_commands_backup.py": "settings that name another database",
    "tests/monitor/test_commands_heads.py": "what a home signs and where it tells it, whatever its archive",
    "tests/monitor/test_commands_prune.py": "a whole life, once; what goes is asked on both engines beside it",
    "tests/house/test_demo_postgresql.py": "the other files of the demo live on SQLite",
    "tests/house/test_engines.py": "names them",
}


def test_no_test_knows_one_engine_alone_without_a_reason() -> None:
    one = re.compile(r"""sqlite:///|parametrize\("engine", \[""")
    found = {str(file.relative_to(HOUSE)) for file in (HOUSE / "tests").rglob("*.py") if one.search(file.read_text("utf-8"))}
    assert found == set(ALONE)
