"""What the latest runs of a site say of it as a whole, pages that vanished together, and columns that sleep."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from monitor.case import ColumnCase, ProbeLook, RunCase
from monitor.rule import judge_column, judge_run
from monitor.rules import RULES
from monitor.site import is_dark, outage_of, redesign_of
from monitor.waves import MANY, waves
from storage.records import (
    ColumnLife,
    LookBrief,
    Outcome,
    Page,
    PageHistory,
    Role,
    Run,
    RunState,
    Sighting,
    Site,
    Verdict,
    tally_of,
)

HOST = "www.qinghe.example"
START = datetime(2025, 3, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)
SOUND, SUSPECT, ABANDONED = RunState.SOUND, RunState.SUSPECT, RunState.ABANDONED


def run(number: int, state: RunState, **tally: int) -> Run:
    return Run(number, HOST, "here", START + number * DAY, START + number * DAY, state, (), {"looks": 10, "known": 10, **tally})


def runs(*states: str) -> list[Run]:
    """Runs in short: s sound, u unreachable, b blocked, l most pages lost, x suspect for another reason, a abandoned."""
    kinds = {
        "s": (SOUND, {}), "u": (SUSPECT, {"unreachable": 9}), "b": (SUSPECT, {"shielded": 9}), "l": (SUSPECT, {"lost": 8}),
        "x": (SUSPECT, {}), "a": (ABANDONED, {"unreachable": 9}),
    }  # fmt: skip
    return [run(number, kinds[state][0], **kinds[state][1]) for number, state in enumerate("".join(states))]  # type: ignore[arg-type]


def brief(outcome: Outcome, reason: str = "", known: bool = True) -> LookBrief:
    return LookBrief(1, Role.ARTICLE, outcome, reason, known=known)


# --- runs


def test_what_a_run_tells_of_its_site_is_counted_when_it_closes() -> None:
    unread = "refused_robots: robots.txt could not be read"
    looks = [
        brief(Outcome.OK),
        brief(Outcome.FAILED),
        brief(Outcome.REFUSED, f"{unread} (answered 502)"),
        brief(Outcome.BLOCKED),
        brief(Outcome.REFUSED, f"{unread} (a shield answered 412)"),
        brief(Outcome.REFUSED, "refused_robots: disallowed by www.qinghe.example/robots.txt"),
        brief(Outcome.GONE),
        brief(Outcome.MOVED),
        brief(Outcome.GONE, known=False),
    ]
    told = tally_of(looks)
    assert (told["looks"], told["unreachable"], told["shielded"], told["known"], told["lost"]) == (9, 2, 2, 8, 2)
    assert (told["gone"], told["ok"], told["refused"]) == (2, 1, 3)


@pytest.mark.parametrize(
    ("story", "dark", "answered"),
    [("ssuuu", 3, 0), ("ssuub", 3, 0), ("suuss", 2, 2), ("suaus", 2, 1), ("ssl", 0, 0), ("ssx", 0, 0), ("s", 0, 0)],
)
def test_an_outage_is_the_latest_stretch_of_dark_runs(story: str, dark: int, answered: int) -> None:
    outage = outage_of(runs(story))
    assert (len(outage.runs), len(outage.answered)) == (dark, answered) if outage else (dark, answered) == (0, 0)


def test_only_failed_and_shielded_looks_make_a_run_dark() -> None:
    assert [is_dark(one) for one in runs("subxla")] == [False, True, True, False, False, False]
    assert not is_dark(run(1, SUSPECT, unreachable=3, shielded=2)), "half of the looks is not most of them"
    assert is_dark(run(1, SUSPECT, unreachable=3, shielded=3))


def test_an_outage_is_of_the_kind_it_was_at_first_until_three_runs_say_otherwise() -> None:
    kinds = [outage.shielded for story in ("bubub", "uububb", "uubbb", "bbuuub") if (outage := outage_of(runs(story)))]
    assert kinds == [True, False, True, False]


CERTIFICATE = "certificate not verified: expired"


@pytest.mark.parametrize(
    ("outcome", "reason", "machine"),
    [
        (Outcome.FAILED, CERTIFICATE, "settled"),
        (Outcome.BLOCKED, "status 412", "settled"),
        (Outcome.REFUSED, "refused_robots: robots.txt could not be read (answered 500)", "settled"),
        (Outcome.REFUSED, "refused_robots: disallowed by robots.txt", "suspected"),
        (Outcome.GONE, "status 404", "suspected"),
        (Outcome.MOVED, "redirected to another host", "suspected"),
        (Outcome.OK, "a page", "suspected"),
    ],
)
def test_only_a_second_look_that_is_kept_out_too_settles_an_outage(outcome: Outcome, reason: str, machine: str) -> None:
    site = Site(HOST, "")
    latest = runs("suuuu")
    probes = {site.home: ProbeLook(outcome, reason, START + 5 * DAY)}
    (verdict,) = judge_run(RULES, RunCase(latest[-1], site, recent=tuple(latest), probes=probes)).verdicts
    assert (verdict.kind, verdict.machine) == ("site_unreachable", machine)


def test_an_outage_says_what_came_in_place_of_the_home_page() -> None:
    latest = runs("suuuu")
    last = START + 4 * DAY
    home = Sighting(3, 7, Outcome.FAILED, CERTIFICATE, None, "a" * 64, f"https://{HOST}/", START + DAY, last, 4, "2.1", "5.1")
    (verdict,) = judge_run(RULES, RunCase(latest[-1], recent=tuple(latest), home=(home,))).verdicts
    assert any(CERTIFICATE in reason.text for reason in verdict.reasons)


@pytest.mark.parametrize(
    ("story", "agreeing"), [("sslll", 3), ("ssll", 0), ("sllsl", 0), ("slulal", 3), ("lllx", 0), ("llls", 0), ("sllll", 4)]
)
def test_a_redesign_is_three_suspect_runs_in_a_row_that_miss_most_pages(story: str, agreeing: int) -> None:
    assert len(redesign_of(runs(story))) == agreeing


# --- pages that vanished together


def absent(number: int, since: float, home: Outcome = Outcome.OK) -> PageHistory:
    def span(id_: int, outcome: Outcome, day: float, last: float) -> Sighting:
        first, end = START + day * DAY, START + last * DAY
        return Sighting(id_, number, outcome, "", 1, "a" * 64, "", first, end, 5, "1.1", "1.2", first, end, None, 5)

    page = Page(number, HOST, f"https://{HOST}/{number}.html", Role.ARTICLE)
    spans = (span(1, Outcome.OK, since - 5, since - 1), span(2, Outcome.GONE, since, since + 1))
    return PageHistory(page, spans, None, None, span(9, home, 0, 99), False, "qinghe", (HOST,))


def removal(*pages: int, wave: bool = False) -> Verdict:
    if wave:
        return Verdict("page_removed:site:w", "page_removed", "site", "", site=HOST, detail={"all": list(pages)})
    return Verdict(f"page_removed:page:{pages[0]}", "page_removed", "page", "", page=pages[0])


def members(*found: tuple[PageHistory, ...]) -> list[list[int]]:
    return [[history.page.id for history in one] for one in found]


def test_so_many_pages_that_vanish_within_a_week_are_one_wave_and_fewer_are_none() -> None:
    many = [absent(number, 10 + number) for number in range(MANY)]
    (wave,) = waves(many, ())
    assert members(wave.members) == [list(range(MANY))]
    assert waves(many[1:], ()) == ()
    assert waves([*many[1:], absent(9, 40)], ()) == (), "long after the others"


def test_pages_told_one_by_one_stay_so_and_count() -> None:
    many = [absent(number, 10 + number) for number in range(MANY + 1)]
    (wave,) = waves(many, [removal(0), removal(1)])
    assert members(wave.members) == [[2, 3, 4, 5]]
    assert waves(many[:MANY], [removal(number) for number in range(MANY - 1)]) == (), "one page is no wave"


def test_a_page_that_follows_within_a_week_joins_a_wave_and_one_much_later_does_not() -> None:
    many = [absent(number, 10) for number in range(MANY)]
    known = removal(*range(MANY), wave=True)
    (wave,) = waves([*many, absent(8, 17), absent(9, 40)], [known])
    assert members(wave.members) == [[*range(MANY), 8]]
    assert wave.known == known


def test_a_wave_that_came_back_is_there_without_members() -> None:
    (wave,) = waves([], [removal(1, 2, 3, wave=True)])
    assert wave.members == ()


def test_pages_of_a_wave_that_are_not_absent_any_more_are_handed_on_with_it() -> None:
    (wave,) = waves([absent(1, 10), absent(2, 10, home=Outcome.FAILED)], [removal(1, 2, wave=True)])
    assert members(wave.members, wave.told) == [[1], [1, 2]]


def test_while_the_home_page_is_not_well_there_is_no_wave() -> None:
    assert waves([absent(number, 10, home=Outcome.FAILED) for number in range(9)], ()) == ()


# --- columns that sleep


def life(title: str, newest: date | None, **more: object) -> ColumnLife:
    last = datetime(2025, 9, 30, 4, tzinfo=UTC)
    look = Sighting(3, 7, Outcome.OK, "ok", 1, "a" * 64, "https://x/", START, last, 9, "1.1", "9.1", START, last, last - DAY, 9)
    page = Page(7, HOST, f"https://{HOST}/tzgg/", Role.COLUMN, title)
    return replace(ColumnLife(page, "qinghe", 12, newest, None, look, START), **more)  # type: ignore[arg-type]


def told(column: ColumnLife, *open_: Verdict, at: datetime = datetime(2025, 9, 30, 5, tzinfo=UTC)) -> list[tuple[str, str]]:
    ruling = judge_column(RULES, ColumnCase(column, at, {one.key: one for one in open_}))
    return [(one.kind, one.machine) for one in ruling.verdicts] + [(key.partition(":")[0], "resolved") for key in ruling.resolved]


ASLEEP = [("stale_column", "settled")]


@pytest.mark.parametrize(
    ("title", "days", "expected"),
    [
        ("通知公告", 185, ASLEEP), ("通知公告", 183, []), ("政策文件", 200, ASLEEP), ("工作动态", 16, ASLEEP), ("要闻", 14, []),
        ("政府信息公开年报", 900, []), ("政策解读", 900, []), ("机构职能", 900, []), ("历史公告", 900, []),
    ],
)  # fmt: skip
def test_a_column_sleeps_longer_than_a_column_of_its_name_may(title: str, days: int, expected: list[tuple[str, str]]) -> None:
    assert told(life(title, date(2025, 9, 30) - timedelta(days=days))) == expected


def test_a_row_seen_to_come_is_a_sign_of_life_whatever_date_it_shows() -> None:
    assert told(life("通知公告", date(2024, 1, 1), came=datetime(2025, 9, 1, tzinfo=UTC))) == []


def test_a_column_without_dates_is_weighed_by_how_long_it_was_watched() -> None:
    assert told(life("通知公告", None)) == ASLEEP
    assert told(life("通知公告", None, watched_from=datetime(2025, 9, 1, tzinfo=UTC))) == []


def test_one_look_on_one_day_makes_a_suspicion_and_a_failed_or_old_one_nothing() -> None:
    column = life("通知公告", date(2025, 1, 1))
    assert column.latest
    assert told(replace(column, latest=replace(column.latest, sound_prior=None))) == [("stale_column", "suspected")]
    assert told(replace(column, latest=replace(column.latest, outcome=Outcome.BLOCKED))) == []
    assert told(column, at=datetime(2025, 11, 1, tzinfo=UTC)) == []


def test_a_new_row_ends_it_and_a_blocked_look_does_not() -> None:
    column = life("通知公告", date(2025, 1, 1))
    (open_,) = judge_column(RULES, ColumnCase(column, datetime(2025, 9, 30, 5, tzinfo=UTC))).verdicts
    assert told(replace(column, newest=date(2025, 9, 29)), open_) == [("stale_column", "resolved")]
    assert column.latest
    assert told(replace(column, latest=replace(column.latest, outcome=Outcome.BLOCKED)), open_) == []
