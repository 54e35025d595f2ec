"""The columns of a watchlist: what each cell may hold and how it is written back.

Knows no file format and no archive: a reader of files hands in raw cells, `watchlist_check` makes records of them.
Every parser raises ValueError with a sentence for the person who wrote the cell.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from crawler.selecting import compiled
from storage.versioning import telling_fragment

SEPARATORS = ";；,，、\n"
"""What may stand between several values in one cell."""

UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
DAY_FORM = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]00:00(?::00)?)?")
SPAN_FORM = re.compile(r"(\d{1,9})\s*([dhms])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Field:
    """One column: how its cell becomes a value, and whether the row means nothing without it."""

    parse: Callable[[Any], Any]
    required: bool = False


def text(cell: Any) -> str:
    """One line of text; a number of a spreadsheet becomes its digits."""
    if isinstance(cell, bool | list | dict):
        raise ValueError(f"{cell!r} is not text")
    if isinstance(cell, datetime | date):
        return _plain_day(cell).isoformat()
    if isinstance(cell, float):
        cell = int(cell) if cell.is_integer() else cell
    value = str(cell).strip()
    if any(_unprintable(character) for character in value):
        raise ValueError("holds a character that cannot be printed (a line break or a control character)")
    return value


def texts(cell: Any) -> tuple[str, ...]:
    """Several names; in a spreadsheet or CSV they stand in one cell with ; between them."""
    if not isinstance(cell, list):
        cell = re.split(f"[{SEPARATORS}]", text(str(cell).replace("\n", ";")))
    return tuple(dict.fromkeys(name for name in (identity(part) for part in cell) if name))


def identity(cell: Any) -> str:
    """A name that other rows can refer to: no blanks, none of the characters that separate names in a cell."""
    value = text(cell)
    if any(character.isspace() or character in SEPARATORS for character in value):
        raise ValueError(f"'{value}' may hold no blank, comma or semicolon")
    return value


def day(cell: Any) -> date:
    """A calendar day: 2026-01-31, 2026/1/31, 2026年1月31日 or a date cell."""
    if isinstance(cell, datetime | date):
        return _plain_day(cell)
    if isinstance(cell, int | float):
        raise ValueError(f"{cell} is a number, not a date: format the cell as a date or write 2026-01-31")
    match = DAY_FORM.fullmatch(text(cell))
    if match is None:
        raise ValueError(f"'{cell}' is not a date: write it as 2026-01-31")
    try:
        return date(*(int(part) for part in match.groups()))
    except ValueError:
        raise ValueError(f"'{cell}' is not a day of the calendar") from None


def flag(cell: Any) -> bool:
    """Yes or no."""
    told = str(cell).strip().lower()
    if told in {"true", "yes", "1", "1.0", "是"}:
        return True
    if told in {"false", "no", "0", "0.0", "否"}:
        return False
    raise ValueError(f"'{cell}' is neither true nor false")


def seconds(cell: Any) -> float:
    """A number of seconds, zero or more."""
    try:
        value = float("nan") if isinstance(cell, bool) else float(cell)
    except (TypeError, ValueError):
        value = float("nan")
    if not (math.isfinite(value) and 0 <= value <= 86_400):
        raise ValueError(f"'{cell}' is not a number of seconds between 0 and 86400")
    return round(value, 3)  # a spreadsheet keeps no more than 15 digits


def limit(cell: Any) -> int:
    """A whole number from 1 on, or `all` for no limit, which is 0."""
    told = text(cell).lower()
    if told == "all":
        return 0
    if not (told.isascii() and told.isdigit() and 1 <= len(told) <= 6 and int(told)):
        raise ValueError(f"'{cell}' is neither a whole number from 1 on nor `all`")
    return int(told)


def limit_cell(value: int | None) -> int | str | None:
    """A limit as a cell."""
    return "all" if value == 0 else value


def span(cell: Any) -> timedelta:
    """A length of time with its unit: 30m, 12h, 1d."""
    match = SPAN_FORM.fullmatch(text(cell))
    if match is None or int(match[1]) == 0:
        raise ValueError(f"'{cell}' is not a length of time: write 30m, 12h or 1d")
    length = int(match[1]) * UNITS[match[2].lower()]
    if length > 366 * UNITS["d"]:
        raise ValueError(f"'{cell}' is longer than a year")
    return timedelta(seconds=length)


def one_of(*names: str) -> Callable[[Any], str]:
    """A parser for a word out of a short list."""

    def parse(cell: Any) -> str:
        value = text(cell).lower()
        if value not in names:
            raise ValueError(f"'{value}' is none of {', '.join(names)}")
        return value

    return parse


def several_of(*names: str) -> Callable[[Any], tuple[str, ...]]:
    """A parser for several words out of a list."""

    def parse(cell: Any) -> tuple[str, ...]:
        values = texts(cell)
        for value in values:
            if value not in names:
                raise ValueError(f"'{value}' is none of {', '.join(names)}")
        return values

    return parse


def pattern(cell: Any) -> str:
    """A regular expression."""
    value = text(cell)
    try:
        re.compile(value)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"'{value}' is not a regular expression: {error}") from None
    return value


def selector(cell: Any) -> str:
    """A CSS selector."""
    value = text(cell)
    compiled(value)
    return value


def url(cell: Any) -> str:
    """An http or https address without user name; host small, without the scheme's own port, a fragment only where it tells."""
    value = text(cell)
    if any(character.isspace() for character in value):
        raise ValueError(f"'{value}' holds a blank")
    try:
        parts = urlsplit(value)
        scheme = parts.scheme.lower()
        if scheme not in {"http", "https"}:
            raise ValueError(f"'{value}' is not an http or https address")
        if "@" in parts.netloc:
            raise ValueError("an address with a user name or password in it is not accepted")
        netloc = _host_and_port(parts.hostname or "", parts.port, scheme)
    except UnicodeError:
        raise ValueError(f"'{value}' has no host that could be looked up") from None
    told = telling_fragment(parts.path, parts.fragment)
    return parts._replace(scheme=scheme, netloc=netloc, path=parts.path or "/", fragment=told).geturl()


