"""The demo for real: a short life of the region, told on standard output, in a home of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from front_door import Door

ROOT = Path(__file__).resolve().parents[2]


def demo(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GONGKAI_")}
    return subprocess.run(
        [sys.executable, "-m", "monitor", "demo", "--no-serve", *words],
        env={**clean, "PYTHONPATH": str(ROOT), **environment},
        cwd=folder, capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip


def test_the_region_lives_and_what_was_found_is_told(tmp_path: Path) -> None:
    # the person's own archive and mail server are none of the demo's business
    told = demo(tmp_path, "--days", "45", GONGKAI_DATABASE_URL="postgresql://nowhere/x", GONGKAI_SMTP_URL="smtp://127.0.0.1:9")
    assert told.returncode == 0, told.stderr
    assert "2025-01\n" in told.stdout
    assert "missing_report" in told.stdout
    assert "found, " in told.stdout
    assert list((tmp_path / "gongkai-demo" / "mail").rglob("*.eml"))
    assert "gongkai --home gongkai-demo findings" in told.stdout
    door = Door(tmp_path / "gongkai-demo", {})
    assert "missing_report" in {finding["kind"] for finding in door("findings", "--json").json}


def test_it_writes_into_no_home_that_is_there_already(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").write_text("keep me")
    told = Door(tmp_path / "home", {})("demo", "--no-serve", "--home", "mine")
    assert told.code == 1
    assert "is there already" in told.err
    assert [path.name for path in Path("mine").iterdir()] == ["letter"]


def test_a_life_longer_than_the_region_s_is_wrong_use(tmp_path: Path) -> None:
    assert Door(tmp_path / "home", {})("demo", "--days", "9999").code == 2
