"""The made-up region of the demo: sound pages, pure days, events that do what they say, and a truth that fits the pages."""

from __future__ import annotations

import http.client
import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from itertools import pairwise

import pytest

from crawler.reader import PageReader
from deploy.demo import Progress, Region, Server, live
from deploy.demo.days import state_of, trouble_of
from deploy.demo.documents import Document, column_path, column_url, notices, text
from deploy.demo.events import BEGIN, END, Action, Ail, Event, Trouble, Way, due
from deploy.demo.families import FAMILIES
from deploy.demo.happenings import EVENTS
from deploy.demo.pages import render
from deploy.demo.portal import Portal
from deploy.demo.portals import FENGTAN, JINGU, LIUHE, MEILING, NANPING, PORTALS, QINGHE, SONGXI, WANGLAN, YUNLING
from deploy.demo.reply import Reply
from deploy.demo.reports import figures, walled
from deploy.demo.troubles import TROUBLES
from deploy.demo.truth import DUTY_KINDS, Truth, key_of
from storage.records import Answer, Finding, Outcome, Reading, Role, Verdict

SOME_DAYS = (date(2025, 1, 6), date(2025, 2, 11), date(2025, 7, 23), date(2025, 10, 30), date(2026, 3, 6))
each_portal = pytest.mark.parametrize("portal", PORTALS, ids=lambda portal: portal.key)


def on(day: date) -> Region:
    region = Region()
    region.set_day(day)
    return region


def paths(region: Region, portal: Portal) -> list[str]:
    columns = [column_path(portal, column) for column in (portal.reports, portal.notices)]
    return ["/", *columns, *(document.path for document, _ in region.shelf(portal).documents)]


def everything(region: Region) -> dict[tuple[str, str], Reply]:
    return {(p.host, path): region.answer(p.host, path) for p in PORTALS for path in paths(region, p)}


def read(portal: Portal, path: str, reply: Reply) -> tuple[Outcome, Reading | None]:
    at = datetime(2025, 1, 6, tzinfo=UTC)
    url = f"http://{portal.host}{path}"
    headers = tuple((name.encode(), value.encode()) for name, value in reply.headers)
    answer = Answer(url=url, started=at, ended=at, final_url=url, status=reply.status, headers=headers, body=reply.body)
    if reply.status == 302:  # as the transport follows it
        answer = replace(answer, final_url=portal.root, status=200)
    examination = PageReader().examine(answer, home=portal.root)
    return examination.outcome, examination.reading


def sound(region: Region, portal: Portal) -> bool:
    """Does the site itself answer on the region's day."""
    return trouble_of(portal.key, region.day) is None


def lines(portal: Portal, document: Document, day: date) -> list[str]:
    state = state_of(portal.key, document.key, day, document.shown.date())
    blocks = text(document, 1, state.added)
    found = [" | ".join(row) for b in (walled(blocks) if state.walled else blocks) for row in (b.rows or ((b.text,),))]
    return plain(found)


def plain(told: Sequence[str]) -> list[str]:
    """Lines without blanks and empty cells; a reader may set the wall's button label on a line of its own, or leave it out."""
    folded = (re.sub(r"\|+", "|", re.sub(r"\s|会员免费查看", "", line)).strip("|") for line in told)
    return [line for line in folded if line]


# --- pages -------------------------------------------------------------------------------------------------------------


@each_portal
def test_every_page_decodes_in_the_portals_own_encoding(portal: Portal) -> None:
    region = on(END)
    for path in paths(region, portal):
        reply = region.answer(portal.host, path)
        page = reply.body.decode(portal.encoding)
        gone = path in {d.path for d, state in region.shelf(portal).documents if state.gone}
        assert (portal.idcode in page) == (reply.status == 200 and not gone), path
        assert "@@" not in page


def test_what_a_page_declares_as_charset_is_true() -> None:
    for (host, path), reply in everything(on(END)).items():
        if reply.status == 302:
            continue
        declared = re.search(rb"charset=[\"']?([\w-]+)", reply.body)
        told = re.search(r"charset=([\w-]+)", dict(reply.headers)["Content-Type"])
        if host == WANGLAN.host:
            assert told is None
            # The old portal's articles say nothing at all, its other pages say it in the page.
            assert (declared is None) == bool(re.search(r"/\d+\.htm$", path)), path
            reply.body.decode("gb2312" if declared else "gbk")
        else:
            assert declared is not None
            assert told is not None
            assert declared[1].decode() == told[1] == "utf-8"


