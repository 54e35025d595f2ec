"""A page that was gone is there again."""

from __future__ import annotations

from monitor.absence import Absence, absence_of
from monitor.proof import evidence_of, excerpt, told
from monitor.rule import PageCase, Rule
from storage.records import PageHistory, Reason, Role, Sighting, Verdict

KIND = "page_restored"
BASELINE_LOOKS = 3
"""Sound looks that must lie before an absence that nobody was told of: a baseline's comings and goings are no news."""


def judge(case: PageCase) -> Verdict | None:
    """Speak of a page seen again after sound looks without it; each return is an event of its own."""
    history, absence = case.history, absence_of(case.history)
    if absence is None or absence.back is None or absence.present is None:
        return None
    if history.baseline or history.page.role is Role.HOME or history.page.part_of is not None:
        return None
    if not _was_told(case) and _looks_before(history, absence) < BASELINE_LOOKS:
        return None
    back = absence.back
    present = evidence_of(back, "present", last=False)
    when = f"not there at {told(absence.until)}, there at {told(present.time)}"
    return Verdict(
        key=f"{KIND}:page:{history.page.id}:{back.id}",
        kind=KIND,
        subject="page",
        title=f"Page restored: {excerpt(history.page.title or history.page.url)}",
        severity="low",
        agency=history.agency if history.page.site in history.agency_hosts else None,
        site=history.page.site,
        page=history.page.id,
        url=history.page.url,
        reasons=(Reason(KIND, when), *_same(absence.present, back)),
        evidence=(evidence_of(absence.spans[-1], "absent"), present),
        after=absence.until,
        by=present.time,
        detail={"absent_looks": absence.looks, "absent_since": absence.since.isoformat()},
    )


def _was_told(case: PageCase) -> bool:
    """Was its removal, or this return, told already."""
    page = case.history.page.id
    return any(key == f"page_removed:page:{page}" or key.startswith(f"{KIND}:page:{page}:") for key in case.open)


def _looks_before(history: PageHistory, absence: Absence) -> int:
    return sum(span.sound_count for span in history.sightings if span.last < absence.since)


def _same(before: Sighting, back: Sighting) -> tuple[Reason, ...]:
    if before.snapshot is None or back.snapshot is None:
        return ()
    same = "with the text it had before" if before.snapshot == back.snapshot else "with another text than before"
    return (Reason(KIND, f"it came back {same}"),)


RULE = Rule(KIND, PageCase, "page", judge)
