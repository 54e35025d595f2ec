"""A part of a public document that can only be read by paying or signing in.

True as long as the version last seen soundly holds a wall. On a host that is not the agency's own it names the host and accuses
nobody: the usual wall phrases are stock text of blog themes, so they point to a re-publisher's copy.
"""

from __future__ import annotations

from dataclasses import replace

from monitor.proof import details_of, evidence_of_change, excerpt, host_of, is_own, speaks_for, told
from monitor.rule import ChangeCase, PageCase, Rule
from storage.records import Gap, Reading, Reason, Verdict

KIND = "paywalled_section"


def judge(case: PageCase) -> Verdict | None:
    """Speak of the walls in a page's present text."""
    history = case.history
    walls = _walls(history.current.reading if history.current else None)
    if not walls or history.current is None:
        return None
    own = is_own(history.agency_hosts, history.page.site, host_of(history.current.url))
    proof = (history.current_evidence,) if history.current_evidence else ()
    verdict = _verdict(history.page.id, walls, history.current.reading, history.agency if own else None)
    seen = history.current.first_seen
    return replace(
        verdict,
        site=history.page.site,
        url=history.page.url,
        title=_titled(verdict.title, own, history.current.url),
        reasons=(*verdict.reasons, Reason(KIND, f"there at {told(seen)}"), *_foreign(own, history.current.url)),
        evidence=proof,
        by=seen,
    )


def judge_change(case: ChangeCase) -> Verdict | None:
    """Speak of a wall that was put up between two versions; the finding is the page's own, with both sides as proof."""
    change = case.change
    walls = _walls(change.after.reading)
    if not walls or not any(difference.kind == "wall_added" for difference in change.differences or ()):
        return None
    agency = speaks_for(case.site, case.agency)
    own = agency is not None and is_own((change.page.site,), change.page.site, host_of(change.after.url))
    verdict = _verdict(change.page.id, walls, change.after.reading, agency if own else None)
    when = Reason(KIND, f"not there at {told(change.before_seen)}, there at {told(change.seen)}")
    return replace(
        verdict,
        site=change.page.site,
        url=change.page.url,
        title=_titled(verdict.title, own, change.after.url),
        reasons=(*verdict.reasons, when, *_foreign(own, change.after.url)),
        evidence=evidence_of_change(change),
        after=change.before_seen,
        by=change.seen,
        detail={**verdict.detail, **details_of(change)},
    )


def cleared(case: PageCase) -> bool:
    """The text last seen soundly holds no wall."""
    current = case.history.current
    return current is not None and current.reading is not None and not _walls(current.reading)


def _walls(reading: Reading | None) -> list[Gap]:
    return [gap for gap in reading.gaps if gap.kind == "wall"] if reading else []


def _verdict(page: int, walls: list[Gap], reading: Reading | None, agency: str | None) -> Verdict:
    missing = [label for wall in walls for label in wall.missing]
    strong = any(wall.strength == "strong" for wall in walls)
    what = f"{', '.join(missing)} behind a wall" if missing else "Text behind a wall"
    name = excerpt(reading.title) if reading and reading.title else ""
    return Verdict(
        key=f"{KIND}:page:{page}",
        kind=KIND,
        subject="page",
        title=f"{what}: {name}" if name else what,
        machine="settled" if strong else "suspected",
        severity="high" if strong else "medium",
        agency=agency,
        page=page,
        reasons=tuple(Reason(KIND, _because(wall)) for wall in walls),
        detail={
            "missing": missing,
            "walls": [
                {"paragraph": w.paragraph, "evidence": excerpt(w.evidence), "missing": list(w.missing), "strength": w.strength}
                for w in walls
            ],
        },
    )


def _because(wall: Gap) -> str:
    jump = f", and the numbering lacks {', '.join(wall.missing)}" if wall.missing else ""
    return f"the text breaks off at “{excerpt(wall.evidence)}”{jump}"


def _titled(title: str, own: bool, url: str) -> str:
    """The title; of a host that is not the agency's own it says which, before anything else does."""
    return title if own else title.replace("behind a wall", f"behind a wall on {host_of(url)}", 1)


def _foreign(own: bool, url: str) -> tuple[Reason, ...]:
    if own:
        return ()
    text = f"the page is on {host_of(url)}, which is not known as the agency's own host, so no agency is accused"
    return (Reason(KIND, f"{text}; look for the document on the official site"),)


RULE = Rule(KIND, PageCase, "page", judge, cleared)
ON_CHANGE = Rule(KIND, ChangeCase, "page", judge_change)
