"""A report came after the day by which it was owed."""

from __future__ import annotations

from monitor.rule import AssessedDuty, Rule, duty_verdict
from storage.records import Verdict

KIND = "late_report"


def judge(assessed: AssessedDuty) -> Verdict | None:
    """Speak of a late report, and of how late it is at least."""
    state = assessed.state
    if state.state != "late" or state.days is None:
        return None
    days = f"{'at least ' if state.at_least else ''}{state.days} day{'' if state.days == 1 else 's'}"
    severity = "high" if state.days > 30 else "medium"
    return duty_verdict(KIND, assessed, f"Late by {days}", severity, f"late by {days}, by what was {state.grounds}")


def cleared(assessed: AssessedDuty) -> bool:
    """It turned out not to be late."""
    return assessed.state.state != "late"


RULE = Rule(KIND, AssessedDuty, "duty", judge, cleared)
