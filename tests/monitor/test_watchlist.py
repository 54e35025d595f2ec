"""Watchlist files: what is written comes back, what is wrong is named, and nothing half is imported."""

from __future__ import annotations

import codecs
import re
import string
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from openpyxl import Workbook

from monitor.commands import watchlist_check
from monitor.commands.watchlist import read_watchlist, write_refused, write_watchlist
from monitor.commands.watchlist_check import Checked
from monitor.commands.watchlist_csv import cell_text
from monitor.commands.watchlist_kinds import KINDS
from monitor.notifier import WORDS
from storage.errors import SettingError
from storage.records import Agency, DutyRow, NewPage, Role, Selectors, Site, Subscriber, Watchlist
from storage.versioning import host_of

NOTHING = Watchlist()

words = some.text(some.characters(exclude_categories=["C", "Z"]) | some.sampled_from(" =+-@'；,"), max_size=20).map(str.strip)
names = some.text(string.ascii_lowercase + string.digits + "-_年局", min_size=1, max_size=8)
hosts = some.from_regex(r"[a-z][a-z0-9]{0,6}\.(gov\.cn|example)(:80[0-9]{2})?", fullmatch=True)
days = some.dates(date(1950, 1, 1), date(2100, 1, 1))
lengths = some.integers(1, 366 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))
own = some.fixed_dictionaries(
    {},
    optional={
        name: some.sampled_from(["#zoom, .a > p", "[class='=x']", "div:not(.b)"]) for name in Selectors.__dataclass_fields__
    },
).map(lambda told: Selectors(**told))


@some.composite
def watchlists(draw: some.DrawFn) -> Watchlist:
    ids = draw(some.lists(names, unique=True, max_size=4))
    homes = draw(some.lists(hosts, unique=True, min_size=1, max_size=3))
    agencies = some.sampled_from(ids) if ids else some.nothing()
    several = some.lists(agencies, unique=True, max_size=3).map(tuple) if ids else some.just(())
    limits = some.none() | some.integers(0, 999_999)
    duty_names = draw(some.lists(names, unique=True, min_size=1, max_size=2)) if ids else []
    paths = some.text(string.ascii_lowercase + string.digits + "/_.=", max_size=12)
    addresses = draw(some.lists(some.tuples(some.sampled_from(["http", "https"]), some.sampled_from(homes), paths), max_size=4))
    pages = {f"{host}/{path}": f"{scheme}://{host}/{path}" for scheme, host, path in addresses}
    return Watchlist(
        agencies=tuple(
            Agency(
                one,
                draw(words.filter(bool)),
                draw(some.sampled_from(["government", "department"])),
                draw(some.sampled_from(["state", "province", "city", "county", "township"])),
                draw(words),
                draw(some.none() | days.filter(lambda day: day.year < 2000)),
                draw(some.none() | days.filter(lambda day: day.year >= 2000)),
                draw(some.none() | agencies),
            )
            for one in ids
        ),
        sites=tuple(
            Site(
                host,
                draw(words),
                draw(several),
                draw(some.sampled_from(["http", "https"])),
                draw(some.none() | some.integers(0, 600_000).map(lambda thousandths: thousandths / 1000)),
                draw(some.none() | lengths),
                draw(some.booleans()),
                draw(some.sampled_from(["verify", "fallback"])),
                selectors=draw(own),
                keep_versions=draw(limits),
                keep_days=draw(limits),
                keep_looks_days=draw(limits),
            )
            for host in homes
        ),
        pages=tuple(
            NewPage(
                address,
                role := draw(some.none() | some.sampled_from(Role)),
                draw(words),
                draw(some.none() | agencies) if ids else None,
                draw(some.lists(some.sampled_from(duty_names), unique=True).map(tuple))
                if role is Role.COLUMN and duty_names
                else (),
                named=True,
            )
            for address in pages.values()
        ),
        duties=tuple(
            DutyRow(
                draw(agencies),
                duty,
                draw(some.sampled_from(["2025", "2025-budget"])),
                draw(days),
                draw(words),
                "年度?报告",
                draw(some.none() | some.sampled_from(homes)),
            )
            for duty in duty_names
        ),
        subscribers=tuple(
            Subscriber(
                one,
                f"{number}@desk.example",
                "email",
                draw(several),
                draw(some.lists(some.sampled_from(homes), unique=True).map(tuple)),
                draw(some.lists(some.sampled_from(list(WORDS)), unique=True, max_size=3).map(tuple)),
                draw(some.sampled_from(["low", "medium", "high"])),
                draw(some.booleans()),
                draw(some.sampled_from(["run", "daily"])),
            )
            for number, one in enumerate(draw(some.lists(names, unique=True, max_size=2)))
        ),
    )


