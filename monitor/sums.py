"""Does a total stated in a report's prose agree with the breakdown printed behind it?

Pure. Never adds up tables, and never says which of the figures is the wrong one. To say that sums disagree is an accusation, so
whatever a careful reader could take otherwise is left alone: 其中 may name some parts only, parts may overlap, and a figure
behind a semicolon may belong to another total. Reports cut percentages off, so a share may miss by one unit of its last place.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice

from monitor.breakdown import Parts, parts_behind
from monitor.quantities import MOST, Quantity, quantities

_MARKER = re.compile(r"其中|分别(?:为|是|有)|分为|包括")
_CLOSING = re.compile(r"分别|分为")
_IN_ALL = re.compile(r"总计|合计|共计|总共")
_WORTH_A_LOOK = re.compile(r"其中|分别|分为|包括|总计|合计|共计|总共|占|[(（]")
_SENTENCE = re.compile(r"[^。!?！？\n]+")
_BRACKET = re.compile(r"\(([^()]{1,400})\)")
_CHANNEL = re.compile(r"通过|渠道|方式|网站|微博|微信|客户端|媒体|平台|公众号|政府公报|报纸|广播|电视|浏览|点击|访问|转发|专栏")
"""One text appears in many places: such parts overlap."""
_OPEN_UNITS = frozenset({"人", "人次", "名", "位", "元"})
"""People have several properties at once, and money is told in parts of parts: these are added up only if all parts are there."""
_PLAIN = str.maketrans("０１２３４５６７８９．％；：（）／", "0123456789.%;:()/", "“”\"‘’'「」《》〈〉*")
_REACH = 30
"""Counts before a share, or before 其中, of which it may be a part."""
_BRACKETS = 60
"""Brackets of one sentence that are looked into."""
_SHARES = 40
"""Shares of one paragraph that are looked at."""
_LONGEST = 20_000
"""Characters of one paragraph that are looked at."""
_MOST_TEXT = 200_000
"""Characters of one text that are looked at; reports have a tenth of it."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A total and what its parts come to, or a part's printed share and what it comes to."""

    kind: str  #: sum | share
    paragraph: int  #: index into the body
    sentence: str
    total: Decimal
    unit: str
    parts: tuple[Decimal, ...]
    comes_to: Decimal  #: the sum, or the share in per cent
    printed: Decimal | None = None  #: the share as printed, in per cent


@dataclass(frozen=True, slots=True)
class _Share:
    """A count with a share, what was counted before it, and the total of whose breakdown it is a part."""

    part: Quantity
    before: tuple[Quantity, ...]
    total: Quantity | None
    sentence: str


@dataclass
class _Paragraph:
    """What was read of a paragraph so far."""

    number: int
    shares: list[_Share] = field(default_factory=list)
    before: list[Quantity] = field(default_factory=list)
    last: tuple[Quantity, ...] = ()  #: of the sentence before
    found: list[Disagreement] = field(default_factory=list)


def disagreements(body: Sequence[str]) -> tuple[Disagreement, ...]:
    """All places in a text at which a total and its breakdown, or a count and its share, cannot both be right."""
    found: list[Disagreement] = []
    left = _MOST_TEXT
    for number, text in enumerate(body):
        if " | " not in text and left > 0 and _WORTH_A_LOOK.search(text):
            found += _in_paragraph(number, text[: min(_LONGEST, left)])
            left -= len(text) + 1
    return tuple(found)


def _in_paragraph(number: int, text: str) -> list[Disagreement]:
    known = _Paragraph(number)
    for match in _SENTENCE.finditer(text):
        _read_sentence(known, match[0].strip())
    return [*known.found, *_wrong_shares(known.shares[:_SHARES], number)]


def _read_sentence(known: _Paragraph, sentence: str) -> None:
    plain = sentence.translate(_PLAIN).replace("，", ", ")
    for _ in range(3):  # brackets in brackets in brackets
        plain = _BRACKET.sub(lambda match: _in_brackets(known, sentence, match), plain, count=_BRACKETS)
    counts = tuple(quantities(plain))
    bases: dict[int, Quantity] = {}
    for total, parts in _breakdowns(known, sentence, plain, counts):
        bases |= {one.start: total for one in parts.counts}
    for at, count in enumerate(counts):
        if count.share is not None:
            before = (*known.before, *counts[max(0, at - _REACH) : at])
            known.shares.append(_Share(count, before, bases.get(count.start), sentence))
    _summed_up(known, sentence, plain, counts)
    known.before = [*known.before, *counts][-_REACH:]
    known.last = counts


# --- breakdowns ------------------------------------------------------------------------------------------------------------


def _in_brackets(known: _Paragraph, sentence: str, match: re.Match[str]) -> str:
    """Weigh a breakdown in brackets against the count in front of them, and take it out of the sentence."""
    inside = re.sub(r"^\s*其中[,:\s]*", "", match[1])
    head = match.string[max(0, match.start() - 60) : match.start()]
    totals = [one for one in quantities(head) if not re.search(r"[,;、]", head[one.end :])]
    if totals and not _MARKER.search(inside):
        parts = parts_behind(inside, tuple(quantities(inside)), 0, totals[-1].unit)
        _weigh(known, sentence, totals[-1:], parts, parts.whole and (inside == match[1] or parts.ends_in_the_rest))
    return ""