def host(cell: Any) -> str:
    """A host name, with a port if it is not the scheme's own."""
    value = text(cell)
    if "/" in value or "@" in value or any(character.isspace() for character in value):
        raise ValueError(f"'{value}' is not a host: write it without https:// and without a path, like www.example.gov.cn")
    try:
        parts = urlsplit(f"//{value}")
        return _host_and_port(parts.hostname or "", parts.port, "")
    except UnicodeError:
        raise ValueError(f"'{value}' is not a host") from None


def cell_of(value: Any) -> Any:
    """A record's value as a cell of a file; the inverse of the parsers. None where nothing needs to be written."""
    if isinstance(value, timedelta):
        return _span_cell(value)
    if isinstance(value, tuple):
        return [str(part) for part in value] or None
    if isinstance(value, str):
        return str(value) or None
    return value


def _plain_day(cell: datetime | date) -> date:
    if not isinstance(cell, datetime):
        return cell
    if (cell.hour, cell.minute, cell.second) != (0, 0, 0):
        raise ValueError(f"'{cell}' is a time, not a day")
    return cell.date()


def _unprintable(character: str) -> bool:
    # XML, and so a spreadsheet, cannot hold controls, lone surrogates and the two non-characters of the basic plane
    return unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} or character in "\ufffe\uffff"


def _host_and_port(name: str, port: int | None, scheme: str) -> str:
    name = name.rstrip(".").lower()
    if not name.isascii():
        name = name.encode("idna").decode()
    if not re.fullmatch(r"[a-z0-9_.-]+", name) or name.startswith((".", "-")):
        raise ValueError(f"'{name}' is not a host")
    usual = {"http": 80, "https": 443}.get(scheme)
    return name if port is None or port == usual else f"{name}:{port}"


def _span_cell(length: timedelta) -> str:
    whole = int(length.total_seconds())
    unit = next(unit for unit, size in UNITS.items() if whole % size == 0)
    return f"{whole // UNITS[unit]}{unit}"
