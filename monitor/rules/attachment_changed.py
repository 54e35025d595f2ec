"""A document that the text links to came or went, or a file whose words cannot be read was replaced by another."""

from __future__ import annotations

from monitor.proof import details_of
from monitor.rule import ChangeCase, Rule, change_verdict
from storage.records import FILE, Reading, Verdict

KIND = "attachment_changed"


def judge(case: ChangeCase) -> Verdict | None:
    """Speak of attachments that the later version has not, or has anew."""
    kinds = [difference.kind for difference in case.change.differences or ()]
    gone, come = kinds.count("attachment_removed"), kinds.count("attachment_added")
    if not gone and not come:
        return None
    severity = "medium" if gone else "low"
    if _is_file(case.change.after.reading):
        because = "another file stands in its place; one of the two at least could not be read, so the words were not compared"
        return change_verdict(KIND, case, "File replaced", severity, because, details_of(case.change))
    because = f"of the attachments {gone} went and {come} came"
    return change_verdict(KIND, case, "Attachment changed", severity, because, details_of(case.change))


def _is_file(reading: Reading | None) -> bool:
    return reading is not None and reading.family == FILE


RULE = Rule(KIND, ChangeCase, "page", judge)
