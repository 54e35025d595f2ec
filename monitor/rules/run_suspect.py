"""A crawl of a site brought so little, or so much else than usual, that nothing is judged by it: the site itself is the news."""

from __future__ import annotations

from monitor.case import RunCase
from monitor.proof import told
from monitor.rule import Rule
from monitor.site import is_dark
from storage.records import Reason, RunState, Verdict

KIND = "run_suspect"


def judge(case: RunCase) -> Verdict | None:
    """Speak of a suspect run; it accuses no agency. One in which the site did not answer is told as an outage."""
    run = case.run
    if run.state is not RunState.SUSPECT or is_dark(run):
        return None
    when = f"crawled at {told(run.opened)}; nothing is judged by it"
    stays = f"if it stays so, `gongkai adopt {run.site}` takes what the site brings now as its new normal"
    name = case.site.name if case.site and case.site.name else run.site
    return Verdict(
        key=f"{KIND}:site:{run.site}",
        kind=KIND,
        subject="site",
        title=f"Suspect crawl of {name}",
        severity="medium",
        site=run.site,
        url=case.site.home if case.site else None,
        reasons=tuple(Reason(KIND, text) for text in (*run.reasons, when, stays)),
        by=run.closed or run.opened,
        detail={"run": run.id, "vantage": run.vantage, "tally": dict(run.tally)},
    )


def cleared(case: RunCase) -> bool:
    """A later run of the site was sound."""
    return case.run.state is RunState.SOUND


def why(case: RunCase) -> str:
    """Why it is over."""
    return f"the crawl at {told(case.run.opened)} was sound"


RULE = Rule(KIND, RunCase, "site", judge, cleared, why=why)
