"""The contract of a site with its runs: what it usually brings against what came, so that a run is sound or suspect.

Pure. Never looks at a page, accuses nobody and mends nothing: a suspect run only keeps its captures from being judged.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from storage.records import ABSENT, LOST, SAME_BYTES, SEEN, SELECTOR_MISSED, LookBrief, Outcome, Role, RunState, SiteHabit

SILENT = frozenset({Outcome.FAILED, Outcome.BLOCKED, Outcome.REFUSED})
"""Outcomes in which the site told nothing about the page."""

TROUBLED = frozenset({Outcome.FAILED, Outcome.BLOCKED, Outcome.UNREADABLE})
"""Outcomes in which the site was asked and what came could not be used."""

FEW_PAGES = 4
"""With fewer known pages than this, one withdrawn document would already be most of the site."""

USUAL_SLACK = 0.25
"""How much more than usual may be lost at a site of which much is lost at every run."""

Weighing = Callable[[SiteHabit, Sequence[LookBrief]], str | None]


def verdict(habit: SiteHabit, looks: Sequence[LookBrief]) -> tuple[RunState, tuple[str, ...]]:
    """Weigh a run: `SOUND` without reasons, or `SUSPECT` with every reason in plain words; never raises.

    `looks` are all looks of the run, in any order; `habit` is what the site's latest sound runs brought. A few blocked or
    failed pages among others that answered do not make a run suspect: they say nothing about their pages, and that is all.
    """
    weighed = _pages(looks)
    reasons = tuple(reason for weigh in WEIGHINGS if (reason := weigh(habit, weighed)))
    return (RunState.SUSPECT if reasons else RunState.SOUND), reasons


def is_shaken(looks: Sequence[LookBrief]) -> bool:
    """Are most of the known pages that a run looked at lost; then it should look at others before it is weighed."""
    known = [look for look in _pages(looks) if look.known]
    return sum(look.outcome in LOST for look in known) * 2 > len(known)


def _pages(looks: Sequence[LookBrief]) -> Sequence[LookBrief]:
    """The looks by which a site is weighed: files that are refused, too large or moved away say nothing of its pages."""
    return [look for look in looks if look.role is not Role.ATTACHMENT] or looks


def _nothing_answered(_: SiteHabit, looks: Sequence[LookBrief]) -> str | None:
    silent = [look for look in looks if look.outcome in SILENT]
    if len(silent) < len(looks):
        return None
    return f"no page could be looked at: {_listed(silent)}" if looks else "no look was kept"


def _gone_without_home(_: SiteHabit, looks: Sequence[LookBrief]) -> str | None:
    """A page may be called gone only beside a home page that answers, else the whole site may be away."""
    homes = [look for look in looks if look.role is Role.HOME]
    absent = [look for look in looks if look.outcome in ABSENT and look.role is not Role.HOME]
    if not homes or not absent or any(look.outcome in SEEN for look in homes):
        return None
    return f"the home page was not seen ({_listed(homes)}) while {len(absent)} of {len(looks)} pages were called gone"


def _many_lost(habit: SiteHabit, looks: Sequence[LookBrief]) -> str | None:
    """Half of a site does not vanish in one night by withdrawal; a redesign or a fault does that.

    Pages that told nothing are not held for standing: of a server in trouble some fail and others are called gone.
    """
    known = [look for look in looks if look.known and look.outcome not in SILENT]
    lost = [look for look in known if look.outcome in LOST]
    if len(known) < FEW_PAGES or len(lost) <= len(known) * max(0.5, 1 - habit.ok_share + USUAL_SLACK):
        return None
    return f"{len(lost)} of {len(known)} pages seen before are no longer where they were ({_listed(lost)})"


def _many_troubled(_: SiteHabit, looks: Sequence[LookBrief]) -> str | None:
    troubled = [look for look in looks if look.outcome in TROUBLED]
    if len(troubled) * 2 <= len(looks):
        return None
    return f"{len(troubled)} of {len(looks)} pages could not be looked at ({_listed(troubled)})"


def _column_dried_up(habit: SiteHabit, looks: Sequence[LookBrief]) -> str | None:
    """An empty result is never success; an unchanged answer (304) carries no rows to count."""
    dry = [
        look.page
        for look in looks
        if look.role is Role.COLUMN and look.outcome is Outcome.OK and not look.entries and habit.entries.get(look.page)
    ]
    if not dry:
        return None
    rows = sum(habit.entries[page] for page in dry)
    return f"{_counted(len(dry), 'column')} that brought {_counted(rows, 'row')} brought none"


def _selector_missed(habit: SiteHabit, looks: Sequence[LookBrief]) -> str | None:
    """A selector that finds nothing on most pages of its kind that were read: the site has changed, or the watchlist is wrong.

    One page among several may be made by hand. A column that used to list rows is told alone, as one that dried up is.
    """
    told: list[str] = []
    for lists in (False, True):
        mine = [look for look in looks if (look.role is Role.COLUMN) is lists and look.role is not Role.HOME]
        lost = [look for look in mine if look.outcome is Outcome.UNREADABLE and look.reason.startswith(SELECTOR_MISSED)]
        read = [look for look in mine if look.outcome is Outcome.OK and look.reason != SAME_BYTES]
        several = len(lost) > 1 or not any(look.outcome in SEEN for look in mine)
        if any(habit.entries.get(look.page) for look in lost) or (several and len(lost) > len(read)):
            told += [f"{selector} on {_counted(number, 'page')}" for selector, number in _by_selector(lost).items()]
    return f"nothing was found by {', '.join(told)}" if told else None


def _by_selector(looks: Sequence[LookBrief]) -> dict[str, int]:
    """How many looks each selector missed, by its name as the reason gives it."""
    names = [look.reason.removeprefix("the ").partition(" found ")[0] for look in looks]
    return {f"the {name}": names.count(name) for name in dict.fromkeys(names)}


def _first_run_saw_nothing(habit: SiteHabit, looks: Sequence[LookBrief]) -> str | None:
    if habit.sound_runs or any(look.outcome in SEEN for look in looks):
        return None
    return "no page was ok, and the site has had no sound run so far"


WEIGHINGS: tuple[Weighing, ...] = (
    _nothing_answered,
    _gone_without_home,
    _many_lost,
    _many_troubled,
    _column_dried_up,
    _selector_missed,
    _first_run_saw_nothing,
)


def _listed(looks: Sequence[LookBrief]) -> str:
    """Outcomes with their numbers, the most frequent first: "3 blocked, 1 failed"."""
    counts: dict[str, int] = {}
    for look in looks:
        counts[look.outcome.value] = counts.get(look.outcome.value, 0) + 1
    return ", ".join(f"{number} {name}" for name, number in sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
