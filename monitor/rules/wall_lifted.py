"""A wall is gone that stood in the version before: the text can be read again, or was taken out with its wall."""

from __future__ import annotations

from monitor.proof import details_of
from monitor.rule import ChangeCase, Rule, change_verdict
from storage.records import Verdict

KIND = "wall_lifted"


def judge(case: ChangeCase) -> Verdict | None:
    """Speak of a wall that the later version does not hold any more."""
    if not any(difference.kind == "wall_removed" for difference in case.change.differences or ()):
        return None
    return change_verdict(KIND, case, "Wall lifted", "low", "the wall is no longer in the text", details_of(case.change))


RULE = Rule(KIND, ChangeCase, "page", judge)