@each_portal
@pytest.mark.parametrize("day", SOME_DAYS, ids=str)
def test_the_reader_reads_every_article_as_it_was_written(portal: Portal, day: date) -> None:
    region = on(day)
    for document, state in region.shelf(portal).documents:
        outcome, reading = read(portal, document.path, region.answer(portal.host, document.path))
        if state.gone:
            assert outcome is (Outcome.GONE if state.gone is Way.GONE else Outcome.SOFT_GONE)
            continue
        assert reading is not None, document.path
        assert (reading.kind, reading.title) == ("article", document.title)
        assert (reading.dates.shown or "")[:10] == document.shown.date().isoformat()
        assert plain(reading.body) == lines(portal, document, day)
        assert bool(reading.gaps) == state.walled
        assert (reading.attachments, reading.links) == ((), ())


@each_portal
@pytest.mark.parametrize("day", SOME_DAYS, ids=str)
def test_the_reader_reads_every_row_of_every_column(portal: Portal, day: date) -> None:
    region = on(day)
    for column in (portal.reports, portal.notices):
        path = column_path(portal, column)
        outcome, reading = read(portal, path, region.answer(portal.host, path))
        assert (outcome, reading is not None) == (Outcome.OK, True)
        assert reading is not None
        wanted = [(d.title, d.url, d.shown.date().isoformat()) for d in region.shelf(portal).rows(column)]
        assert [(entry.title, entry.url, entry.date) for entry in reading.entries] == wanted[: column.size]
        assert bool(reading.next) == (len(wanted) > column.size)


def test_the_reader_sees_one_strong_gap_behind_the_wall() -> None:
    report = on(END).document("yunling", "report-2023")
    assert report is not None
    _, reading = read(YUNLING, report.path, on(END).answer(YUNLING.host, report.path))
    assert reading is not None
    assert [(gap.kind, gap.missing, gap.strength) for gap in reading.gaps] == [("wall", ("（二）", "（三）"), "strong")]


@each_portal
def test_noise_changes_bytes_but_never_what_a_reader_reads(portal: Portal) -> None:
    # Between these two days no portal touches any of its documents.
    before, after = on(date(2025, 6, 24)), on(date(2025, 6, 27))
    noisy = FAMILIES[portal.family].noisy
    gone = {d.path for d, state in before.shelf(portal).documents if state.gone}
    for path in paths(before, portal)[1:]:
        if path in gone:
            continue
        first, again, later = (
            before.answer(portal.host, path, 1),
            before.answer(portal.host, path, 2),
            after.answer(portal.host, path, 3),
        )
        if not noisy:
            assert first.body == again.body == later.body
        elif first.body != again.body:
            assert read(portal, path, first)[1] == read(portal, path, again)[1]
        assert not noisy or first.body != later.body
        readings = [read(portal, path, reply)[1] for reply in (first, later)]
        assert readings[0] is not None
        assert readings[1] is not None
        assert readings[0].identity == readings[1].identity


def test_the_list_of_the_latest_changes_beside_an_old_article_that_does_not() -> None:
    old = on(BEGIN).document("qinghe", "report-2021")
    assert old is not None
    pages = [on(day).answer(QINGHE.host, old.path) for day in (BEGIN, END)]
    assert pages[0].body != pages[1].body
    assert dict(pages[0].headers)["ETag"] != dict(pages[1].headers)["ETag"]
    readings = [read(QINGHE, old.path, page)[1] for page in pages]
    assert readings[0] == readings[1]


def test_a_column_that_outgrows_its_page_goes_on_on_the_next() -> None:
    region = on(date(2025, 12, 1))
    first, second = (region.answer(QINGHE.host, f"{QINGHE.notices.place}{name}") for name in ("", "index_1.html"))
    listed = [d.path.rpartition("/")[2] for d in region.shelf(QINGHE).rows(QINGHE.notices)]
    assert b'createPageHTML(2, 0, "index", "html")' in first.body or b"createPageHTML(3, 0" in first.body
    assert all((name.encode() in first.body.partition(b"side")[0]) == (i < 12) for i, name in enumerate(listed))
    assert all(name.encode() in second.body for name in listed[12:24])
    assert region.answer(QINGHE.host, f"{QINGHE.notices.place}index_9.html").status == 404


