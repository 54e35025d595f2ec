"""What a rule is, and how the answers of many rules become findings.

A rule is a pure function over one case (see `monitor.case`). It gives a verdict, several, or none. Nothing here fetches,
writes or knows the time; the kinds themselves stand in `monitor.rules`, one to the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from monitor.absence import CLOSELY
from monitor.case import (
    AssessedDuty,
    ChangeCase,
    ColumnCase,
    Open,
    PageCase,
    ProbeLook,
    RunCase,
    WaveCase,
)
from monitor.duty import DutyCase
from monitor.impostor import signs
from monitor.proof import between, evidence_of_change, host_of, name_of, returned, speaks_for
from storage.records import Change, Reason, Role, Verdict

__all__ = [
    "ORDER", "AssessedDuty", "ChangeCase", "ColumnCase", "Open", "PageCase", "ProbeLook", "Rule", "Ruling", "RunCase", "WaveCase",
    "change_verdict", "duty_verdict", "judge_change", "judge_column", "judge_duty", "judge_page", "judge_run", "judge_wave",
    "merge_change_verdicts", "one_per_key", "scope_of", "second_looks", "steady",
]  # fmt: skip

ORDER = (
    "report_published", "missing_report", "late_report", "not_assessable", "backdated", "redated",
    "paywalled_section", "wall_lifted", "numbering_gap",
    "page_removed", "page_restored", "page_moved", "entry_removed", "index_gap",
    "figure_changed", "silent_edit", "page_changed", "attachment_changed", "link_changed",
    "impostor_copy", "stale_column", "empty_column",
    "site_unreachable", "site_blocked", "site_redesigned", "run_suspect",
    "sums_disagree", "copied_report",
)  # fmt: skip
"""All kinds of finding. Of those that one change gives, the first in this order is told and the rest stand in `also`."""


# --- what a rule is --------------------------------------------------------------------------------------------------------

C = TypeVar("C")


def _never(_: Any) -> bool:
    return False


def _nothing(_: Any) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Rule(Generic[C]):
    """One kind of finding: what it is asked about, whom it is about, and how it is found.

    An event has neither `cleared` nor `over`: it stays true. A lasting finding is resolved once `cleared` (of the case) or `over`
    (of the case and this finding of it) says that it is positively no longer true; that it could not be found again this time is
    not enough.
    """

    kind: str
    asks: type[C]
    subject: str  #: agency | site | page | entry | duty
    judge: Callable[[C], Verdict | Iterable[Verdict] | None]
    cleared: Callable[[C], bool] = _never
    over: Callable[[C, Verdict], bool] | None = None
    wants: Callable[[C], tuple[str, ...]] = _nothing  #: addresses at which a second look would settle something
    patient: bool = False  #: does a suspicion wait for further looks
    why: Callable[[C], str] = lambda _: "it was found to be so no more"  #: why it is over, in plain words

    @property
    def lasting(self) -> bool:
        """Is it a state that may end, and not an event."""
        return self.cleared is not _never or self.over is not None

    def ended(self, case: C, verdict: Verdict) -> bool:
        """Is this finding, still held to be true, over."""
        return self.over(case, verdict) if self.over is not None else self.cleared(case)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the rules said of one case, which open findings are over, and whether further looks should come soon."""

    verdicts: tuple[Verdict, ...] = ()
    resolved: tuple[str, ...] = ()
    unsettled: bool = False
    why: Mapping[str, str] = field(default_factory=dict, compare=False)  #: of what is over, the reason


Rules = Sequence[Rule[Any]]


def judge_change(rules: Rules, case: ChangeCase) -> tuple[Verdict, ...]:
    """Say what a change is: nothing in a baseline, in a home or a column, or if only form or order differs; else one finding."""
    change = case.change
    if change.baseline or change.page.role in (Role.HOME, Role.COLUMN) or not _said(change):
        return ()
    merged = merge_change_verdicts(_verdicts(rules, case))
    own = (change.page.site,) if speaks_for(case.site, case.agency) else ()
    if merged and signs(change.after.reading, (change.page.site, host_of(change.after.url)), own):
        merged = replace(merged, agency=None)  # an impostor's page accuses nobody
    return (merged,) if merged else ()


