"""Keeps findings: what a judging found and resolved, and the alerts that follow, in one transaction. Judges nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, delete, func, insert, select, update

from storage import audience
from storage.engine import again
from storage.errors import Missing, Overtaken
from storage.records import OVER, Finding, Judgement, Reason, Subscriber, Verdict
from storage.rows import new_id, pack_evidence, pack_reasons, plain, unpack_evidence, unpack_reasons
from storage.shelf import Shelf, hold_pages, sound_runs_of
from storage.shelves.runs import adopt
from storage.shelves.watchlist import subscriber_of
from storage.tables import AGENCY, ALERT, CHANGE, FINDING, PAGE, RUN, SPEAKS, SUBSCRIBER

ALERTS = "alerts"
"""Only one at a time judges or packs: whether a subscriber was told must not change while it is asked."""

LARGEST = 2**31 - 1
"""No finding has a larger number; a database takes no larger one in a question."""

KEYS = 1000
"""Findings asked for in one question: a database takes some ten thousand values in one, and no more."""

_NAMES = select(AGENCY.c.id, AGENCY.c.name)
_OF_KEYS = FINDING.c.key.in_(bindparam("keys", expanding=True))
_NEWEST = select(FINDING).where(FINDING.c.id.in_(select(func.max(FINDING.c.id)).where(_OF_KEYS).group_by(FINDING.c.key)))
_JUDGED = (
    update(PAGE)
    .where(PAGE.c.id == bindparam("of"), PAGE.c.judged_mark < bindparam("judged"))
    .values(judged_mark=bindparam("judged"), unsettled=bindparam("soon"))
)

WEIGHT = {"low": 1, "medium": 2, "high": 3}


class JudgementShelf(Shelf):
    """Questions and deeds about findings."""

    @again
    def save_judgement(self, judgement: Judgement, at: datetime) -> list[Finding]:
        """Keep findings, make alerts and mark what was judged, in one transaction; gives what is new or has turned.

        Raises Overtaken, and keeps nothing, if another judging was faster with some of it: what was read before that one may
        accuse of what it found to be over.
        """
        with self._writing(alone=ALERTS) as connection:
            _refuse_overtaken(connection, judgement)
            subscribers = [subscriber_of(row) for row in connection.execute(select(SUBSCRIBER).order_by(SUBSCRIBER.c.id))]
            known = _newest(connection, [verdict.key for verdict in judgement.verdicts])
            names = {row.id: row.name for row in connection.execute(_NAMES)} if judgement.verdicts else {}
            turned = [_put(connection, one, known.get(one.key), names, subscribers, at) for one in judgement.verdicts]
            for key in judgement.resolved_keys:
                why = judgement.why_resolved.get(key, "")
                turned += [_resolve(connection, row, why, subscribers, at) for row in _open(connection, key)]
            _mark(connection, judgement, at)
            ids = [finding for finding in turned if finding is not None]
            return [finding_of(row) for row in connection.execute(select(FINDING).where(FINDING.c.id.in_(ids)))]

    def findings(self, since: datetime | None = None, kind: str | None = None) -> list[Finding]:
        """Findings raised or updated at or after `since`, newest last."""
        query = select(FINDING).order_by(FINDING.c.updated, FINDING.c.id)
        if since is not None:
            query = query.where(FINDING.c.updated >= since)
        with self._reading() as connection:
            found = [finding_of(row) for row in connection.execute(query)]
        return [one for one in found if kind is None or kind == one.verdict.kind or kind in one.verdict.also]

    def finding(self, number: int) -> Finding:
        """The finding with this number; raises Missing."""
        row = None
        if 0 < number <= LARGEST:
            with self._reading() as connection:
                row = connection.execute(select(FINDING).where(FINDING.c.id == number)).first()
        if row is None:
            raise Missing(f"there is no finding {number}", "see the numbers with `gongkai findings`")
        return finding_of(row)

    def open_findings(self, kind: str | None = None) -> list[Finding]:
        """Findings that are not resolved."""
        query = select(FINDING).where(FINDING.c.machine != "resolved").order_by(FINDING.c.id)
        if kind is not None:
            query = query.where(FINDING.c.kind == kind)
        with self._reading() as connection:
            return [finding_of(row) for row in connection.execute(query)]


def finding_of(row: Row[Any]) -> Finding:
    """A row of `finding` as a record."""
    verdict = Verdict(
        key=row.key,
        kind=row.kind,
        subject=row.subject,
        title=row.title,
        machine=row.machine,
        severity=row.severity,
        agency=row.agency,
        site=row.site,
        page=row.page,
        url=row.url,
        also=tuple(row.also),
        reasons=unpack_reasons(row.reasons),
        evidence=unpack_evidence(row.evidence),
        after=row.after,
        by=row.by,
        detail=row.detail,
    )
    return Finding(row.id, verdict, row.agency_name, row.human, row.raised, row.updated, row.priority)


def _put(
    connection: Connection,
    verdict: Verdict,
    known: Row[Any] | None,
    names: Mapping[str, str],
    subscribers: Sequence[Subscriber],
    at: datetime,
) -> int | None:
    """Write a verdict beside the newest finding of its key; gives the finding's id if it is new or its state has turned."""
    if known is not None and known.machine == "resolved":
        known = None
    if known is None and verdict.machine == "resolved":
        return None
    values = _values(verdict, names)
    if known is None:
        fresh = {"human": "none", "raised": at, "updated": at}
        number = new_id(connection.execute(insert(FINDING).values(**values, **fresh)))
        _tell(connection, number, verdict, None, subscribers, at)
        return number
    if verdict.machine == "suspected" and known.machine == "settled" and not verdict.doubted:
        verdict = replace(verdict, machine="settled")  # what is settled stays so until it is resolved
        values["machine"] = "settled"
    if all(getattr(known, name) == value for name, value in values.items()):
        return None
    connection.execute(update(FINDING).where(FINDING.c.id == known.id).values(**values, updated=at))
    _tell(connection, known.id, verdict, known.machine, subscribers, at)
    return known.id if known.machine != verdict.machine else None


