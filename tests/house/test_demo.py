"""The demo as a stranger runs it: from the built wheel, outside the checkout; everything found, nothing invented."""

from __future__ import annotations

import json
import re
import shlex
import sys
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from demo_life import account, gongkai, requests, run

from deploy.demo import Region

ROOT = Path(__file__).resolve().parents[2]

TOUR_SET_UP = ("make demo DEMO_ARGS=--no-serve", ". .venv/bin/activate")
"""What the tour begins with: done here by the wheel and the life that all tests of this file share."""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the wheel was installed, without its dependencies."""
    folder = tmp_path_factory.mktemp("installed")
    wheels = tmp_path_factory.mktemp("wheel")
    run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(wheels), str(ROOT)], ROOT)
    (wheel,) = wheels.glob("*.whl")
    run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), str(wheel)], folder)
    return folder


@pytest.fixture(scope="module")
def lived(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Where the region lived its fourteen months, and what was told on standard output."""
    folder = tmp_path_factory.mktemp("somewhere")
    return folder, installed_gongkai(installed, folder, "demo", "--no-serve")


def installed_gongkai(installed: Path, folder: Path, *words: str) -> str:
    return gongkai(folder, *words, PYTHONPATH=str(installed))


def test_everything_that_was_true_is_found_and_nothing_is_invented(lived: tuple[Path, str]) -> None:
    found, *wrong = account(lived[1])
    assert wrong == [0, 0, 0], lived[1]
    assert found >= sum(truth.sure for truth in Region().truth())
    assert requests(lived[1]) <= 8_000


def test_it_ran_from_the_wheel_and_not_from_the_checkout(installed: Path, lived: tuple[Path, str]) -> None:
    where = run(
        [sys.executable, "-c", "import crawler, deploy; print(crawler.__file__, deploy.__file__)"],
        lived[0],
        PYTHONPATH=str(installed),
    )
    assert all(file.startswith(str(installed)) for file in where.split())


def test_the_kinds_of_finding_are_those_of_the_story(installed: Path, lived: tuple[Path, str]) -> None:
    findings = json.loads(installed_gongkai(installed, lived[0], "--home", "gongkai-demo", "findings", "--json"))
    truths = Region().truth()
    told = {finding["kind"] for finding in findings}
    assert {truth.kind for truth in truths if truth.sure} <= told <= {truth.kind for truth in truths}
    late = {finding["agency"]["id"]: finding["detail"] for finding in findings if finding["kind"] == "late_report"}
    assert {agency: (detail["days"], detail["grounds"]) for agency, detail in late.items()} == {
        "yunling-finance": (12, "shown"),
        "liuhe-gov": (11, "shown"),
        "meiling-gov": (8, "observed"),
    }
    roles = {proof["role"] for finding in findings for proof in finding["evidence"]}
    assert roles == {"absent", "present", "before", "after"}


def test_the_tour_can_be_walked_and_says_what_is_said(installed: Path, lived: tuple[Path, str]) -> None:
    """Each block of commands of docs/tour.md is run, and the lines shown below it must be among what they say."""
    said, walked = lived[1], 0
    for kind, block in re.findall(r"^```(sh|text)\n(.*?)^```", (ROOT / "docs" / "tour.md").read_text("utf-8"), re.M | re.S):
        if kind == "text":
            missing = [line for line in block.splitlines() if " ".join(line.split()) not in " ".join(said.split())]
            assert missing == [], said
            continue
        commands = [shlex.split(line) for line in block.splitlines() if line not in TOUR_SET_UP]
        assert all(words[0] == "gongkai" for words in commands), "the test types nothing else"
        if commands:
            said = "\n".join(installed_gongkai(installed, lived[0], *words[1:]) for words in commands)
            assert "--json" not in block or all(isinstance(json.loads(line), (list, dict)) for line in _documents(said))
        walked += len(commands)
    assert walked >= 10


def _documents(said: str) -> list[str]:
    """The JSON documents that commands wrote one after the other."""
    found, rest = [], said.strip()
    while rest:
        _, end = json.JSONDecoder().raw_decode(rest)
        found.append(rest[:end])
        rest = rest[end:].strip()
    return found


def test_every_mail_says_that_its_time_is_simulated(lived: tuple[Path, str]) -> None:
    mails = [
        message_from_bytes(file.read_bytes(), policy=policy.default)
        for file in (lived[0] / "gongkai-demo" / "mail").rglob("*.eml")
    ]
    assert len(mails) >= 8
    for mail in mails:
        assert "SIMULATED" in mail["Subject"]
        assert all("SIMULATED" in mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
