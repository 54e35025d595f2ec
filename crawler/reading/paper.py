"""The lines of printed pages to paragraphs: joins what the page's width broke, drops page numbers and running heads.

Pure. Knows nothing of the library that found the lines, and reads no tables: on paper a row is a line with blanks in it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from crawler.reading.outline import mark_of


@dataclass(frozen=True, slots=True)
class PaperLine:
    """A line as printed; where it begins and ends in the unit of the page, if that is known."""

    text: str
    left: float | None = None
    right: float | None = None


@dataclass(frozen=True, slots=True)
class PaperPage:
    """A printed page: its lines from top to bottom, and whether pictures lie on it."""

    lines: tuple[PaperLine, ...] = ()
    width: float = 0.0
    pictures: bool = False


@dataclass(frozen=True, slots=True)
class _Block:
    """Where the text of pages of one width begins and ends."""

    left: float
    right: float


_ENDS = re.compile(r"[。！？!?；;：:…][”’」』）)]*$")
_NUMBERED = re.compile(
    r"^[-—–―－_·.\s]*(?:第\s?)?(\d{1,4})\s?(?:页|/\s?\d{1,4}|页?\s?[,，/]?\s?共\s?\d{1,4}\s?页)?[-—–―－_·.\s]*$"
)
_DASHED = re.compile(r"^\s*[-—–―－·]+\s*\d{1,4}\s*[-—–―－·]+\s*$|页")
_WIDE = re.compile(r"[⺀-鿿豈-﫿　-〿＀-￯“”‘’…—]")
_EDGE = 2
"""How many lines at the top and at the bottom of a page may be its running head, foot and number."""


def paragraphs(pages: Sequence[PaperPage]) -> list[str]:
    """The text of printed pages, paragraph by paragraph; one goes on over the page's end.

    What stands at the head or foot of most pages is told once, before the text.
    """
    blocks = _blocks(pages)
    heads, rest = _without_edges(pages)
    found: list[list[str]] = []
    before: PaperLine | None = None
    for page, lines in zip(pages, rest, strict=True):
        block = blocks.get(round(page.width))
        for line in lines:
            if before is not None and _goes_on(before, line, block, page.width):
                found[-1] += _between(before.text, line.text), line.text
            else:
                found.append([line.text])
            before = line
    return [*heads, *map("".join, found)]


def _goes_on(before: PaperLine, line: PaperLine, block: _Block | None, width: float) -> bool:
    """Is this line of the same paragraph as the one before it?

    A paragraph's last line stops short and its first one is indented. Where that cannot be told, a sentence's end and a
    heading's number decide.
    """
    ended, marked = bool(_ENDS.search(before.text)), mark_of(line.text) is not None
    if block is None or before.left is None or before.right is None or line.left is None:
        return not ended and not marked and _units(before.text) >= 12
    em, next_em = _em(before), _em(line)
    if min(len(before.text), len(line.text)) >= 6 and not 0.75 < em / max(next_em, 0.1) < 1.33:
        return False  # a title is set in larger type
    if before.right < block.right - 1.6 * em or before.right - before.left < width * 0.35:
        return False
    if line.left > before.left + 0.8 * em:
        return False
    if before.left - line.left > 0.8 * em:
        return True
    if before.left > block.left + 0.8 * em:  # both are indented: two first lines, or two lines of an indented block
        return not ended and not marked
    return not (ended and marked)


def _blocks(pages: Sequence[PaperPage]) -> dict[int, _Block]:
    """For each width of page, the left edge at which most lines begin and the right one that long lines reach."""
    lefts: dict[int, Counter[int]] = {}
    rights: dict[int, list[float]] = {}
    for page in pages:
        for line in page.lines:
            if line.left is not None and line.right is not None:
                lefts.setdefault(round(page.width), Counter())[round(line.left)] += 1
                if line.right - line.left >= page.width / 2:
                    rights.setdefault(round(page.width), []).append(line.right)
    # one line that sticks out is no margin
    reach = {width: sorted(found)[-1 - len(found) // 20] for width, found in rights.items()}
    return {width: _Block(float(lefts[width].most_common(1)[0][0]), right) for width, right in reach.items()}


def _em(line: PaperLine) -> float:
    """How wide a Chinese character is in this line."""
    return ((line.right or 0.0) - (line.left or 0.0)) / max(1.0, _units(line.text))


def _units(text: str) -> float:
    """How wide a text is, in Chinese characters."""
    return (len(text) + len(_WIDE.findall(text))) / 2


def _between(before: str, after: str) -> str:
    """What the break of a line stands for: a blank between Latin words, nothing in Chinese."""
    ends = before[-1:] + after[:1]
    return " " if ends.isascii() and ends.isalnum() else ""


# --- what is printed on every page ----------------------------------------------------------------------------------------


def _without_edges(pages: Sequence[PaperPage]) -> tuple[list[str], list[list[PaperLine]]]:
    """What stands at the edge of most pages, and the lines of each page without that and without its number."""
    edges = [{at: _key(page.lines[at].text, index) for at in _edges(page)} for index, page in enumerate(pages)]
    counts = Counter(key for keys in edges for key in set(keys.values()))
    often = {key for key, number in counts.items() if number >= 3 and number * 2 > len(pages)}
    offsets = Counter(offset for index, page in enumerate(pages) for offset in _offsets(page, index))
    offset, number = offsets.most_common(1)[0] if offsets else (0, 0)
    counted = offset if number * 2 > len(pages) and (number > 1 or offset == 1) else None
    heads: dict[str, str] = {}
    rest = []
    for index, (page, keys) in enumerate(zip(pages, edges, strict=True)):
        numbers = {at for at in keys if _is_number(page.lines[at].text, index, counted)}
        outer = _outermost(page, numbers | {at for at, key in keys.items() if key in often})
        for at in sorted(outer - numbers):
            heads.setdefault(keys[at], page.lines[at].text)
        rest.append([line for at, line in enumerate(page.lines) if at not in outer])
    return list(heads.values()), rest


def _outermost(page: PaperPage, chosen: set[int]) -> set[int]:
    """Of these lines, those with none but such between them and the page's edge: what stands inside them is text."""
    places = range(len(page.lines))
    return {at for way in (places, reversed(places)) for at in takewhile(chosen.__contains__, way)}


def _is_number(text: str, index: int, counted: int | None) -> bool:
    """Is this line the page's number: dashed, called a page, or a bare number that counts up from page to page?"""
    match = _NUMBERED.match(text)
    if match is None:
        return False
    return bool(_DASHED.search(text)) or (counted is not None and int(match[1]) - index == counted)


def _edges(page: PaperPage) -> list[int]:
    """Places of the outermost lines, no more than half of the page's; a page that is one line has no edge."""
    reach = min(_EDGE, len(page.lines) // 2)
    return [*range(reach), *range(len(page.lines) - reach, len(page.lines))]


def _offsets(page: PaperPage, index: int) -> set[int]:
    """By how much a lone number at the page's edge runs ahead of the pages before it."""
    found = (_NUMBERED.match(page.lines[at].text) for at in _edges(page))
    return {int(match[1]) - index for match in found if match}


def _key(text: str, index: int) -> str:
    """A line without blanks and without its page's number. Other figures stay: a sum at the foot of a page is none."""
    plain = re.sub(rf"(?<!\d){index + 1}(?!\d)", "#", unicodedata.normalize("NFKC", text))
    return re.sub(r"\s+", "", plain)
