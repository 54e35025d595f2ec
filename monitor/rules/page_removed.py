"""A page that was there is gone: a working server says so at look after look, and a second, independent look agrees.

Suspected at the first sound look without it, settled only after enough looks over enough time. Never from a shield page, a
timeout or a refusal, and never while the site's home page is not well.
"""

from __future__ import annotations

from monitor.absence import Absence, RemovalPolicy, long_enough, may_be_removed
from monitor.proof import evidence_of, excerpt, told
from monitor.rule import PageCase, ProbeLook, Rule
from storage.records import ABSENT, SEEN, Evidence, PageHistory, Reason, Verdict

KIND = "page_removed"


def judge(case: PageCase) -> Verdict | None:
    """Speak of a page that was seen before and is absent now."""
    history = case.history
    absence = may_be_removed(history)
    if absence is None:
        return None
    settled = long_enough(absence, case.policy) and case.probe is not None and case.probe.outcome in ABSENT
    before = _seen_before(history, absence)
    return Verdict(
        key=f"{KIND}:page:{history.page.id}",
        kind=KIND,
        subject="page",
        title=f"Page removed: {excerpt(history.page.title or history.page.url)}",
        machine="settled" if settled else "suspected",
        severity="high" if settled else "medium",
        agency=history.agency if history.page.site in history.agency_hosts else None,
        site=history.page.site,
        page=history.page.id,
        url=history.page.url,
        reasons=(_interval(before, absence), _answer(absence), *_patience(absence, case.policy), *_second(case.probe)),
        evidence=(*((before,) if before else ()), *_proof(absence)),
        after=before.time if before else None,
        by=absence.since,
        detail={
            "looks": absence.looks,
            "since": absence.since.isoformat(),
            "until": absence.until.isoformat(),
            "outcomes": sorted({span.outcome.value for span in absence.spans}),
            "probe": case.probe.outcome.value if case.probe else None,
        },
    )


def cleared(case: PageCase) -> bool:
    """The page was seen again in the latest sound look that says anything."""
    telling = [span for span in case.history.sightings if span.sound_count and span.outcome in SEEN | ABSENT]
    return bool(telling) and telling[-1].outcome in SEEN


def _seen_before(history: PageHistory, absence: Absence) -> Evidence | None:
    return evidence_of(absence.present, "present") if absence.present else history.current_evidence


def _proof(absence: Absence) -> tuple[Evidence, ...]:
    ends = (evidence_of(absence.spans[0], "absent", last=False), evidence_of(absence.spans[-1], "absent"))
    return tuple(dict.fromkeys(ends))


def _interval(before: Evidence | None, absence: Absence) -> Reason:
    there = f"there at {told(before.time)}, " if before else ""
    return Reason(KIND, f"{there}not there at {told(absence.since)}")


def _answer(absence: Absence) -> Reason:
    last = absence.spans[-1]
    return Reason(KIND, f"the server answered {last.outcome.value} ({last.reason}) while the site's home page was well")


def _patience(absence: Absence, policy: RemovalPolicy) -> tuple[Reason, ...]:
    hours = (absence.until - absence.since).total_seconds() / 3600
    if long_enough(absence, policy):
        return (Reason(KIND, f"absent in {absence.looks} sound looks over {hours:.0f} hours"),)
    need = f"{policy.looks} over {policy.over.total_seconds() / 3600:.0f} hours are needed to settle it"
    return (Reason(KIND, f"absent in {absence.looks} sound looks so far; {need}"),)


def _second(probe: ProbeLook | None) -> tuple[Reason, ...]:
    if probe is None:
        return ()
    agrees = "agrees" if probe.outcome in ABSENT else "does not agree"
    return (Reason(KIND, f"a second look at {told(probe.time)} {agrees}: {probe.outcome.value} ({probe.reason})"),)


RULE = Rule(KIND, PageCase, "page", judge, cleared)
