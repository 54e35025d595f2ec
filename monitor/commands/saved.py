"""What the rules that need one page alone say of a saved page. Makes a history of one look out of it; keeps nothing."""

from __future__ import annotations

from typing import Any

from monitor.commands.shapes import reasons_shape
from monitor.rule import PageCase, judge_page
from monitor.rules import RULES
from storage.records import Answer, Examination, Page, PageHistory, Role, Sighting, Snapshot, Verdict
from storage.versioning import host_of


def findings_of_page(answer: Answer, examination: Examination) -> list[dict[str, Any]]:
    """Findings as `read --judge` lists them; none for a page that was not read."""
    if examination.reading is None:
        return []
    return [_shape(verdict) for verdict in judge_page(RULES, PageCase(_history(answer, examination))).verdicts]


def _shape(verdict: Verdict) -> dict[str, Any]:
    return {"kind": verdict.kind, "reasons": reasons_shape(verdict.reasons), "detail": dict(verdict.detail)}


def _history(answer: Answer, examination: Examination) -> PageHistory:
    """A page soundly seen once, as if that had been all."""
    reading, url, time = examination.reading, answer.url, answer.ended
    role = Role.COLUMN if reading is not None and reading.kind == "listing" else Role.ARTICLE
    title = reading.title if reading is not None else ""
    return PageHistory(
        page=Page(id=0, site=host_of(url), url=url, role=role, title=title, named=True),
        sightings=(
            Sighting(
                id=0,
                page=0,
                outcome=examination.outcome,
                reason=examination.reason,
                snapshot=1,
                sha256=answer.sha256,
                url=url,
                first=time,
                last=time,
                count=1,
                first_look="0.1",
                last_look="0.1",
                sound_first=time,
                sound_last=time,
                sound_count=1,
            ),
        ),
        current=Snapshot(0, 0, 1, answer.sha256, reading, time, url, answer.header("content-type")),
        current_evidence=None,
        home=None,
        baseline=False,
        agency=None,
    )
