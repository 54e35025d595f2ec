"""`read` and `compare`: the JSON shapes that scripts rely on, on saved pages, without an archive."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from front_door import Door, Said

READ_KEYS = [
    "outcome", "reason", "kind", "title", "published", "dates", "source", "body", "outline", "gaps", "attachments", "entries",
    "next", "encoding", "site", "family", "reader", "family_reason",
]  # fmt: skip

TEXT = "".join(
    f"<p>{number}、全县政府信息公开工作第{number}部分的情况说明，共办理申请{number}2件，均已按期答复申请人。</p>"
    for number in "一二三四五六"
)

PAGE = f"""<html><head><meta charset="gbk"><meta name="SiteName" content="青禾县人民政府">
<meta name="SiteDomain" content="www.qinghe.example"><meta name="PubDate" content="2025-03-20 10:30">
<meta name="ArticleTitle" content="青禾县2024年政府信息公开工作年度报告"><title>年度报告</title></head><body>
<h1>青禾县2024年政府信息公开工作年度报告</h1><div>发布日期：2025-03-18 来源：青禾县人民政府办公室</div>
<div class="TRS_Editor">{TEXT}<p><a href="fj.pdf">附件：统计表.pdf</a></p></div></body></html>"""


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Door:
    for name in [name for name in os.environ if name.startswith("GONGKAI_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    Path("a.html").write_bytes(PAGE.encode("gbk"))
    return Door(tmp_path / "home", {})


def read(door: Door, *words: object) -> Said:
    told = door("read", *words, "--json")
    assert told.code == 0
    assert not door.home.exists()
    return told


def test_read_prints_the_whole_shape_in_its_order(door: Door) -> None:
    told = read(door, "a.html", "--url", "https://www.qinghe.example/zwgk/t20250320_1.html").json
    assert list(told) == READ_KEYS
    assert (told["outcome"], told["kind"], told["encoding"].lower()) == ("ok", "article", "gb18030")
    assert told["title"] == "青禾县2024年政府信息公开工作年度报告"
    assert told["published"] == "2025-03-18"
    assert told["dates"] == {"written": None, "shown": "2025-03-18", "meta": "2025-03-20T10:30", "url": "2025-03-20"}
    assert list(told["site"]) == ["name", "domain", "idcode"]
    assert len(told["outline"]) == 6
    assert list(told["outline"][0]) == ["level", "ordinal", "label", "title", "paragraph"]
    assert told["attachments"] == [{"url": "https://www.qinghe.example/zwgk/fj.pdf", "name": "附件：统计表.pdf"}]
    assert told["next"] is None


@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        (["--status", "404"], "gone"),
        (["--status", "412"], "blocked"),
        (["--status", "503"], "failed"),
        (["--status", "304"], "not_modified"),
    ],
)
def test_a_page_that_was_not_seen_has_the_same_shape_and_exit_code(words: list[str], outcome: str, door: Door) -> None:
    told = read(door, "a.html", *words).json
    assert list(told) == READ_KEYS
    assert told["outcome"] == outcome
    assert told["body"] == []


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01\x02" * 50, b"<html>", "<p>短</p>".encode()], ids=["nothing", "noise", "a tag", "a word"]
)
def test_whatever_the_bytes_are_they_are_classified(content: bytes, door: Door) -> None:
    Path("b.html").write_bytes(content)
    assert list(read(door, "b.html").json) == READ_KEYS


@pytest.mark.parametrize(
    "form", [{"Content-Type": "text/html; charset=gbk", "Set-Cookie": ["a", "b"]}, [["content-type", "text/html"]]]
)
def test_headers_are_an_object_or_a_list_of_pairs(form: object, door: Door) -> None:
    Path("h.json").write_text(json.dumps(form))
    assert read(door, "a.html", "--headers", "h.json").json["outcome"] == "ok"


@pytest.mark.parametrize("content", ["", "5", '"text"', "[1, 2]", "[[1]]", "{"])
def test_headers_of_another_form_are_one_clear_line(content: str, door: Door) -> None:
    Path("h.json").write_text(content)
    told = door("read", "a.html", "--headers", "h.json", "--json")
    assert (told.code, told.out) == (1, "")
    assert told.err.startswith("gongkai: h.json holds no headers")


@pytest.mark.parametrize("words", [["read", "none.html"], ["read", "."], ["compare", "a.html", "none.html"]])
def test_a_file_that_cannot_be_read_is_exit_code_1(words: list[str], door: Door) -> None:
    told = door(*words, "--json")
    assert (told.code, told.out) == (1, "")
    assert len(told.err.splitlines()) == 1


def test_judge_adds_what_rules_say_of_one_page(door: Door) -> None:
    told = read(door, "a.html", "--judge").json
    assert list(told) == [*READ_KEYS, "findings", "directive"]
    assert (told["findings"], told["directive"]) == ([], None)


def test_judge_tells_a_section_behind_a_wall(door: Door) -> None:
    Path("w.html").write_bytes(PAGE.replace("<p>四、", "<p>此处内容需要权限查看</p><p>四、").encode("gbk"))
    told = read(door, "w.html", "--judge").json
    assert "paywalled_section" in [finding["kind"] for finding in told["findings"]]
    assert all(list(finding) == ["kind", "reasons", "detail"] for finding in told["findings"])
    assert told["findings"][0]["reasons"][0].keys() == {"rule", "text"}


def test_people_get_text(door: Door) -> None:
    told = door("read", "a.html")
    assert told.code == 0
    assert "青禾县2024年政府信息公开工作年度报告" in told.out
    assert "均已按期答复" in told.out


def test_compare_prints_its_shape(door: Door) -> None:
    Path("b.html").write_bytes(PAGE.replace("申请三2件", "申请三7件").encode())
    told = door("compare", "a.html", "b.html", "--json")
    assert told.code == 0
    assert list(told.json) == ["changes", "noise_only"]
    assert [list(change) for change in told.json["changes"]] == [["kind", "before", "after", "paragraph"]]
    assert told.json["changes"][0]["paragraph"] == 2
    assert told.json["noise_only"] is False
    assert "[-2-]" in door("compare", "a.html", "b.html").out


def test_two_encodings_of_a_page_do_not_differ(door: Door) -> None:
    Path("b.html").write_text(PAGE, "utf-8")
    assert door("compare", "a.html", "b.html", "--json").json == {"changes": [], "noise_only": True}
    assert door("compare", "a.html", "b.html").out == "no difference\n"


def test_rows_that_came_and_went_are_told_to_people_though_they_are_no_changes(door: Door) -> None:
    row = '<li><a href="/zwgk/t2025032{0}_{0}.html">关于第{0}号事项办理情况的通知公告</a><span>2025-03-2{0}</span></li>'
    for name, numbers in (("a.html", "12345"), ("b.html", "23456")):
        rows = "".join(row.format(number) for number in numbers)
        Path(name).write_text(f"<html><head><title>通知公告</title></head><body><ul>{rows}</ul></body></html>", encoding="utf-8")
    assert read(door, "a.html").json["kind"] == "listing"
    told = door("compare", "a.html", "b.html", "--url", "https://www.qinghe.example/zwgk/").out
    assert told.splitlines() == [
        "  - 2025-03-21 关于第1号事项办理情况的通知公告 https://www.qinghe.example/zwgk/t20250321_1.html",
        "  + 2025-03-26 关于第6号事项办理情况的通知公告 https://www.qinghe.example/zwgk/t20250326_6.html",
    ]
    assert door("compare", "a.html", "b.html", "--json").json == {"changes": [], "noise_only": True}


def test_a_shield_page_is_not_compared(door: Door) -> None:
    Path("b.html").write_bytes(b"")
    told = door("compare", "a.html", "b.html", "--json")
    assert (told.code, told.out) == (1, "")
    assert told.err.startswith("gongkai: b.html cannot be compared: ")


OWN = """<html><head><title>通知</title></head><body><b class="k">关于清理文件的通知</b><i class="when">2025-03-02</i>
<div class="b9"><p>为进一步规范全县行政规范性文件的制定和管理工作，现就有关事项通知如下，请认真贯彻执行。</p></div></body>"""


def test_read_says_which_family_answered_and_why(door: Door) -> None:
    told = read(door, "a.html").json
    assert (told["family"], told["family_reason"]) == ("trs", "text in TRS_Editor")
    assert "trs (text in TRS_Editor)" in door("read", "a.html").out


def test_read_tries_the_selectors_of_a_file(door: Door) -> None:
    Path("own.html").write_text(OWN)
    Path("own.toml").write_text('select_body = ".b9"\nselect_title = ".k"\nselect_date = ".when"\n')
    told = read(door, "own.html", "--url", "https://www.qinghe.example/a/1.html", "--selectors", "own.toml").json
    assert (told["title"], told["published"]) == ("关于清理文件的通知", "2025-03-02")
    assert (told["family"], told["family_reason"]) == ("own", "the site's own selectors: body, title, date")
    Path("own.toml").write_text('select_body = ".gone"')
    told = read(door, "own.html", "--selectors", "own.toml").json
    assert (told["outcome"], told["reason"]) == ("unreadable", "the site's selector for body found nothing: .gone")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('select_body = "div["', "select_body: 'div[' is not a CSS selector"),
        ('body = ".b9"', "holds 'body', which is no selector; there are select_title"),
        ("select_body = ", "own.toml is not TOML"),
        ("", "own.toml holds no selector"),
    ],
)
def test_a_file_of_selectors_that_cannot_be_used_is_one_line(lines: str, said: str, door: Door) -> None:
    Path("own.toml").write_text(lines)
    told = door("read", "a.html", "--selectors", "own.toml")
    assert (told.code, told.out) == (1, "")
    assert said in told.err
    assert len(told.err.strip().splitlines()) == 1


def test_add_goes_by_a_saved_page_where_there_is_no_network(door: Door) -> None:
    rows = "".join(
        f'<li><a href="t2025030{n}_{n}.html">关于第{n}件事情的通知公告</a><span>2025-03-0{n}</span></li>' for n in range(1, 6)
    )
    head = '<title>通知公告</title><meta name="ColumnName" content="通知公告">'
    script = "<script>createPageHTML(3, 0, 'index', 'html')</script>"
    Path("list.html").write_text(f"<html><head>{head}</head><body><ul>{rows}</ul>{script}</body></html>")
    told = door("add", "https://www.qinghe.example/tzgg/", "--saved", "list.html")
    assert told.code == 0, told.err
    for said in (
        "trs (paging by createPageHTML)",
        "listing, so it is watched as column",
        "https://www.qinghe.example/tzgg/index_1.html",
        "now watched: https://www.qinghe.example/tzgg/ (column)",
    ):
        assert said in told.out
    assert any(line.split() == ["entries", "5"] for line in told.out.splitlines())
    assert door("add", "https://www.qinghe.example/x/", "--saved", "nowhere.html").code == 1


def test_add_says_that_the_selectors_of_a_known_site_want_mending(door: Door) -> None:
    Path("own.html").write_text(OWN)
    Path("list.toml").write_text('[[site]]\nhost = "www.qinghe.example"\nselect_body = ".gone"\n')
    assert door("import", "list.toml").code == 0
    told = door("add", "https://www.qinghe.example/a/1.html", "--saved", "own.html")
    assert told.code == 1
    assert "the site's selector for body found nothing: .gone" in told.err
    assert "mend the selectors" in told.err
    exported = door("export", "out.toml")
    assert exported.code == 0
    assert 'select_body = ".gone"' in Path("out.toml").read_text()
