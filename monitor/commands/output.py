"""How the front door speaks: one JSON document, a table for people, a plain line. Decides nothing.

Text from pages is hostile: nothing here lets it move the cursor, colour the terminal or turn the reading direction.
"""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table
from rich.text import Text

from storage.records import SHANGHAI

ROOM = 14  #: the narrowest that the last column of a table becomes before the others have to wrap too

_TURNING = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_ACTING = re.compile(f"[\x7f-\x9f{''.join(sorted(_TURNING))}]")
"""What JSON leaves as it stands, though a terminal would act on it; as \\uXXXX it is the same text to a script."""


def plain(text: object) -> str:
    """Text on one line that a terminal only shows: no controls, no marks that turn the reading direction."""
    joined = " ".join(str(text).split())
    return "".join(c for c in joined if unicodedata.category(c) not in {"Cc", "Cs"} and c not in _TURNING)


def lines(texts: Iterable[object]) -> Text:
    """Several lines for one cell of a table."""
    return Text("\n".join(plain(text) for text in texts))


def print_json(value: Any) -> None:
    """One JSON document on standard output, UTF-8 whatever the terminal is set to."""
    # a lone surrogate cannot be UTF-8; as \udXXX it is an escape that JSON knows
    told = _ACTING.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False, indent=2))
    data = told.encode("utf-8", "backslashreplace")
    sys.stdout.flush()
    sys.stdout.buffer.write(data + b"\n")
    sys.stdout.buffer.flush()


def say(text: str) -> None:
    """One line for a person on standard output."""
    click.echo(text)


def note(text: str) -> None:
    """One line for a person on standard error, where it disturbs no script."""
    click.echo(text, err=True)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str | None = None) -> None:
    """A table that wraps instead of cutting; a cell is a text of ours or of a page, or a rich Text."""
    table = Table(
        title=title, title_justify="left", box=None, padding=(0, 2, 0, 0), header_style="bold", show_header=any(columns)
    )
    shown = [[cell if isinstance(cell, Text) else Text(plain("" if cell is None else cell)) for cell in row] for row in rows]
    out = console()
    widths = _widths([[Text(each) for each in columns], *shown], out.width)
    for name, width in zip(columns, widths, strict=True):
        # a width, not a least width: rich lets columns with a least width run over the edge, where the text is lost
        table.add_column(name, overflow="fold", width=width)
    for row in shown:
        table.add_row(*row)
    out.print(table)


def _widths(rows: Sequence[Sequence[Text]], screen: int) -> list[int | None]:
    """Names, days and numbers stay whole as long as the last column, which holds the sentences, still has room."""
    names = range(len(rows[0]) - 1)
    widths = [max(line.cell_len for row in rows for line in row[at].split("\n")) for at in names]
    whole = sum(widths) + 2 * len(widths) + ROOM <= screen
    return [*(widths if whole else [None] * len(widths)), None]


def console(*, err: bool = False) -> Console:
    """A console that takes no markup from the texts it is given."""
    return Console(stderr=err, markup=False, highlight=False, emoji=False, soft_wrap=False)


def iso(moment: datetime | None) -> str | None:
    """A time as ISO 8601 with offset."""
    return moment.isoformat() if moment else None


def local(moment: datetime | None) -> str:
    """A time for people: China's time, to the minute."""
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if moment else "-"


@contextmanager
def progress(task: str, *, shown: bool = True) -> Iterator[Bar]:
    """A progress bar on standard error if that is a terminal, else nothing at all."""
    screen = console(err=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[doing]}"))
    watched = shown and screen.is_terminal
    with Progress(*columns, console=screen, transient=True, disable=not watched, redirect_stdout=sys.stdout.isatty()) as bar:
        yield Bar(bar, bar.add_task(task, total=None, doing=""))


class Bar:
    """A progress bar that is told how many there are, and what is done."""

    def __init__(self, bar: Progress, task: TaskID) -> None:
        self._bar = bar
        self._task = task

    @property
    def watched(self) -> bool:
        """Does a person see it."""
        return not self._bar.disable

    def expect(self, total: int) -> None:
        """Set how many there are to do."""
        self._bar.update(self._task, total=total)

    def step(self, doing: str = "", by: int = 1) -> None:
        """One more is done."""
        self._bar.update(self._task, advance=by, doing=plain(doing))

    def reach(self, doing: str, done: int, total: int) -> None:
        """So many are done of a step that has so many."""
        self._bar.update(self._task, completed=done, total=total, doing=plain(doing))

    def line(self, text: str) -> None:
        """A line on standard output; on a terminal it comes to stand above the bar."""
        out = self._bar.console if sys.stdout.isatty() and not self._bar.disable else console()
        out.print(Text(plain(text) if text == text.lstrip() else "  " + plain(text)), soft_wrap=True)
