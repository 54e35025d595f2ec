"""The name and version of this program, as it stands in records and in the ledger. Knows nothing else."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version


@cache
def software() -> str:
    """The program with its version."""
    try:
        return f"gongkai {version('gongkai')}"
    except PackageNotFoundError:
        return "gongkai"
