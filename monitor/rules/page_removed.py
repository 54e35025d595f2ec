"""Pages that were there are gone: a working server says so at look after look, and a second, independent look agrees.

Suspected at the first sound look without a page, settled only after enough looks over enough time. Never from a shield page, a
timeout or a refusal, and never while the site's home page is not well. Many pages of a site that vanish together are one finding.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from monitor.absence import Absence, Patience, is_back, may_be_removed
from monitor.case import PageCase, ProbeLook, WaveCase
from monitor.proof import evidence_of, excerpt, lasting, sound_looks, told
from monitor.rule import Rule
from storage.records import ABSENT, Evidence, PageHistory, Reason, Verdict

KIND = "page_removed"
SAMPLE = 3
"""Pages of many that vanished together at which a second look is taken: the reader is a guest."""
PROVEN = 10
NAMED = 100
"""Pages that one finding proves, and names, at most; the looks at the others are in the archive."""

STANDS = "its row still stands in its column"
STANDS_NO_MORE = "its row is gone from its column too, as far as that was looked through"


# --- one page


def judge(case: PageCase) -> Verdict | None:
    """Speak of a page that was seen before and is absent now."""
    history, patience = case.history, case.settling.removal
    absence = may_be_removed(history)
    if absence is None or case.grouped:
        return None
    settled = patience.held(absence.stretch) and _agrees(case.probe)
    before = _seen_before(history, absence)
    return Verdict(
        key=_key(history),
        kind=KIND,
        subject="page",
        title=f"Page removed: {excerpt(_name(history))}",
        machine="settled" if settled else "suspected",
        severity="high" if settled else "medium",
        agency=_agency(history),
        site=history.page.site,
        page=history.page.id,
        url=history.page.url,
        also=("entry_removed",) if history.listed is False else (),
        reasons=(
            _interval(before, absence), _answer(history, absence), *_row(history), *_patience(absence, patience),
            *_second(case.probe),
        ),
        evidence=_both_sides(history, absence),
        after=before.time if before else None,
        by=absence.stretch.since,
        detail={
            "looks": absence.stretch.looks,
            "since": absence.stretch.since.isoformat(),
            "until": absence.stretch.until.isoformat(),
            "outcomes": sorted({span.outcome.value for span in absence.spans}),
            "probe": case.probe.outcome.value if case.probe else None,
        },
    )  # fmt: skip


def cleared(case: PageCase) -> bool:
    """The page has been seen again for long enough, or it was left behind by a redesign of its site."""
    return case.history.retired or is_back(case.history, case.settling.restoration)


def why(case: PageCase) -> str:
    """Why a removal is over."""
    if case.history.retired:
        return "it was left behind by a redesign of its site, and is told as part of that"
    spans = [span for span in case.history.sightings if span.sound_count]
    return f"it is there again, as of {told(spans[-1].sound_last or spans[-1].last)}" if spans else "it is there again"


def wants(case: PageCase) -> tuple[str, ...]:
    """A second look at a removal that is proven but for it, and not settled yet."""
    history = case.history
    absence = may_be_removed(history)
    known = case.open.get(_key(history))
    if absence is None or case.grouped or (known is not None and known.machine == "settled"):
        return ()
    return (history.page.url,) if case.settling.removal.held(absence.stretch) else ()


def _key(history: PageHistory) -> str:
    return f"{KIND}:page:{history.page.id}"


def _name(history: PageHistory) -> str:
    return history.page.title or history.page.url


def _agency(history: PageHistory) -> str | None:
    return history.agency if history.page.site in history.agency_hosts else None


def _agrees(probe: ProbeLook | None) -> bool:
    return probe is not None and probe.outcome in ABSENT


def _seen_before(history: PageHistory, absence: Absence) -> Evidence | None:
    return evidence_of(absence.present, "present") if absence.present else history.current_evidence


def _proof(absence: Absence) -> tuple[Evidence, ...]:
    ends = (evidence_of(absence.spans[0], "absent", last=False), evidence_of(absence.spans[-1], "absent"))
    return tuple(dict.fromkeys(ends))


def _interval(before: Evidence | None, absence: Absence) -> Reason:
    there = f"there at {told(before.time)}, " if before else ""
    return Reason(KIND, f"{there}not there at {told(absence.stretch.since)}")


def _answer(history: PageHistory, absence: Absence) -> Reason:
    last = absence.spans[-1]
    home = " while the site's home page was well" if history.home else "; the site's home page is not watched"
    return Reason(KIND, f"the server answered {last.outcome.value} ({last.reason}){home}")


def _row(history: PageHistory) -> tuple[Reason, ...]:
    if history.listed is None:
        return ()
    where = STANDS if history.listed else STANDS_NO_MORE
    return (Reason(KIND, where),)


def _patience(absence: Absence, patience: Patience) -> tuple[Reason, ...]:
    stretch = absence.stretch
    if patience.held(stretch):
        return (Reason(KIND, f"absent in {sound_looks(stretch.looks)} over {lasting(stretch.until - stretch.since)}"),)
    return (Reason(KIND, f"absent in {sound_looks(stretch.looks)} so far; {patience} are needed to settle it"),)


def _second(probe: ProbeLook | None) -> tuple[Reason, ...]:
    if probe is None:
        return ()
    agrees = "agrees" if probe.outcome in ABSENT else "does not agree"
    return (Reason(KIND, f"a second look at {told(probe.time)} {agrees}: {probe.outcome.value} ({probe.reason})"),)


# --- many pages of a site


def judge_wave(case: WaveCase) -> Verdict | None:
    """Speak of pages of a site that vanished together, those that vanish after them included."""
    wave, patience = _absences(case), case.settling.removal
    if not wave:
        return None
    since = min(absence.stretch.since for _, absence in wave)
    held = sum(patience.held(absence.stretch) for _, absence in wave)
    proof = tuple(proof for history, absence in wave[:PROVEN] for proof in _both_sides(history, absence))
    agencies = {_agency(history) for history, _ in wave}
    return Verdict(
        key=case.wave.known.key if case.wave.known else f"{KIND}:site:{case.site.host}:{since.date()}",
        kind=KIND,
        subject="site",
        title=f"{len(wave)} pages removed together: {case.site.name or case.site.host}",
        machine="settled" if held * 2 > len(wave) and _all_agree(case) else "suspected",
        severity="high",
        agency=agencies.pop() if len(agencies) == 1 else None,
        site=case.site.host,
        url=case.site.home,
        reasons=(
            Reason(KIND, f"{len(wave)} pages that were there are gone, the first since {told(since)}{_home(wave)}"),
            *(Reason(KIND, f"gone: {excerpt(_name(history))} ({history.page.url})") for history, _ in wave[:PROVEN]),
            *((Reason(KIND, f"and {len(wave) - PROVEN} more"),) if len(wave) > PROVEN else ()),
            Reason(KIND, f"{held} of them have been absent in {patience}" if held else f"{patience} are needed to settle it"),
            *_second_looks(case),
        ),
        evidence=proof,
        after=_last_seen(proof, since),
        by=since,
        detail={
            "gone": len(wave),
            "pages": [_member(history, absence) for history, absence in wave[:NAMED]],
            "all": sorted(history.page.id for history, _ in wave),
        },
    )


def over_wave(case: WaveCase, verdict: Verdict) -> bool:
    """Each of its pages has been seen again for long enough, or was left behind by a redesign; not to see it is no return."""
    wave = case.wave
    if wave.known is None or wave.known.key != verdict.key or wave.members:
        return False
    return all(page.retired or is_back(page, case.settling.restoration) for page in wave.told)


def why_wave(_: WaveCase) -> str:
    """Why it is over."""
    return "none of its pages is gone any more"


def wants_wave(case: WaveCase) -> tuple[str, ...]:
    """Second looks at a few of them."""
    if case.wave.known is not None and case.wave.known.machine == "settled":
        return ()
    held = [history for history, absence in _absences(case) if case.settling.removal.held(absence.stretch)]
    return tuple(history.page.url for history in held[:SAMPLE])


def _absences(case: WaveCase) -> list[tuple[PageHistory, Absence]]:
    return [(history, absence) for history in case.wave.members if (absence := may_be_removed(history))]


def _both_sides(history: PageHistory, absence: Absence) -> tuple[Evidence, ...]:
    before = _seen_before(history, absence)
    return (*((before,) if before else ()), *_proof(absence))


def _last_seen(proof: Sequence[Evidence], since: datetime) -> datetime | None:
    """Until when all of them were there, as far as it can be said of the whole wave."""
    earliest = min((evidence.time for evidence in proof if evidence.role == "present"), default=None)
    return earliest if earliest is not None and earliest < since else None


def _member(history: PageHistory, absence: Absence) -> dict[str, object]:
    return {
        "page": history.page.id,
        "url": history.page.url,
        "title": excerpt(history.page.title),
        "since": absence.stretch.since.isoformat(),
        "outcomes": sorted({span.outcome.value for span in absence.spans}),
    }


def _second_looks(case: WaveCase) -> tuple[Reason, ...]:
    """What the second looks said, each thing once."""
    said: dict[str, int] = {}
    for look in case.probes.values():
        said[f"{look.outcome.value} ({look.reason})"] = said.get(f"{look.outcome.value} ({look.reason})", 0) + 1
    return tuple(Reason(KIND, f"a second look at {number} of them said {what}") for what, number in said.items())


def _home(wave: Sequence[tuple[PageHistory, Absence]]) -> str:
    return "; the home page was well" if all(history.home for history, _ in wave) else "; the site's home page is not watched"


def _all_agree(case: WaveCase) -> bool:
    return bool(case.probes) and all(_agrees(look) for look in case.probes.values())


RULE = Rule(KIND, PageCase, "page", judge, cleared, wants=wants, patient=True, why=why)
TOGETHER = Rule(KIND, WaveCase, "site", judge_wave, over=over_wave, wants=wants_wave, why=why_wave)