def in_order(watchlist: Watchlist) -> Watchlist:
    """The same list with its columns before its other pages, as a file holds them."""
    pages = sorted(watchlist.pages, key=lambda page: page.role is not Role.COLUMN)
    return Watchlist(watchlist.agencies, watchlist.sites, tuple(pages), watchlist.duties, watchlist.subscribers)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("watchlists")


@pytest.mark.parametrize("form", ["toml", "xlsx"])
@settings(max_examples=20, deadline=None)
@given(watchlist=watchlists())
def test_what_is_exported_comes_back_as_it_was(watchlist: Watchlist, form: str, folder: Path) -> None:
    file = folder / f"all.{form}"
    write_watchlist(file, watchlist)
    checked = read_watchlist(file, NOTHING)
    assert [str(problem) for problem in checked.problems] == []
    assert checked.watchlist == in_order(watchlist)


@settings(max_examples=20, deadline=None)
@given(watchlist=watchlists())
def test_pages_exported_as_csv_come_back_as_they_were(watchlist: Watchlist, folder: Path) -> None:
    file = folder / "pages.csv"
    write_watchlist(file, watchlist)
    checked = read_watchlist(file, watchlist)
    assert [str(problem) for problem in checked.problems] == []
    assert checked.watchlist.pages == in_order(watchlist).pages


def read(tmp_path: Path, name: str, content: str | bytes, known: Watchlist = NOTHING, duties: tuple[str, ...] = ()) -> Checked:
    file = tmp_path / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_watchlist(file, known, duties)


def told(checked: Checked) -> list[str]:
    return [str(problem) for problem in checked.problems]


def test_a_csv_with_just_a_url_column_works(tmp_path: Path) -> None:
    checked = read(tmp_path, "a.csv", "url\nhttps://www.a.gov.cn/x.html\nhttp://b.gov.cn:8080\n\n")
    assert told(checked) == []
    assert checked.watchlist.pages == (
        NewPage("https://www.a.gov.cn/x.html", named=True),
        NewPage("http://b.gov.cn:8080/", named=True),
    )
    assert checked.watchlist.sites == (
        Site("www.a.gov.cn", follow=False),
        Site("b.gov.cn:8080", scheme="http", follow=False),
    )


def test_a_site_made_for_a_column_follows_its_entries(tmp_path: Path) -> None:
    checked = read(tmp_path, "a.csv", "url,duties\nhttps://a.gov.cn/nb/,annual_report\n", duties=("annual_report",))
    assert told(checked) == []
    assert checked.watchlist.sites == (Site("a.gov.cn", follow=True),)
    assert checked.watchlist.pages[0].venue_for == ("annual_report",)


def test_a_known_site_is_left_as_a_person_set_it(tmp_path: Path) -> None:
    known = Watchlist(sites=(Site("a.gov.cn", "A", delay=9.0),))
    assert read(tmp_path, "a.csv", "url\nhttps://a.gov.cn/\n", known).watchlist.sites == ()


