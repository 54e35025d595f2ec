"""The docs cannot lie: every module, rule, family, notifier, command and setting is where a reader would look for it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crawler.portals import FAMILIES
from crawler.settings import CrawlSettings
from monitor.__main__ import COMMANDS
from monitor.commands.starting import SETTINGS
from monitor.notifier import WORDS
from monitor.notifiers import NOTIFIERS
from monitor.rule import ORDER
from monitor.rules import RULES
from monitor.settings import MonitorSettings

ROOT = Path(__file__).resolve().parents[2]
HOUSE = (ROOT / "docs" / "house.md").read_text("utf-8")


@pytest.mark.parametrize("room", ["crawler", "storage", "monitor"])
def test_every_module_of_a_room_stands_in_the_drawing(room: str) -> None:
    part = re.split(r"\n(?=\w+/ )", HOUSE[HOUSE.index(f"\n{room}/ ") + 1 :])[0]
    names = {path.name for path in (ROOT / room).iterdir() if path.suffix == ".py" and path.name != "__init__.py"}
    names |= {f"{path.name}/" for path in (ROOT / room).iterdir() if (path / "__init__.py").exists() or path.name == "duties"}
    assert {name for name in names if name not in part} == set()


def test_every_module_in_the_drawing_is_there() -> None:
    drawn = re.findall(r"\b(\w+\.py)\b", HOUSE)
    there = {path.name for room in ("crawler", "storage", "monitor", "deploy") for path in (ROOT / room).rglob("*.py")}
    assert {name for name in drawn if name not in there} == set()


def test_every_rule_has_its_line_and_a_file_of_its_own_name() -> None:
    page = (ROOT / "docs" / "add-a-rule.md").read_text("utf-8")
    kinds = {rule.kind for rule in RULES}
    assert {kind for kind in kinds if f"| {kind} |" not in page} == set()
    assert {kind for kind in kinds if not (ROOT / "monitor" / "rules" / f"{kind}.py").exists()} == set()
    assert kinds <= set(ORDER) == set(WORDS)


def test_every_family_and_notifier_has_a_file_of_its_own_name() -> None:
    assert all((ROOT / "crawler" / "portals" / f"{family.name}.py").exists() for family in FAMILIES)
    assert all((ROOT / "monitor" / "notifiers" / f"{name}.py").exists() for name in NOTIFIERS)


def test_every_family_has_its_line_and_a_page_to_be_tested_on() -> None:
    page = (ROOT / "docs" / "add-a-portal.md").read_text("utf-8")
    assert {family.name for family in FAMILIES if f"| {family.name} |" not in page} == set()
    assert {family.name for family in FAMILIES if not list((ROOT / "tests" / "pages" / family.name).iterdir())} == set()


def test_every_setting_is_in_the_file_that_init_writes() -> None:
    fields = {*CrawlSettings.model_fields, *MonitorSettings.model_fields} - {"home"}
    assert {name for name in fields if f"#GONGKAI_{name.upper()}=" not in SETTINGS} == set()


def test_every_command_that_the_readme_names_is_there() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    named = set(re.findall(r"gongkai ([a-z]+)\b", readme)) - {"watches"}
    assert named
    assert named <= set(COMMANDS)


def test_every_link_between_the_docs_leads_somewhere() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        for link in re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8")):
            assert link.startswith("http") or (page.parent / link).exists(), f"{page.name}: {link}"