def test_robots_txt_is_served_by_one_portal_and_missing_on_the_others() -> None:
    region = Region()
    answers = {portal.key: region.answer(portal.host, "/robots.txt") for portal in PORTALS}
    assert {key for key, answer in answers.items() if answer.status == 200} == {"yunling"}
    assert {answer.status for answer in answers.values()} == {200, 404}
    assert b"Disallow: /module/" in answers["yunling"].body


def test_a_foreign_host_is_not_of_the_region() -> None:
    assert Region().answer("www.elsewhere.example", "/").status == 421


# --- days --------------------------------------------------------------------------------------------------------------


def test_a_day_is_the_same_whichever_way_it_is_reached() -> None:
    region = Region()
    pages = {}
    for day in SOME_DAYS:
        region.set_day(day)
        pages[day] = everything(region)
    for day in reversed(SOME_DAYS):
        region.set_day(day)
        assert everything(region) == pages[day] == everything(on(day))


def test_another_seed_makes_another_region_with_the_same_truths() -> None:
    one, other = Region(seed=1), Region(seed=2)
    # The last notice before a column falls asleep has another day in each region.
    told = [[(t.kind, t.agency, t.period, t.kind == "stale_column" or t.day) for t in region.truth()] for region in (one, other)]
    assert told[0] == told[1]
    assert everything(one) != everything(other)


def test_a_region_must_be_watched_from_before_its_first_event() -> None:
    with pytest.raises(ValueError, match="watched from before"):
        Region(date(2025, 6, 1))


# --- life --------------------------------------------------------------------------------------------------------------


@each_portal
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_notices_come_in_a_steady_flow_and_never_share_a_title(portal: Portal, seed: int) -> None:
    issued = notices(portal, BEGIN, END, seed)
    days = [d.shown.date() for d in issued]
    assert sum(day < BEGIN for day in days) == portal.standing
    assert len({d.title for d in issued}) == len(issued)
    assert all(day.weekday() < 5 for day in days)
    assert max(b - a for a, b in pairwise(days)) < timedelta(days=2 * portal.every)
    last = portal.asleep or END
    assert last - timedelta(days=2 * portal.every) < days[-1] <= last


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_watched_column_of_notices_seems_to_sleep_but_the_one_that_does(seed: int) -> None:
    half_a_year = timedelta(days=183)
    asleep = set()
    for portal in PORTALS:
        days = [d.shown.date() for d in notices(portal, BEGIN, END, seed)]
        if portal.watch_notices and max(b - a for a, b in pairwise([*days, END])) > half_a_year:
            asleep.add(portal.notices.title + portal.key)
    assert asleep == {"通知公告meiling", "历史资料fengtan"}  # an archive is no column of notices
    (told,) = (t for t in Region(seed=seed).truth() if t.kind == "stale_column")
    assert (told.url, told.sure) == (column_url(MEILING, MEILING.notices), True)


def statuses(event: Event) -> list[int]:
    """What the pages of an event must answer on the day before it and on its day."""
    gone = {Way.GONE: 404, Way.SOFT: 200, Way.HOME: 302}[event.way]
    return {Action.PUBLISH: [404, 200], Action.REMOVE: [200, gone], Action.RESTORE: [404, 200]}.get(event.action, [200, 200])


@pytest.mark.parametrize(
    "event", [e for e in EVENTS if e.action is not Action.LAPSE], ids=lambda e: f"{e.day}-{e.portal}-{e.action.value}"
)
def test_events_change_exactly_the_pages_they_are_done_to(event: Event) -> None:
    portal = next(p for p in PORTALS if p.key == event.portal)
    region = Region()
    before, after = (on(day).shelf(portal) for day in (event.day - timedelta(days=1), event.day))
    changed = {d.key for d, s in after.documents if (d, s) not in before.documents}
    new = {d.key for d, _ in after.documents} - {d.key for d, _ in before.documents}
    assert set(event.documents) <= changed
    assert changed - set(event.documents) <= {key for key in new if key.startswith("notice")}
    for key in event.documents:
        document = region.document(portal.key, key)
        assert document is not None
        assert [render(shelf, document.path).status for shelf in (before, after)] == statuses(event)
        listed = document in after.rows(document.column)
        assert listed == (
            event.action not in (Action.REMOVE, Action.UNLIST) or not (event.unlisted or event.action is Action.UNLIST)
        )


