"""Watchlists as .xlsx: one sheet per kind, its columns named in the first row. Checks nothing but the form of the file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell

from monitor.commands.watchlist_kinds import KINDS, Problem, Row

MOST_ROWS = 200_000
"""A sheet whose formatting reaches to the last row of the program would otherwise be read for minutes."""


def rows_from(data: bytes) -> tuple[list[Row], list[Problem]]:
    """The rows of an .xlsx file, and what is wrong with its form; formulas count as the value they last had."""
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, SyntaxError, TypeError) as error:
        told = f"the file is not an .xlsx workbook ({type(error).__name__}); an .xls has to be saved as .xlsx"
        return [], [Problem(None, "", told)]
    rows: list[Row] = []
    problems: list[Problem] = []
    for sheet in book.worksheets:
        lines = [tuple(line) for line in sheet.iter_rows(values_only=True, max_row=MOST_ROWS)]
        more, wrong = _sheet(sheet.title, lines)
        rows += more
        problems += wrong
    book.close()
    return rows, problems


def bytes_of(rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> bytes:
    """An .xlsx file that holds these cells, with a sheet for every kind, also the empty ones."""
    book = Workbook(write_only=True)
    for kind, columns in KINDS.items():
        sheet = book.create_sheet(kind)
        sheet.append(list(columns))
        for row in rows.get(kind, []):
            sheet.append([_cell(sheet, row.get(name)) for name in columns])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _sheet(title: str, lines: Sequence[tuple[Any, ...]]) -> tuple[list[Row], list[Problem]]:
    filled = [(number, line) for number, line in enumerate(lines, 1) if any(_told(cell) for cell in line)]
    if not filled:
        return [], []
    kind = title.strip().lower()
    if kind not in KINDS:
        return [], [Problem(None, f"sheet {title}", f"is not a kind; a watchlist has {', '.join(KINDS)}")]
    header = [str(name).strip().lower() if name is not None else "" for name in filled[0][1]]
    doubled = sorted({name for name in header if name and header.count(name) > 1})
    if doubled:
        return [], [Problem(None, f"sheet {title}, {doubled[0]}", "stands twice in the first row")]
    rows = []
    for number, line in filled[1:]:
        named = enumerate(zip(header, line, strict=False), 1)
        cells = {name or f"column {place}": cell for place, (name, cell) in named if _told(cell)}
        rows.append(Row(kind, f"sheet {kind}, row {number}", number, cells))
    return rows, []


def _told(cell: Any) -> bool:
    return cell is not None and str(cell).strip() != ""


def _cell(sheet: Any, cell: Any) -> Any:
    if isinstance(cell, list):
        cell = "; ".join(cell)
    if cell is None or isinstance(cell, bool | int | float | date):
        return cell
    written = WriteOnlyCell(sheet, value=cell)
    written.data_type = "s"  # a title that begins with = is a title, not a formula
    return written
