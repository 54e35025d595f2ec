"""A site was rebuilt: crawl after crawl most of its known pages are not where they were, while the site itself answers.

Suspected when three crawls in a row agree, settled after seven days, when what the site brings now is taken as its new normal; a
person may do so earlier (`gongkai adopt`). Pages left behind by a redesign are named here and called removed nowhere.
"""

from __future__ import annotations

from monitor.case import RunCase
from monitor.proof import evidence_of_any, excerpt, told
from monitor.rule import Rule
from monitor.site import ADOPTED_AFTER, redesign_of
from storage.records import Reason, RunState, Verdict

KIND = "site_redesigned"
NAMED = 20
"""Lost pages that the finding names."""


def judge(case: RunCase) -> Verdict | None:
    """Speak of a site of which the latest crawls agree that it is another."""
    runs = redesign_of(case.runs)
    if not runs:
        return None
    since, until = runs[0].opened, runs[-1].opened
    adopted = until - since >= ADOPTED_AFTER
    name = case.site.name if case.site and case.site.name else case.run.site
    then = (
        "what the site brings now is taken as its new normal"
        if adopted
        else f"if it stays so for {ADOPTED_AFTER.days} days, what the site brings is taken as its new normal; "
        f"`gongkai adopt {case.run.site}` does so now"
    )
    last = [span for span in case.home if span.last >= since]
    return Verdict(
        key=f"{KIND}:site:{case.run.site}:{runs[0].id}",
        kind=KIND,
        subject="site",
        title=f"Site redesigned: {name}",
        machine="settled" if adopted else "suspected",
        severity="medium",
        site=case.run.site,
        url=case.site.home if case.site else None,
        reasons=(
            Reason(KIND, f"{len(runs)} crawls in a row, from {told(since)} to {told(until)}, agree"),
            *(Reason(KIND, text) for text in runs[-1].reasons),
            Reason(KIND, f"no page is called removed for it; {then}"),
        ),
        evidence=tuple(evidence_of_any(span, "present") for span in last[-1:]),
        by=since,
        detail={
            "crawls": len(runs),
            "since": since.isoformat(),
            "until": until.isoformat(),
            "lost": runs[-1].tally.get("lost", 0),
            "known": runs[-1].tally.get("known", 0),
            "pages": [excerpt(page) for page in case.lost[:NAMED]],
        },
    )


def over(case: RunCase, verdict: Verdict) -> bool:
    """The pages are where they were again before the redesign was settled."""
    return verdict.machine == "suspected" and case.run.state is RunState.SOUND


def adopts(verdict: Verdict) -> bool:
    """Does a finding say that what its site brings now is its new normal."""
    return verdict.kind == KIND and verdict.machine == "settled"


def why(case: RunCase) -> str:
    """Why it is taken back."""
    return f"the crawl at {told(case.run.opened)} was sound: known pages are back, or a person took the new form as normal"


RULE = Rule(KIND, RunCase, "site", judge, over=over, why=why)