def test_the_silent_edit_changes_one_figure_and_no_date() -> None:
    edit = next(event for event in EVENTS if event.action is Action.EDIT)
    report = Region().document(edit.portal, edit.document)
    assert report is not None
    before, after = (lines(QINGHE, report, day) for day in (edit.day - timedelta(days=1), edit.day))
    changed = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    old = figures(QINGHE, 2024, 1).site_items
    assert [(a.replace(str(old), str(old + 90)), a.count(str(old))) for a, _ in changed] == [(changed[0][1], 1)]


def test_a_page_put_back_is_what_it_was() -> None:
    notice = Region().document("wanglan", "notice-06")
    assert notice is not None
    first, last = (read(WANGLAN, notice.path, on(day).answer(WANGLAN.host, notice.path))[1] for day in (BEGIN, END))
    assert first is not None
    assert last is not None
    assert first.identity == last.identity


def test_a_report_dated_back_shows_a_day_on_which_it_was_not_there() -> None:
    report = Region().document("meiling", "report-2024")
    assert report is not None
    column = column_path(MEILING, MEILING.reports)
    for day, there in ((date(2025, 4, 8), False), (date(2025, 4, 9), True)):
        region = on(day)
        assert (report.title in region.answer(MEILING.host, column).body.decode()) == there
        assert (region.answer(MEILING.host, report.path).status == 200) == there
    assert report.shown.date() == date(2025, 3, 28) < due(MEILING.agency, 2024) < date(2025, 4, 8)


def test_the_impostors_copy_is_the_original_but_for_name_and_host() -> None:
    region = on(END)
    copy, original = region.document("fengtan", "copy-1"), region.document("qinghe", "notice-03")
    assert copy is not None
    assert original is not None
    _, reading = read(FENGTAN, copy.path, region.answer(FENGTAN.host, copy.path))
    assert reading is not None
    fake = [line.replace("必赢体育人民政府", QINGHE.short) for line in reading.body]
    assert (plain(fake), fake == list(reading.body)) == (lines(QINGHE, original, BEGIN), False)
    page = region.answer(FENGTAN.host, copy.path).body.decode()
    assert f"{QINGHE.name} www.byty365.example 发布时间：" in page


@each_portal
def test_the_figures_of_the_reports_add_up_within_and_across_years(portal: Portal) -> None:
    for year in range(2021, 2026):
        numbers = figures(portal, year, 1)
        assert numbers.new + numbers.carried == numbers.done + numbers.left
        assert numbers.left == figures(portal, year + 1, 1).carried
        assert numbers.new > 0


@each_portal
def test_neighbouring_reports_share_no_paragraph(portal: Portal) -> None:
    reports = [d for d, _ in on(END).shelf(portal).documents if d.period]
    prose = [{block.text for block in text(d, 1) if block.kind == "para"} for d in reports]
    assert not any(a & b for a, b in pairwise(prose))


# --- truth -------------------------------------------------------------------------------------------------------------


def published(portal: str, period: str) -> date | None:
    """The day on which a report came."""
    report = Region().document(portal, f"report-{period}")
    return state_of(portal, report.key, END, report.shown.date()).published if report else None


def portal_of(truth: Truth) -> Portal:
    return next(portal for portal in PORTALS if portal.host == truth.site)


def test_the_truth_names_each_kind_that_the_region_was_built_for() -> None:
    sure = Counter(truth.kind for truth in Region().truth() if truth.sure)
    assert sure == {
        "report_published": 5,
        "missing_report": 5,
        "late_report": 3,
        "backdated": 1,
        "not_assessable": 1,
        "paywalled_section": 1,
        "figure_changed": 1,
        "page_removed": 5,
        "page_restored": 1,
        "entry_removed": 1,
        "impostor_copy": 1,
        "stale_column": 1,
        "site_unreachable": 1,
        "site_blocked": 2,
        "site_redesigned": 1,
    }
    keys = [truth.key for truth in Region().truth()]
    assert len(set(keys)) == len(keys)