def _breakdowns(known: _Paragraph, sentence: str, text: str, counts: Sequence[Quantity]) -> Iterator[tuple[Quantity, Parts]]:
    """Each total of a sentence with its parts, weighed; a breakdown ends where the next one begins."""
    markers = list(islice(_MARKER.finditer(text), MOST))
    starts = [one.start for one in counts]
    for number, marker in enumerate(markers):
        end = markers[number + 1].start() if number + 1 < len(markers) else len(text)
        here = bisect_left(starts, marker.start())
        following = counts[here : bisect_left(starts, end)]
        head = text[: marker.start()]
        totals = _totals(known, head, counts[max(0, here - _REACH) : here], following)
        if not totals:
            continue
        parts = parts_behind(text[:end], following, marker.end(), totals[-1].unit)
        if end < len(text):
            parts = parts.without_last()
        closing = bool(_CLOSING.match(marker[0])) and len(totals) == 1
        all_told = closing or parts.ends_in_the_rest or "全部" in head[-30:]
        _weigh(known, sentence, totals, parts, parts.whole and all_told)
        yield totals[-1], parts


def _totals(known: _Paragraph, head: str, before: Sequence[Quantity], following: Sequence[Quantity]) -> Sequence[Quantity]:
    """What a breakdown may be of: counts of its unit before it, the nearest last; at a sentence's head, in the one before."""
    if not following:
        return ()
    unit = following[0].unit
    mates = [one for one in before if one.unit == unit]
    if mates or head.strip(" ,"):
        return mates
    mates = [one for one in known.last if one.unit == unit]
    return mates if len(mates) == 1 else ()


def _weigh(known: _Paragraph, sentence: str, totals: Sequence[Quantity], parts: Parts, whole: bool) -> None:
    """Say so if the parts come to more than the total, or to less although they are said to be all of it."""
    total, values = totals[-1], tuple(one.value for one in parts.counts)
    if len(values) < 2 or total.value <= 0 or not all(one.exact for one in (total, *parts.counts)):
        return
    slack = sum((one.place for one in parts.counts), total.place)
    comes_to = sum(values, Decimal(0))
    together = sum((one.value for one in totals), Decimal(0))
    if any(abs(comes_to - said) <= slack for said in (together, *(one.value for one in totals))) or _closed(values, total, slack):
        return
    if abs(comes_to - total.value) > total.value / 2:  # so far off that it will be no breakdown of this total
        return
    if comes_to < total.value and not whole:
        return
    loose = not whole and (total.unit in _OPEN_UNITS or comes_to <= together)
    if comes_to > total.value and (loose or any(_CHANNEL.search(label) for label in parts.labels)):
        return
    known.found.append(Disagreement("sum", known.number, sentence, total.value, total.unit, values, comes_to))


def _closed(values: Sequence[Decimal], total: Quantity, slack: Decimal) -> bool:
    """Do the first parts come to the total, so that something else begins behind them?"""
    comes_to = Decimal(0)
    for value in values:
        comes_to += value
        if abs(comes_to - total.value) <= slack:
            return True
    return False


def _summed_up(known: _Paragraph, sentence: str, text: str, counts: Sequence[Quantity]) -> None:
    """Weigh a list of at least three that ends in 总计 and a count."""
    ends = {match.end(): match.start() for match in islice(_IN_ALL.finditer(text), MOST)}
    total = next((one for one in counts if one.start in ends or one.start - 1 in ends), None)
    if total is None:
        return
    head = text[: ends.get(total.start, ends.get(total.start - 1))]
    start = max([head.rfind(";") + 1, *(marker.end() for marker in _MARKER.finditer(head))])
    parts = parts_behind(head, [one for one in counts if start <= one.start < len(head)], start, total.unit)
    if len(parts.counts) >= 3 and parts.whole:
        _weigh(known, sentence, (total,), parts, True)


# --- shares ----------------------------------------------------------------------------------------------------------------


def _wrong_shares(shares: Sequence[_Share], paragraph: int) -> Iterator[Disagreement]:
    """Shares that fit no count printed before them, where it is plain of which total they are shares."""
    for one in shares:
        part = one.part
        mates = [base for base in one.before if base.unit == part.unit and base.exact]
        if not part.exact or not part.value or any(_fits(part, base) for base in mates):
            continue
        total = one.total or _common_base(one, shares)
        if total is None or not total.exact or total.value < part.value:
            continue
        comes_to = round(part.value * 100 / total.value, 2)
        yield Disagreement("share", paragraph, one.sentence, total.value, part.unit, (part.value,), comes_to, part.share)


def _fits(part: Quantity, base: Quantity) -> bool:
    """Is the printed share the part's share of this count, within one unit of its last place?"""
    return part.share is not None and base.value > 0 and abs(part.value * 100 / base.value - part.share) <= part.share_place


def _common_base(one: _Share, shares: Sequence[_Share]) -> Quantity | None:
    """The count of which at least two other shares of the paragraph, and most of them, are shares."""
    others = [other.part for other in shares if other is not one and other.part.unit == one.part.unit]
    for base in one.before:
        fitting = sum(_fits(other, base) for other in others)
        if base.unit == one.part.unit and fitting >= 2 and fitting * 3 >= len(others) * 2:
            return base
    return None
