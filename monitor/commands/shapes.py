"""The JSON shapes that scripts rely on: keys are only ever added. Pure: records in, plain values out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from monitor.commands.output import iso
from monitor.directive import Directive
from monitor.duty import DutyInstance, DutyState
from storage.records import Difference, Evidence, Examination, Finding, Head, Reading, Reason, Run, Sighting, SiteStatus


def reading_shape(examination: Examination, reader: str) -> dict[str, Any]:
    """What `read` and `show` print; without a reading everything is there and empty."""
    reading = examination.reading or Reading(reader=reader)
    dates = reading.dates
    return {
        "outcome": examination.outcome.value,
        "reason": examination.reason,
        "kind": reading.kind,
        "title": reading.title,
        "published": dates.published,
        "dates": {"written": dates.written, "shown": dates.shown, "meta": dates.meta, "url": dates.url},
        "source": reading.source,
        "body": list(reading.body),
        "outline": [
            {"level": h.level, "ordinal": h.ordinal, "label": h.label, "title": h.title, "paragraph": h.paragraph}
            for h in reading.outline
        ],
        "gaps": [
            {"kind": g.kind, "paragraph": g.paragraph, "evidence": g.evidence, "missing": list(g.missing), "strength": g.strength}
            for g in reading.gaps
        ],
        "attachments": [{"url": a.url, "name": a.name} for a in reading.attachments],
        "entries": [{"title": e.title, "url": e.url, "date": e.date, "number": e.number} for e in reading.entries],
        "next": reading.next,
        "encoding": reading.encoding,
        "site": {"name": reading.site.name, "domain": reading.site.domain, "idcode": reading.site.idcode},
        "family": reading.family,
        "reader": reading.reader,
        "family_reason": reading.family_reason,
    }


def head_shape(head: Head) -> dict[str, Any]:
    """The newest head of the ledger, as `status` prints it."""
    return {
        "size": head.size,
        "root": head.root,
        "signed": iso(head.signed),
        "key": head.key,
        "stamped": head.token is not None,
        "witnessed": iso(head.witnessed),
    }


def directive_shape(directive: Directive | None) -> dict[str, Any] | None:
    """What a directive asks for, as `read --judge` prints it; null for a document that is none."""
    if directive is None:
        return None
    return {
        "tasks": [{"number": task.number, "text": task.text, "leads": list(task.leads)} for task in directive.tasks],
        "deadlines": [day.isoformat() for day in directive.deadlines],
        "rules": list(directive.rules),
    }


def comparison_shape(differences: Sequence[Difference], noise_only: bool) -> dict[str, Any]:
    """What `compare` and `diff` print."""
    changes = [{"kind": d.kind, "before": d.before, "after": d.after, "paragraph": d.paragraph} for d in differences]
    return {"changes": changes, "noise_only": noise_only}


def finding_shape(finding: Finding) -> dict[str, Any]:
    """One finding, as `findings` and `judge` list it."""
    verdict = finding.verdict
    return {
        "id": finding.id,
        "kind": verdict.kind,
        "also": list(verdict.also),
        "subject": verdict.subject,
        "agency": {"id": verdict.agency, "name": finding.agency_name or verdict.agency} if verdict.agency else None,
        "site": verdict.site,
        "url": verdict.url,
        "title": verdict.title,
        "machine": verdict.machine,
        "human": finding.human,
        "raised": iso(finding.raised),
        "updated": iso(finding.updated),
        "happened": {"after": iso(verdict.after), "by": iso(verdict.by)},
        "severity": verdict.severity,
        "priority": finding.priority,
        "reasons": reasons_shape(verdict.reasons),
        "evidence": evidence_shape(verdict.evidence),
        "detail": dict(verdict.detail),
    }


def reasons_shape(reasons: Iterable[Reason]) -> list[dict[str, Any]]:
    """Why a rule spoke."""
    return [{"rule": reason.rule, "text": reason.text} for reason in reasons]


def evidence_shape(evidence: Iterable[Evidence]) -> list[dict[str, Any]]:
    """The captures that prove something."""
    return [
        {"capture": e.capture, "time": iso(e.time), "url": e.url, "outcome": e.outcome, "sha256": e.sha256, "role": e.role}
        for e in evidence
    ]


def sighting_shape(sighting: Sighting) -> dict[str, Any]:
    """One span of a page's history, as `log` lists it."""
    return {
        "outcome": sighting.outcome.value,
        "reason": sighting.reason,
        "version": sighting.snapshot,
        "sha256": sighting.sha256,
        "url": sighting.url,
        "first": iso(sighting.first),
        "last": iso(sighting.last),
        "count": sighting.count,
        "first_look": sighting.first_look,
        "last_look": sighting.last_look,
    }


def run_shape(run: Run) -> dict[str, Any]:
    """One crawl of one site."""
    return {
        "site": run.site,
        "run": run.id,
        "state": run.state.value,
        "reasons": list(run.reasons),
        "tally": dict(run.tally),
        "opened": iso(run.opened),
        "closed": iso(run.closed),
        "vantage": run.vantage,
    }


def site_shape(status: SiteStatus) -> dict[str, Any]:
    """One site, as `status` lists it."""
    return {
        "site": status.site.host,
        "name": status.site.name,
        "pages": status.pages,
        "last_good": iso(status.last_good),
        "overdue": status.overdue,
        "ok": status.ok,
        "absent": status.absent,
        "troubled": status.troubled,
        "last_run": run_shape(status.last_run) if status.last_run else None,
    }


def duty_shape(instance: DutyInstance, state: DutyState) -> dict[str, Any]:
    """One row of the league table, as `duties` lists it."""
    return {
        "agency": instance.agency,
        "duty": instance.duty,
        "period": instance.period,
        "due": instance.due.isoformat(),
        "basis": instance.basis,
        "state": state.state,
        "days": state.days,
        "at_least": state.at_least,
        "grounds": state.grounds,
        "shown": state.shown,
        "absent_at": iso(state.absent_at),
        "present_by": iso(state.present_by),
        "url": state.url,
        "match": state.match,
        "reasons": reasons_shape(state.reasons),
        "evidence": evidence_shape(state.evidence),
    }