@pytest.mark.parametrize(
    "content",
    [
        codecs.BOM_UTF8 + "id,name\nx,青川县人民政府\n".encode(),
        "id,name\nx,青川县人民政府\n".encode("gbk"),
        "id\tname\r\nx\t青川县人民政府\r\n".encode("utf-16"),
        "ID;Name\nx;青川县人民政府\n".encode(),
    ],
    ids=["with a mark", "gbk", "utf-16 with tabs", "semicolons"],
)
def test_a_csv_is_read_as_spreadsheets_write_it(content: bytes, tmp_path: Path) -> None:
    checked = read(tmp_path, "a.csv", content)
    assert told(checked) == []
    assert checked.watchlist.agencies == (Agency("x", "青川县人民政府"),)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("id,name,level\na,A,city\n", "agencies"),
        ("host,name\na.gov.cn,A\n", "sites"),
        ("agency,duty,period,due,title\nx,report,2025,2026/1/31,年报\n", "duties"),
        ("id,address,agencies\nd,d@desk.example,x\n", "subscribers"),
    ],
)
def test_the_kind_of_a_csv_is_told_by_its_columns(content: str, kind: str, tmp_path: Path) -> None:
    checked = read(tmp_path, "a.csv", content, Watchlist(agencies=(Agency("x", "X"),)))
    assert told(checked) == []
    assert len(getattr(checked.watchlist, kind)) == 1


def test_every_problem_is_named_by_row_and_column(tmp_path: Path) -> None:
    content = """
[[agency]]
id = "a"
name = "A"
level = "village"
colour = "red"

[[agency]]
id = "b"
valid_from = "2020-02-31"
name = "B"

[[site]]
host = "https://www.a.gov.cn/"

[[site]]
host = "c.gov.cn"
agencies = ["b", "nobody"]
every = "often"
delay = -1

[[page]]
url = "ftp://a.gov.cn/x"

[[page]]
url = "https://me:secret@a.gov.cn/x"

[[subscriber]]
id = "s"
address = "nobody"
kinds = ["late_reprot"]

[[duty]]
agency = "b"
duty = "d"
period = "2025"
due = 45000
title = "年(报"
"""
    problems = told(read(tmp_path, "a.toml", content))
    for beginning in (
        "[[agency]] 1 (line 2), colour: is not a column",
        "[[agency]] 1 (line 2), level: 'village' is none of state,",
        "[[agency]] 2 (line 8), valid_from: '2020-02-31' is not a day",
        "[[site]] 1 (line 13), host: ",
        "[[site]] 2 (line 16), every: 'often' is not a length of time",
        "[[site]] 2 (line 16), delay: '-1' is not a number of seconds",
        "[[page]] 1 (line 22), url: 'ftp://a.gov.cn/x' is not an http or https address",
        "[[page]] 2 (line 25), url: an address with a user name",
        "[[subscriber]] 1 (line 28), kinds: 'late_reprot' is none of",
        "[[duty]] 1 (line 33), due: 45000 is a number, not a date",
        "[[duty]] 1 (line 33), title: '年(报' is not a regular expression",
    ):
        assert any(problem.startswith(beginning) for problem in problems), beginning
    assert not any("secret" in problem for problem in problems)


def test_a_row_that_refers_to_nothing_falls_and_so_does_what_refers_to_it(tmp_path: Path) -> None:
    content = """
[[agency]]
id = "a"
name = "A"
successor = "nobody"
[[agency]]
id = "b"
name = "B"
[[site]]
host = "a.gov.cn"
agencies = ["a"]
[[page]]
url = "https://a.gov.cn/x"
[[page]]
url = "https://b.gov.cn/x"
agency = "b"
"""
    checked = read(tmp_path, "a.toml", content)
    assert told(checked) == [
        "[[agency]] 1 (line 2), successor: agency 'nobody' is not known",
        "[[site]] 1 (line 9), agencies: agency 'a' was refused ([[agency]] 1 (line 2))",
        "[[page]] 1 (line 12), url: site 'a.gov.cn' was refused ([[site]] 1 (line 9))",
    ]
    assert [agency.id for agency in checked.watchlist.agencies] == ["b"]
    assert [page.url for page in checked.watchlist.pages] == ["https://b.gov.cn/x"]


