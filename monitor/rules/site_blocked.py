"""A shield answers in the place of a site: blocked is blocked, and never "removed", "changed" or "missing"."""

from __future__ import annotations

from monitor.case import RunCase
from monitor.outage import answered_again, goes_on, home_to_probe, outage_over, outage_verdict
from monitor.rule import Rule
from storage.records import Verdict

KIND = "site_blocked"


def judge(case: RunCase) -> Verdict | None:
    """Speak of a site of which the latest crawls brought nothing."""
    if not goes_on(case, shielded=True):
        return None
    return outage_verdict(KIND, case, "Site blocks our looks", "a shield has answered in the place of the site")


def cleared(case: RunCase) -> bool:
    """The site can be looked at again."""
    return outage_over(case, shielded=True)


def wants(case: RunCase) -> tuple[str, ...]:
    """A second look at the home page."""
    return home_to_probe(case, KIND, shielded=True)


RULE = Rule(KIND, RunCase, "site", judge, cleared, wants=wants, why=answered_again)
