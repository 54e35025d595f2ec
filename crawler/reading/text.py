"""What is read of an article once its place is known: paragraphs, dates, source, outline, gaps, attachments, links."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.reading.article import Article, Surroundings, surroundings
from crawler.reading.dates import read_dates
from crawler.reading.document import Document
from crawler.reading.gaps import is_wall, read_gaps, split_labels
from crawler.reading.hidden import wall_blocks
from crawler.reading.lines import Line
from crawler.reading.links import read_links
from crawler.reading.marks import read_source, site_marks
from crawler.reading.outline import read_outline
from storage.records import Attachment, Gap, Heading, Reading


@dataclass(frozen=True, slots=True)
class Text:
    """An article's title and paragraphs, and the lines around them."""

    article: Article
    title: str
    body: tuple[str, ...]
    around: Surroundings


def text_of_article(document: Document, article: Article, title: str) -> Text:
    """The paragraphs of an article, labels of buttons parted from headings."""
    around = surroundings(document, article, title)
    # Themes put a wall's notice behind the element that holds the text; it is part of what a reader sees of it.
    behind = [line.text for line in around.below[:3] if article.lines and is_wall(line.text, strong=True)]
    return Text(article, title, tuple(split_labels([line.text for line in article.lines] + behind)), around)


def read_text(document: Document, text: Text) -> Reading:
    """The reading of an article, without family and stamp."""
    attachments, links = read_links(document, text.article)
    outline = read_outline(text.body)
    return Reading(
        kind="article",
        title=text.title,
        dates=read_dates(document, text.around, text.body, text.title),
        source=read_source(document, text.around),
        body=text.body,
        outline=outline,
        gaps=_gaps(text.body, outline, attachments, _places_of(wall_blocks(document, text.article), text.body)),
        attachments=attachments,
        links=links,
        encoding=document.encoding,
        site=site_marks(document, text.around),
    )


def _places_of(blocks: list[tuple[Line | None, str]], body: tuple[str, ...]) -> list[tuple[int, str]]:
    """In front of which paragraph each block stands."""
    return [(body.index(line.text) + 1 if line and line.text in body else 0, shown) for line, shown in blocks]


def _gaps(
    body: tuple[str, ...], outline: tuple[Heading, ...], attachments: tuple[Attachment, ...], blocks: list[tuple[int, str]]
) -> tuple[Gap, ...]:
    """The gaps of a text. One that is short because it only leads to a file is not short because somebody closed it."""
    gaps = read_gaps(body, outline, blocks)
    return tuple(gap for gap in gaps if not (attachments and gap.kind == "wall" and gap.strength == "weak"))
