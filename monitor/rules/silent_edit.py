"""The text is another one, but the date it shows is still the old one: nobody who reads the page can know."""

from __future__ import annotations

from monitor.proof import content_of, details_of, redated
from monitor.rule import ChangeCase, Rule, change_verdict
from storage.records import Verdict

KIND = "silent_edit"


def judge(case: ChangeCase) -> Verdict | None:
    """Speak of changed content under an unchanged date."""
    if not content_of(case.change) or redated(case.change):
        return None
    because = "the text changed, the date shown did not"
    return change_verdict(KIND, case, "Silent edit", "medium", because, details_of(case.change))


RULE = Rule(KIND, ChangeCase, "page", judge)
