"""The text is another one, and so is the date it shows: an edit that the page owns up to."""

from __future__ import annotations

from monitor.proof import content_of, details_of, redated
from monitor.rule import ChangeCase, Rule, change_verdict
from storage.records import Verdict

KIND = "page_changed"


def judge(case: ChangeCase) -> Verdict | None:
    """Speak of changed content under a changed date."""
    if not content_of(case.change) or not redated(case.change):
        return None
    because = "the text changed, and so did the date shown"
    return change_verdict(KIND, case, "Page changed", "low", because, details_of(case.change))


RULE = Rule(KIND, ChangeCase, "page", judge)
