"""What differs between two readings of a page: the only home of difflib's matching.

Pure. Tells moved text from changed text and figures from words, and takes mere blanks and width for nothing. Never judges what a
difference means, and never takes long: where a close comparison would, a coarser one names what was taken out and put in.
"""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import groupby

from monitor.pairing import Effort, pairs_of
from monitor.tokens import Token, clauses_of, common_ends, key_of, tokens_of
from storage.records import FILE, Difference, Gap, Reading

Opcode = tuple[str, int, int, int, int]
Runs = tuple[tuple[str, str], ...]

EFFORT = 1_000_000  #: steps that one comparison may spend on close matching, about a microsecond each
ONE_MATCH = 60_000  #: of these, what one run of difflib may spend
FINE = 2_000  #: longest pair of passages that is compared token by token at once
CLOSE = 20_000  #: longest pair of passages inside a longer one that is
HUGE = 50_000  #: paragraphs of both sides up to which their order is looked at
MANY = 5_000  #: from so many paragraphs on, they are told together


def differences(before: Reading, after: Reading) -> tuple[Difference, ...]:
    """List what differs between two readings; nothing if only form differs.

    Rows of two listings are not paragraphs: entries have spans of their own, so two listings differ at most in their titles.
    """
    effort = Effort(EFFORT)
    title = _title(before.title, after.title, effort)
    if before.kind == after.kind == "listing":
        return title
    return (
        *title,
        *_published(before.dates.published, after.dates.published),
        *_walls(before.gaps, after.gaps),
        *_paragraphs(before.body, after.body, effort),
        *_attachments(before, after),
        *_links(before.links, after.links),
    )


def replaced(before: Reading, after: Reading, hashes: tuple[str, str]) -> tuple[Difference, ...]:
    """What differs between two files of which one at least was not read: that one came in place of the other, and no more.

    `hashes` are the SHA-256 of their bytes. Words that only one side tells of are not known to be gone or new.
    """
    if not before.family == after.family == FILE or (before.body and after.body) or hashes[0] == hashes[1]:
        return ()
    old, new = (f"{_what(side)}, SHA-256 {sha}" for side, sha in zip((before, after), hashes, strict=True))
    return (Difference("attachment_removed", old, None), Difference("attachment_added", None, new))


def _what(reading: Reading) -> str:
    return f"{reading.title} ({reading.family_reason})" if reading.family_reason else reading.title


def noise_only(found: Sequence[Difference]) -> bool:
    """Tell whether a comparison found nothing that a person would call a difference."""
    return not found


def _title(before: str, after: str, effort: Effort) -> tuple[Difference, ...]:
    if key_of(before) == key_of(after):
        return ()
    return (Difference("title", before, after, spans=_runs(before, after, effort)[0]),)


def _published(before: str | None, after: str | None) -> tuple[Difference, ...]:
    """A time of day that only one side shows is no difference."""
    length = min(len(before or ""), len(after or "")) if before and after else None
    if (before or "")[:length] == (after or "")[:length]:
        return ()
    return (Difference("published", before, after),)


def _walls(before: Sequence[Gap], after: Sequence[Gap]) -> Iterator[Difference]:
    """A wall whose wording changed is still the same wall, so only a greater or smaller number tells."""
    gone, new = ([gap for gap in gaps if gap.kind == "wall"] for gaps in (before, after))
    for gap in [*gone]:
        same = next((other for other in new if key_of(other.evidence) == key_of(gap.evidence)), None)
        if same:
            gone.remove(gap)
            new.remove(same)
    kept = min(len(gone), len(new))
    yield from (Difference("wall_removed", gap.evidence, None, gap.paragraph) for gap in gone[kept:])
    yield from (Difference("wall_added", None, gap.evidence, gap.paragraph) for gap in new[kept:])


def _attachments(before: Reading, after: Reading) -> Iterator[Difference]:
    old, new = ({item.url: item.name for item in side.attachments} for side in (before, after))
    yield from (Difference("attachment_removed", _named(name, url), None) for url, name in old.items() if url not in new)
    yield from (Difference("attachment_added", None, _named(name, url)) for url, name in new.items() if url not in old)


def _named(name: str, url: str) -> str:
    return f"{name} {url}" if name else url


def _links(before: Sequence[tuple[str, str]], after: Sequence[tuple[str, str]]) -> Iterator[Difference]:
    """A link with the same words that leads elsewhere is one difference; new words on an old address are a paragraph's."""
    old = [link for link in before if link[0] not in {url for url, _ in after}]
    new = [link for link in after if link[0] not in {url for url, _ in before}]
    for url, words in old:
        same = next((link for link in new if key_of(link[1]) == key_of(words)), None)
        if same:
            new.remove(same)
        yield Difference("link", url, same[0] if same else None)
    yield from (Difference("link", None, url) for url, _ in new)


# --- paragraphs ----------------------------------------------------------------------------------------------------------


