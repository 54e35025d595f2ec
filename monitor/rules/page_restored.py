"""A page that was gone is there again: suspected at the first look, settled when it has held and a second look agrees."""

from __future__ import annotations

from monitor.absence import Absence, Patience, Stretch, absence_of, told_of
from monitor.case import PageCase, ProbeLook
from monitor.proof import evidence_of, excerpt, told
from monitor.rule import Rule
from storage.records import SEEN, PageHistory, Reason, Sighting, Verdict

KIND = "page_restored"
BASELINE_LOOKS = 3
"""Sound looks that must lie before an absence that nobody was told of: a baseline's comings and goings are no news."""


def judge(case: PageCase) -> Verdict | None:
    """Speak of a page seen again after sound looks without it; each return is an event of its own."""
    history, absence = case.history, absence_of(case.history)
    if absence is None or not absence.back or absence.present is None or history.baseline or not told_of(history):
        return None
    if not _was_told(case) and (_was_left_behind(history, absence.present) or _looks_before(history, absence) < BASELINE_LOOKS):
        return None
    stretch, patience = Stretch.of(absence.back), case.settling.restoration
    settled = patience.held(stretch) and case.probe is not None and case.probe.outcome in SEEN
    back = absence.back[0]
    present = evidence_of(back, "present", last=False)
    when = f"not there at {told(absence.stretch.until)}, there at {told(present.time)}"
    return Verdict(
        key=_key(case, back),
        kind=KIND,
        subject="page",
        title=f"Page restored: {excerpt(history.page.title or history.page.url)}",
        machine="settled" if settled else "suspected",
        severity="low",
        agency=history.agency if history.page.site in history.agency_hosts else None,
        site=history.page.site,
        page=history.page.id,
        url=history.page.url,
        reasons=(
            Reason(KIND, when), *_same(absence.present, back), *_patience(stretch, patience), *_second(case.probe),
        ),
        evidence=(evidence_of(absence.spans[-1], "absent"), present),
        after=absence.stretch.until,
        by=present.time,
        detail={
            "absent_looks": absence.stretch.looks,
            "absent_since": absence.stretch.since.isoformat(),
            "probe": case.probe.outcome.value if case.probe else None,
        },
    )  # fmt: skip


def over(case: PageCase, verdict: Verdict) -> bool:
    """It vanished again for good before its return was settled; a settled return has happened."""
    absence = absence_of(case.history)
    gone = absence is not None and not absence.back and case.settling.removal.held(absence.stretch)
    return verdict.machine == "suspected" and gone


def wants(case: PageCase) -> tuple[str, ...]:
    """A second look at a return that has held, and is not settled yet."""
    absence = absence_of(case.history)
    if absence is None or absence.return_ is None or not case.settling.restoration.held(absence.return_):
        return ()
    known = case.open.get(_key(case, absence.back[0]))
    return (case.history.page.url,) if known is not None and known.machine == "suspected" else ()


def _key(case: PageCase, back: Sighting) -> str:
    """A page that wavers comes back once: a return that is not settled yet is the same one."""
    unsettled = (verdict.key for verdict in case.open.values() if verdict.kind == KIND and verdict.machine == "suspected")
    return next(unsettled, f"{KIND}:page:{case.history.page.id}:{back.id}")


def _was_told(case: PageCase) -> bool:
    """Was its removal, or this return, told already."""
    return any(verdict.kind in ("page_removed", KIND) for verdict in case.open.values())


def _was_left_behind(history: PageHistory, present: Sighting) -> bool:
    """Did it vanish before what its site brings was taken as the new normal; then nobody was told, and its return is no news."""
    return history.adopted is not None and present.last < history.adopted


def _looks_before(history: PageHistory, absence: Absence) -> int:
    return sum(span.sound_count for span in history.sightings if span.last < absence.stretch.since)


def _same(before: Sighting, back: Sighting) -> tuple[Reason, ...]:
    if before.snapshot is None or back.snapshot is None:
        return ()
    same = "with the text it had before" if before.snapshot == back.snapshot else "with another text than before"
    return (Reason(KIND, f"it came back {same}"),)


def _patience(stretch: Stretch, patience: Patience) -> tuple[Reason, ...]:
    return () if patience.held(stretch) else (Reason(KIND, f"{patience} are needed to settle it"),)


def _second(probe: ProbeLook | None) -> tuple[Reason, ...]:
    if probe is None:
        return ()
    agrees = "agrees" if probe.outcome in SEEN else "does not agree"
    return (Reason(KIND, f"a second look at {told(probe.time)} {agrees}: {probe.outcome.value} ({probe.reason})"),)


def why(_: PageCase) -> str:
    """Why a return is taken back."""
    return "it vanished again before its return was settled"


RULE = Rule(KIND, PageCase, "page", judge, over=over, wants=wants, patient=True, why=why)
