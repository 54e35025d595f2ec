"""The date it shows is another one, and the text is not: a report may have been dated back, or forward, after the fact."""

from __future__ import annotations

from monitor.proof import content_of, details_of
from monitor.rule import ChangeCase, Rule, change_verdict
from storage.records import Verdict

KIND = "redated"


def judge(case: ChangeCase) -> Verdict | None:
    """Speak of a changed date over an unchanged text."""
    change = case.change
    dates = [difference for difference in change.differences or () if difference.kind == "published"]
    if not dates or content_of(change):
        return None
    because = f"the date shown went from {dates[0].before or 'none'} to {dates[0].after or 'none'}, the text stayed"
    return change_verdict(KIND, case, "Shown date changed", "medium", because, details_of(change))


RULE = Rule(KIND, ChangeCase, "page", judge)
