"""Nothing can be said of an owed report although it was due while we were watching: no venue is known, or we could not look."""

from __future__ import annotations

from datetime import timedelta

from monitor.duty import end_of
from monitor.rule import AssessedDuty, Rule, duty_verdict
from storage.records import Verdict

KIND = "not_assessable"
PATIENCE = timedelta(days=2)


def judge(assessed: AssessedDuty) -> Verdict | None:
    """Speak of a duty that cannot be assessed, once two days of looking after the due day would have been possible."""
    case, state = assessed.case, assessed.state
    if state.state != "not_assessable" or state.backdated:
        return None
    end = end_of(case.instance.due)
    watched = case.first_look is not None and case.first_look <= end and assessed.now >= end + PATIENCE
    if not watched and not case.instance.problem:
        return None
    because = "whether it is late or missing cannot be told, so nobody is accused"
    return duty_verdict(KIND, assessed, "Not assessable", "low", because)


def cleared(assessed: AssessedDuty) -> bool:
    """It can be assessed now."""
    return assessed.state.state != "not_assessable"


def why(assessed: AssessedDuty) -> str:
    """What is said of the duty now instead."""
    return f"it is {assessed.state.state.replace('_', ' ')} now"


RULE = Rule(KIND, AssessedDuty, "duty", judge, cleared, why=why)
