"""Places where text is missing: wall phrases and jumps in the numbering. Says what is missing, never who took it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crawler.reading.outline import mark_of, relabel
from crawler.reading.words import BARE_WALLS, EXPANDERS, STRONG_WALLS, WEAK_WALLS
from storage.records import Gap, Heading

_SHARE = r"剩余\s*\d{1,3}\s*%\s*未读|支付\s*[￥¥]?\s*\d+(?:\.\d+)?\s*[元积金]?[分币]?\s*查看"


def _any(words: Sequence[str]) -> str:
    """Any of these words, the longest first, in either case.

    Where each alternative begins with a plain character, `re` skips all places at which none of them can begin; hence a first
    letter is written in both cases.
    """
    ways = [(first, word[1:]) for word in sorted(words, key=len, reverse=True) for first in _both_cases(word[0])]
    return "|".join(rf"{re.escape(first)}(?i:{re.escape(rest)})" for first, rest in ways)


def _both_cases(letter: str) -> set[str]:
    return {letter.lower(), letter.upper()}


_STRONG_WORD = re.compile(rf"(?:{_any(STRONG_WALLS)}|{_SHARE})")
_BARE_WORD = re.compile(_any(BARE_WALLS))
_EXPANDER = re.compile(_any(EXPANDERS))
_ANY_WORD = rf"(?:{_any((*STRONG_WALLS, *BARE_WALLS, *WEAK_WALLS, *EXPANDERS))}|{_SHARE})"
_WORD = re.compile(_ANY_WORD)
_LABELS = re.compile(rf"^(?:{_ANY_WORD}[\s，,。！!：:】\]>»]*)+")
_TAIL = re.compile(rf"(?<=[。！？…])\s*({_ANY_WORD}[\s。！!>»》】\]]*)$")
_FINISHED = re.compile(r"[。！？；：!?;:”）)】」』\d日]\s*$")
_UNLOCKED = "隐藏内容详情"
"""A theme's title above what it has laid open."""
_LONGEST_REST = 40
_BARE_REST = 6
_LONGEST_WALL = 160
_SHORT_TEXT = 300
_WIDEST_JUMP = 9
_NEAR = 2

Block = tuple[int, str]


def split_labels(lines: Sequence[str]) -> list[str]:
    """Part a button's label from the heading glued behind it and from the text before it; each becomes its own paragraph."""
    parted: list[str] = []
    for line in lines:
        label = _LABELS.match(line)
        if label and label.end() < len(line) and mark_of(line[label.end() :]):
            parted += [line[: label.end()].strip(), line[label.end() :]]
        elif tail := _TAIL.search(line, max(0, len(line) - _LONGEST_REST)):
            parted += [line[: tail.start()], tail[1].strip()]
        else:
            parted.append(line)
    return parted


def is_wall(line: str, *, strong: bool = False) -> bool:
    """Is this line a wall's notice or button? A sentence that merely quotes such a phrase is not."""
    if len(line) > _LONGEST_WALL or not _WORD.search(line) or _UNLOCKED in line:
        return False
    rest = len(_WORD.sub("", line))
    if rest > _LONGEST_REST:
        return False
    found = (_STRONG_WORD if strong else _WORD).search(line)
    if found and (found.start() <= 20 or rest <= 10):
        return True
    return strong and rest <= _BARE_REST and bool(_BARE_WORD.search(line))


def read_gaps(body: Sequence[str], outline: Sequence[Heading], blocks: Sequence[Block] = ()) -> tuple[Gap, ...]:
    """Find the gaps of a body whose labels are already parted from headings.

    A strong phrase is a gap by itself; weak words are ordinary interface text and count only with a numbering gap or in a
    very short text. A jump alone is weak, since authors misnumber; it needs both neighbours within one run. `blocks` are the
    paragraphs in front of which a wall's block stands in the markup, each with what shows it.
    """
    walls = _walls(body, outline)
    walls += _silent_walls(blocks, [gap.paragraph for gap, _ in walls], outline, len(body))
    taken = {gap.paragraph for gap, _ in walls}
    closed = {closing for _, closing in walls if closing is not None}
    jumps = [gap for gap in _jumps(body, outline) if gap.paragraph not in closed and gap.paragraph not in taken]
    return tuple(sorted([gap for gap, _ in walls] + jumps, key=lambda gap: gap.paragraph))


def _walls(body: Sequence[str], outline: Sequence[Heading]) -> list[tuple[Gap, int | None]]:
    """Each wall with the paragraph of the heading behind it; notices and buttons around one place are one wall."""
    found: list[tuple[Gap, int | None]] = []
    index = 0
    short = sum(len(line) for line in body if not is_wall(line)) < _SHORT_TEXT
    while index < len(body):
        if not is_wall(body[index]):
            index += 1
            continue
        end = _end_of_wall(body, index)
        group = body[index:end]
        closing = next((heading for heading in outline if heading.paragraph >= end), None)
        missing = _missing_before(closing, index, outline) if closing and closing.paragraph <= end + 1 else ()
        strong = any(is_wall(line, strong=True) for line in group)
        if strong or missing or (short and _stands_for_text(body, index, group)):
            evidence = next((line for line in group if is_wall(line, strong=True)), group[0])
            gap = Gap("wall", index + group.index(evidence), evidence, missing, "strong" if strong or missing else "weak")
            found.append((gap, closing.paragraph if closing and missing else None))
        index = end
    return found