def _paragraphs(before: Sequence[str], after: Sequence[str], effort: Effort) -> Iterator[Difference]:
    if len(before) + len(after) > HUGE:
        return _by_number(before, after)
    old, new = [key_of(text) for text in before], [key_of(text) for text in after]
    codes = [code for code in _opcodes(old, new, effort) if code[0] != "equal"]
    moved = _moved(codes, old, new)
    came_from = {there: here for here, there in moved.items()}
    blocks = [
        ([i for i in range(i1, i2) if old[i] and i not in moved], [j for j in range(j1, j2) if new[j] and j not in came_from])
        for _, i1, i2, j1, j2 in codes
    ]
    if sum(len(gone) + len(come) for gone, come in blocks) + len(moved) > MANY:
        return _coarsely(blocks, came_from, before, after)
    return _closely(blocks, came_from, before, after, effort)


Block = tuple[list[int], list[int]]


def _coarsely(
    blocks: Sequence[Block], came_from: Mapping[int, int], before: Sequence[str], after: Sequence[str]
) -> Iterator[Difference]:
    """So many paragraphs that nobody reads them one by one: all taken out, all put in and all moved, each as one text."""
    gone = [i for block in blocks for i in block[0]]
    come = [j for block in blocks for j in block[1]]
    if gone:
        yield Difference("paragraph_removed", "\n".join(before[i] for i in gone), None, gone[0])
    if come:
        yield Difference("paragraph_added", None, "\n".join(after[j] for j in come), come[0])
    if came_from:
        places = sorted(came_from)
        texts = ("\n".join(before[came_from[j]] for j in places), "\n".join(after[j] for j in places))
        yield Difference("paragraph_moved", *texts, places[0])


def _by_number(before: Sequence[str], after: Sequence[str]) -> Iterator[Difference]:
    """Too many paragraphs to align: only what one side holds more often than the other is told, whatever its place."""
    old, new = _surplus(enumerate(before), Counter(after)), _surplus(enumerate(after), Counter(before))
    gone, come = [(i, key_of(text)) for i, text in old], [(j, key_of(text)) for j, text in new]
    gone, come = _surplus(gone, Counter(key for _, key in come)), _surplus(come, Counter(key for _, key in gone))
    return _coarsely([([i for i, key in gone if key], [j for j, key in come if key])], {}, before, after)


def _surplus(members: Iterable[tuple[int, str]], others: Counter[str]) -> list[tuple[int, str]]:
    kept = []
    for index, text in members:
        if others[text] > 0:
            others[text] -= 1
        else:
            kept.append((index, text))
    return kept


def _closely(
    blocks: Sequence[Block], came_from: Mapping[int, int], before: Sequence[str], after: Sequence[str], effort: Effort
) -> Iterator[Difference]:
    for gone, come in blocks:
        pairs = pairs_of([(i, before[i]) for i in gone], [(j, after[j]) for j in come], effort)
        taken, edited = {i for i, _ in pairs}, {j for _, j in pairs}
        yield from (Difference("paragraph_removed", before[i], None, i) for i in gone if i not in taken)
        yield from (Difference("paragraph_added", None, after[j], j) for j in come if j not in edited)
        for i, j in pairs:
            yield from _edit(before[i], after[j], j, effort)
    yield from (Difference("paragraph_moved", before[came_from[j]], after[j], j) for j in sorted(came_from))


