"""How one page of a portal lives: a saved page taken apart, edited as editors edit, and served with what differs at each request.

Pure, by a seed. The frame (head, menus, scripts, footer) is the saved page's own; paragraphs or rows stand in it one after the
other. New text is a walk over the signs of the saved pages, each drawn by the one before it: real signs in real frequency, and no
sentence that stands anywhere else, so that nothing is stored more cheaply than new text would be.
"""

from __future__ import annotations

import random
import re
from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate, pairwise
from typing import Final

SIGNS = re.compile(r"[\u4e00-\u9fff，。；：、]+")
TAGS = re.compile(r"<[^>]*>")
PARAGRAPH = re.compile(r"<p\b[^>]*>.{1,20000}?</p>", re.DOTALL | re.IGNORECASE)
ROW = re.compile(r"<(li|tr)\b[^>]*>(?:(?!</?\1\b).){10,2500}?</\1>", re.DOTALL | re.IGNORECASE)
DAY = re.compile(r"20\d\d[-/年.]\d{1,2}")
NEAR = 300
"""Signs of markup that may lie between two paragraphs or rows of one text."""

BASE64: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


class Words:
    """Text of real signs in real neighbourhood."""

    def __init__(self, pages: Sequence[str]) -> None:
        after: dict[str, Counter[str]] = defaultdict(Counter)
        for run in (run for page in pages for run in SIGNS.findall(TAGS.sub("", page))):
            for one, two in pairwise(run):
                after[one][two] += 1
        self._after = {one: (list(drawn), list(accumulate(drawn.values()))) for one, drawn in after.items()}
        self._any = sorted(self._after)

    def phrase(self, dice: random.Random, length: int) -> str:
        """So many signs, without an end."""
        told = dice.choice(self._any)
        while len(told) < length:
            signs, weights = self._after.get(told[-1]) or (self._any, [*range(1, len(self._any) + 1)])
            told += signs[bisect(weights, dice.randrange(weights[-1]))]
        return told.strip("，。；：、")

    def sentences(self, dice: random.Random, count: int) -> str:
        """So many sentences of 20 to 60 signs."""
        return "".join(f"{self.phrase(dice, dice.randrange(20, 60))}。" for _ in range(count))


@dataclass(frozen=True)
class Frame:
    """A saved page without its text, and the text's paragraphs or rows as they were written."""

    name: str
    before: str
    units: tuple[str, ...]
    after: str
    listing: bool


def frame_of(name: str, text: str) -> Frame:
    """The page's longest row of rows or paragraphs is its text; a page without one gets its text at its end."""
    rows = _longest([match.span() for match in ROW.finditer(text) if "<a " in match[0] and DAY.search(match[0])])
    told = [match.span() for match in PARAGRAPH.finditer(text) if len("".join(SIGNS.findall(TAGS.sub("", match[0])))) >= 15]
    spans = rows if len(rows) >= 4 else _longest(told)
    if not spans:
        end = text.lower().rfind("</body")
        return Frame(name, text[:end], (), text[end:] if end >= 0 else "", listing=False)
    units = tuple(text[start:end] for start, end in spans)
    return Frame(name, text[: spans[0][0]], units, text[spans[-1][1] :], listing=spans is rows)