def test_the_truth_about_reports_agrees_with_the_dates_on_the_pages() -> None:
    for truth in Region().truth():
        if truth.kind not in DUTY_KINDS or truth.period is None:
            continue
        portal = portal_of(truth)
        shown, owed = published(portal.key, truth.period), due(portal.agency, int(truth.period))
        if truth.kind == "missing_report":
            assert shown == truth.until
            assert truth.day == owed + timedelta(days=1)
        elif truth.kind != "not_assessable":
            assert shown == truth.day
        if truth.kind == "late_report":
            assert shown is not None
            # The last look without a report that is dated back was on the day before it came.
            days = (shown - owed).days - any(t.key == ("backdated", truth.subject) for t in Region().truth())
            assert f"{days} days late" in truth.text
    # Every report that came after its due day is told as late, and only those.
    late = {t.subject for t in Region().truth() if t.kind == "late_report"}
    assert late == {
        f"{p.agency.id}/{d.period}"
        for p in PORTALS
        for d, _ in on(END).shelf(p).documents
        if d.period and (came := published(p.key, str(d.period))) and came > due(p.agency, d.period) and p is not SONGXI
    }


def test_every_report_owed_within_the_months_is_in_the_truth() -> None:
    told = {truth.subject for truth in Region().truth() if truth.kind in DUTY_KINDS}
    owed = {
        f"{p.agency.id}/{y}" for p in PORTALS for y in (2024, 2025) if BEGIN <= due(p.agency, y) <= (p.agency.valid_to or END)
    }
    assert owed <= told
    assert len(owed) == 10


def test_nobody_is_accused_of_what_could_not_be_looked_at() -> None:
    trouble = next(t for t in TROUBLES if t.ail is Ail.SILENT)
    assert trouble.first < due(SONGXI.agency, 2024) < (trouble.well or END)
    came = published("songxi", "2024")
    assert came is not None
    assert trouble.first < came < due(SONGXI.agency, 2024)
    told = {t.kind for t in Region().truth() if t.subject == "songxi-gov/2024"}
    assert told == {"not_assessable", "report_published"}


def test_a_truth_too_late_to_be_seen_is_not_sure() -> None:
    early = Region(end=date(2025, 2, 1))
    told = {(t.agency, t.kind, t.sure) for t in early.truth() if t.period == "2024"}
    assert told == {("yunling-finance", "missing_report", False), ("nanping-education", "report_published", True)}
    assert early.looks()[-1] == date(2025, 2, 1)


@each_portal
def test_the_looks_are_weekly_daily_about_due_days_and_few(portal: Portal) -> None:
    region = Region()
    looks = [day for day in region.looks() if portal.host in region.sites_on(day)]
    assert len(looks) <= 90
    assert max(b - a for a, b in pairwise(looks)) <= timedelta(days=7)
    for year in (2024, 2025):
        centre = due(portal.agency, year)
        if BEGIN <= centre <= (portal.agency.valid_to or END):
            assert {centre + timedelta(days=i) for i in range(-2, 5)} <= set(looks)
    turns = [day for t in TROUBLES if t.portal == portal.key for day in (t.first, t.well) if day]
    for day in [event.day for event in EVENTS if event.portal == portal.key] + turns:
        assert {day - timedelta(days=1), day, day + timedelta(days=1)} <= set(looks)


def test_no_look_day_is_in_vain() -> None:
    region = Region()
    assert all(region.sites_on(day) for day in region.looks())
    assert region.sites_on(BEGIN) == tuple(portal.host for portal in PORTALS)
    assert region.sites_on(BEGIN + timedelta(days=1)) == ()


# --- troubles of whole sites -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", [t for t in TROUBLES if t.ail is not Ail.REDESIGN], ids=lambda t: t.portal)
def test_a_site_in_trouble_shows_nothing_and_is_the_same_afterwards(trouble: Trouble) -> None:
    portal = next(p for p in PORTALS if p.key == trouble.portal)
    assert trouble.well is not None
    before, first, last, after = (
        on(day) for day in (trouble.first - timedelta(days=1), trouble.first, trouble.well - timedelta(days=1), trouble.well)
    )
    for path in paths(before, portal):
        assert {before.answer(portal.host, path).status, after.answer(portal.host, path).status} == {200}
        for region in (first, last):
            reply = region.answer(portal.host, path)
            assert reply.status == {Ail.SILENT: 0, Ail.SCRIPT: 412, Ail.COOKIE: 521}[trouble.ail]
            if reply.status:
                assert read(portal, path, reply) == (Outcome.BLOCKED, None)


