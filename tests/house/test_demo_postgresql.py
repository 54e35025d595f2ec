"""The region lives on PostgreSQL as it does on SQLite, in a database that nobody else uses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from demo_life import account, gongkai

from monitor.__main__ import gongkai as command

SEED = 20250331


@pytest.mark.parametrize("engine", ["postgresql"])
def test_on_postgresql_everything_is_found_and_nothing_is_invented(tmp_path: Path, bare_database_url: str) -> None:
    told = gongkai(tmp_path, "demo", "--no-serve", "--seed", str(SEED), "--database-url", bare_database_url)
    assert account(told)[1:] == (0, 0, 0), told
    home = ("--home", "gongkai-demo", "--database-url", bare_database_url)
    findings = json.loads(gongkai(tmp_path, *home, "findings", "--json"))
    assert {"missing_report", "late_report", "page_removed"} <= {finding["kind"] for finding in findings}
    assert not (tmp_path / "gongkai-demo" / "gongkai.db").exists()


def test_a_database_in_use_is_left_alone(tmp_path: Path, database_url: str) -> None:
    assert CliRunner().invoke(command, ["--home", str(tmp_path / "one"), "--database-url", database_url, "init"]).exit_code == 0
    assert CliRunner().invoke(command, ["--home", str(tmp_path / "one"), "--database-url", database_url, "status"]).exit_code == 0
    refused = CliRunner().invoke(
        command, ["--home", str(tmp_path / "two"), "--database-url", database_url, "demo", "--no-serve", "--days", "14"]
    )
    assert (refused.exit_code, "is in use" in refused.output) == (1, True), refused.output