def _longest(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    groups: list[list[tuple[int, int]]] = [[]]
    for span in spans:
        if groups[-1] and span[0] - groups[-1][-1][1] > NEAR:
            groups.append([])
        groups[-1].append(span)
    return max(groups, key=len)


@dataclass
class Life:
    """One page over time."""

    frame: Frame
    words: Words
    dice: random.Random
    units: list[str] = field(default_factory=list)
    earlier: list[list[str]] = field(default_factory=list)
    serial: int = 1000

    def begin(self, *, copied: bool) -> None:
        """Take the saved page's own text, or, for a further page in the same frame, a text of its own."""
        self.units = [self.written_anew(unit) for unit in self.frame.units] if copied else list(self.frame.units)
        self.units = self.units or [f"<p>{self.words.sentences(self.dice, 3)}</p>" for _ in range(6)]

    def written_anew(self, unit: str) -> str:
        """The same markup around other words and figures."""
        parts = re.split(r"(<[^>]*>)", unit)
        return "".join(part if part.startswith("<") else self._other(part) for part in parts)

    def _other(self, text: str) -> str:
        text = SIGNS.sub(lambda run: self.words.phrase(self.dice, len(run[0])) + run[0][-1], text)
        return re.sub(r"\d", lambda _: str(self.dice.randrange(10)), text)

    def edit(self) -> str:
        """One edit, of the kind that falls; says which."""
        kinds = LIST_EDITS if self.frame.listing else EDITS
        kind = self.dice.choices([kind for _, kind in kinds], [weight for weight, _ in kinds])[0]
        self.earlier = [*self.earlier[-5:], list(self.units)]
        kind(self)
        return kind.__name__.strip("_")

    def redesign(self, frame: Frame) -> None:
        """The same text in another frame."""
        self.frame = Frame(frame.name, frame.before, self.frame.units, frame.after, self.frame.listing)

    def text(self) -> str:
        """The page without what differs at every request."""
        return self.frame.before + "\n".join(self.units) + self.frame.after


def _figure(life: Life) -> None:
    at = life.dice.randrange(len(life.units))
    unit, places = life.units[at], [match.span() for match in re.finditer(r"\d+(?=[^<>]*<)", life.units[at])]
    if not places:
        _sentence(life)
        return
    start, end = life.dice.choice(places)
    life.units[at] = f"{unit[:start]}{life.dice.randrange(10 ** (end - start - 1), 10 ** (end - start))}{unit[end:]}"


def _sentence(life: Life) -> None:
    at = life.dice.randrange(len(life.units))
    head, _, tail = life.units[at].rpartition("<")
    life.units[at] = f"{head}{life.words.sentences(life.dice, 1)}<{tail}"


def _word(life: Life) -> None:
    at = life.dice.randrange(len(life.units))
    runs = [match.span() for match in SIGNS.finditer(life.units[at])]
    if not runs:
        _sentence(life)
        return
    start, end = life.dice.choice(runs)
    start = life.dice.randrange(start, end)
    life.units[at] = life.units[at][:start] + life.words.phrase(life.dice, 3) + life.units[at][min(end, start + 2) :]


def _added(life: Life) -> None:
    at = life.dice.randrange(len(life.units) + 1)
    like = re.match(r"<[^>]*>", life.units[max(0, at - 1)])
    name = re.match(r"<(\w+)", like[0])[1] if like else "p"  # type: ignore[index]
    life.units.insert(at, f"{like[0] if like else '<p>'}{life.words.sentences(life.dice, 3)}</{name}>")


def _removed(life: Life) -> None:
    if len(life.units) > 2:
        life.units.pop(life.dice.randrange(len(life.units)))
    else:
        _added(life)


def _returned(life: Life) -> None:
    life.units = list(life.earlier[0])


def _row(life: Life) -> None:
    """A row on top, the oldest falls off."""
    life.serial += 1
    new = re.sub(r"t?\d{5,}(_\d+)?\.s?html?", f"t{life.serial}_{life.dice.randrange(10**6)}.html", life.frame.units[0])
    life.units = [life.written_anew(new), *life.units[:-1]]


Edit = Callable[[Life], None]
EDITS: tuple[tuple[int, Edit], ...] = (
    (35, _figure), (20, _word), (15, _sentence), (12, _added), (10, _removed), (8, _returned),
)  # fmt: skip
LIST_EDITS: tuple[tuple[int, Edit], ...] = ((90, _row), (4, _removed), (3, _word), (3, _returned))

# --- what differs at every request -----------------------------------------------------------------------------------------

Noise = Callable[[str, random.Random, int, datetime], str]
"""The page's text, chance, the number of the look, its time."""


def _put(text: str, mark: str, added: str) -> str:
    at = text.lower().rfind(mark)
    return text[:at] + added + text[at:] if at >= 0 else text + added


def _hex(dice: random.Random, length: int) -> str:
    return "".join(dice.choices("0123456789abcdef", k=length))


def still(text: str, dice: random.Random, number: int, time: datetime) -> str:
    """A file on a disk."""
    return text


def counter(text: str, dice: random.Random, number: int, time: datetime) -> str:
    """How often it was read, rising at most looks."""
    views = 1200 + 3 * number + dice.randrange(3)
    return _put(text, "</body", f'<div class="views">浏览次数：<span id="hits">{views}</span></div>')


def served(text: str, dice: random.Random, number: int, time: datetime) -> str:
    """The server's time, its own number, and how long it took."""
    told = f"今天是{time:%Y年%m月%d日 %H:%M:%S}"
    return _put(text, "</body", f"<div>{told}</div><!-- s{dice.randrange(8)} {dice.random():.6f}s {time.timestamp():.0f} -->")


def session(text: str, dice: random.Random, number: int, time: datetime) -> str:
    """A token against forged requests, a nonce on every script, a session's name in every tenth link."""
    token, nonce, name = _hex(dice, 40), _hex(dice, 24), _hex(dice, 32).upper()
    text = _put(text, "</head", f'<meta name="csrf-token" content="{token}">')
    text = re.sub(r"<script\b", f'<script nonce="{nonce}"', text)
    links = iter(range(10**6))
    return re.sub(r"(\.s?html?)(?=\"[^>]*>)", lambda m: f"{m[1]};jsessionid={name}" if next(links) % 10 == 0 else m[0], text)


def state(text: str, dice: random.Random, number: int, time: datetime) -> str:
    """ASP.NET's hidden state: 6 kB that stay, 400 signs that do not, and a checksum."""
    held = "".join(random.Random(len(text) // 4096).choices(BASE64, k=6000))
    turn, check = ("".join(dice.choices(BASE64, k=k)) for k in (400, 120))
    hidden = (("__VIEWSTATE", held + turn), ("__EVENTVALIDATION", check))
    return _put(text, "</body", "".join(f'<input type="hidden" name="{name}" value="{value}">' for name, value in hidden))


def turning(text: str, dice: random.Random, number: int, time: datetime) -> str:
    """Six of forty related titles, a banner of five, the weather of the day, and a counter."""
    titles = Related.of(len(text) // 65536)
    links = "".join(f'<li><a href="/x/{k}.html">{titles[k]}</a></li>' for k in dice.sample(range(40), 6))
    day = random.Random(time.toordinal())
    weather = f"{day.choice(('晴', '多云', '阴', '小雨', '雷阵雨'))} {day.randrange(-5, 20)}~{day.randrange(20, 38)}℃"
    banner = f'<div class="ad"><img src="/img/b{dice.randrange(5)}.jpg"></div><div class="tq">{weather}</div>'
    return counter(_put(text, "</body", f"{banner}<ul class='related'>{links}</ul>"), dice, number, time)


class Related:
    """Titles that a site shows beside all its pages."""

    @staticmethod
    def of(site: int) -> list[str]:
        dice = random.Random(site)
        return ["".join(chr(0x4E00 + dice.randrange(3000)) for _ in range(18)) for _ in range(40)]


HABITS: tuple[tuple[int, Noise], ...] = ((35, still), (20, counter), (15, served), (15, session), (5, state), (10, turning))
"""In which share of sites which noise is served. An estimate: of the demo corpus of Open Terms Archive, the one that can be
counted, a third of the pages changed at every poll and a fifth at fewer than one in twenty."""