def judge_page(rules: Rules, case: PageCase) -> Ruling:
    """Say what is true of a page now."""
    ruling = _ruling(rules, case, case.open, f"page:{case.history.page.id}")
    return replace(ruling, unsettled=_is_unsettled(rules, case, ruling.verdicts))


def judge_wave(rules: Rules, case: WaveCase) -> Ruling:
    """Say what is true of pages that vanished together."""
    return _ruling(rules, case, case.open, f"site:{case.site.host}")


def judge_column(rules: Rules, case: ColumnCase) -> Ruling:
    """Say how alive a column is now."""
    return _ruling(rules, case, case.open, f"page:{case.life.page.id}")


def judge_duty(rules: Rules, case: AssessedDuty) -> Ruling:
    """Say what is true of an owed report now."""
    return _ruling(rules, case, case.open, scope_of(case.case))


def judge_run(rules: Rules, case: RunCase) -> Ruling:
    """Say what is true of a site by its latest run."""
    return _ruling(rules, case, case.open, f"site:{case.run.site}")


def second_looks(rules: Rules, case: object) -> tuple[str, ...]:
    """The addresses at which a second look would settle something of this case."""
    return tuple(dict.fromkeys(url for rule in rules if rule.asks is type(case) for url in rule.wants(case)))


def _verdicts(rules: Rules, case: object) -> list[Verdict]:
    verdicts = [verdict for rule in rules if rule.asks is type(case) for verdict in _told(rule.judge(case))]
    if any(verdict.kind == "impostor_copy" for verdict in verdicts):  # an impostor's page accuses nobody
        return [replace(verdict, agency=None) for verdict in verdicts]
    return verdicts


def _told(said: Verdict | Iterable[Verdict] | None) -> Iterable[Verdict]:
    if said is None:
        return ()
    return (said,) if isinstance(said, Verdict) else said


def _ruling(rules: Rules, case: object, open_: Open, scope: str) -> Ruling:
    verdicts = tuple(steady(verdict, open_.get(verdict.key)) for verdict in _verdicts(rules, case))
    given = {verdict.key for verdict in verdicts}
    over = {
        verdict.key: rule.why(case)
        for rule in rules
        if rule.asks is type(case) and rule.lasting
        for verdict in open_.values()
        if verdict.kind == rule.kind and _within(verdict.key, f"{rule.kind}:{scope}") and rule.ended(case, verdict)
    }
    resolved = tuple(key for key in over if key not in given)
    return Ruling(verdicts, resolved, why={key: over[key] for key in resolved})


def _within(key: str, scope: str) -> bool:
    """Does a key name this scope, or one of several findings within it."""
    return key == scope or key.startswith(f"{scope}:")


def _is_unsettled(rules: Rules, case: PageCase, verdicts: Iterable[Verdict]) -> bool:
    """Some suspicion of the page waits for further looks, and has not waited for too long."""
    patient = {rule.kind for rule in rules if rule.patient and rule.asks is PageCase}
    spans = case.history.sightings
    return any(
        verdict.machine == "suspected" and verdict.kind in patient and verdict.by is not None
        and bool(spans) and spans[-1].last - verdict.by < CLOSELY
        for verdict in verdicts
    )  # fmt: skip


def steady(new: Verdict, old: Verdict | None) -> Verdict:
    """Keep what was said already, word for word, while it says the same: a lasting state is no news every day."""
    if old is None or _what(old) != _what(new):
        return new
    same = (old.machine, old.severity) == (new.machine, new.severity)
    if same and new.detail.get("probe") not in (None, old.detail.get("probe")):
        return new  # what a second look said is worth keeping
    return old if same or ((old.machine, new.machine) == ("settled", "suspected") and not new.doubted) else new


