"""Watchlists as .toml: one array of tables per kind. Checks nothing but the form of the file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

import tomli_w

from monitor.commands.watchlist_kinds import KINDS, Problem, Row


def rows_from(data: bytes) -> tuple[list[Row], list[Problem]]:
    """The rows of a .toml file, and what is wrong with its form."""
    try:
        source = data.decode("utf-8-sig")
        tables = tomllib.loads(source)
    except UnicodeDecodeError as error:
        return [], [Problem(None, "", f"the file is not UTF-8 (byte {error.start}); TOML has to be")]
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
        return [], [Problem(None, "", f"the file is not TOML: {error}")]
    rows: list[Row] = []
    problems: list[Problem] = []
    for kind, found in tables.items():
        if kind not in KINDS:
            problems.append(Problem(None, kind, f"is not a kind; a watchlist has {', '.join(KINDS)}"))
        elif not (isinstance(found, list) and all(isinstance(table, dict) for table in found)):
            problems.append(Problem(None, kind, f"has to be written as [[{kind}]], once for each"))
        else:
            rows += _rows(kind, found, _lines(source, kind))
    return rows, problems


def bytes_of(rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> bytes:
    """A .toml file that holds these cells."""
    # table by table, for the writer puts several small ones into one line
    tables = [f"[[{kind}]]\n{tomli_w.dumps(row)}" for kind, found in rows.items() for row in found]
    return "\n".join(tables).encode()


def _rows(kind: str, tables: Sequence[Mapping[str, Any]], lines: Sequence[int]) -> list[Row]:
    known = len(lines) == len(tables)  # inline arrays and multi-line texts can make the two differ: then no line is better
    return [
        Row(kind, f"[[{kind}]] {place} (line {lines[place - 1]})" if known else f"[[{kind}]] {place}", place, table)
        for place, table in enumerate(tables, 1)
    ]


def _lines(source: str, kind: str) -> list[int]:
    header = re.compile(rf"\s*\[\[\s*[\"']?{kind}[\"']?\s*\]\]")
    return [number for number, line in enumerate(source.splitlines(), 1) if header.match(line)]