def _stands_for_text(body: Sequence[str], index: int, group: Sequence[str]) -> bool:
    """Does a weak word in a short text stand for more of it? An expander does so only behind a sentence without an end."""
    if not all(_EXPANDER.search(line) for line in group):
        return True
    return index > 0 and not _FINISHED.search(body[index - 1])


def _silent_walls(
    blocks: Sequence[Block], told: Sequence[int], outline: Sequence[Heading], size: int
) -> list[tuple[Gap, int | None]]:
    """Walls that no phrase tells of; alone they are weak, since themes leave their blocks behind for those who may read."""
    found: list[tuple[Gap, int | None]] = []
    for place, shown in blocks:
        if not size or any(abs(place - paragraph) <= _NEAR for paragraph in told):
            continue
        closing = next((heading for heading in outline if heading.paragraph >= place), None)
        missing = _missing_before(closing, place, outline) if closing and closing.paragraph <= place + 1 else ()
        gap = Gap("wall", min(place, size - 1), shown, missing, "strong" if missing else "weak")
        found.append((gap, closing.paragraph if closing and missing else None))
        told = [*told, place]
    return found


def _end_of_wall(body: Sequence[str], start: int) -> int:
    """Where a wall's notices and buttons end; one short line between two of them belongs to it."""
    end = start + 1
    while end < len(body):
        between = len(body[end]) < 20 and not mark_of(body[end]) and end + 1 < len(body) and is_wall(body[end + 1])
        if not is_wall(body[end]) and not between:
            break
        end += 1
    return end


def _missing_before(closing: Heading, wall: int, outline: Sequence[Heading]) -> tuple[str, ...]:
    """Labels that should stand between the last heading above a wall and the one below it, in the page's own form."""
    last = 0
    for heading in outline:
        if heading.paragraph >= wall:
            break
        if heading.level == closing.level:
            last = heading.ordinal
        elif heading.level < closing.level:
            last = 0
    # Numbers may run on across parents (1. to 20. under (一) to (五)): then the number before the parent is the neighbour.
    running = next((h.ordinal for h in reversed(outline) if h.paragraph < wall and h.level == closing.level), 0)
    if closing.ordinal == running + 1:
        return ()
    if last == 0 and closing.level > 2 and 0 < running < closing.ordinal:
        last = running
    if closing.ordinal - last > _WIDEST_JUMP:
        return ()
    return tuple(relabel(closing.label, ordinal) for ordinal in range(last + 1, closing.ordinal))


def _jumps(body: Sequence[str], outline: Sequence[Heading]) -> list[Gap]:
    found = []
    last: dict[str, tuple[Heading, bool]] = {}
    for heading in outline:
        style = _style(heading)
        before, open_run = last.get(style, (None, False))
        if before is not None and open_run and 1 < heading.ordinal - before.ordinal <= _WIDEST_JUMP + 1:
            missing = [n for n in range(before.ordinal + 1, heading.ordinal) if not _inline(body, before, heading, n)]
            if missing:
                labels = tuple(relabel(heading.label, ordinal) for ordinal in missing)
                found.append(Gap("numbering", heading.paragraph, f"{before.label} … {heading.label}", labels, "weak"))
        last[style] = (heading, True)
        for other, (known, _) in list(last.items()):
            # Below a new parent a run may start anew or run on; only what follows it shows which. The articles of a law run on.
            if known.level > heading.level and other != "clause":
                last[other] = (known, False)
    return found


def _style(heading: Heading) -> str:
    """Which run a heading belongs to: its level and kind of mark; the separator (1. or 1、) does not matter."""
    mark = mark_of(heading.label)
    return mark.style if mark else str(heading.level)


def _inline(body: Sequence[str], before: Heading, after: Heading, ordinal: int) -> bool:
    """Does a missing number stand inside a paragraph, where a line break was lost?"""
    wanted = relabel(after.label, ordinal)
    core = re.escape(wanted.rstrip("、.．, "))
    pattern = re.compile(rf"(?<![\d.]){core}\s?[、.．,]?" if wanted[:1] in "(（第" else rf"(?<![\d.十百第]){core}\s?[、.．]")
    return any(pattern.search(line) for line in body[before.paragraph : after.paragraph])


def wall_only(body: Sequence[str]) -> bool:
    """Is there a wall's strong phrase and next to nothing else?"""
    rest = sum(len(line) for line in body if not is_wall(line))
    return rest < 100 and any(is_wall(line, strong=True) for line in body)
