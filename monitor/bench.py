"""One judging: lays everything that waits before the rules.

Knows what to ask the archive and in which order, and has no opinion itself. Fetches nothing but through the probe it was given.
What cannot be judged is logged, left, and goes on waiting; it never stops the next.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property, partial
from typing import TypeVar

from loguru import logger

from monitor.absence import CLOSELY, Settling, absence_of
from monitor.case import AssessedDuty, ChangeCase, ColumnCase, Open, PageCase, ProbeLook, RunCase, WaveCase
from monitor.duty import assess, cases_of, load_packs
from monitor.keeping import Weighed
from monitor.rule import (
    Ruling,
    judge_change,
    judge_column,
    judge_duty,
    judge_page,
    judge_run,
    judge_wave,
    scope_of,
    second_looks,
)
from monitor.rules import RULES
from monitor.rules.site_redesigned import adopts
from monitor.waves import Wave, pages_of, waves
from storage.records import (
    Agency,
    Change,
    ColumnLife,
    DutyGround,
    DutyRow,
    Judgement,
    PageHistory,
    Probe,
    Reader,
    Run,
    RunState,
    Site,
    Verdict,
    reader_of,
)
from storage.store import Store

PROBES = 50
"""Second looks at one site in one judging; pages beyond it wait for the next one, since the reader is a guest (principle 9)."""

RECENT_RUNS = 60
"""Runs of a site that are weighed to say how the site stands: two months of daily ones."""

TOGETHER = 10
"""Agencies whose grounds are asked in one question; each may rest on a hundred thousand rows."""

T = TypeVar("T")
NONE: Open = {}


def agencies_with_sites(store: Store) -> list[str]:
    """Ids of the agencies for which a watched site speaks."""
    return sorted({agency for site in store.sites() for agency in site.agencies})


@dataclass
class Bench:
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

    def changes(self) -> Iterator[Weighed]:
        return self._each("change", self.store.changes_to_judge(self.last["change"]), lambda change: change.id, self._change)

    def pages(self) -> Iterator[Weighed]:
        """Pages that wait, and first the waves of absent pages that some of them belong to."""
        waiting = self.store.histories_to_judge(self.last["page"])
        if not waiting:
            return
        open_ = self.open()
        flood = {host: self._waves(host, open_) for host in _where_pages_vanished(waiting, open_)}
        marks: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        for one in waiting:
            marks[one.page.site].append((one.page.id, one.mark))
        yield from self._each(
            "wave of",
            [(host, wave) for host, found in flood.items() for wave in found],
            lambda one: f"{one[0]} {one[1].known.key if one[1].known else ''}",
            lambda one: replace(self._wave(self.sites[one[0]], one[1], open_), beside=tuple(marks[one[0]])),
        )
        grouped = {history.page.id for found in flood.values() for wave in found for history in wave.members}
        weigh = partial(self._page, open_=open_, grouped=grouped)
        yield from self._each("page", waiting, lambda history: history.page.id, weigh)

    def runs(self) -> Iterator[Weighed]:
        """Runs that wait; of each site the latest is weighed together with those before it."""
        waiting = self.store.runs_to_judge(self.last["run"])
        open_ = self.open() if waiting else {}
        sites: dict[str, list[Run]] = {}
        for run in waiting:
            sites.setdefault(run.site, []).append(run)
            self.last["run"] = max(self.last["run"], run.id)
        return self._each("runs of", sites.values(), lambda runs: runs[0].site, lambda runs: self._runs(runs, open_))

    def standing(self, now: datetime) -> Iterator[Weighed]:
        """What is judged at every judging, whatever came: time alone can turn it."""
        open_ = self.open()
        yield from self._columns(now, open_)
        yield from self._all_duties(now, open_)

    def _columns(self, now: datetime, open_: Mapping[str, Open]) -> Iterator[Weighed]:
        weigh = partial(self._column, now=now, open_=open_)
        return self._each("column", self.store.column_lives(), lambda life: f"{life.page.url}", weigh)

    def _all_duties(self, now: datetime, open_: Mapping[str, Open]) -> Iterator[Weighed]:
        """Every duty of every agency with a site; what their grounds share is asked for some of them at once."""
        rows, agencies = self.store.duty_rows(), agencies_with_sites(self.store)
        for start in range(0, len(agencies), TOGETHER):
            some = agencies[start : start + TOGETHER]
            weigh = partial(self._duties, grounds=self._grounds(some), rows=rows, now=now, open_=open_)
            yield from self._each("agency", some, str, weigh)

    def _grounds(self, agencies: Sequence[str]) -> Mapping[str, DutyGround]:
        """The grounds of these agencies; none if one of them is broken, so that each is asked alone."""
        try:
            return self.store.duty_grounds(agencies)
        except Exception as wrong:
            logger.opt(exception=wrong).warning("the grounds of {} agencies are asked one by one: {}", len(agencies), wrong)
            return {}

    def _each(
        self, what: str, waiting: Iterable[T], number: Callable[[T], object], weigh: Callable[[T], Judgement | None]
    ) -> Iterator[Weighed]:
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
                yield Weighed(name, judgement)

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
            ruling.why,
            pages=((number, history.mark),),
            unsettled=(number,) if ruling.unsettled else (),
        )

    def _waves(self, host: str, open_: Mapping[str, Open]) -> tuple[Wave, ...]:
        """Pages of a site that vanished together; there can be none where no wave is known and few pages are absent."""
        together = _removals(open_.get(f"site:{host}", NONE))
        pages = self.store.absent_histories(host, {page for verdict in together for page in pages_of(verdict)})
        singly = [verdict for one in pages for verdict in _removals(open_.get(f"page:{one.page.id}", NONE))]
        return waves(pages, [*together, *singly])

    def _wave(self, site: Site, wave: Wave, open_: Mapping[str, Open]) -> Judgement:
        case = WaveCase(site, wave, {}, open_.get(f"site:{site.host}", NONE), self.settling)
        looks = self._look_again(second_looks(RULES, case), site.host)
        ruling = judge_wave(RULES, replace(case, probes=looks or {}))
        last = max((history.sightings[-1].last for history in wave.members), default=None)
        waits = any(one.machine == "suspected" and one.by and last and last - one.by < CLOSELY for one in ruling.verdicts)
        members = tuple(history.page.id for history in wave.members) if waits else ()
        return Judgement(ruling.verdicts, ruling.resolved, ruling.why, unsettled=members)

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
            home = site.home if site else None
            answer, examination = self.probe.look(url, home=home, reader=reader_of(self.reader, site))
            looks[url] = ProbeLook(examination.outcome, examination.reason, answer.ended, examination.reading)
        return looks

    def _read_anew(self, history: PageHistory) -> PageHistory:
        """The same history with the present text as today's reader reads it (principle 4)."""
        now = history.current
        reader = reader_of(self.reader, self.sites.get(history.page.site))
        if now is None or (now.reading is not None and now.reading.reader == reader.version):
            return history
        reading = reader.read(self.store.raw(now.sha256), url=now.url, content_type=now.content_type)
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
        return Judgement(ruling.verdicts, ruling.resolved, ruling.why, runs=numbers, adopted=adopted)

    def _column(self, life: ColumnLife, now: datetime, open_: Mapping[str, Open]) -> Judgement:
        return _judgement(judge_column(RULES, ColumnCase(life, now, open_.get(f"page:{life.page.id}", NONE))))

    def _duties(
        self, agency: str, grounds: Mapping[str, DutyGround], rows: Sequence[DutyRow], now: datetime, open_: Mapping[str, Open]
    ) -> Judgement:
        ground = grounds.get(agency) or self.store.duty_ground(agency)
        cases = cases_of(ground, rows, load_packs(), now)
        self.dues[agency] = [case.instance.due for case in cases]
        assessed = [AssessedDuty(case, assess(case, now), now, open_.get(scope_of(case), NONE)) for case in cases]
        rulings = [judge_duty(RULES, one) for one in assessed]
        verdicts = tuple(verdict for ruling in rulings for verdict in ruling.verdicts)
        over = tuple(key for ruling in rulings for key in ruling.resolved)
        why = {key: text for ruling in rulings for key, text in ruling.why.items()}
        return Judgement(verdicts, over, why, agencies=((agency, ground.runs),))


def _judgement(ruling: Ruling) -> Judgement:
    return Judgement(ruling.verdicts, ruling.resolved, ruling.why)


def _removals(known: Open) -> list[Verdict]:
    return [verdict for verdict in known.values() if verdict.kind == "page_removed"]


def _where_pages_vanished(waiting: Iterable[PageHistory], open_: Mapping[str, Open]) -> set[str]:
    """Sites of which a page is absent, or of which pages were told of together."""
    found = set()
    for history in waiting:
        absence = absence_of(history)
        if (absence is not None and not absence.back) or _removals(open_.get(f"site:{history.page.site}", NONE)):
            found.add(history.page.site)
    return found


def _about(verdict: Verdict) -> str:
    """Of what a finding is held to be true, in the words of its key: a page, an owed report or a site."""
    if verdict.page is not None:
        return f"page:{verdict.page}"
    scope = verdict.key.partition(":")[2]
    return scope if scope.startswith("duty:") else f"site:{verdict.site}"
