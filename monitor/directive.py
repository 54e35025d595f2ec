"""What a directive (通知, 方案 ...) asks for: its tasks with the bodies that lead them, its deadlines, its standing rules.

Pure. Reads one text and proposes; whether a duty follows from it a person decides. A document that asks nothing of anybody is
none, nor is a report on how it went.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from storage.records import Reading

_REPORTS = re.compile(r"报告$|总结|汇报|解读")
_TELLS = re.compile(r"报告|情况|公示|公告|新闻|会议")
_LEAD = re.compile(r"\(([^()]{2,200}?)(?:牵头|负责)[^()]{0,20}\)")
_LABELLED = re.compile(r"(?:牵头|责任|主办)(?:单位|部门)\s*[:：]\s*([^。;；\n]{2,200})")
_MANNER = re.compile(r"(?:按照?(?:各自)?(?:职责|职能)(?:分工)?|分别|共同|联合|等|、)+$")
_HELPERS = re.compile(r"[,，;；。]")
_DAY = re.compile(r"(?:(20\d\d)\s?年\s?)?(\d{1,2})\s?月\s?(?:(\d{1,2})\s?日|(底))\s?(?:之前|以前|前)")
_YEAR_END = re.compile(r"(20\d\d)\s?年(?:年)?底\s?(?:之前|以前|前)")
_YEAR = re.compile(r"(20\d\d)\s?年")
_YEARLY = re.compile(r"每年[^,，。;；]{0,10}$")
_CLAUSE = re.compile(r"[^,，。;；:：“”\"「」\n]+")
_RULE = re.compile(
    r"\d{1,3}\s?个?(?:工作日|自然日|小时|日|天)(?:之内|以内|内)|每年\s?\d{1,2}\s?月\s?(?:\d{1,2}\s?日|底)\s?(?:之前|以前|前)"
)
_SENTENCE = re.compile(r"[^。\n]+")
_LONGEST = 20_000
"""Characters of one paragraph that are looked at."""
_MOST = 200
"""Tasks, deadlines and rules that are told at most."""


@dataclass(frozen=True, slots=True)
class Task:
    """One numbered task and the bodies that lead it."""

    number: int
    text: str
    leads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Directive:
    """What a directive asks for."""

    tasks: tuple[Task, ...]
    deadlines: tuple[date, ...]
    rules: tuple[str, ...]


def read_directive(reading: Reading) -> Directive | None:
    """The tasks, deadlines and rules of a directive; None for a document that is none.

    It is one if bodies are told to lead its tasks, or if a paper that is not itself a report sets deadlines.
    """
    if reading.kind != "article" or _REPORTS.search(reading.title):
        return None
    body = [unicodedata.normalize("NFKC", text[:_LONGEST]) for text in reading.body]
    tasks, issued = _tasks(reading, body), _issued(reading)
    deadlines = tuple(sorted(dict.fromkeys(day for text in body for day in _deadlines(text, issued))))[:_MOST]
    if not tasks and (not deadlines or not _orders(reading.title)):
        return None
    rules = dict.fromkeys(rule for text in body for rule in _rules(text))
    return Directive(tasks[:_MOST], deadlines, tuple(rules)[:_MOST])


def _orders(title: str) -> bool:
    """Is it by its title a paper that orders something, and not one that tells how it went?"""
    return bool(re.search(r"(?:通知|方案|意见|要点|分工)[)）》]*$", title)) and not _TELLS.search(title)


def _issued(reading: Reading) -> date | None:
    told = reading.dates.written or reading.dates.published
    try:
        return date.fromisoformat(told[:10]) if told else None
    except ValueError:
        return None


# --- tasks -----------------------------------------------------------------------------------------------------------------


def _tasks(reading: Reading, body: Sequence[str]) -> tuple[Task, ...]:
    """Numbered items that say who leads them; an item runs to the next heading of any level."""
    heads = reading.outline
    ends = [*(head.paragraph for head in heads[1:]), len(body)][: len(heads)]
    found = []
    for head, end in zip(heads, ends, strict=True):
        for text in body[head.paragraph : max(end, head.paragraph + 1)]:
            if leads := _leads(text):
                whole = body[head.paragraph].removeprefix(unicodedata.normalize("NFKC", head.label))
                found.append(Task(head.ordinal, _LEAD.sub("", whole).strip(), leads))
                break
    return tuple(found)


def _leads(text: str) -> tuple[str, ...]:
    match = _LEAD.search(text) or _LABELLED.search(text)
    if match is None:
        return ()
    first = _HELPERS.split(match[1])[0]
    names = (_MANNER.sub("", name.strip()) for name in re.split(r"[、\s]|以及|及(?!其)", first))
    return tuple(dict.fromkeys(name for name in names if len(name) > 1))


# --- deadlines and rules ---------------------------------------------------------------------------------------------------


def _deadlines(text: str, issued: date | None) -> Iterator[date]:
    """Days by which something is due; a day without a year has that of the day before it, else that of the paper."""
    for sentence in _SENTENCE.finditer(text):
        told = sentence[0]
        for match in _YEAR_END.finditer(told):
            yield from _due(int(match[1]), 12, 31, issued)
        for match in _DAY.finditer(told):
            if _YEARLY.search(told, max(0, match.start() - 12), match.start()):
                continue
            years = [int(year) for year in _YEAR.findall(told[max(0, match.start() - 40) : match.start()])]
            year = int(match[1]) if match[1] else years[-1] if years else issued.year if issued else 0
            month = int(match[2])
            yield from _due(year, month, int(match[3]) if match[3] else 0, issued)


def _due(year: int, month: int, day: int, issued: date | None) -> Iterator[date]:
    """The day, 0 being the last of its month, if there is such a day and it does not lie before the paper's own."""
    try:
        found = date(year, month, day or monthrange(year, month)[1])
    except ValueError:
        return
    if issued is None or found >= issued:
        yield found


def _rules(text: str) -> Iterator[str]:
    """Clauses that set a period of days, or a day of every year."""
    for clause in _CLAUSE.finditer(text):
        if _RULE.search(clause[0]):
            yield clause[0].strip()[:200]
