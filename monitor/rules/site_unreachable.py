"""A site that gives no usable answer: nothing can be said of its pages, and nobody is accused. Only failed looks count."""

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
    return outage_verdict(KIND, case, "Site unreachable", "the site has given no answer that can be used")


def cleared(case: RunCase) -> bool:
    """The site can be looked at again."""
    return outage_over(case, shielded=False)


def wants(case: RunCase) -> tuple[str, ...]:
    """A second look at the home page."""
    return home_to_probe(case, KIND, shielded=False)


RULE = Rule(KIND, RunCase, "site", judge, cleared, wants=wants, why=answered_again)
