"""What kind of answer came: one outcome and the reason that decided. Looks before anyone compares, and accuses nobody.

The order matters: what only says "could not look" is ruled out before anything says "not there".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from crawler import shields
from crawler.detours import Decision, of_page, of_redirect
from crawler.reading.document import Document
from crawler.reading.gaps import is_wall, wall_only
from crawler.reading.listing import UNTOLD
from crawler.states import says_gone, says_repair, says_server, unquoted
from crawler.wholeness import broken_off, shortfall
from storage.records import Answer, Outcome, Reading

_ERRORS = {"too_large": Outcome.REFUSED, "bomb": Outcome.REFUSED}
_STATUSES = {
    408: "the server waited too long",
    429: "rate limit, too many requests",
    440: "the session is over",
    449: "asked to try again",
    500: "server error",
    502: "bad gateway",
    503: "service unavailable",
    504: "gateway time-out",
    509: "bandwidth limit",
}
_RETRY_WORDS = re.compile(r"请稍[后候]再?(?:重试|再试|访问|刷新)")
_FILLED = re.compile(
    r"\$\.(?:ajax|post|get|getJSON)\s*\(|axios|fetch\s*\(|XMLHttpRequest|dataproxy|unitbuild|queryList|\{\{\s*\w|v-for=|ng-repeat|createPageHTML\("
)
_NO_ROWS = re.compile(r"暂无|没有(?:相关|找到|任何)|无相关|无数据|内容(?:正在)?建设|正在建设")
_NEEDS_SCRIPT = re.compile(r"(?:启用|开启|打开|支持|允许)\s*java\s?script|(?:enable|without|requires?) javascript", re.IGNORECASE)
_SCRIPT_ROOTS = frozenset({"app", "root", "__next", "__nuxt", "q-app", "app-root", "ice-container"})
_TITLE_PARTS = re.compile(r"\s*[-_|｜—–]+\s*")
BY_SCRIPT = ", filled by script"
_RENDER_IT = ": pip install 'gongkai[browser]' and set browser = true for this site"
_SHORT = 400
_TINY = 120
_SILENT = 150
_SOME_TEXT = 40
_EXCERPT = 60
_MENU = 5
"""Lines of links from which on a page is taken to stand in a portal's frame."""


def classify_answer(answer: Answer, home: str | None = None) -> Decision | None:
    """What the answer says without its text: transport, status, headers, redirects; None if the text has to be read."""
    if answer.error:
        return _of_error(answer.error)
    if answer.status is None:
        return Outcome.FAILED, "no answer"
    if answer.tls.startswith("unverified"):
        why = answer.tls.partition(":")[2].strip() or "no reason given"
        return Outcome.FAILED, f"certificate not verified: {why}; what came is kept and proves nothing by itself"
    if answer.status == 304:
        return Outcome.NOT_MODIFIED, "status 304"
    decided = _of_status(answer) or of_redirect(answer, home)
    if decided is None and (lack := shortfall(answer)):
        return Outcome.UNREADABLE, lack
    return decided


def classify_data(text: str) -> Decision | None:
    """Does a short answer of data (JSON, plain text) say that a shield or a server sent it?"""
    if len(text) > _SHORT:
        return None
    if found := shields.SENTENCE.search(text):
        return Outcome.BLOCKED, f"a shield's answer: {found[0]}"
    return None


def classify(answer: Answer, document: Document, reading: Reading, home: str | None = None) -> Decision:
    """The outcome of an answer whose body is markup. Pure; never raises for any text."""
    decided = classify_answer(answer, home)
    if (decided and decided[0] in (Outcome.NOT_MODIFIED, Outcome.REFUSED)) or answer.error:
        return decided or (Outcome.FAILED, "no answer")
    if shield := _of_shield(answer, document, reading):
        return shield
    status = answer.status or 0
    if status in (401, 403) and any(is_wall(line.text, strong=True) for line in document.lines):
        return Outcome.WALLED, f"status {status} and a login wall's phrase"
    return decided or _of_text(answer, document, reading)


