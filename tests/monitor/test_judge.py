"""The second step on a real archive with the real rules: what it raises, settles and resolves, and what it leaves waiting."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest
from scenes import COLUMN, DAY, HOME, HOST, HOUR, MONDAY, REPORT, Story, answer, article, listing, page, watch

from monitor.case import PageCase
from monitor.judge import duty_states, judge, present, settling_of
from monitor.rule import Rules, Ruling, judge_page
from monitor.settings import MonitorSettings
from storage.records import (
    Agency,
    Answer,
    Difference,
    DutyGround,
    DutyRow,
    Examination,
    Finding,
    Judgement,
    NewMessage,
    Outcome,
    Reader,
    Reading,
    Role,
    RunState,
    Site,
    SiteMarks,
    Subscriber,
    Watchlist,
)
from storage.store import Store

OTHER = f"https://{HOST}/nianbao/t20250303_2.html"


@dataclass
class Hands:
    """A clock that a test sets."""

    time: datetime

    def now(self) -> datetime:
        return self.time


@dataclass
class Eyes:
    """A reader that reads nothing anew but remembers what it was asked; breaks on the addresses told."""

    version: str = "1"
    broken: Sequence[str] = ()
    asked: list[str] = field(default_factory=list)

    def examine(self, answer: Answer, *, home: str | None = None) -> Examination:
        return Examination(Outcome.OK, "200", Reading())

    def read(self, body: bytes, *, url: str, content_type: str | None = None) -> Reading:
        self.asked.append(url)
        if url in self.broken:
            raise RuntimeError("this page breaks the reader")
        return replace(article("正文"), reader=self.version)


@dataclass
class SecondLook:
    """A probe that sees what it is told and remembers how often it looked."""

    outcome: Outcome | Exception
    at: datetime
    looks: list[str] = field(default_factory=list)

    def look(self, url: str, *, home: str | None = None, reader: Reader | None = None) -> tuple[Answer, Examination]:
        self.looks.append(url)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return answer(url, b"", self.at, 404), Examination(self.outcome, self.outcome.value)


def baseline(store: Store, *urls: str) -> Story:
    """A watched site with three sound runs on which all these pages were there."""
    watch(store, page(HOME, Role.HOME), *(page(url) for url in urls), subscribers=[Subscriber("desk", "desk@example.org")])
    story = Story(store)
    for day in range(3):
        story.run(MONDAY + day * DAY, *((url, article("正文")) for url in urls))
    return story


def kinds(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    return [(one.verdict.kind, one.verdict.machine) for one in findings]


def judged(store: Store, at: datetime, probe: SecondLook | None = None, eyes: Eyes | None = None) -> list[tuple[str, str]]:
    return kinds(judge(store, Hands(at), probe, eyes or Eyes()))


def absent_for(story: Story, *days: float, outcome: Outcome = Outcome.GONE) -> datetime:
    at = MONDAY
    for day in days:
        at = MONDAY + day * DAY
        story.run(at, (REPORT, outcome))
    return at


def test_an_empty_archive_has_nothing_to_judge(store: Store) -> None:
    assert judged(store, MONDAY) == []


def test_a_removal_is_suspected_then_probed_then_settled_then_restored(store: Store) -> None:
    story = baseline(store, REPORT)
    assert judged(store, MONDAY + 3 * DAY) == []
    probe = SecondLook(Outcome.GONE, MONDAY + 6 * DAY)
    at = absent_for(story, 3)
    assert judged(store, at, probe) == [("page_removed", "suspected")]
    assert probe.looks == []
    at = absent_for(story, 4, 5, 6)
    assert judged(store, at, probe) == [("page_removed", "settled")]
    assert probe.looks == [REPORT]
    story.run(MONDAY + 7 * DAY, (REPORT, article("正文")))
    assert judged(store, MONDAY + 7 * DAY, probe) == [("page_restored", "suspected")]
    assert probe.looks == [REPORT]
    story.run(MONDAY + 8 * DAY, (REPORT, article("正文")))
    probe.outcome = Outcome.OK
    assert sorted(judged(store, MONDAY + 8 * DAY, probe)) == [("page_removed", "resolved"), ("page_restored", "settled")]
    assert probe.looks == [REPORT, REPORT]
    story.run(MONDAY + 9 * DAY, (REPORT, article("正文")))
    assert judged(store, MONDAY + 9 * DAY, probe) == []


def test_a_second_look_that_sees_the_page_settles_no_removal(store: Store) -> None:
    story = baseline(store, REPORT)
    at = absent_for(story, 3)
    judged(store, at)
    at = absent_for(story, 4, 5, 6)
    probe = SecondLook(Outcome.OK, at)
    assert ("page_removed", "settled") not in judged(store, at, probe)
    assert probe.looks == [REPORT]


def test_judging_twice_raises_nothing_twice_and_alerts_once(store: Store) -> None:
    story = baseline(store, REPORT)
    at = absent_for(story, 3)
    assert judged(store, at) != []
    assert judged(store, at) == []
    assert judged(store, at + HOUR) == []
    assert len(store.alerts_waiting()) == 1


def test_a_page_that_breaks_never_stops_the_others_and_goes_on_waiting(store: Store) -> None:
    story = baseline(store, REPORT, OTHER)
    judged(store, MONDAY + 2 * DAY)
    story.run(MONDAY + 3 * DAY, (OTHER, Outcome.GONE), (REPORT, Outcome.GONE))
    eyes = Eyes(version="2", broken=[OTHER])
    assert judged(store, MONDAY + 3 * DAY, eyes=eyes) == [("page_removed", "suspected")]
    assert [one.verdict.url for one in store.open_findings()] == [REPORT]
    assert [history.page.url for history in store.histories_to_judge()] == [OTHER]
    assert judged(store, MONDAY + 3 * DAY) == [("page_removed", "suspected")]
    assert store.histories_to_judge() == []


def test_a_probe_that_breaks_leaves_the_page_waiting(store: Store) -> None:
    story = baseline(store, REPORT)
    judged(store, absent_for(story, 3))
    at = absent_for(story, 4, 5, 6)
    assert judged(store, at, SecondLook(RuntimeError("no route"), at)) == []
    assert judged(store, at, SecondLook(Outcome.GONE, at)) == [("page_removed", "settled")]


def test_a_site_is_probed_so_often_and_the_rest_waits_for_the_next_judging(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.bench.PROBES", 1)
    story = baseline(store, REPORT, OTHER)
    for day in (3, 4, 5, 6):
        at = MONDAY + day * DAY
        story.run(at, (REPORT, Outcome.GONE), (OTHER, Outcome.GONE))
        if day == 3:
            judged(store, at)
    probe = SecondLook(Outcome.GONE, at)
    assert judged(store, at, probe) == [("page_removed", "settled")]
    assert judged(store, at, probe) == [("page_removed", "settled")]
    assert sorted(probe.looks) == [REPORT, OTHER]


def test_a_text_read_by_an_older_reader_is_read_anew(store: Store) -> None:
    baseline(store, REPORT)
    eyes = Eyes(version="2")
    judged(store, MONDAY + 3 * DAY, eyes=eyes)
    assert REPORT in eyes.asked


def test_a_filled_change_becomes_one_finding(store: Store) -> None:
    story = baseline(store, REPORT)
    story.run(MONDAY + 8 * DAY, (REPORT, article("正文改了")))
    (change,) = store.changes_to_compare()
    spans = (("=", "正文"), ("+", "改了"))
    store.fill_change(change.id, [Difference("wording", "正文", "正文改了", 0, spans)], False, MONDAY + 8 * DAY)
    assert judged(store, MONDAY + 8 * DAY) == [("silent_edit", "settled")]
    assert store.changes_to_judge() == []


def test_a_verdict_that_cannot_be_kept_is_left_and_the_others_are_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    story = baseline(store, REPORT, OTHER)
    judged(store, MONDAY + 2 * DAY)
    story.run(MONDAY + 3 * DAY, (OTHER, Outcome.GONE), (REPORT, Outcome.GONE))

    def spoiled(rules: Rules, case: PageCase) -> Ruling:
        ruling = judge_page(rules, case)
        spoil = case.history.page.url == OTHER
        return replace(ruling, verdicts=tuple(replace(v, severity="?") for v in ruling.verdicts)) if spoil else ruling

    monkeypatch.setattr("monitor.bench.judge_page", spoiled)
    assert judged(store, MONDAY + 3 * DAY) == [("page_removed", "suspected")]
    assert [history.page.url for history in store.histories_to_judge()] == [OTHER]


def test_a_suspect_run_is_news_about_the_site_and_accuses_nobody(store: Store) -> None:
    story = baseline(store, REPORT)
    judged(store, MONDAY + 2 * DAY)
    story.run(MONDAY + 3 * DAY, (REPORT, Outcome.GONE), state=RunState.SUSPECT)
    judged(store, MONDAY + 3 * DAY)
    assert all(one.verdict.subject == "site" for one in store.open_findings())
    assert store.runs_to_judge() == []


def test_the_present_is_never_before_the_newest_capture(store: Store) -> None:
    baseline(store, REPORT)
    assert present(store, Hands(MONDAY)) == MONDAY + 2 * DAY
    assert present(store, Hands(MONDAY + 9 * DAY)) == MONDAY + 9 * DAY


def test_the_settling_of_comes_from_the_settings(store: Store) -> None:
    story = baseline(store, REPORT)
    at = absent_for(story, 3)
    strict = settling_of(MonitorSettings(removal_looks=1, removal_span_hours=0))
    found = judge(store, Hands(at), SecondLook(Outcome.GONE, at), Eyes(), strict)
    assert kinds(found) == [("page_removed", "settled")]


# --- duties

TITLE = "青禾县人民政府2024年政府信息公开工作年度报告"


def owing(store: Store) -> Story:
    """A county with a column that carried last year's report, looked at each day from March on."""
    column = replace(page(COLUMN, Role.COLUMN), venue_for=("annual_report",))
    watch(store, page(HOME, Role.HOME), column, subscribers=[Subscriber("desk", "desk@example.org")])
    return Story(store)


