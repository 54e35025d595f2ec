"""The best general extractors, as a measure for ours: each takes a page's text and says title, day and body.

They are no part of gongkai and are measured only where they are installed (`pip install '.[bench]'`). Each is called as its own
documentation does, and is given the page already decoded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from lxml import html


@dataclass(frozen=True)
class Said:
    """What an extractor says of a page; None for what it does not tell at all."""

    title: str | None = None
    day: str | None = None
    body: str | None = None


def trafilatura() -> Callable[[str, str], Said]:
    """Trafilatura for title and text, htmldate for the day."""
    reader, dates = _module("trafilatura"), _module("htmldate")

    def say(text: str, url: str) -> Said:
        found = reader.bare_extraction(text, url=url, include_comments=False, include_tables=True, with_metadata=True)
        day = dates.find_date(text, url=url, original_date=True)
        return Said(found.title or "" if found else "", day or "", found.text or "" if found else "")

    return say


def gne() -> Callable[[str, str], Said]:
    """GeneralNewsExtractor, made for Chinese news."""
    extractor = _module("gne").GeneralNewsExtractor()

    def say(text: str, url: str) -> Said:
        found = extractor.extract(text, host=url)
        return Said(found["title"], found["publish_time"][:10].replace("/", "-"), found["content"])

    return say


def readability() -> Callable[[str, str], Said]:
    """readability-lxml; it tells no date."""
    document = _module("readability").Document

    def say(text: str, url: str) -> Said:
        found = document(text, url=url)
        return Said(found.short_title(), None, html.fromstring(found.summary()).text_content())

    return say


def justext() -> Callable[[str, str], Said]:
    """jusText without a stop list, as its documentation advises for Chinese; it tells neither title nor date."""
    module = _module("justext")

    def say(text: str, url: str) -> Said:
        kept = module.justext(
            text.encode("utf-8"), frozenset(), encoding="utf-8", stopwords_low=0, stopwords_high=0, length_low=20, length_high=60
        )
        return Said(None, None, "\n".join(part.text for part in kept if not part.is_boilerplate))

    return say


def _module(name: str) -> Any:
    return import_module(name)


BASELINES = {"trafilatura": trafilatura, "gne": gne, "readability": readability, "justext": justext}
