"""The numbered headings of a text (GB/T 9704 levels and what real reports make of them). Judges no numbering.

Levels: 1 一、 and chapters; 2 （一） and sections; 3 1. or 1、 and articles of a law; 4 （1） or 1）; 5 ①.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from storage.records import Heading

_HAN = "一二三四五六七八九十百〇零"
_GRAMMAR = (
    ("han", 1, re.compile(rf"([{_HAN}]{{1,4}}|十\s[{_HAN}])\s?[、.](?!\d)")),
    ("han_bracket", 2, re.compile(rf"\(\s?([{_HAN}]{{1,4}}|十\s[{_HAN}])\s?\)[、.]?")),
    ("arabic", 3, re.compile(r"(\d{1,2})\s?(?:、|[.](?!\d))")),
    ("arabic_bracket", 4, re.compile(r"\(\s?(\d{1,2})\s?\)[、.]?|(\d{1,2})\)")),
    ("part", 1, re.compile(rf"第\s?([{_HAN}\d]{{1,5}})\s?编(?=\s|$)")),
    ("chapter", 1, re.compile(rf"第\s?([{_HAN}\d]{{1,5}})\s?章")),
    ("section", 2, re.compile(rf"第\s?([{_HAN}\d]{{1,5}})\s?节")),
    ("clause", 3, re.compile(rf"第\s?([{_HAN}\d]{{1,6}})\s?条(?!第|款|规定|的)")),
)
_CIRCLED = {char: value for value, char in enumerate("①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳", 1)}
_VALUES = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0}
_FIRST = frozenset(f"{_HAN}(第")
_CONTENTS = re.compile(r"(?:…{2,}|\.{4,}|·{4,})\s*\d*\s*$")
_REACH = 12
_TITLE = 80


@dataclass(frozen=True, slots=True)
class Mark:
    """A heading's number as it stands at the head of a line; `size` is the label's length there."""

    style: str
    level: int
    ordinal: int
    size: int


def mark_of(line: str) -> Mark | None:
    """The heading mark at the head of a line, in full or half width, or None.

    Decimals (1.5), years and references to a clause (第十条第二款) are no marks; rows of tables are none either.
    """
    if " | " in line:
        return None
    if line[:1] in _CIRCLED:
        return Mark("circled", 5, _CIRCLED[line[0]], 1)
    first = unicodedata.normalize("NFKC", line[:1])[:1]
    if first not in _FIRST and not first.isdecimal():
        return None
    folded, ends = "", []
    for index, char in enumerate(line[:_REACH]):
        plain = _plain(char)
        folded += plain
        ends += [index + 1] * len(plain)
    for style, level, pattern in _GRAMMAR:
        if match := pattern.match(folded):
            ordinal = number_of(next(group for group in match.groups() if group))
            return Mark(style, level, ordinal, ends[match.end() - 1]) if ordinal else None
    return None


@lru_cache(8192)
def _plain(char: str) -> str:
    return unicodedata.normalize("NFKC", char).replace("．", ".")


def read_outline(lines: Sequence[str]) -> tuple[Heading, ...]:
    """All headings of a body; a list of contents (dots and page numbers) gives none."""
    found = []
    for index, line in enumerate(lines):
        mark = mark_of(line)
        if mark is None or _CONTENTS.search(line):
            continue
        rest = line[mark.size :].strip()
        title = re.split(r"[。；;]", rest, maxsplit=1)[0]
        found.append(Heading(mark.level, mark.ordinal, line[: mark.size].strip(), title[:_TITLE], index))
    return tuple(found)


def number_of(text: str) -> int:
    """The value of a Chinese or Arabic numeral up to 999; 0 if it is none."""
    if text.isdigit() and text.isascii():
        return int(text)
    total, digit = 0, 0
    for char in text:
        if char in _VALUES:
            digit = _VALUES[char]
        elif char in "十百":
            total += (digit or 1) * (10 if char == "十" else 100)
            digit = 0
        elif not char.isspace():
            return 0
    return total + digit


def relabel(label: str, ordinal: int) -> str:
    """The label that another heading of the same form would carry: (三) with 1 gives (一)."""
    match = re.search(rf"十\s[{_HAN}]|[{_HAN}]+|\d+|[①-⑳]|[㈠-㈩⑴-⒇⒈-⒛]", label)
    if match is None:
        return label
    old = match[0]
    if len(old) == 1 and not old.isdecimal() and old not in _HAN:
        new = chr(ord(old) - number_in(old) + ordinal)
    elif old.isdecimal():
        new = str(ordinal)
        if not old.isascii():
            new = new.translate({ord("0") + digit: ord("０") + digit for digit in range(10)})
    else:
        new = spelled(ordinal)
    return label[: match.start()] + new + label[match.end() :]


def number_in(char: str) -> int:
    """The value inside one compatibility character such as ① ⑴ ⒈ ㈠."""
    plain = re.search(rf"[{_HAN}]+|\d+", unicodedata.normalize("NFKC", char))
    return number_of(plain[0]) if plain else 0


def spelled(value: int) -> str:
    """A number up to 99 in Chinese numerals."""
    tens, ones = divmod(value, 10)
    digits = "零一二三四五六七八九"
    head = "" if not tens else ("十" if tens == 1 else f"{digits[tens % 10]}十")
    return head + (digits[ones] if ones or not tens else "")
