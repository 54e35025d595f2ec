"""The second step: asks the rules about everything that waits to be judged, and keeps what they found. Has no opinion itself.

Never fetches but through the probe it was given, and never writes but through one door: findings, the alerts that follow and
the marks that say what was judged are kept in one transaction. What cannot be judged is logged and goes on waiting.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TypeVar

from loguru import logger

from monitor.duty import DutyCase, DutyInstance, DutyState, assess, cases_of, load_packs
from monitor.plan import plan
from monitor.rule import (
    AssessedDuty,
    ChangeCase,
    PageCase,
    ProbeLook,
    RemovalPolicy,
    RunCase,
    judge_change,
    judge_duty,
    judge_page,
    judge_run,
    one_per_key,
    wants_probe,
)
from monitor.rules import RULES
from monitor.settings import MonitorSettings
from storage.errors import Overtaken
from storage.records import (
    Agency,
    Change,
    Clock,
    DutyRow,
    Finding,
    Judgement,
    PageHistory,
    Probe,
    Reader,
    Run,
    Site,
    Verdict,
)
from storage.store import Store

PROBES = 50
"""Second looks at one site in one judging; pages beyond it wait for the next one, since the reader is a guest (principle 9)."""

T = TypeVar("T")


def judge(store: Store, clock: Clock, probe: Probe | None, reader: Reader, policy: RemovalPolicy | None = None) -> list[Finding]:
    """Judge what waits, then every duty, and plan the next looks; gives the findings that are new or have turned.

    Judging twice raises nothing twice. Changes, pages and runs come first: an impostor found among them must not accuse an
    agency by its duties.
    """
    now = present(store, clock)
    bench = _Bench(store, probe, reader, policy or RemovalPolicy())
    found: list[Finding] = []
    while waiting := [*bench.changes(), *bench.pages(), *bench.runs()]:
        found += bench.keep(waiting, now)
    found += bench.keep(list(bench.duties(now)), now)
    plan(store, bench.dues, now)
    if bench.left:
        logger.warning("{} rows could not be judged and go on waiting: {}", len(bench.left), ", ".join(sorted(bench.left)[:20]))
    return found


def removal_policy(settings: MonitorSettings) -> RemovalPolicy:
    """From when on an absent page may be called removed, as the settings say."""
    return RemovalPolicy(settings.removal_looks, timedelta(hours=settings.removal_span_hours))


def present(store: Store, clock: Clock) -> datetime:
    """The time at which judge stands: never before the newest capture, whatever a simulated clock says."""
    now, newest = clock.now(), store.newest_capture()
    return max(now, newest) if newest else now


def duty_states(store: Store, now: datetime) -> list[tuple[DutyInstance, DutyState]]:
    """Every duty of every agency that has a site, and how it stands; an agency that cannot be assessed is logged and left out."""
    told: list[tuple[DutyInstance, DutyState]] = []
    for agency in _agencies_with_sites(store):
        try:
            told += [(case.instance, assess(case, now)) for case in _duty_cases(store, agency, store.duty_rows(), now)]
        except Exception as wrong:  # one agency's row must not empty the whole table
            logger.opt(exception=wrong).warning("the duties of {} could not be assessed: {}", agency, wrong)
    return told


def _agencies_with_sites(store: Store) -> list[str]:
    return sorted({agency for site in store.sites() for agency in site.agencies})


def _duty_cases(store: Store, agency: str, rows: Sequence[DutyRow], now: datetime) -> tuple[DutyCase, ...]:
    return cases_of(store.duty_ground(agency), rows, load_packs(), now)


@dataclass(frozen=True, slots=True)
class _Weighed:
    """What the rules said about one thing that waited, and the mark that says it was judged."""

    name: str
    judgement: Judgement


@dataclass
class _Bench:
    """One judging: what it needs to know, and what it had to leave."""

    store: Store
    probe: Probe | None
    reader: Reader
    policy: RemovalPolicy
    last: Counter[str] = field(default_factory=Counter)  #: highest number taken up; nothing is taken up twice in one judging
    left: set[str] = field(default_factory=set)  #: names of what could not be judged, and goes on waiting
    probed: Counter[str] = field(default_factory=Counter)  #: second looks by site
    dues: dict[str, list[date]] = field(default_factory=dict)  #: due days by agency

    @cached_property
    def sites(self) -> Mapping[str, Site]:
        return {site.host: site for site in self.store.sites()}

    @cached_property
    def agencies(self) -> Mapping[str, Agency]:
        return {agency.id: agency for agency in self.store.agencies()}

    def open(self) -> Mapping[str, Verdict]:
        """What is still held to be true, by key."""
        return {finding.verdict.key: finding.verdict for finding in self.store.open_findings()}

    def changes(self) -> Iterator[_Weighed]:
        return self._each("change", self.store.changes_to_judge(self.last["change"]), lambda change: change.id, self._change)

    def pages(self) -> Iterator[_Weighed]:
        open_ = self.open()
        waiting = self.store.histories_to_judge(self.last["page"])
        return self._each("page", waiting, lambda history: history.page.id, lambda history: self._page(history, open_))

    def runs(self) -> Iterator[_Weighed]:
        """Runs of one site stand in a row: what an earlier one raises a later one may find to be over."""
        open_ = dict(self.open())
        return self._each(
            "run", self.store.runs_to_judge(self.last["run"]), lambda run: run.id, lambda run: self._run(run, open_)
        )

    def duties(self, now: datetime) -> Iterator[_Weighed]:
        open_, rows = self.open(), self.store.duty_rows()
        agencies = _agencies_with_sites(self.store)
        return self._each("agency", agencies, str, lambda agency: self._duties(agency, rows, now, open_))

    def _each(
        self, what: str, waiting: Iterable[T], number: Callable[[T], object], weigh: Callable[[T], Judgement | None]
    ) -> Iterator[_Weighed]:
        """Weigh each thing; one that breaks its rule is left and never stops the next."""
        for thing in waiting:
            numbered = number(thing)
            name = f"{what} {numbered}"
            if isinstance(numbered, int):
                self.last[what] = numbered
            try:
                judgement = weigh(thing)
            except Exception as wrong:
                logger.opt(exception=wrong).warning("{} could not be judged: {}", name, wrong)
                judgement = None
            if judgement is None:
                self.left.add(name)
            else:
                yield _Weighed(name, judgement)

    def _change(self, change: Change) -> Judgement:
        site = self.sites.get(change.page.site)
        only = site.agencies[0] if site and len(site.agencies) == 1 else None
        agency = self.agencies.get(change.page.agency or only or "")
        return Judgement(judge_change(RULES, ChangeCase(change, site, agency)), changes=(change.id,))

    def _page(self, history: PageHistory, open_: Mapping[str, Verdict]) -> Judgement | None:
        """None: the page would need a second look, and its site has had enough of them for now."""
        history = self._read_anew(history)
        look = None
        if self.probe is not None and wants_probe(history, open_, self.policy):
            if self.probed[history.page.site] >= PROBES:
                return None
            look = self._look_again(self.probe, history)
        ruling = judge_page(RULES, PageCase(history, look, open_, self.policy))
        return Judgement(ruling.verdicts, ruling.resolved, pages=((history.page.id, history.mark),))

    def _look_again(self, probe: Probe, history: PageHistory) -> ProbeLook:
        self.probed[history.page.site] += 1
        site = self.sites.get(history.page.site)
        answer, examination = probe.look(history.page.url, home=site.home if site else None)
        return ProbeLook(examination.outcome, examination.reason, answer.ended)

    def _read_anew(self, history: PageHistory) -> PageHistory:
        """The same history with the present text as today's reader reads it (principle 4)."""
        now = history.current
        if now is None or (now.reading is not None and now.reading.reader == self.reader.version):
            return history
        reading = self.reader.read(self.store.raw(now.sha256), url=now.url, content_type=now.content_type)
        return replace(history, current=replace(now, reading=reading))

    def _run(self, run: Run, open_: dict[str, Verdict]) -> Judgement:
        ruling = judge_run(RULES, RunCase(run, self.sites.get(run.site), open_))
        open_ |= {verdict.key: verdict for verdict in ruling.verdicts}
        for key in ruling.resolved:
            open_.pop(key)
        return Judgement(ruling.verdicts, ruling.resolved, runs=(run.id,))

    def _duties(self, agency: str, rows: Sequence[DutyRow], now: datetime, open_: Mapping[str, Verdict]) -> Judgement:
        ground = self.store.duty_ground(agency)
        cases = cases_of(ground, rows, load_packs(), now)
        self.dues[agency] = [case.instance.due for case in cases]
        rulings = [judge_duty(RULES, AssessedDuty(case, assess(case, now), now, open_)) for case in cases]
        verdicts = tuple(verdict for ruling in rulings for verdict in ruling.verdicts)
        over = tuple(key for ruling in rulings for key in ruling.resolved)
        return Judgement(verdicts, over, agencies=((agency, ground.runs),))

    def keep(self, weighed: Sequence[_Weighed], now: datetime) -> list[Finding]:
        """Keep all in one transaction; if that cannot be, find the broken one by halves, leave it and keep the others."""
        if not weighed:
            return []
        try:
            return self.store.save_judgement(_together(weighed), now)
        except Overtaken as late:  # another judging has done that part; the duties among it are judged by the next one
            rest = [one for one in weighed if not _overtaken(one.judgement, late)]
            return self.keep(rest, now) if len(rest) < len(weighed) else []
        except Exception as wrong:
            self.store.save_judgement(Judgement(), now)  # raises if it is the archive that is broken, and not a row
            if len(weighed) == 1:
                logger.opt(exception=wrong).warning("what was found for {} could not be kept: {}", weighed[0].name, wrong)
                self.left.add(weighed[0].name)
                return []
        half = len(weighed) // 2
        return self.keep(weighed[:half], now) + self.keep(weighed[half:], now)


def _overtaken(judgement: Judgement, late: Overtaken) -> bool:
    return bool(
        late.pages.intersection(page for page, _ in judgement.pages)
        or late.changes.intersection(judgement.changes)
        or late.runs.intersection(judgement.runs)
        or late.agencies.intersection(agency for agency, _ in judgement.agencies)
    )


def _together(weighed: Sequence[_Weighed]) -> Judgement:
    """One judgement of many; what is found true in it is not resolved by it, unless by what came after."""
    parts = [one.judgement for one in weighed]
    verdicts = one_per_key([verdict for part in parts for verdict in part.verdicts])
    over: dict[str, None] = {}
    for part in parts:
        over |= dict.fromkeys(part.resolved_keys)
        for verdict in part.verdicts:
            over.pop(verdict.key, None)
    return Judgement(
        verdicts=verdicts,
        resolved_keys=tuple(over),
        changes=tuple(number for part in parts for number in part.changes),
        pages=tuple(mark for part in parts for mark in part.pages),
        runs=tuple(number for part in parts for number in part.runs),
        agencies=tuple(ground for part in parts for ground in part.agencies),
    )
