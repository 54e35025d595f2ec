"""Text as the search compares it: one width, small letters, no blanks; and the passages that a reading is made of.

Pure: takes values, returns values. Each character folds by itself, so that a part of a text folds to a part of what the whole
folds to, and a place in the one can be shown in the other.
"""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Iterator

from storage.records import Reading

BLANK = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"})
"""Kinds of characters that a reader does not see: blanks between characters, and what turns or joins them."""

PRIVATE = 0xE000


class _Folded(dict[int, str]):
    """What a character folds to, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        wide = unicodedata.normalize("NFKC", chr(code)).lower()
        told = "".join(each for each in wide if unicodedata.category(each) not in BLANK)
        self[code] = told
        return told


_FOLDED = _Folded()
_LATIN = {code: PRIVATE + code for code in range(128)}


def fold(text: str) -> str:
    """Full-width signs as half-width ones, capitals as small letters, and nothing that cannot be seen."""
    return text.translate(_FOLDED)


def pairs(folded: str) -> str:
    """Each two neighbouring characters and the last one alone, once each, with blanks between.

    The index takes ASCII signs for boundaries of words, so they go under other numbers there.
    """
    text = folded.translate(_LATIN)
    return " ".join(dict.fromkeys(text[at : at + 2] for at in range(len(text))))


def mark(folded: str) -> int:
    """A number by which a text is found again; others may have the same."""
    return zlib.crc32(folded.encode()) - 2**31


def place(text: str, wanted: str) -> tuple[int, int]:
    """Where a folded text stands in one that is not: from which character to which; (0, 0) if it does not."""
    lengths = [len(_FOLDED[ord(each)]) for each in text]
    start = fold(text).find(wanted)
    if start < 0 or not wanted:
        return 0, 0
    first = last = None
    reached = 0
    for at, length in enumerate(lengths):
        if reached + length > start and first is None:
            first = at
        reached += length
        if reached >= start + len(wanted):
            last = at + 1
            break
    return first or 0, last or 0


def passages_of(reading: Reading) -> Iterator[tuple[str, str]]:
    """The passages of a version as the page wrote them, each with the part of the page it stands in."""
    yield "title", reading.title
    for paragraph in reading.body:
        yield "text", paragraph
    for entry in reading.entries:
        yield "row", entry.title
    for attachment in reading.attachments:
        yield "attachment", attachment.name