def looks_at_column(story: Story, days: range, *rows: tuple[str, str, str]) -> datetime:
    at = MONDAY
    for day in days:
        at = MONDAY + day * DAY
        story.run(at, (COLUMN, listing(("旧闻一则", f"https://{HOST}/nianbao/t0.html", "2024-01-01"), *rows)))
    return at


def annual(store: Store, at: datetime) -> tuple[str, int | None]:
    (state,) = [state for instance, state in duty_states(store, at) if instance.period == "2024" and "annual" in instance.duty]
    return state.state, state.days


def test_a_report_that_comes_after_its_due_day_is_late_by_the_looks_without_it(store: Store) -> None:
    story = owing(store)
    at = looks_at_column(story, range(0, 20))
    assert annual(store, at) == ("due_soon", None)
    at = looks_at_column(story, range(20, 38))
    judged(store, at)
    assert ("missing_report", "settled") in kinds(store.open_findings())
    at = looks_at_column(story, range(38, 40), (TITLE, REPORT, "2025-03-30"))
    turned = judged(store, at)
    assert ("missing_report", "resolved") in turned
    assert any(kind == "late_report" for kind, _ in turned)
    state, days = annual(store, at)
    assert state == "late"
    assert days is not None
    assert days > 0
    assert judged(store, at) == []