def _of_error(error: str) -> Decision:
    kind = error.partition(":")[0].strip()
    if kind.startswith("refused"):
        return Outcome.REFUSED, error
    return _ERRORS.get(kind, Outcome.FAILED), error


def _of_status(answer: Answer) -> Decision | None:
    status = answer.status or 0
    if told := shields.challenge(answer.headers):
        return Outcome.BLOCKED, f"header {told}"
    if status in shields.STATUSES:
        return Outcome.BLOCKED, f"status {status}: {shields.STATUSES[status]}"
    if status in (404, 410):
        return Outcome.GONE, f"status {status}"
    if status in (401, 403, 406, 451):
        return Outcome.BLOCKED, f"status {status}"
    if 200 <= status < 300:
        return None
    why = f": {_STATUSES[status]}" if status in _STATUSES else ""
    return Outcome.FAILED, f"status {status}{why}"


def _of_shield(answer: Answer, document: Document, reading: Reading) -> Decision | None:
    """A protection's own page: its script or words where the page says little else."""
    if document.prose >= _SHORT or _is_document(document, reading):
        return None
    status = answer.status or 0
    said = "\n".join(unquoted(line) for line in _own_words(document))
    sentence, word = shields.SENTENCE.search(said), shields.WORD.search(said)
    silent = sum(len(line.text) for line in document.lines) < _SILENT
    marked = shields.mark_in(document.text[:200_000]) if sentence or word or silent else None
    server = shields.server_of(answer.headers)
    named = f" of {(marked or server or ('',))[0]}" if marked or server else ""
    if sentence:
        return Outcome.BLOCKED, f"shield page{named}: {_line_at(said, sentence.start())}"
    refused = status >= 400 and status not in (404, 410)
    framed = sum(line.linked > 0 for line in document.lines) >= _MENU
    alone = document.prose < _TINY and not framed
    if word and (alone or refused or (marked and not framed)):
        return Outcome.BLOCKED, f"shield page{named}: {word[0]}"
    if marked and silent:
        return Outcome.BLOCKED, f"challenge script of {marked[0]}: {marked[1][:40]}"
    if server and (refused or document.prose < 20):
        return Outcome.BLOCKED, f"header of {server[0]}: {server[1]}"
    if alone and status not in (404, 410) and (found := _RETRY_WORDS.search(said)) and not says_repair(said.split("\n")):
        return (Outcome.FAILED if status >= 500 else Outcome.BLOCKED), f"page says: {found[0]}"
    return None


def _line_at(text: str, place: int) -> str:
    start = text.rfind("\n", 0, place) + 1
    return text[start : start + _EXCERPT].partition("\n")[0]


def _own_words(document: Document) -> Iterator[str]:
    """The title's parts and the lines that are not links: what a page says itself. Rows and menus speak of other pages."""
    yield from (part for part in _TITLE_PARTS.split(document.head_title) if part)
    yield from (line.text for line in document.lines[:200] if line.linked * 2 <= len(line.text))


def _is_document(document: Document, reading: Reading) -> bool:
    """Does the page carry a document's marks and some text or a file? Then words of error pages are its matter, not its state."""
    if document.meta("ArticleTitle") or document.meta("PubDate"):
        return bool(reading.attachments) or sum(len(line) for line in reading.body) >= _SOME_TEXT
    if not reading.dates.shown:
        return False
    said = sum(len(line) for line in reading.body if not shields.SENTENCE.search(line))
    return bool(reading.attachments) or said >= _SOME_TEXT