def test_the_same_page_twice_is_a_problem_also_under_another_scheme(tmp_path: Path) -> None:
    problems = told(read(tmp_path, "a.csv", "url\nhttps://a.gov.cn/x#top\nhttp://A.gov.cn:80/x\n"))
    assert problems == ["row 3, url: stands already in row 2"]


def test_duties_of_a_column_have_to_be_known(tmp_path: Path) -> None:
    content = "url,role,duties\nhttps://a.gov.cn/nb/,column,anual_report\nhttps://a.gov.cn/x,article,annual_report\n"
    assert told(read(tmp_path, "a.csv", content, duties=("annual_report",))) == [
        "row 2, duties: duty 'anual_report' is not known",
        "row 3, duties: only a page with the role column can be a venue of duties",
    ]


def test_the_refused_rows_can_be_mended_and_imported_as_they_are_written(tmp_path: Path) -> None:
    content = """
[[agency]]
id = "a"
name = "=HYPERLINK(1)"
level = "village"
[[site]]
host = "a.gov.cn"
agencies = ["a"]
[[agency]]
id = "b"
name = "B"
"""
    checked = read(tmp_path, "a.toml", content)
    refused = write_refused(tmp_path / "a.toml", checked)
    assert refused.name == "a.toml.rejected.csv"
    text = refused.read_text("utf-8-sig")
    assert "level: 'village' is none of" in text
    assert ",=HYPERLINK" not in text
    refused.write_text(text.replace(",village,", ",city,"), "utf-8")
    mended = read_watchlist(refused, checked.watchlist)
    assert told(mended) == []
    assert mended.watchlist.agencies == (Agency("a", "=HYPERLINK(1)", level="city"),)
    assert mended.watchlist.sites == (Site("a.gov.cn", agencies=("a",)),)


def test_dates_numbers_and_empty_rows_of_a_spreadsheet_are_understood(tmp_path: Path) -> None:
    book = Workbook()
    agency = book.active
    agency.title = "Agency"
    for row in (
        ["id", "name", "valid_from", None],
        [440100, "广州市人民政府", datetime(2019, 5, 15), None],
        [None] * 4,
        ["b", 5.0, None, None],
    ):
        agency.append(row)
    duty = book.create_sheet("duty")
    duty.append(["agency", "duty", "period", "due", "title"])
    duty.append(["440100", "budget", 2025, date(2026, 3, 1), "预算"])
    book.create_sheet("notes")
    book.save(tmp_path / "a.xlsx")
    checked = read_watchlist(tmp_path / "a.xlsx", NOTHING)
    assert told(checked) == []
    assert checked.watchlist.agencies == (Agency("440100", "广州市人民政府", valid_from=date(2019, 5, 15)), Agency("b", "5"))
    assert checked.watchlist.duties == (DutyRow("440100", "budget", "2025", date(2026, 3, 1), "", "预算"),)


def test_problems_in_a_spreadsheet_name_sheet_and_row(tmp_path: Path) -> None:
    book = Workbook()
    book.active.title = "sites"
    book.active.append(["host"])
    agency = book.create_sheet("agency")
    agency.append(["id", "name", "valid_from"])
    agency.append(["a", None, 45000])
    book.save(tmp_path / "a.xlsx")
    assert told(read_watchlist(tmp_path / "a.xlsx", NOTHING)) == [
        "sheet sites: is not a kind; a watchlist has agency, site, column, page, duty, subscriber",
        "sheet agency, row 2, name: is missing",
        "sheet agency, row 2, valid_from: 45000 is a number, not a date: format the cell as a date or write 2026-01-31",
    ]


