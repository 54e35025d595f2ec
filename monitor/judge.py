"""The second step: asks the rules about everything that waits to be judged, and keeps what they found. Has no opinion itself.

Never fetches but through the probe it was given, and never writes but through one door: findings, the alerts that follow and
the marks that say what was judged are kept in one transaction. What cannot be judged is logged and goes on waiting.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property, partial
from typing import TypeVar

from loguru import logger

from monitor.absence import Patience, Settling, absence_of
from monitor.case import AssessedDuty, ChangeCase, ColumnCase, Open, PageCase, ProbeLook, RunCase, WaveCase
from monitor.duty import DutyCase, DutyInstance, DutyState, assess, cases_of, load_packs
from monitor.plan import plan
from monitor.rule import (
    Ruling,
    judge_change,
    judge_column,
    judge_duty,
    judge_page,
    judge_run,
    judge_wave,
    one_per_key,
    scope_of,
    second_looks,
)
from monitor.rules import RULES
from monitor.rules.site_redesigned import adopts
from monitor.settings import MonitorSettings
from monitor.waves import Wave, waves
from storage.errors import Overtaken
from storage.records import (
    Agency,
    Change,
    Clock,
    ColumnLife,
    DutyRow,
    Finding,
    Judgement,
    PageHistory,
    Probe,
    Reader,
    Run,
    RunState,
    Site,
    Verdict,
)
from storage.store import Store

PROBES = 50
"""Second looks at one site in one judging; pages beyond it wait for the next one, since the reader is a guest (principle 9)."""

RECENT_RUNS = 60
"""Runs of a site that are weighed to say how the site stands: two months of daily ones."""

T = TypeVar("T")
NONE: Open = {}


def judge(store: Store, clock: Clock, probe: Probe | None, reader: Reader, settling: Settling | None = None) -> list[Finding]:
    """Judge what waits, then every duty, and plan the next looks; gives the findings that are new or have turned.

    Judging twice raises nothing twice. Changes, pages and runs come first: an impostor found among them must not accuse an
    agency by its duties.
    """
    now = present(store, clock)
    bench = _Bench(store, probe, reader, settling or Settling())
    found: list[Finding] = []
    while waiting := [*bench.changes(), *bench.pages(), *bench.runs()]:
        found += bench.keep(waiting, now)
    found += bench.keep([*bench.columns(now), *bench.duties(now)], now)
    plan(store, bench.dues, now)
    if bench.left:
        logger.warning("{} rows could not be judged and go on waiting: {}", len(bench.left), ", ".join(sorted(bench.left)[:20]))
    return found


def settling_of(settings: MonitorSettings) -> Settling:
    """How much patience each turn of a state needs, as the settings say."""
    return Settling(
        removal=Patience(settings.removal_looks, timedelta(hours=settings.removal_span_hours)),
        restoration=Patience(settings.restoration_looks, timedelta(hours=settings.restoration_span_hours)),
        outage=Patience(settings.outage_looks, timedelta(hours=settings.outage_span_hours)),
    )


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
    settling: Settling
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

    def open(self) -> Mapping[str, Open]:
        """What is still held to be true, by what it is held of (see `_about`)."""
        found: defaultdict[str, dict[str, Verdict]] = defaultdict(dict)
        for finding in self.store.open_findings():
            found[_about(finding.verdict)][finding.verdict.key] = finding.verdict
        return found

    def changes(self) -> Iterator[_Weighed]:
        return self._each("change", self.store.changes_to_judge(self.last["change"]), lambda change: change.id, self._change)

    def pages(self) -> Iterator[_Weighed]:
        """Pages that wait, and first the waves of absent pages that some of them belong to."""
        open_ = self.open()
        waiting = self.store.histories_to_judge(self.last["page"])
        flood = {host: self._waves(host, open_) for host in _where_pages_vanished(waiting, open_)}
        yield from self._each(
            "wave of",
            [(host, wave) for host, found in flood.items() for wave in found],
            lambda one: f"{one[0]} {one[1].known.key if one[1].known else ''}",
            lambda one: self._wave(self.sites[one[0]], one[1], open_),
        )
        grouped = {history.page.id for found in flood.values() for wave in found for history in wave.members}
        weigh = partial(self._page, open_=open_, grouped=grouped)
        yield from self._each("page", waiting, lambda history: history.page.id, weigh)

    def runs(self) -> Iterator[_Weighed]:
        """Runs that wait; of each site the latest is weighed together with those before it."""
        open_ = self.open()
        waiting = self.store.runs_to_judge(self.last["run"])
        sites: dict[str, list[Run]] = {}
        for run in waiting:
            sites.setdefault(run.site, []).append(run)
            self.last["run"] = max(self.last["run"], run.id)
        return self._each("runs of", sites.values(), lambda runs: runs[0].site, lambda runs: self._runs(runs, open_))

    def columns(self, now: datetime) -> Iterator[_Weighed]:
        open_ = self.open()
        weigh = partial(self._column, now=now, open_=open_)
        return self._each("column", self.store.column_lives(), lambda life: f"{life.page.url}", weigh)

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

    def _page(self, history: PageHistory, open_: Mapping[str, Open], grouped: set[int]) -> Judgement | None:
        """None: the page would need a second look, and its site has had enough of them for now."""
        number = history.page.id
        known = open_.get(f"page:{number}", NONE)
        case = PageCase(self._read_anew(history), {}, known, self.settling, grouped=number in grouped)
        looks = self._look_again(second_looks(RULES, case), history.page.site)
        if looks is None:
            return None
        ruling = judge_page(RULES, replace(case, probes=looks))
        return Judgement(
            ruling.verdicts,
            ruling.resolved,
            pages=((number, history.mark),),
            unsettled=(number,) if ruling.unsettled else (),
        )

    def _waves(self, host: str, open_: Mapping[str, Open]) -> tuple[Wave, ...]:
        """Pages of a site that vanished together; there can be none where no wave is known and few pages are absent."""
        absent = self.store.absent_histories(host)
        removed = [
            verdict
            for known in (open_.get(f"site:{host}", NONE), *(open_.get(f"page:{one.page.id}", NONE) for one in absent))
            for verdict in known.values()
            if verdict.kind == "page_removed"
        ]
        return waves(absent, removed)

    def _wave(self, site: Site, wave: Wave, open_: Mapping[str, Open]) -> Judgement:
        case = WaveCase(site, wave, {}, open_.get(f"site:{site.host}", NONE), self.settling)
        looks = self._look_again(second_looks(RULES, case), site.host)
        ruling = judge_wave(RULES, replace(case, probes=looks or {}))
        waits = any(verdict.machine == "suspected" for verdict in ruling.verdicts)
        members = tuple(history.page.id for history in wave.members) if waits else ()
        return Judgement(ruling.verdicts, ruling.resolved, unsettled=members)

    def _look_again(self, urls: Sequence[str], host: str) -> dict[str, ProbeLook] | None:
        """Second looks at these addresses; None if the site has had enough of them for now."""
        if self.probe is None:
            return {}
        if urls and self.probed[host] >= PROBES:
            return None
        looks = {}
        site = self.sites.get(host)
        for url in urls:
            self.probed[host] += 1
            answer, examination = self.probe.look(url, home=site.home if site else None)
            looks[url] = ProbeLook(examination.outcome, examination.reason, answer.ended, examination.reading)
        return looks

    def _read_anew(self, history: PageHistory) -> PageHistory:
        """The same history with the present text as today's reader reads it (principle 4)."""
        now = history.current
        if now is None or (now.reading is not None and now.reading.reader == self.reader.version):
            return history
        reading = self.reader.read(self.store.raw(now.sha256), url=now.url, content_type=now.content_type)
        return replace(history, current=replace(now, reading=reading))

    def _runs(self, waiting: Sequence[Run], open_: Mapping[str, Open]) -> Judgement:
        run = waiting[-1]
        host, numbers = run.site, tuple(one.id for one in waiting)
        if run.state is RunState.SOUND and f"site:{host}" not in open_:
            return Judgement(runs=numbers)
        recent = [one for one in self.store.runs(host, limit=RECENT_RUNS) if one.closed is not None and one.id <= run.id]
        case = RunCase(
            run,
            self.sites.get(host),
            open_.get(f"site:{host}", NONE),
            tuple(reversed(recent)),
            tuple(self.store.home_sightings(host)),
            tuple(page.title or page.url for page in self.store.lost_pages(host)) if run.tally.get("lost") else (),
            settling=self.settling,
        )
        ruling = judge_run(RULES, replace(case, probes=self._look_again(second_looks(RULES, case), host) or {}))
        adopted = (host,) if any(map(adopts, ruling.verdicts)) else ()
        return Judgement(ruling.verdicts, ruling.resolved, runs=numbers, adopted=adopted)

    def _column(self, life: ColumnLife, now: datetime, open_: Mapping[str, Open]) -> Judgement:
        return _judgement(judge_column(RULES, ColumnCase(life, now, open_.get(f"page:{life.page.id}", NONE))))

    def _duties(self, agency: str, rows: Sequence[DutyRow], now: datetime, open_: Mapping[str, Open]) -> Judgement:
        ground = self.store.duty_ground(agency)
        cases = cases_of(ground, rows, load_packs(), now)
        self.dues[agency] = [case.instance.due for case in cases]
        assessed = [AssessedDuty(case, assess(case, now), now, open_.get(scope_of(case), NONE)) for case in cases]
        rulings = [judge_duty(RULES, one) for one in assessed]
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
        unsettled=tuple(number for part in parts for number in part.unsettled),
        runs=tuple(number for part in parts for number in part.runs),
        adopted=tuple(dict.fromkeys(host for part in parts for host in part.adopted)),
        agencies=tuple(ground for part in parts for ground in part.agencies),
    )


def _judgement(ruling: Ruling) -> Judgement:
    return Judgement(ruling.verdicts, ruling.resolved)


def _where_pages_vanished(waiting: Iterable[PageHistory], open_: Mapping[str, Open]) -> set[str]:
    """Sites of which a page is absent, or of which pages were told of together."""
    found = set()
    for history in waiting:
        absence = absence_of(history)
        known = open_.get(f"site:{history.page.site}", NONE).values()
        if (absence is not None and not absence.back) or any(verdict.kind == "page_removed" for verdict in known):
            found.add(history.page.site)
    return found


def _about(verdict: Verdict) -> str:
    """Of what a finding is held to be true, in the words of its key: a page, an owed report or a site."""
    if verdict.page is not None:
        return f"page:{verdict.page}"
    scope = verdict.key.partition(":")[2]
    return scope if scope.startswith("duty:") else f"site:{verdict.site}"
