"""A site that does not answer: nothing can be said of its pages, and nobody is accused. Only failed looks count."""

from __future__ import annotations

from monitor.case import RunCase
from monitor.outage import answered_again, goes_on, home_to_probe, outage_over, outage_verdict
from monitor.rule import Rule
from storage.records import Verdict

KIND = "site_unreachable"


def judge(case: RunCase) -> Verdict | None:
    """Speak of a site of which the latest crawls brought nothing."""
    if not goes_on(case, shielded=False):
        return None
    return outage_verdict(KIND, case, "Site unreachable", "the site has not answered")


def over(case: RunCase, verdict: Verdict) -> bool:
    """The site can be looked at again."""
    return outage_over(case, verdict, shielded=False)


def wants(case: RunCase) -> tuple[str, ...]:
    """A second look at the home page."""
    return home_to_probe(case, KIND, shielded=False)


RULE = Rule(KIND, RunCase, "site", judge, over=over, wants=wants, why=answered_again)
