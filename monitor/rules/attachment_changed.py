"""A document that the text links to came or went."""

from __future__ import annotations

from monitor.proof import details_of
from monitor.rule import ChangeCase, Rule, change_verdict
from storage.records import Verdict

KIND = "attachment_changed"


def judge(case: ChangeCase) -> Verdict | None:
    """Speak of attachments that the later version has not, or has anew."""
    kinds = [difference.kind for difference in case.change.differences or ()]
    gone, come = kinds.count("attachment_removed"), kinds.count("attachment_added")
    if not gone and not come:
        return None
    because = f"of the attachments {gone} went and {come} came"
    severity = "medium" if gone else "low"
    return change_verdict(KIND, case, "Attachment changed", severity, because, details_of(case.change))


RULE = Rule(KIND, ChangeCase, "page", judge)
