"""A report that was owed is not there, though it was looked for on two days after the due day wherever it may appear."""

from __future__ import annotations

from monitor.rule import AssessedDuty, Rule, duty_verdict
from storage.records import Verdict

KIND = "missing_report"


def judge(assessed: AssessedDuty) -> Verdict | None:
    """Speak of a report that is missing on proof."""
    if assessed.state.state != "missing":
        return None
    return duty_verdict(KIND, assessed, "Missing report", "high", "it did not come by the due day and was not there afterwards")


def cleared(assessed: AssessedDuty) -> bool:
    """The report came, or it cannot be called missing any more."""
    return assessed.state.state != "missing"


def why(assessed: AssessedDuty) -> str:
    """What is said of the duty now instead."""
    return f"it is {assessed.state.state.replace('_', ' ')} now"


RULE = Rule(KIND, AssessedDuty, "duty", judge, cleared, why=why)
