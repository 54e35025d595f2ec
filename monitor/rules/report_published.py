"""A report that was owed appeared while we were watching."""

from __future__ import annotations

from monitor.duty import DutyState
from monitor.proof import told
from monitor.rule import AssessedDuty, Rule, duty_verdict
from storage.records import SHANGHAI, Verdict

KIND = "report_published"


def judge(assessed: AssessedDuty) -> Verdict | None:
    """Speak of a report that was not there before, by a look of ours or by its own date."""
    state, first = assessed.state, assessed.case.first_look
    if state.present_by is None or first is None or state.present_by <= first:
        return None
    if state.absent_at is None and (state.shown is None or state.shown < first.astimezone(SHANGHAI).date().isoformat()):
        return None
    return duty_verdict(KIND, assessed, "Report published", "low", f"there at {told(state.present_by)}{_timing(state)}")


def _timing(state: DutyState) -> str:
    if state.days is None:
        return ""
    many = f"{abs(state.days)} day{'' if abs(state.days) == 1 else 's'}"
    late = f"{'at least ' if state.at_least else ''}{many} late"
    return f"; {late if state.days > 0 else f'{many} early' if state.days else 'on the due day'}"


RULE = Rule(KIND, AssessedDuty, "duty", judge)