@pytest.mark.parametrize(
    ("name", "content", "beginning"),
    [
        ("a.toml", b"[[agency]]\nid = ", "the file is not TOML: "),
        ("a.toml", b"\xff\xfe\x00", "the file is not UTF-8"),
        ("a.toml", b"agency = 5\n", "agency: has to be written as [[agency]]"),
        ("a.toml", b"[[agencies]]\nid = 'x'\n", "agencies: is not a kind"),
        ("a.csv", b"", "the file is empty"),
        ("a.csv", b"\xff\xff\xff", "the file is neither UTF-8 nor GBK"),
        ("a.csv", b"colour,size\n1,2\n", "the first row does not name the columns"),
        ("a.csv", b"url,url\n1,2\n", "url: stands twice"),
        ("a.csv", b'url\n"https://a.gov.cn/', "the file is not CSV"),
        ("a.csv", b"url\nhttps://a.gov.cn/,more\n", "row 2, column 2: is not a column"),
        ("a.xlsx", b"PK\x03\x04 nothing", "the file is not an .xlsx workbook"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0", "the file is not an .xlsx workbook"),
    ],
)
def test_a_file_of_another_form_is_one_clear_problem(name: str, content: bytes, beginning: str, tmp_path: Path) -> None:
    checked = read(tmp_path, name, content)
    assert len(checked.problems) == 1
    assert told(checked)[0].startswith(beginning)


@pytest.mark.parametrize("name", ["missing.toml", "folder.toml", "list.txt"])
def test_a_file_that_cannot_be_opened_is_a_setting_error(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(SettingError):
        read_watchlist(tmp_path / name, NOTHING)


@settings(max_examples=80, deadline=None)
@given(
    form=some.sampled_from(["toml", "csv", "xlsx"]), content=some.binary(max_size=300) | some.text(max_size=300).map(str.encode)
)
def test_whatever_the_bytes_are_the_answer_is_a_list_of_problems(form: str, content: bytes, folder: Path) -> None:
    file = folder / f"any.{form}"
    file.write_bytes(content)
    checked = read_watchlist(file, NOTHING)
    assert checked.problems or checked.watchlist


def test_every_kind_and_column_stands_in_the_docs() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "watchlist.md").read_text("utf-8")
    for kind, columns in KINDS.items():
        section = page.split(f"\n### {kind}: ", 1)[1].split("\n#", 1)[0]
        for name, field in columns.items():
            named = rf"\| [^|]*\*\*{name}\*\*" if field.required else rf"\| [^|*]*\b{name}\b"
            assert re.search(named, section), f"{kind}.{name}"


def test_a_negative_number_stays_a_number_in_csv() -> None:
    assert [cell_text(cell) for cell in (-7, "-7+1", "=1", None, True)] == ["-7", "'-7+1", "'=1", "", "true"]


def test_the_work_grows_with_the_pages_not_with_pages_times_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(watchlist_check, "host_of", lambda url: asked.append(url) or host_of(url))
    pages = [NewPage(f"https://a{number % 50}.example/{number}") for number in range(500)]
    assert len(watchlist_check.sites_for(pages)) == 50
    assert len(asked) == len(pages)


@pytest.mark.parametrize("form", ["toml", "csv"])
def test_a_broken_selector_is_told_with_its_row_and_stops_no_other(form: str, tmp_path: Path) -> None:
    rows = [("a.example", "#zoom", ".t"), ("b.example", "div[", ".t"), ("c.example", ".text", "p::text")]
    told = "host,select_body,select_title\n" + "".join(f"{','.join(row)}\n" for row in rows)
    if form == "toml":
        told = "".join(f"[[site]]\nhost = '{a}'\nselect_body = '{b}'\nselect_title = '{c}'\n" for a, b, c in rows)
    (tmp_path / f"a.{form}").write_text(told)
    checked = read_watchlist(tmp_path / f"a.{form}", NOTHING)
    assert [site.selectors for site in checked.watchlist.sites] == [Selectors(title=".t", body="#zoom")]
    assert [(str(problem).partition(":")[0], "is not a CSS selector" in str(problem)) for problem in checked.problems] == [
        ("[[site]] 2 (line 5), select_body" if form == "toml" else "row 3, select_body", True),
        ("[[site]] 3 (line 9), select_title" if form == "toml" else "row 4, select_title", True),
    ]
