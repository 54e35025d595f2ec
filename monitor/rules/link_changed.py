"""A link in the text leads elsewhere, which no reader of the words can see."""

from __future__ import annotations

from monitor.proof import details_of
from monitor.rule import ChangeCase, Rule, change_verdict
from storage.records import Verdict

KIND = "link_changed"


def judge(case: ChangeCase) -> Verdict | None:
    """Speak of links that changed their target or came or went."""
    if not any(difference.kind == "link" for difference in case.change.differences or ()):
        return None
    because = "a link in the text leads elsewhere, came or went"
    return change_verdict(KIND, case, "Link changed", "low", because, details_of(case.change))


RULE = Rule(KIND, ChangeCase, "page", judge)