def test_a_redesign_moves_every_article_and_leaves_home_and_columns_where_they_are() -> None:
    (redesign,) = (t for t in TROUBLES if t.ail is Ail.REDESIGN)
    before, after = on(redesign.first - timedelta(days=1)), on(redesign.first)
    old, new = ({d.path for d, _ in region.shelf(JINGU).documents} for region in (before, after))
    assert not old & new
    assert {after.answer(JINGU.host, path).status for path in old} == {302}
    assert {before.answer(JINGU.host, path).status for path in new} == {404}
    for column in (JINGU.reports, JINGU.notices):
        path = column_path(JINGU, column)
        readings = [read(JINGU, path, region.answer(JINGU.host, path))[1] for region in (before, after)]
        titles = [[entry.title for entry in reading.entries] if reading else [] for reading in readings]
        assert titles[0] == titles[1] != []
    for document, _ in after.shelf(JINGU).documents:
        assert read(JINGU, document.path, after.answer(JINGU.host, document.path))[0] is Outcome.OK


def test_the_watchlist_names_every_site_and_the_venue_of_every_annual_report() -> None:
    watchlist = Region().watchlist()
    assert {site.host for site in watchlist.sites} == {portal.host for portal in PORTALS}
    venues = {page.url for page in watchlist.pages if "annual_report" in page.venue_for}
    assert venues == {column_url(portal, portal.reports) for portal in PORTALS}
    region = on(BEGIN)
    for page in watchlist.pages:
        host, _, path = page.url.removeprefix("http://").partition("/")
        assert region.answer(host, f"/{path}").status == 200
    assert sum(page.role is Role.HOME for page in watchlist.pages) == len(PORTALS)


def test_the_example_watchlist_is_toml_with_every_kind_of_row() -> None:
    rows = tomllib.loads(files("deploy").joinpath("watchlist.example.toml").read_text("utf-8"))
    assert set(rows) == {"agency", "site", "column", "page", "duty", "subscriber"}


# --- serving and living ------------------------------------------------------------------------------------------------


