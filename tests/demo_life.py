"""One life of the demo's region as a stranger starts it, and what its account says at the end."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

PATIENCE = 600
"""Seconds that a life may take on a machine that has other work; alone it takes a fifth of that."""


def run(command: list[str], folder: Path, **environment: str) -> str:
    """Run a command without any setting of ours; what it said on standard output."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GONGKAI_")}
    done = subprocess.run(
        command, cwd=folder, env={**clean, **environment}, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def gongkai(folder: Path, *words: str, **environment: str) -> str:
    """Run the program in a folder."""
    return run([sys.executable, "-m", "monitor", *words], folder, **environment)


def account(told: str) -> tuple[int, ...]:
    """Found, missed, invented, and still told though no longer true."""
    found = re.search(r"(\d+) found, (\d+) missed, (\d+) invented, (\d+) still told", told)
    assert found is not None, told
    return tuple(map(int, found.groups()))


def requests(told: str) -> int:
    """How often the portals were asked."""
    found = re.search(r"were asked (\d+) times", told)
    assert found is not None, told
    return int(found[1])
