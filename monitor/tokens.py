"""Chinese text cut into the pieces that people would call changed: single characters, words in Latin script, whole figures.

Pure. Knows what is mere form (blanks, full and half width) and what is a figure; never compares two texts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

_INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_FORMS: dict[int, str] = {
    code: chr(int(unicodedata.decomposition(chr(code)).split()[1], 16))
    for code in range(0xFF01, 0xFFEF)
    if unicodedata.decomposition(chr(code)).startswith(("<wide>", "<narrow>"))
} | {ord(char): " " for char in _INVISIBLE}

_DATE = (
    r"\d{4}\s*年\s*\d{1,2}\s*月(?:\s*\d{1,2}\s*日)?|\d{1,2}\s*月\s*\d{1,2}\s*日"
    r"|\d{4}\s*[-/.]\s*\d{1,2}\s*[-/.]\s*\d{1,2}(?!\d)|\d{1,2}:\d{2}(?::\d{2})?(?!\d)"
)
_NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?\s*(?:[%‰]|万亿|[亿万千百])?"
# Numbers in characters only before a counting word: 一 and 三 alone are mostly part of a word (一定, 三公).
_CHINESE = (
    r"百分之[〇零一二三四五六七八九十百千点]+"
    r"|[〇零一二三四五六七八九十百千万亿两]+(?=[个日天年月件元人次项条户亩吨倍名家所])"
)
_TOKEN = re.compile(rf"(?P<figure>{_DATE}|{_NUMBER}|{_CHINESE})|[A-Za-z]+|\S")
_CLAUSE = re.compile(r"[^。；！？;!?\n]*[。；！？;!?\n]|[^。；！？;!?\n]+")
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_JOINTS = frozenset("〇零一二三四五六七八九十百千万亿两点分之年月日个天件元人次项条户亩吨倍名家所‰")
_GROUPING = re.compile(r"(?<=\d),(?=\d{3})")


class Token(NamedTuple):
    """One piece of a text: what it says, how it stands there (with the blanks after it), and whether it is a figure."""

    key: str
    text: str
    figure: bool = False


def fold(text: str) -> str:
    """Bring full and half width into one form and make invisible characters blanks; the length stays the same."""
    return text.translate(_FORMS)


def key_of(text: str) -> str:
    """Give what a text says, apart from blanks and width."""
    return "".join(fold(text).split())


def tokens_of(text: str) -> list[Token]:
    """Cut a text into tokens; joined together their texts are the text. A text of blanks only has none."""
    folded = fold(text)
    found = list(_TOKEN.finditer(folded))
    starts = [0, *(match.start() for match in found[1:])]
    ends = [*starts[1:], len(text)]
    return [
        Token(_key(match.group(), match.lastgroup is not None), text[start:end], match.lastgroup is not None)
        for match, start, end in zip(found, starts, ends, strict=True)
    ] if found else []  # fmt: skip


def _key(folded: str, figure: bool) -> str:
    key = "".join(folded.split())
    return _GROUPING.sub("", key) if figure else key


def clauses_of(text: str) -> list[Token]:
    """Cut a long text into clauses; joined together their texts are the text."""
    return [Token(key_of(clause), clause) for clause in _CLAUSE.findall(text)]


def shape_of(text: str) -> str:
    """Give what a text says with every number as the same sign, so that rows of a table that differ in numbers look alike."""
    return _DIGITS.sub("#", key_of(text))


def common_ends(one: str, other: str) -> tuple[int, int]:
    """Give how much two texts have in common at their beginning and at their end, without cutting a token in two."""
    head = _reach(lambda length: one[:length] == other[:length], min(len(one), len(other)))
    while head and _may_join(one[head - 1]):
        head -= 1
    tail = _reach(lambda length: one[len(one) - length :] == other[len(other) - length :], min(len(one), len(other)) - head)
    while tail and _may_join(one[-tail]):
        tail -= 1
    return head, tail


def _reach(equal: Callable[[int], bool], most: int) -> int:
    """Find the greatest length that is still equal, by halving, so that a long text costs no more than a few looks."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if equal(middle) else (low, middle - 1)
    return low


def _may_join(char: str) -> bool:
    return char in _JOINTS or char.isspace() or fold(char).isascii()
