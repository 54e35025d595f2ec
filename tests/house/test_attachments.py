"""An article's file through all rooms: found, asked for, read, and told of when its words change or it goes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from papers import make_pdf, packed, printed
from portal_server import Reply, article
from world import HOST, World, open_world

from crawler.files import FileReading
from crawler.reader import PageReader
from storage.records import Role

TEXT = "全年共受理申请一百二十三件，其中予以公开的100件，部分公开的10件，不予公开的5件，其余八件结转下一年度继续办理。"
REPORT, TABLE, SCAN = (f"{HOST}/fj/{name}" for name in ("report.pdf", "table.ofd", "scan.pdf"))


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    files = FileReading()
    with open_world(database_url, tmp_path) as world:
        world.reader = PageReader(files)
        links = "".join(
            f'<a href="http://{url}">{name}</a>' for name, url in (("年报全文", REPORT), ("附表", TABLE), ("扫描件", SCAN))
        )
        world.portals.put(f"{HOST}/a/0.html", article("关于公布年度报告的通知", "2025-03-01", f"年度报告见附件。{links}"))
        serve(world, REPORT, make_pdf([printed(["一、总体情况", TEXT])]))
        serve(world, TABLE, packed({"OFD.xml": "<a/>"}))
        serve(world, SCAN, make_pdf([None, None], note="first"))
        yield world
    files.close()


def serve(world: World, url: str, body: bytes) -> None:
    world.portals.pages[url] = Reply(body, headers=(("Content-Type", "application/octet-stream"), ("ETag", f'"{hash(body)}"')))


def told(world: World) -> list[tuple[str, str, str]]:
    return [(one.verdict.kind, one.verdict.title, one.verdict.url or "") for one in world.store.findings()]


def test_a_file_is_found_read_and_asked_for_conditionally(world: World) -> None:
    world.crawl()
    page = world.store.page_at(f"http://{REPORT}")
    assert page is not None
    assert (page.role, page.title) == (Role.ATTACHMENT, "年报全文")
    (snapshot,) = world.store.snapshots(page.url)
    assert snapshot.reading is not None
    assert snapshot.reading.body == ("一、总体情况", TEXT)
    reasons = {url: world.store.sightings(f"http://{url}")[0].reason for url in (REPORT, TABLE, SCAN)}
    assert reasons == {
        REPORT: "a PDF of 1 page",
        TABLE: "an OFD file, kept unread",
        SCAN: "a scanned PDF of 2 pages without text",
    }
    world.next_day()
    assert [span.count for span in world.store.sightings(page.url)] == [2]
    assert [headers.get("if-none-match") is not None for url, headers in world.portals.asked if url == REPORT] == [False, True]


def test_other_words_in_a_file_are_told_and_a_file_saved_anew_is_not(world: World) -> None:
    world.settle_in()
    serve(world, REPORT, make_pdf([printed(["一、总体情况", TEXT])], "另一个标题", note="saved anew"))
    assert world.next_day() == []
    serve(world, REPORT, make_pdf([printed(["一、总体情况", TEXT.replace("100件", "90件")])]))
    world.next_day()
    assert told(world) == [("figure_changed", "Figure changed: 年报全文", f"http://{REPORT}")]


@pytest.mark.parametrize(
    ("url", "name", "body"),
    [
        (TABLE, "附表", packed({"OFD.xml": "<b/>"})),
        (SCAN, "扫描件", make_pdf([None, None], note="second")),
        (REPORT, "年报全文", make_pdf([None])),
    ],
)
def test_a_file_whose_words_cannot_be_compared_is_said_to_be_replaced(world: World, url: str, name: str, body: bytes) -> None:
    world.settle_in()
    serve(world, url, body)
    world.next_day()
    assert told(world) == [("attachment_changed", f"File replaced: {name}", f"http://{url}")]


def test_a_file_that_comes_cut_is_neither_changed_nor_removed(world: World) -> None:
    world.settle_in()
    serve(world, REPORT, make_pdf([printed(["一、总体情况", TEXT])])[:900])
    assert world.days(4) == []
    assert world.store.sightings(f"http://{REPORT}")[-1].outcome == "unreadable"


def test_a_file_that_is_gone_is_told_to_be_gone(world: World) -> None:
    world.settle_in()
    del world.portals.pages[REPORT]
    world.days(4)
    assert [(kind, url) for kind, _, url in told(world)] == [("page_removed", f"http://{REPORT}")]


def test_files_that_are_refused_leave_the_crawl_of_their_site_sound(world: World) -> None:
    world.settle_in()
    for url in (REPORT, TABLE, SCAN):
        world.portals.pages[url] = Reply("no", 503)
    for number in range(1, 12):
        name = f"{HOST}/fj/{number}.pdf"
        world.portals.pages[name] = Reply("no", 503)
    links = "".join(f'<a href="http://{HOST}/fj/{number}.pdf">附件{number}</a>' for number in range(1, 12))
    world.portals.put(f"{HOST}/a/1.html", article("关于公布附件的通知", "2025-03-01", f"见附件。{links}"))
    (*_, run) = world.crawl()
    assert (run["event"], run["state"], run["tally"]["failed"]) == ("run", "sound", 14)