def test_a_duty_whose_due_day_passes_is_judged_in_time_though_no_further_run_came(store: Store) -> None:
    story = owing(store)
    at = looks_at_column(story, range(0, 20))
    judged(store, at)
    assert judged(store, at + HOUR) == []
    assert annual(store, at + HOUR) == ("due_soon", None)
    assert annual(store, MONDAY + 29 * DAY) == ("not_assessable", None)
    assert judged(store, MONDAY + 60 * DAY) == [("not_assessable", "settled")]
    assert judged(store, MONDAY + 61 * DAY) == []


def test_an_agency_whose_ground_is_broken_stops_no_other_from_being_judged(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    story = owing(store)
    broken = Agency("broken", "断县人民政府", level="county")
    store.add_watchlist(Watchlist((broken,), (Site("www.duan.example", "断县", ("broken",)),)), MONDAY)
    whole = Store.duty_grounds

    def duty_grounds(self: Store, agencies: Collection[str]) -> dict[str, DutyGround]:
        if "broken" in agencies:
            raise RuntimeError("a row of it is damaged")
        return whole(self, agencies)

    monkeypatch.setattr(Store, "duty_grounds", duty_grounds)
    at = looks_at_column(story, range(0, 38))
    assert ("missing_report", "settled") in judged(store, at)


def test_grounds_asked_together_are_the_grounds_asked_alone(store: Store) -> None:
    story = owing(store)
    other = Agency("baishi", "白石县人民政府", level="county")
    store.add_watchlist(Watchlist((other,), (Site("www.baishi.example", "白石县", ("baishi", "qinghe")),)), MONDAY)
    looks_at_column(story, range(0, 3), (TITLE, REPORT, "2025-03-02"))
    together = store.duty_grounds(["baishi", "qinghe"])
    assert together == {name: store.duty_ground(name) for name in ("baishi", "qinghe")}
    assert [[one.title for one in together[name].candidates] for name in ("baishi", "qinghe")] == [[], ["旧闻一则", TITLE]]


FOREIGN = SiteMarks(printed="www.0413piao.example")


def late_report(story: Story, *, impostor: bool, day: int) -> datetime:
    """A look at the report itself, dated 64 days after its due day."""
    reading = replace(article("全文", TITLE, "2025-06-03"), site=FOREIGN if impostor else SiteMarks())
    body = b"swapped" if impostor else b"genuine"
    at = MONDAY + day * DAY
    run = story.begin(at)
    story.look(run, HOME, article("欢迎"), at)
    story.look(run, REPORT, replace(reading, body=(body.decode(),)), at, body)
    story.store.close_run(run.id, RunState.SOUND, (), at)
    return at


def machine(store: Store, kind: str) -> str:
    (finding,) = store.findings(kind=kind)
    return finding.verdict.machine


def test_an_impostor_found_in_the_same_judging_lets_nothing_be_settled_against_the_agency(store: Store) -> None:
    watch(store, page(HOME, Role.HOME), page(REPORT), subscribers=[Subscriber("desk", "desk@example.org")])
    at = late_report(Story(store), impostor=True, day=100)
    assert ("late_report", "suspected") in judged(store, at)
    assert machine(store, "impostor_copy") == "suspected"
    (late,) = store.findings(kind="late_report")
    assert any("impostor" in reason.text for reason in late.verdict.reasons)


def test_an_accusation_that_was_settled_is_lowered_by_a_later_impostor_and_settled_again_without_it(store: Store) -> None:
    board = Subscriber("board", "board@example.org", settled_only=True)
    watch(store, page(HOME, Role.HOME), page(REPORT), subscribers=[board])
    story = Story(store)
    judged(store, late_report(story, impostor=False, day=100))
    assert machine(store, "late_report") == "settled"
    alerts = tuple(alert.id for alert in store.alerts_waiting())
    store.pack_message(alerts, NewMessage("<1@x>", "board", "board@example.org", "email", "one", b""), MONDAY + 100 * DAY)
    at = late_report(story, impostor=True, day=101)
    assert ("late_report", "suspected") in judged(store, at)
    assert machine(store, "late_report") == "suspected"
    assert ("late_report", "suspected") in [(a.finding.verdict.kind, a.turn) for a in store.alerts_waiting()]
    assert judged(store, at + HOUR) == []
    judged(store, late_report(story, impostor=False, day=102))
    assert (machine(store, "impostor_copy"), machine(store, "late_report")) == ("resolved", "settled")


def test_an_agency_whose_duties_cannot_be_assessed_leaves_the_table_of_the_others(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = owing(store)
    at = looks_at_column(story, range(0, 3))
    row = DutyRow("qinghe", "budget", "2025", at.date(), "local rule", "(", None)
    store.add_watchlist(Watchlist(duties=(row,)), at)
    assert {instance.duty for instance, _ in duty_states(store, at)} >= {"budget"}
    assert isinstance(judged(store, at), list)


# --- two judgings at once


def interrupted(store: Store, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], object]) -> None:
    """Let the world go on just before the next judgement is kept, as it does for a judge that was slow."""
    keep = store.save_judgement

    def late(judgement: Judgement, at: datetime) -> list[Finding]:
        if not judgement.verdicts:
            return keep(judgement, at)
        monkeypatch.setattr(store, "save_judgement", keep)
        meanwhile()
        return keep(judgement, at)

    monkeypatch.setattr(store, "save_judgement", late)


