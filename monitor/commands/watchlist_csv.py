"""Watchlists as .csv: one kind per file, told by its columns. Checks nothing but the form of the file.

A column `sheet` names the kind of each row instead; then `row` and `problem` are passed over, so that a file of refused rows
can be mended and imported as it is.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from monitor.commands.watchlist_kinds import KINDS, Problem, Row

TOLD = ("subscriber", "duty", "agency", "site", "column", "page")
"""The order in which kinds are tried; a file that fits column as well as page is one of pages."""

_RISKY = re.compile(r"'*[=+\-@]")


def rows_from(data: bytes) -> tuple[list[Row], list[Problem]]:
    """The rows of a .csv file in UTF-8, UTF-16 with its mark, or GBK, and what is wrong with its form."""
    source = _decoded(data)
    if source is None:
        return [], [Problem(None, "", "the file is neither UTF-8 nor GBK: save it as CSV UTF-8")]
    try:
        lines = list(csv.reader(io.StringIO(source, newline=""), delimiter=_delimiter(source), strict=True))
    except csv.Error as error:
        return [], [Problem(None, "", f"the file is not CSV: {error}")]
    if not any(any(cell.strip() for cell in line) for line in lines):
        return [], [Problem(None, "", "the file is empty; its first row names the columns, `url` alone is enough")]
    return _rows([name.strip().lower() for name in lines[0]], lines[1:])


def bytes_of(header: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """A .csv file in UTF-8 with a mark, since spreadsheets take it for another encoding without; lists are joined by ;"""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows([cell_text(row.get(name)) for name in header] for row in rows)
    return codecs.BOM_UTF8 + out.getvalue().encode()


def cell_text(cell: Any) -> str:
    """One cell as text; what a spreadsheet would run as a formula is led by an apostrophe, which `rows_from` takes off."""
    if isinstance(cell, list | tuple):
        cell = "; ".join(str(part) for part in cell)
    told = "" if cell is None else str(cell).lower() if isinstance(cell, bool) else str(cell)
    return f"'{told}" if isinstance(cell, str) and _RISKY.match(told) else told


def _rows(header: Sequence[str], lines: Sequence[Sequence[str]]) -> tuple[list[Row], list[Problem]]:
    doubled = sorted({name for name in header if name and header.count(name) > 1})
    if doubled:
        return [], [Problem(None, doubled[0], "stands twice in the first row")]
    mixed = "sheet" in header
    kind = "page" if mixed else _kind_told_by(header)
    if kind is None:
        forms = "; ".join(f"{kind}: {', '.join(KINDS[kind])}" for kind in KINDS)
        return [], [Problem(None, "", f"the first row does not name the columns of one kind ({forms})")]
    rows: list[Row] = []
    problems: list[Problem] = []
    for number, line in enumerate(lines, 2):
        named = enumerate(_paired(header, line), 1)
        cells = {name or f"column {place}": _plain(cell) for place, (name, cell) in named if cell.strip()}
        if not cells:
            continue
        told = cells.pop("sheet", "").strip().lower() if mixed else kind
        if mixed:
            cells = {name: cell for name, cell in cells.items() if name not in {"row", "problem"}}
        row = Row(told if told in KINDS else "page", f"row {number}", number, cells)
        if told in KINDS:
            rows.append(row)
        else:
            problems.append(Problem(row, "sheet", f"'{told}' is not a kind; a watchlist has {', '.join(KINDS)}"))
    return rows, problems


def _paired(header: Sequence[str], line: Sequence[str]) -> list[tuple[str, str]]:
    names = [*header, *("" for _ in line[len(header) :])]
    return list(zip(names, line, strict=False))


def _kind_told_by(header: Sequence[str]) -> str | None:
    """The kind whose required columns are all there; among several the one that knows the most of the columns."""
    names = {name for name in header if name}
    fits = [kind for kind in TOLD if {name for name, field in KINDS[kind].items() if field.required} <= names]
    if "column" in fits and "role" not in names and "duties" in names:
        return "column"
    fits = [kind for kind in fits if kind != "column"]
    return max(fits, key=lambda kind: len(names & set(KINDS[kind])), default=None)


def _plain(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _RISKY.match(cell) else cell


def _delimiter(source: str) -> str:
    first = source.splitlines()[0] if source.strip() else ""
    return max(",;\t", key=first.count)


def _decoded(data: bytes) -> str | None:
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None
