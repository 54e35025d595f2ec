"""The front door for tests: one call, its exit code and what it said, and homes that reach a region on loopback."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from monitor.__main__ import gongkai


@dataclass(frozen=True)
class Said:
    """What one call came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as the one JSON document it has to be."""
        return json.loads(self.out)


@dataclass
class Door:
    """Calls commands in this process, on one home, with an environment of its own."""

    home: Path
    environment: Mapping[str, str]

    def __call__(self, *words: object, **more: str) -> Said:
        environment = {"GONGKAI_HOME": str(self.home), "COLUMNS": "200", **self.environment, **more}
        result = CliRunner(env=environment).invoke(gongkai, [str(word) for word in words])
        return Said(result.exit_code, result.stdout, result.stderr)
