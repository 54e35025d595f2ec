"""What was true of a region until its end, put together from its happenings, its troubles and its calendars.

Pure: reads the region and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Protocol

from deploy.demo import documents
from deploy.demo.days import dressed
from deploy.demo.documents import Document
from deploy.demo.events import BEGIN, END, About, Action, Event, Told, due
from deploy.demo.happenings import EVENTS
from deploy.demo.portal import Portal
from deploy.demo.portals import PORTALS
from deploy.demo.troubles import TROUBLES
from deploy.demo.truth import Truth

HALF_A_YEAR = timedelta(days=183)
"""After so long a column of notices counts as not kept up (国办秘函〔2019〕19号: six months)."""


class Lived(Protocol):
    """What is asked of a region."""

    start: date
    end: date
    seed: int

    def document(self, portal: str, key: str) -> Document | None: ...


def of(region: Lived) -> tuple[Truth, ...]:
    """All truths, those of events first."""
    told = (truth for event in EVENTS if region.start <= event.day <= region.end for truth in _of_event(region, event))
    return (*told, *_of_troubles(region), *_of_sleep(region), *_standing(region))


def _of_event(region: Lived, event: Event) -> Iterator[Truth]:
    portal = _portal(event.portal)
    document = region.document(portal.key, event.document)
    for told in event.told:
        url = None if document is None or event.action is Action.LAPSE else _url(document, event.day)
        yield _truth(region, portal, event.day, told, url, event.period)


def _of_troubles(region: Lived) -> Iterator[Truth]:
    for trouble in TROUBLES:
        for told in trouble.told if region.start <= trouble.first <= region.end else ():
            yield _truth(region, _portal(trouble.portal), trouble.first, told, None, told.year)


def _of_sleep(region: Lived) -> Iterator[Truth]:
    """Watched columns of notices in which nothing came for half a year."""
    for portal in PORTALS:
        if portal.asleep is None or portal.notices.title != "通知公告":
            continue
        last = documents.notices(portal, BEGIN, END, region.seed)[-1].shown.date()
        text = f"Nothing came to the column of notices after {last}."
        told = Told("stale_column", text, needs=8, about=About.COLUMN)
        if last + HALF_A_YEAR <= region.end:
            yield _truth(region, portal, last + HALF_A_YEAR, told, None, None)


def _truth(region: Lived, portal: Portal, since: date, told: Told, url: str | None, year: int | None) -> Truth:
    day = told.day or since
    known = since + timedelta(days=told.needs)
    if told.about is About.COLUMN:
        url = documents.column_url(portal, portal.notices)
    return Truth(
        kind=told.kind,
        site=portal.host,
        agency=portal.agency.id,
        url=portal.root if told.about is About.SITE else url,
        period=None if year is None else str(year),
        day=day,
        known=known,
        text=told.text,
        until=told.until if told.until and told.until <= region.end else None,
        sure=told.sure and known <= region.end,
    )


def _standing(region: Lived) -> Sequence[Truth]:
    """The reports that stood in the columns before the first look, all on time by the date they show."""
    return [
        Truth(
            kind="report_published",
            site=portal.host,
            agency=portal.agency.id,
            url=document.url,
            period=str(year),
            day=shown,
            known=region.start,
            text=f"The report for {year} was published on {shown}, by its due day {due(portal.agency, year)}; shown.",
            sure=False,
        )
        for portal in PORTALS
        for year, shown in portal.earlier
        if (document := region.document(portal.key, f"report-{year}")) is not None
    ]


def _url(document: Document, day: date) -> str:
    return replace(document, portal=dressed(document.portal, day)).url


def _portal(key: str) -> Portal:
    return next(portal for portal in PORTALS if portal.key == key)
