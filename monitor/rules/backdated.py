"""A report shows a date on which it was not there yet: a look after that date did not find it."""

from __future__ import annotations

from monitor.proof import told
from monitor.rule import AssessedDuty, Rule, duty_verdict
from storage.records import Verdict

KIND = "backdated"


def judge(assessed: AssessedDuty) -> Verdict | None:
    """Speak of a report whose date is contradicted by our own look."""
    state = assessed.state
    if not state.backdated or state.absent_at is None or state.present_by is None:
        return None
    because = f"it shows {state.shown}, but was not there at {told(state.absent_at)} and there at {told(state.present_by)}"
    return duty_verdict(KIND, assessed, "Backdated report", "high", because)


def cleared(assessed: AssessedDuty) -> bool:
    """The date it shows and our looks agree."""
    return not assessed.state.backdated


RULE = Rule(KIND, AssessedDuty, "duty", judge, cleared)