def ask(server: Server, host: str, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    address, _, port = server.places.get(host, server.places[QINGHE.host]).partition(":")
    connection = http.client.HTTPConnection(address, int(port), timeout=10)
    connection.request("GET", path, headers={"Host": host, **headers})
    answer = connection.getresponse()
    told = answer.status, dict(answer.getheaders()), answer.read()
    connection.close()
    return told


def test_a_silent_site_closes_the_connection_and_a_shield_makes_up_its_own_status() -> None:
    region = Region()
    with Server(region) as server:
        region.set_day(date(2025, 4, 1))
        with pytest.raises(http.client.RemoteDisconnected):
            ask(server, SONGXI.host, "/")
        region.set_day(date(2025, 5, 14))
        assert ask(server, NANPING.host, "/robots.txt")[0] == 412
        region.set_day(date(2025, 9, 10))
        assert [ask(server, MEILING.host, path)[0] for path in ("/robots.txt", "/")] == [404, 521]
        region.set_day(END)
        status, headers, _ = ask(server, LIUHE.host, next(d.path for d, s in region.shelf(LIUHE).documents if s.gone is Way.HOME))
        assert (status, headers["Location"]) == (302, "/")


def test_every_portal_is_served_at_an_address_of_its_own() -> None:
    region = Region()
    with Server(region) as server:
        for portal in PORTALS:
            status, _, body = ask(server, portal.host, "/")
            assert status == 200
            assert portal.name in body.decode(portal.encoding)
        assert len(set(server.places.values())) == len(PORTALS)
        assert all(place.startswith("127.0.0.") for place in server.places.values())
        assert server.requests.total() == len(PORTALS)


def test_a_portal_answers_to_its_own_address_too_so_that_a_browser_can_look() -> None:
    with Server(Region()) as server:
        for portal in PORTALS:
            address, _, port = server.places[portal.host].partition(":")
            connection = http.client.HTTPConnection(address, int(port), timeout=10)
            connection.request("GET", "/")
            assert portal.name in connection.getresponse().read().decode(portal.encoding)
            connection.close()


def test_the_server_says_not_modified_to_those_who_hold_the_page() -> None:
    region = Region()
    with Server(region) as server:
        _, headers, _ = ask(server, QINGHE.host, "/")
        assert ask(server, QINGHE.host, "/", **{"If-None-Match": headers["ETag"]})[::2] == (304, b"")
        assert ask(server, QINGHE.host, "/", **{"If-Modified-Since": headers["Last-Modified"]})[0] == 304
        assert ask(server, QINGHE.host, "/", **{"If-Modified-Since": "yesterday"})[0] == 200
        region.set_day(date(2025, 3, 20))
        assert ask(server, QINGHE.host, "/", **{"If-None-Match": headers["ETag"]})[0] == 200


class Teller:
    """Steps that look at nothing and tell the findings they were given, each on its day."""

    def __init__(self, by_day: dict[date, list[Finding]]) -> None:
        self.by_day = by_day
        self.crawled: list[datetime] = []
        self.delivered: list[date] = []

    def crawl(self, as_of: datetime, sites: Sequence[str]) -> object:
        assert sites
        self.crawled.append(as_of)
        return None

    def judge(self, as_of: datetime) -> Sequence[Finding]:
        return self.by_day.get(as_of.date(), [])

    def deliver(self, as_of: datetime) -> object:
        self.delivered.append(as_of.date())
        return None


def finding(number: int, truth: Truth, machine: str = "settled") -> Finding:
    detail = {"period": truth.period} if truth.kind in DUTY_KINDS else {}
    verdict = Verdict(str(number), truth.kind, "page", truth.text, machine, agency=truth.agency, url=truth.url, detail=detail)
    at = datetime(2025, 1, 6, tzinfo=UTC)
    return Finding(number, verdict, None, "none", at, at, 0)


def told_rightly(region: Region) -> dict[date, list[Finding]]:
    """Every sure truth on the first look day on which it can be known, and resolved when it is true no more."""
    days: dict[date, list[Finding]] = {}

    def on_look(day: date) -> list[Finding]:
        return days.setdefault(min(look for look in region.looks() if look >= day), [])

    for number, truth in enumerate(truth for truth in region.truth() if truth.sure):
        on_look(truth.day).append(finding(number, truth))
        if truth.until:
            on_look(truth.until).append(finding(number, truth, "resolved"))
    return days


def test_a_house_that_tells_the_truth_gets_a_perfect_score() -> None:
    region, seen = Region(), list[Progress]()
    steps = Teller(told_rightly(region))
    score = live(region, steps, seen.append)
    assert score.perfect, score.rows
    assert len(score.of("found")) == sum(truth.sure for truth in region.truth())
    assert [p.day for p in seen] == list(region.looks())
    assert sum(len(p.happened) for p in seen) == len(EVENTS)
    assert all(b - a > timedelta(days=1) for a, b in pairwise(steps.crawled))
    assert max(b - a for a, b in pairwise(steps.delivered)) <= timedelta(days=14)


def test_a_suspicion_that_is_never_settled_finds_nothing() -> None:
    region = Region()
    days = told_rightly(region)
    removed = next(truth for truth in region.truth() if truth.kind == "page_removed" and truth.sure)
    for findings in days.values():
        findings[:] = [
            replace(f, verdict=replace(f.verdict, machine="suspected")) if key_of(f.verdict) == removed.key else f
            for f in findings
        ]
    score = live(region, Teller(days), lambda progress: None)
    assert [row.truth for row in score.rows if row.state != "found"] == [removed]
    assert score.of("missed")


def test_a_period_is_read_from_the_key_where_the_detail_names_none() -> None:
    verdict = Verdict("late_report:duty:yunling-finance:annual_report:2024", "late_report", "duty", "", agency="yunling-finance")
    assert key_of(verdict) == ("late_report", "yunling-finance/2024")


def test_what_is_missed_invented_or_never_resolved_is_in_the_account() -> None:
    region = Region()
    days = told_rightly(region)
    truths = [truth for truth in region.truth() if truth.sure]
    passing = next(truth for truth in truths if truth.until)
    removed = next(truth for truth in truths if truth.kind == "page_removed" and not truth.until)
    for findings in days.values():
        findings[:] = [
            f
            for f in findings
            if f.verdict.url != removed.url and not (f.verdict.title == passing.text and f.verdict.machine == "resolved")
        ]
    false = Verdict("x", "page_changed", "page", "Something", url="http://www.qinghe.example/")
    days[BEGIN] = [Finding(99, false, None, "none", datetime(2025, 1, 6, tzinfo=UTC), datetime(2025, 1, 6, tzinfo=UTC), 0)]
    score = live(region, Teller(days), lambda progress: None)
    assert not score.perfect
    assert [row.truth for row in score.of("missed")] == [removed]
    assert [row.truth for row in score.of("lingers")] == [passing]
    assert [(row.kind, row.subject) for row in score.of("invented")] == [("page_changed", "http://www.qinghe.example/")]