def _of_text(answer: Answer, document: Document, reading: Reading) -> Decision:
    if not document.text.strip():
        return Outcome.UNREADABLE, "empty body"
    decided = _of_state(document, reading) or of_page(answer, document, reading) or _of_wall(document, reading)
    if decided:
        return decided
    if lack := broken_off(document, reading):
        return Outcome.UNREADABLE, lack
    outcome, reason = _of_emptiness(document, reading)
    return outcome, reason + _RENDER_IT * (reason.endswith(BY_SCRIPT) and answer.rendered is None)


def _of_state(document: Document, reading: Reading) -> Decision | None:
    """What a page says of itself: a server's own page, a repair, that nothing is here."""
    if sum(len(line) for line in reading.body) >= _SHORT or len(reading.entries) >= 3 or _is_document(document, reading):
        return None
    title = [part for part in _TITLE_PARTS.split(document.head_title) if part]
    short = document.prose < _SHORT
    said = list(_own_words(document)) if short else title
    if short and (notice := says_server([document.head_title, *said])):
        return Outcome.FAILED, f"a server's own page, not the site's: {notice}"
    # A notice of a coming repair stands in a portal's frame; the page that stands in for the whole site has none.
    told_there = reading.kind == "article" and sum(line.linked > 0 for line in document.lines) >= _MENU
    if not told_there and (notice := says_repair(said)):
        return Outcome.FAILED, f"maintenance notice: {notice}"
    if phrase := says_gone(said):
        return Outcome.SOFT_GONE, f"page says: {phrase}"
    return None


def _of_wall(document: Document, reading: Reading) -> Decision | None:
    if reading.kind == "article" and not reading.attachments:
        if wall_only(reading.body):
            return Outcome.WALLED, "a wall's phrase and nearly no text"
        if sum(len(line) for line in reading.body) < 100 and (wall := next((g for g in reading.gaps if g.kind == "wall"), None)):
            return Outcome.WALLED, f"a wall and nearly no text: {wall.evidence[:_EXCERPT]}"
    lines = [line.text for line in document.lines if line.linked * 2 <= len(line.text)]
    silent = document.prose < 200 and not reading.entries and not reading.attachments
    if silent and any(is_wall(line, strong=True) for line in lines):
        return Outcome.WALLED, "a wall's phrase and nearly no text"
    return None


def _of_emptiness(document: Document, reading: Reading) -> Decision:
    """An empty result is never success: a shell filled by script was not seen."""
    pictures = next(document.tree.iter("img"), None) is not None
    if reading.kind == "article":
        if reading.body or reading.attachments:
            return Outcome.OK, "an article"
        return (Outcome.OK, "an article of pictures") if pictures else (Outcome.UNREADABLE, "an article without text")
    if reading.kind == "listing":
        if reading.entries:
            return Outcome.OK, f"a list of {len(reading.entries)} rows"
        if reading.next not in (None, UNTOLD):
            return Outcome.OK, "a list whose rows stand at another address"
        if _NO_ROWS.search("\n".join(_own_words(document))) or not _FILLED.search(document.text):
            return Outcome.OK, "a list that is empty"
        return Outcome.UNREADABLE, f"a list without rows{BY_SCRIPT}"
    if _is_shell(document, pictures):
        scripted = next(document.tree.iter("script"), None) is not None
        return Outcome.UNREADABLE, "a shell without text" + BY_SCRIPT * scripted
    return Outcome.OK, "a page"


def _is_shell(document: Document, pictures: bool) -> bool:
    """Does a page hold next to nothing before its scripts have run?"""
    visible = sum(len(line.text) for line in document.lines)
    scripts = list(document.tree.iter("script"))
    if visible < 30 and not pictures:
        return bool(scripts) or not any("。" in line.text for line in document.lines)
    if visible >= 150:
        return False
    roots = [e for e in document.tree.iter("div", "main", "app-root") if e.get("id") in _SCRIPT_ROOTS or e.tag == "app-root"]
    scripted = any(script.get("src") for script in scripts)
    return (bool(roots) and scripted and visible < 60) or bool(
        _NEEDS_SCRIPT.search("\n".join(line.text for line in document.lines))
    )
