"""A figure in the text is another one: a number, an amount, a share or a date, with nothing else in its paragraph changed."""

from __future__ import annotations

from itertools import groupby

from monitor.proof import details_of
from monitor.rule import ChangeCase, Rule, change_verdict
from storage.records import Difference, Verdict

KIND = "figure_changed"
WIDEST = 60


def judge(case: ChangeCase) -> Verdict | None:
    """Speak of every paragraph in which only figures changed."""
    change = case.change
    figures = [difference for difference in change.differences or () if difference.kind == "figure"]
    if not figures:
        return None
    swaps = [swap for figure in figures for swap in _swaps(figure)]
    others = [difference for difference in change.differences or () if difference.kind != "figure"]
    detail = {**details_of(change, [*figures, *others]), "figures": swaps[:20]}
    return change_verdict(KIND, case, "Figure changed", "high", "; ".join(swaps[:5]), detail)


def _swaps(figure: Difference) -> list[str]:
    """Each figure that went with the one that came in its place, as ``15 → 29``."""
    found: list[str] = []
    for stayed, group in groupby(figure.spans, key=lambda span: span[0] == "="):
        runs = {sign: text.strip() for sign, text in group}
        gone, come = runs.get("-", ""), runs.get("+", "")
        if not stayed and gone != come:
            found.append(f"{gone[:WIDEST] or 'nothing'} → {come[:WIDEST] or 'nothing'}")
    return found


RULE = Rule(KIND, ChangeCase, "page", judge)