def test_a_slow_judge_does_not_call_removed_what_another_saw_come_back(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    story = baseline(store, REPORT)
    judged(store, MONDAY + 2 * DAY)
    absent_for(story, 3)

    def meanwhile() -> None:
        story.run(MONDAY + 4 * DAY, (REPORT, article("正文")))
        judged(store, MONDAY + 4 * DAY)

    interrupted(store, monkeypatch, meanwhile)
    assert judged(store, MONDAY + 3 * DAY) == []
    assert [one.verdict.kind for one in store.open_findings() if one.verdict.kind == "page_removed"] == []
    assert store.histories_to_judge() == []


def test_a_slow_judge_does_not_call_missing_what_another_saw_come(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    story = owing(store)
    at = looks_at_column(story, range(0, 30))
    judged(store, at - DAY)
    looks_at_column(story, range(30, 33))

    def meanwhile() -> None:
        looks_at_column(story, range(33, 34), (TITLE, REPORT, "2025-03-30"))
        judged(store, MONDAY + 33 * DAY)

    interrupted(store, monkeypatch, meanwhile)
    judged(store, MONDAY + 32 * DAY)
    missing = "missing_report:duty:qinghe:annual_report:2024"
    assert missing not in {one.verdict.key for one in store.open_findings()}
    assert missing not in {alert.finding.verdict.key for alert in store.alerts_waiting()}
    judged(store, MONDAY + 33 * DAY)
    assert missing not in {one.verdict.key for one in store.open_findings()}


def test_two_judges_with_the_same_before_them_keep_it_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    story = baseline(store, REPORT)
    judged(store, MONDAY + 2 * DAY)
    at = absent_for(story, 3)
    interrupted(store, monkeypatch, lambda: judged(store, at))
    assert judged(store, at) == []
    assert kinds(store.findings()) == [("page_removed", "suspected")]
    assert len(store.alerts_waiting()) == 1


def test_a_suspect_run_judged_together_with_the_sound_one_after_it_leaves_nothing_open(store: Store) -> None:
    story = baseline(store, REPORT)
    judged(store, MONDAY + 2 * DAY)
    story.run(MONDAY + 3 * DAY, (REPORT, article("正文")), state=RunState.SUSPECT)
    story.run(MONDAY + 4 * DAY, (REPORT, article("正文")))
    judged(store, MONDAY + 4 * DAY)
    assert store.findings() == [], "by now it is over, and nobody was told"
    assert store.alerts_waiting() == []


def test_a_sound_run_judged_together_with_the_suspect_one_after_it_leaves_the_news_standing(store: Store) -> None:
    story = baseline(store, REPORT)
    for day, state in ((3, RunState.SUSPECT), (4, RunState.SOUND), (5, RunState.SUSPECT)):
        story.run(MONDAY + day * DAY, (REPORT, article("正文")), state=state)
        if day == 3:
            judged(store, MONDAY + day * DAY)
    judged(store, MONDAY + 5 * DAY)
    assert kinds(store.open_findings()) == [("run_suspect", "settled")]
