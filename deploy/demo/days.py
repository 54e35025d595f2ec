"""What a day finds: the state of each document, the trouble a site is in, and which portals are worth a look.

Pure folding and selection over `happenings` and `troubles`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from deploy.demo.events import Action, Ail, Event, State, Trouble, due
from deploy.demo.happenings import EVENTS
from deploy.demo.portal import Portal
from deploy.demo.troubles import TROUBLES

WEEK = timedelta(days=7)


def state_of(portal: str, document: str, day: date, published: date | None = None) -> State:
    """Fold all deeds done to a document until `day` (inclusive); `published` is the day it came if no event says so."""
    done = [e for e in EVENTS if e.portal == portal and document in e.documents and e.action is not Action.LAPSE]
    deeds = sorted((e for e in done if e.day <= day), key=lambda e: e.day)
    coming = any(e.action is Action.PUBLISH for e in done)
    came = next((e.day for e in deeds if e.action is Action.PUBLISH), None)
    if not coming and published and published <= day:
        came = published
    visible = [e for e in deeds if e.action in (Action.REMOVE, Action.RESTORE, Action.UNLIST)]
    last = visible[-1] if visible else None
    return State(
        published=came,
        walled=any(e.action is Action.WALL for e in deeds),
        added=sum(e.added for e in deeds),
        gone=last.way if last and last.action is Action.REMOVE else None,
        unlisted=last is not None and (last.action is Action.UNLIST or (last.action is Action.REMOVE and last.unlisted)),
        touched=deeds[-1].day if deeds else came,
    )


def trouble_of(portal: str, day: date) -> Trouble | None:
    """What a site suffers from on a day, but for a redesign."""
    return next((t for t in TROUBLES if t.portal == portal and t.ail is not Ail.REDESIGN and t.on(day)), None)


def dressed(portal: Portal, day: date) -> Portal:
    """The portal in the software it runs on that day."""
    new = next((t.family for t in TROUBLES if t.portal == portal.key and t.ail is Ail.REDESIGN and t.on(day)), None)
    return replace(portal, family=new) if new else portal


def looks(portal: Portal, start: date, end: date) -> frozenset[date]:
    """The days on which to look at a portal: weekly, and daily about its own due days, deeds and troubles."""
    days = {start + WEEK * i for i in range((end - start).days // 7 + 1)} | {end}
    for year in range(start.year - 1, end.year + 1):
        if portal.agency.valid_to is None or portal.agency.valid_to >= due(portal.agency, year):
            days |= _around(due(portal.agency, year), range(-2, 5))
    for event in _events(portal):
        days |= _around(event.day, range(-1, 2))
    for trouble in TROUBLES:
        if trouble.portal == portal.key:
            days |= _around(trouble.first, range(-1, 3)) | (_around(trouble.well, range(-1, 3)) if trouble.well else set())
    return frozenset(day for day in days if start <= day <= end)


def _events(portal: Portal) -> Iterable[Event]:
    return (event for event in EVENTS if event.portal == portal.key)


def _around(day: date, offsets: range) -> set[date]:
    return {day + timedelta(days=i) for i in offsets}
