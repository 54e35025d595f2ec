"""Watches the documents that an article links to, as pages of their own. Fetches nothing, and judges nothing.

A site with thousands of files is not asked for all of them at once: of those found on one day, only so many become due on each
day that follows. How often a known one is looked at again is said elsewhere.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from storage import versioning
from storage.records import Attachment, Capture, NewPage, Outcome, PageTask, Role
from storage.rows import clean
from storage.shelf import hold_pages, page_of
from storage.shelves.watchlist import put_page
from storage.tables import PAGE, SITE

MOST = 20
"""Documents of one article that are watched, the first ones."""

A_DAY = 100
"""Documents of one site, found on one day, that are looked at for the first time on one day."""

DAY = timedelta(days=1)

_DOCUMENT = re.compile(r"\.(?:pdf|ofd|docx?|wps|xlsx?|et|csv|pptx?|dps)$", re.IGNORECASE)
"""Archives and pictures are left alone: they cost most, and nothing of them is read."""


def attach(connection: Connection, capture: Capture, page: Row[Any], *, another: bool) -> list[PageTask]:
    """Watch the documents of an article on its own site; gives the new ones whose time has come.

    Those known already are due at once when the article has become `another` version: files are replaced along with it.
    """
    linked = _linked(connection, capture, page)
    if not linked:
        return []
    at = capture.answer.ended
    rows = connection.execute(select(PAGE.c.key, PAGE.c.id, PAGE.c.role).where(PAGE.c.key.in_(linked))).all()
    if another:
        _look_after(connection, [row.id for row in rows if row.role == Role.ATTACHMENT.value], at)
    known = {row.key for row in rows}
    new = [_put(connection, linked[key], page, at) for key in linked if key not in known]
    ids = [number for number in new if number is not None]
    due = select(PAGE).where(PAGE.c.id.in_(ids), PAGE.c.next_look <= at).order_by(PAGE.c.id)
    return [PageTask(page_of(row), baseline=True) for row in connection.execute(due)] if ids else []


def _linked(connection: Connection, capture: Capture, page: Row[Any]) -> dict[str, Attachment]:
    """The documents of an article that are to be watched, by their key."""
    reading = capture.examination.reading
    seen = reading is not None and capture.examination.outcome is Outcome.OK and page.role in (None, Role.ARTICLE.value)
    if not seen or reading is None or not reading.attachments:
        return {}
    if not connection.execute(select(SITE.c.follow).where(SITE.c.host == page.site)).scalar():
        return {}
    mine = [one for one in reading.attachments if versioning.host_of(one.url) == page.site and _is_document(one)]
    return {versioning.key_of(one.url): one for one in mine[:MOST]}


def _is_document(attachment: Attachment) -> bool:
    told = (attachment.url.partition("?")[0], attachment.url, attachment.name.strip(" )）】]"))
    return any(_DOCUMENT.search(one) for one in told)


def _put(connection: Connection, attachment: Attachment, article: Row[Any], at: datetime) -> int | None:
    """Watch one; on a day that brought many, later ones wait for a later day."""
    found = (PAGE.c.site == article.site) & (PAGE.c.role == Role.ATTACHMENT.value) & (PAGE.c.added > at - DAY)
    before = connection.execute(select(func.count()).select_from(PAGE).where(found)).scalar_one()
    new = NewPage(attachment.url, Role.ATTACHMENT, title=clean(attachment.name), agency=article.agency)
    page = put_page(connection, new, at)
    if page is not None and before >= A_DAY:
        connection.execute(update(PAGE).where(PAGE.c.id == page).values(next_look=at + before // A_DAY * DAY))
    return page


def _look_after(connection: Connection, pages: list[int], at: datetime) -> None:
    held = [row.id for row in hold_pages(connection, pages)]
    connection.execute(update(PAGE).where(PAGE.c.id.in_(held), PAGE.c.next_look > at).values(next_look=at))