def _what(verdict: Verdict) -> tuple[object, ...]:
    """What a finding says: its words, whom it is about, where, and of many pages which ones."""
    return (verdict.title, verdict.agency, verdict.url, verdict.detail.get("all"))


def scope_of(case: DutyCase) -> str:
    """The part of a finding's key that names an owed report."""
    return f"duty:{case.instance.agency}:{case.instance.duty}:{case.instance.period}"


def duty_verdict(kind: str, assessed: AssessedDuty, title: str, severity: str, because: str) -> Verdict:
    """Make a finding about an owed report of how it stands; what rests on a doubtful page is only suspected."""
    case, state = assessed.case, assessed.state
    instance = case.instance
    venue = case.venues[0].page if case.venues else None
    return Verdict(
        key=f"{kind}:{scope_of(case)}",
        kind=kind,
        subject="duty",
        title=f"{title}: {instance.name} {instance.period}, {instance.agency_name}",
        machine="suspected" if state.suspected else "settled",
        severity=severity,
        agency=instance.agency,
        site=instance.site or (host_of(state.url) if state.url else venue.site if venue else None),
        url=state.url or (venue.url if venue else None),
        reasons=(Reason(kind, because), Reason("due", f"due on {instance.due} by {instance.basis}"), *state.reasons),
        evidence=state.evidence,
        after=state.absent_at if state.present_by else None,
        by=state.present_by or state.absent_at,
        detail={
            "duty": instance.duty,
            "period": instance.period,
            "due": instance.due.isoformat(),
            "basis": instance.basis,
            "state": state.state,
            "days": state.days,
            "at_least": state.at_least,
            "grounds": state.grounds,
            "shown": state.shown,
        },
        doubted=state.doubted,
    )


def change_verdict(kind: str, case: ChangeCase, words: str, severity: str, because: str, detail: Mapping[str, Any]) -> Verdict:
    """Make a finding about a change; one that brings an earlier version back weighs little, and its title says so."""
    change = case.change
    return Verdict(
        key=f"{kind}:change:{change.id}",
        kind=kind,
        subject="page",
        title=f"{words}{returned(change)}: {name_of(change)}",
        severity="low" if change.returned else severity,
        agency=speaks_for(case.site, case.agency),
        site=change.page.site,
        page=change.page.id,
        url=change.page.url,
        reasons=(Reason(kind, f"{because}: {between(change)}"),),
        evidence=evidence_of_change(change),
        after=change.before_seen,
        by=change.seen,
        detail=detail,
    )


# --- one change, one finding -----------------------------------------------------------------------------------------------


def merge_change_verdicts(verdicts: Iterable[Verdict]) -> Verdict | None:
    """Make one finding of all that one change gave: the highest kind is told, the others are named in `also`."""
    ranked = sorted(verdicts, key=lambda verdict: ORDER.index(verdict.kind))
    if not ranked:
        return None
    first, rest = ranked[0], ranked[1:]
    also = dict.fromkeys(kind for verdict in ranked for kind in (verdict.kind, *verdict.also) if kind != first.kind)
    return replace(first, also=tuple(also), reasons=(*first.reasons, *(reason for verdict in rest for reason in verdict.reasons)))


def one_per_key(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """Keep one verdict for each key: the one that can say since when, with what the others add in `also`."""
    by_key: dict[str, Verdict] = {}
    for verdict in verdicts:
        known = by_key.get(verdict.key, verdict)
        first, other = (verdict, known) if known.after is None else (known, verdict)
        also = tuple(dict.fromkeys((*first.also, *other.also)))
        by_key[verdict.key] = replace(first, also=also)
    return tuple(by_key.values())


def _said(change: Change) -> bool:
    """Moved text is not changed text, and a listing's rows have spans of their own."""
    after = change.after.reading
    if change.noise_only or (after is not None and after.kind == "listing"):
        return False
    return any(difference.kind != "paragraph_moved" for difference in change.differences or ())