def _moved(codes: Sequence[Opcode], old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """Paragraphs taken out in one place and put in word for word in another: index before -> index after."""
    places: defaultdict[str, deque[int]] = defaultdict(deque)
    for _, i1, i2, _, _ in codes:
        for i in range(i1, i2):
            places[old[i]].append(i)
    put_in = (j for _, _, _, j1, j2 in codes for j in range(j1, j2) if new[j])
    return {places[new[j]].popleft(): j for j in put_in if places.get(new[j])}


def _edit(before: str, after: str, paragraph: int, effort: Effort) -> Iterator[Difference]:
    spans, changed = _runs(before, after, effort)
    if changed:
        kind = "figure" if all(token.figure for token in changed) else "wording"
        yield Difference(kind, before, after, paragraph, spans)


# --- inside a paragraph --------------------------------------------------------------------------------------------------


def _runs(before: str, after: str, effort: Effort) -> tuple[Runs, list[Token]]:
    """Mark what stayed, went and came, and give the tokens that really changed.

    The runs "=" and "-" joined are the text before, "=" and "+" the text after, to the last blank.
    """
    head, tail = common_ends(before, after)
    gone, come = before[head : len(before) - tail], after[head : len(after) - tail]
    pieces = list(_pieces(gone, come, effort))
    changed = [token for old, new, same in pieces if not same for token in (*old, *new)]
    ends = ("=", before[:head]), ("=", before[len(before) - tail :])
    return _joined((ends[0], *_signed(pieces), ends[1])), changed


Piece = tuple[Sequence[Token], Sequence[Token], bool]


def _pieces(before: str, after: str, effort: Effort) -> Iterator[Piece]:
    length = len(before) + len(after)
    if not effort.spend(2 * length):
        return iter([([Token("", before)], [Token("", after)], False)])
    return _matched(before, after, effort) if length <= FINE else _matched_clauses(before, after, effort)


def _matched(before: str, after: str, effort: Effort) -> Iterator[Piece]:
    old, new = tokens_of(before) or [Token("", before)], tokens_of(after) or [Token("", after)]
    for tag, i1, i2, j1, j2 in _opcodes([token.key for token in old], [token.key for token in new], effort):
        yield old[i1:i2], new[j1:j2], tag == "equal"


def _matched_clauses(before: str, after: str, effort: Effort) -> Iterator[Piece]:
    """A long paragraph is matched clause by clause first, and closely only where clauses differ."""
    old, new = clauses_of(before), clauses_of(after)
    for tag, i1, i2, j1, j2 in _opcodes([token.key for token in old], [token.key for token in new], effort):
        gone, come = ("".join(token.text for token in side) for side in (old[i1:i2], new[j1:j2]))
        if tag == "replace" and len(gone) + len(come) <= CLOSE:
            yield from _matched(gone, come, effort)
        else:
            yield old[i1:i2], new[j1:j2], tag == "equal"


def _signed(pieces: Iterable[Piece]) -> list[tuple[str, str]]:
    runs: list[tuple[str, str]] = []
    for gone, come, same in pieces:
        if not same:
            runs += [("-", "".join(token.text for token in gone)), ("+", "".join(token.text for token in come))]
            continue
        for old, new in zip(gone, come, strict=True):
            length = _common(old.text, new.text)
            runs += [("=", old.text[:length]), ("-", old.text[length:]), ("+", new.text[length:])]
    return runs


def _common(one: str, other: str) -> int:
    if one == other:
        return len(one)
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _joined(runs: Iterable[tuple[str, str]]) -> Runs:
    """Join runs of one sign; between two that stayed, all that went comes before all that came."""
    told: list[tuple[str, str]] = []
    for same, group in groupby((run for run in runs if run[1]), key=lambda run: run[0] == "="):
        members = list(group)
        for sign in "=" if same else "-+":
            text = "".join(text for one, text in members if one == sign)
            told += [(sign, text)] if text else []
    return tuple(told)


# --- alignment that never takes long -------------------------------------------------------------------------------------


def _opcodes(old: Sequence[str], new: Sequence[str], effort: Effort, depth: int = 0) -> list[Opcode]:
    """Align two sequences as difflib does (without its junk rule), or by their unmistakable members where that would be slow."""
    head = min(len(old), len(new), _same(zip(old, new, strict=False)))
    tail = min(min(len(old), len(new)) - head, _same(zip(reversed(old), reversed(new), strict=False)))
    end, until = len(old) - tail, len(new) - tail
    codes: list[Opcode] = [("equal", 0, head, 0, head)] if head else []
    codes += _shifted(_unlike(old[head:end], new[head:until], effort, depth), head, head)
    codes += [("equal", end, len(old), until, len(new))] if tail else []
    return codes


def _same(pairs: Iterable[tuple[str, str]]) -> int:
    return next((count for count, (one, other) in enumerate(pairs) if one != other), sys.maxsize)


def _shifted(codes: Iterable[Opcode], i: int, j: int) -> Iterator[Opcode]:
    return ((tag, i1 + i, i2 + i, j1 + j, j2 + j) for tag, i1, i2, j1, j2 in codes)


def _unlike(old: Sequence[str], new: Sequence[str], effort: Effort, depth: int) -> list[Opcode]:
    if not old or not new:
        tag = "delete" if old else "insert"
        return [(tag, 0, len(old), 0, len(new))] if old or new else []
    counts = Counter(new)
    if effort.spend(len(old) + len(new) + sum(counts[member] for member in old), ONE_MATCH):
        return [*SequenceMatcher(None, old, new, autojunk=False).get_opcodes()]
    codes: list[Opcode] = []
    i = j = 0
    for x, y in _anchors(old, new, counts) if depth < 4 else ():
        if x - i == y - j == 1:
            codes.append(("replace", i, x, j, y))
        elif x > i or y > j:
            codes += _shifted(_opcodes(old[i:x], new[j:y], effort, depth + 1), i, j)
        codes.append(("equal", x, x + 1, y, y + 1))
        i, j = x + 1, y + 1
    if not codes:
        return [("replace", 0, len(old), 0, len(new))]
    return [*codes, *_shifted(_opcodes(old[i:], new[j:], effort, depth + 1), i, j)]


def _anchors(old: Sequence[str], new: Sequence[str], counts: Counter[str]) -> list[tuple[int, int]]:
    """Members that occur once on either side: the longest chain of them that keeps its order."""
    once = Counter(old)
    place = {member: y for y, member in enumerate(new) if counts[member] == 1 and once[member] == 1}
    pairs = [(x, place[member]) for x, member in enumerate(old) if member in place]
    lowest: list[int] = []
    last: list[int] = []
    back: list[int] = []
    for index, (_, y) in enumerate(pairs):
        length = bisect_left(lowest, y)
        back.append(last[length - 1] if length else -1)
        lowest[length : length + 1], last[length : length + 1] = [y], [index]
    chain: list[tuple[int, int]] = []
    at = last[-1] if last else -1
    while at >= 0:
        chain.append(pairs[at])
        at = back[at]
    return chain[::-1]
