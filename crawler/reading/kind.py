"""Is a page an article, a listing or something else: by what it says of itself, else by whether sentences or rows prevail."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crawler.reading.article import Article, Surroundings
from crawler.reading.dates import is_informed, is_labelled, tells_source
from crawler.reading.document import Document
from crawler.reading.edges import squeeze
from crawler.reading.links import has_attachments
from crawler.reading.text import Text
from storage.records import Entry

_SIGN_IN = re.compile(r"""<input[^>]{0,300}type\s*=\s*["']?password""", re.IGNORECASE)
_COLUMN_PATH = re.compile(r"(?:/|/index[\w-]*\.\w+|list[\w-]*\.\w+|/col/col\d+[^/]*(?:/index\.\w+)?)$", re.IGNORECASE)
_ENOUGH = 60
_MANY_ROWS = 5
_SOME_ROWS = 3
_SOME = 30
_NEAR = 40


def kind_of_page(document: Document, article: Article, told: Text, entries: tuple[Entry, ...]) -> str:
    """Article, listing or other: by what the page says of itself, else by whether sentences or rows prevail."""
    body, around = told.body, told.around
    declared = document.meta("ArticleTitle") or document.meta("PubDate")
    column = document.meta("ColumnName")
    text = sum(len(line) for line in body)
    dated = sum(entry.date is not None for entry in entries)
    rows = sum(len(entry.title) for entry in entries)
    if declared and squeeze(declared) != squeeze(column or ""):
        return "article"
    if document.is_top or (dated < _MANY_ROWS and _SIGN_IN.search(document.text)):
        return "other"
    if article.known and text > rows and (text >= _ENOUGH or has_attachments(document, article)):
        return "article"
    if text and around.titled and is_labelled(around) and not _are_near(entries, around):
        return "article"  # the rows stand beside it
    if entries and dated < _MANY_ROWS and around.titled and tells_source(around):
        return "article" if any("。" in line for line in body) else "other"
    if article.known and text and not column and has_attachments(document, article, beside=entries):
        return "article"  # a line that leads to a file, beside a list of other documents
    if dated >= 2 and (rows * 2 > text or _are_rows(entries, body)):
        return "listing"
    if entries and (column or _COLUMN_PATH.search(document.path)) and text < rows * 4:
        return "listing"
    if text >= _ENOUGH and sum("。" in line or "；" in line for line in body):
        return "article"
    if document.head_title and has_attachments(document, article):
        return "article"
    said = sum(len(line.text) - line.linked for line in article.lines)
    if said >= _SOME and not entries and around.titled and is_informed(around):
        return "article"
    if entries or column:
        return "listing"
    return "article" if article.known and text else "other"


def _are_rows(entries: tuple[Entry, ...], body: Sequence[str]) -> bool:
    """Is the text the rows themselves, each with a few lines that say what it is about."""
    return len(entries) >= _SOME_ROWS and len({entry.title for entry in entries} & set(body)) * 2 > len(entries)


def _are_near(entries: tuple[Entry, ...], around: Surroundings) -> bool:
    """Do rows stand between title and text or in the text itself."""
    near = [line.text for line in (*around.above[:_NEAR], *around.inside[:_NEAR])]
    return any(entry.title in text for entry in entries[:_NEAR] for text in near)
