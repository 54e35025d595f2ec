"""Watchlist files: read, checked, written back. Opens the file it is given and nothing else, and knows no archive."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from monitor.commands import watchlist_csv, watchlist_toml, watchlist_xlsx
from monitor.commands.watchlist_check import Checked, check
from monitor.commands.watchlist_kinds import KINDS, Problem, Row, rows_of
from storage.errors import SettingError
from storage.records import Watchlist

FORMS = (".toml", ".csv", ".xlsx")
LARGEST = 50_000_000
"""Bytes; no watchlist is larger, and a wrong file should not fill the memory."""


def read_watchlist(path: Path, known: Watchlist, duties: Iterable[str] = ()) -> Checked:
    """Read and check a file against itself and against what is `known`.

    Raises SettingError if the file cannot be opened or has another form; everything else is a problem of the result.
    """
    rows, problems = _reader(path)(_bytes(path))
    checked = check(rows, known, duties)
    return Checked(checked.watchlist, (*problems, *checked.problems))


def write_watchlist(path: Path, watchlist: Watchlist) -> None:
    """Write what a person named; a .csv holds the pages only, as one file has one kind. Raises SettingError."""
    rows = rows_of(watchlist)
    form = _form(path)
    if form == ".toml":
        data = watchlist_toml.bytes_of(rows)
    elif form == ".xlsx":
        data = watchlist_xlsx.bytes_of(rows)
    else:
        columns = [{**row, "role": "column"} for row in rows["column"]]
        data = watchlist_csv.bytes_of(list(KINDS["page"]), [*columns, *rows["page"]])
    try:
        path.write_bytes(data)
    except OSError as error:
        raise SettingError(f"{path} cannot be written: {error.strerror}", "name a file in a folder you may write to") from None


def write_refused(path: Path, checked: Checked) -> Path:
    """Write the refused rows beside the file, each with its problems, so that they can be mended and imported alone."""
    target = path.with_name(f"{path.name}.rejected.csv")
    kinds = list(dict.fromkeys(row.kind for row in checked.refused))
    columns = dict.fromkeys(name for kind in kinds for name in KINDS[kind])
    extra = dict.fromkeys(name for row in checked.refused for name in row.cells if name not in columns)
    rows = [{**row.cells, "sheet": row.kind, "row": row.number, "problem": _told(row, checked)} for row in checked.refused]
    try:
        target.write_bytes(watchlist_csv.bytes_of(["sheet", "row", "problem", *columns, *extra], rows))
    except OSError as error:
        raise SettingError(f"{target} cannot be written: {error.strerror}", "import from a folder you may write to") from None
    return target


def _told(row: Row, checked: Checked) -> str:
    mine = [problem for problem in checked.problems if problem.row is row]
    return "; ".join(f"{problem.column}: {problem.text}" for problem in mine)


def _reader(path: Path) -> Callable[[bytes], tuple[list[Row], list[Problem]]]:
    return {".toml": watchlist_toml.rows_from, ".csv": watchlist_csv.rows_from, ".xlsx": watchlist_xlsx.rows_from}[_form(path)]


def _form(path: Path) -> str:
    form = path.suffix.lower()
    if form not in FORMS:
        raise SettingError(f"{path.name} is no watchlist by its name", f"use a file that ends in {', '.join(FORMS)}")
    return form


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise SettingError(f"{path} is larger than {LARGEST // 1_000_000} MB", "name a watchlist file")
        return path.read_bytes()
    except OSError as error:
        raise SettingError(f"{path} cannot be read: {error.strerror}", "name a file that exists and that you may read") from None


__all__ = ["Checked", "Problem", "read_watchlist", "write_refused", "write_watchlist"]