def _newest(connection: Connection, keys: Sequence[str]) -> dict[str, Row[Any]]:
    """The newest finding of each key."""
    found: dict[str, Row[Any]] = {}
    for start in range(0, len(keys), KEYS):
        found |= {row.key: row for row in connection.execute(_NEWEST, {"keys": keys[start : start + KEYS]})}
    return found


def _open(connection: Connection, key: str) -> list[Row[Any]]:
    return list(connection.execute(select(FINDING).where(FINDING.c.key == key, FINDING.c.machine != "resolved")))


def _values(verdict: Verdict, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "key": verdict.key,
        "kind": verdict.kind,
        "subject": verdict.subject,
        "machine": verdict.machine,
        "severity": verdict.severity,
        "priority": WEIGHT[verdict.severity] * 10 + (5 if verdict.machine == "settled" else 0),
        "title": verdict.title,
        "agency": verdict.agency,
        "agency_name": names.get(verdict.agency) if verdict.agency is not None else None,
        "site": verdict.site,
        "page": verdict.page,
        "url": verdict.url,
        "also": list(verdict.also),
        "reasons": pack_reasons(verdict.reasons),
        "evidence": pack_evidence(verdict.evidence),
        "after": verdict.after,
        "by": verdict.by,
        "detail": plain(verdict.detail),
    }


def _resolve(connection: Connection, row: Row[Any], why: str, subscribers: Sequence[Subscriber], at: datetime) -> int:
    """Say that a finding is over, and why, in front of the reasons for which it was held to be true."""
    verdict = replace(finding_of(row).verdict, machine="resolved")
    reasons = (*((Reason(OVER, why),) if why else ()), *verdict.reasons)
    over = {"machine": "resolved", "updated": at, "reasons": pack_reasons(reasons)}
    connection.execute(update(FINDING).where(FINDING.c.id == row.id).values(**over))
    _tell(connection, row.id, verdict, row.machine, subscribers, at)
    return int(row.id)


def _tell(
    connection: Connection, finding: int, verdict: Verdict, before: str | None, subscribers: Sequence[Subscriber], at: datetime
) -> None:
    """Make alerts for a turn; one that still waits gives way, so that nobody hears of a state that is over."""
    speaks_for = connection.execute(select(SPEAKS.c.agency).where(SPEAKS.c.site == verdict.site)).scalars().all()
    mine = ALERT.c.finding == finding
    for subscriber in subscribers:
        of = mine & (ALERT.c.subscriber == subscriber.id)
        told = connection.execute(select(ALERT.c.id).where(of, ALERT.c.message.is_not(None)).limit(1)).first() is not None
        what = audience.turn(before, verdict.machine, told)
        if before != verdict.machine:
            connection.execute(delete(ALERT).where(of, ALERT.c.message.is_(None)))
        lowered = told and before == "settled"
        if what is None or not audience.wants(subscriber, verdict, speaks_for) or not audience.tells(subscriber, what, lowered):
            continue
        connection.execute(insert(ALERT).values(finding=finding, subscriber=subscriber.id, turn=what, raised=at))


def _refuse_overtaken(connection: Connection, judgement: Judgement) -> None:
    marks, runs = dict((*judgement.beside, *judgement.pages)), dict(judgement.agencies)
    late = Overtaken(
        pages=frozenset(row.id for row in hold_pages(connection, tuple(marks)) if row.judged_mark >= marks[row.id]),
        changes=_judged(connection, CHANGE, judgement.changes),
        runs=_judged(connection, RUN, judgement.runs),
        agencies=frozenset(name for name, now in sound_runs_of(connection, tuple(runs)).items() if now > runs[name]),
    )
    if late.pages or late.changes or late.runs or late.agencies:
        raise late


def _judged(connection: Connection, table: Table, ids: Sequence[int]) -> frozenset[int]:
    return frozenset(connection.execute(select(table.c.id).where(table.c.id.in_(ids), table.c.judged_at.is_not(None))).scalars())


def _mark(connection: Connection, judgement: Judgement, at: datetime) -> None:
    connection.execute(update(CHANGE).where(CHANGE.c.id.in_(judgement.changes)).values(judged_at=at))
    connection.execute(update(RUN).where(RUN.c.id.in_(judgement.runs)).values(judged_at=at))
    unsettled = set(judgement.unsettled)
    if judgement.pages:
        marks = [{"of": page, "judged": mark, "soon": page in unsettled} for page, mark in judgement.pages]
        connection.execute(_JUDGED, marks)
    for site in judgement.adopted:
        adopt(connection, site, at)
