"""How a time in which a site could not be looked at is told: as suspected at first, as settled once it has held, then as over.

Pure. Shared by the rules that tell why it could not be looked at; accuses nobody.
"""

from __future__ import annotations

from monitor.case import ProbeLook, RunCase
from monitor.proof import evidence_of_any, told
from monitor.site import Outage, outage_of, stretch_of
from storage.records import ROBOTS_UNREAD, SEEN, Evidence, Outcome, Reason, Verdict


def outage_verdict(kind: str, case: RunCase, words: str, because: str) -> Verdict | None:
    """Make a finding of the outage that goes on at the latest run, if there is one."""
    outage = outage_of(case.runs)
    if outage is None or outage.answered:
        return None
    stretch, patience = stretch_of(outage.runs), case.settling.outage
    confirmed = case.probe is not None and _is_kept_out(case.probe)
    before, dark = _home(case, outage)
    name = case.site.name if case.site and case.site.name else case.run.site
    held = "" if patience.held(stretch) else f"; {patience} are needed to settle it"
    return Verdict(
        key=f"{kind}:site:{case.run.site}",
        kind=kind,
        subject="site",
        title=f"{words}: {name}",
        machine="settled" if patience.held(stretch) and confirmed else "suspected",
        severity="medium",
        site=case.run.site,
        url=case.site.home if case.site else None,
        reasons=(
            Reason(kind, f"{because} since {told(stretch.since)}, in {_crawls(stretch.looks)} up to {told(stretch.until)}{held}"),
            Reason(kind, "nothing is said of its pages meanwhile: they could not be looked at"),
            *(Reason(kind, text) for text in outage.runs[-1].reasons),
            *_answer(kind, case, outage),
            *_second(kind, case.probe),
        ),
        evidence=(*before, *dark),
        after=before[0].time if before else None,
        by=stretch.since,
        detail={
            "crawls": stretch.looks,
            "since": stretch.since.isoformat(),
            "until": stretch.until.isoformat(),
            "probe": case.probe.outcome.value if case.probe else None,
        },
    )


def outage_over(case: RunCase, *, shielded: bool) -> bool:
    """It answers again, and that has held; or the outage is of another kind."""
    outage = outage_of(case.runs)
    if outage is None:
        return True
    if not outage.answered:
        return outage.shielded is not shielded
    return case.settling.restoration.held(stretch_of(outage.answered))


def answered_again(case: RunCase) -> str:
    """Why an outage is over, or told otherwise."""
    outage = outage_of(case.runs)
    if outage is None or not outage.answered:
        return "the site is told as unreachable or blocked in another way now"
    return f"the site answers again since {told(outage.answered[0].opened)}"


def home_to_probe(case: RunCase, kind: str, *, shielded: bool) -> tuple[str, ...]:
    """The home page, when a second look at it would settle the outage."""
    outage = outage_of(case.runs)
    known = case.open.get(f"{kind}:site:{case.run.site}")
    if outage is None or outage.answered or outage.shielded is not shielded or case.site is None:
        return ()
    wanted = (known is None or known.machine != "settled") and case.settling.outage.held(stretch_of(outage.runs))
    return (case.site.home,) if wanted else ()


def goes_on(case: RunCase, *, shielded: bool) -> bool:
    """Was the site dark in this way at the latest run."""
    outage = outage_of(case.runs)
    return outage is not None and not outage.answered and outage.shielded is shielded


def _home(case: RunCase, outage: Outage) -> tuple[tuple[Evidence, ...], tuple[Evidence, ...]]:
    """The last look at which the home page was well, and the first and the last at which it was not."""
    since = outage.runs[0].opened
    before = [span for span in case.home if span.outcome in SEEN and span.last < since]
    dark = [span for span in case.home if span.outcome not in SEEN and span.last >= since]
    first = (evidence_of_any(dark[0], "absent", last=False),) if dark else ()
    last = (evidence_of_any(dark[-1], "absent"),) if dark else ()
    return (evidence_of_any(before[-1], "present"),) if before else (), tuple(dict.fromkeys((*first, *last)))


def _is_kept_out(probe: ProbeLook) -> bool:
    """Did the site not answer a second look either; a page that is not there, or not allowed, is an answer."""
    return probe.outcome in (Outcome.FAILED, Outcome.BLOCKED) or ROBOTS_UNREAD in probe.reason


def _answer(kind: str, case: RunCase, outage: Outage) -> tuple[Reason, ...]:
    """What came instead, by the latest look at the home page: an error, a certificate, or nothing at all."""
    dark = [span for span in case.home if span.outcome not in SEEN and span.last >= outage.runs[0].opened]
    return tuple(Reason(kind, f"the latest look at {span.url}: {span.outcome.value} ({span.reason})") for span in dark[-1:])


def _second(kind: str, probe: ProbeLook | None) -> tuple[Reason, ...]:
    if probe is None:
        return ()
    agrees = "got through"
    if probe.outcome not in SEEN:
        agrees = "did not get through either" if _is_kept_out(probe) else "was answered"
    return (Reason(kind, f"a second look at {told(probe.time)} {agrees}: {probe.outcome.value} ({probe.reason})"),)


def _crawls(number: int) -> str:
    return "one crawl" if number == 1 else f"{number} crawls"
