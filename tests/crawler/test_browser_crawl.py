"""Crawls of sites whose pages a browser shows: what the archive keeps, what counts as a change, and that no browser is left."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from crawling import Crawls, looks, open_crawls, runs
from front_door import Door
from portal_server import Portals, Reply, home
from sqlalchemy import select as choose

from crawler.browser import ready
from crawler.browser.ready import NO_EXTRA, missing
from crawler.reader import PageReader
from storage import blobs
from storage.tables import CAPTURE, SNAPSHOT

ROOT = Path(__file__).parents[2]
A, B = "www.a.gov.test", "www.b.gov.test"
SHELL = """<html><head><meta charset="utf-8"><title>公示公告</title></head><body><div id="app"></div><script>
fetch('/api/list').then(r => r.json()).then(rows => { document.getElementById('app').innerHTML = '<ul class="list">' +
    rows.map(r => `<li><a href="${r.u}">${r.t}</a><span>${r.d}</span></li>`).join('') + '</ul>'; });</script></body></html>"""


def rows(*numbers: int) -> Reply:
    """What the list's script fetches."""
    told = [{"u": f"/art/{n}.html", "t": f"关于第{n}号事项的通知公告", "d": "2024-03-01"} for n in numbers]
    return Reply(json.dumps(told), headers=(("Content-Type", "application/json"),))


@pytest.fixture
def crawls(tmp_path: Path) -> Iterator[Crawls]:
    """Two sites with a list that a script fills; the first is looked at with a browser."""
    with Portals() as portals:
        opened = open_crawls(tmp_path, portals, [A, B], simulated=False)
        opened.reader = PageReader()
        for host, browser in ((A, True), (B, False)):
            portals.put(f"{host}/", home())
            page = Reply(SHELL, headers=(("Content-Type", "text/html"), ("ETag", '"shell"')))
            portals.pages[f"{host}/list/"], portals.pages[f"{host}/api/list"] = page, rows(1, 2, 3)
            opened.watch(host, "/list/", browser=browser, follow=False)
        yield opened
        opened.store.close()


@pytest.fixture
def short_folder() -> Iterator[str]:
    """For what a killed browser leaves behind; Chromium's sockets lie in it, and the path of a socket has 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="gk", ignore_cleanup_errors=True) as folder:
        yield folder


@pytest.fixture
def chromium() -> None:
    """Skips, and says so, where there is no browser to be tested."""
    if why := missing():
        pytest.skip(why)


@pytest.mark.usefixtures("chromium")
def test_a_list_that_changed_behind_the_same_shell_is_a_new_version_and_a_list_that_did_not_is_the_same(crawls: Crawls) -> None:
    crawls.crawl(A)
    crawls.portals.pages[f"{A}/api/list"] = rows(1, 2, 3, 4)
    crawls.crawl(A)
    crawls.crawl(A)
    told = [event["verdict"] for event in crawls.told if event["event"] == "look" and event["url"].endswith("/list/")]
    assert told == ["new", "new", "same"]
    assert set(runs(crawls.told).values()) == {"sound"}


@pytest.mark.usefixtures("chromium")
def test_the_archive_keeps_the_bytes_received_and_beside_them_what_the_browser_made_of_them(crawls: Crawls) -> None:
    crawls.crawl(A)
    with crawls.store.engine.connect() as connection:
        snapshot = connection.execute(choose(SNAPSHOT).where(SNAPSHOT.c.url == f"http://{A}/list/")).one()
        capture = connection.execute(choose(CAPTURE).where(CAPTURE.c.page == snapshot.page)).one()
        received, rendered = blobs.fetch(connection, capture.sha256), blobs.fetch(connection, capture.rendered)
    assert received == SHELL.encode()
    assert "关于第1号事项的通知公告".encode() in rendered
    assert (snapshot.sha256, snapshot.content_type) == (capture.rendered, "text/html; charset=utf-8")
    again = PageReader().read(rendered, url=snapshot.url, content_type=snapshot.content_type)
    assert len(again.entries) == 3


@pytest.mark.usefixtures("chromium")
def test_a_shell_that_did_not_change_says_nothing_of_what_fills_it(crawls: Crawls) -> None:
    crawls.crawl(A)
    crawls.crawl(A)
    assert not [where for where, headers in crawls.portals.asked if "if-none-match" in headers]
    assert {outcome for _, outcome in looks(crawls.told, A)} == {"ok"}


def test_without_the_extra_the_site_is_refused_and_the_crawl_goes_on(crawls: Crawls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ready, "EXTRA", "not_installed_at_all")
    told = crawls.crawl(A, B)
    assert {(event["outcome"], event["reason"]) for event in told if event["event"] == "look" and event["site"] == A} == {
        ("refused", f"refused_browser: {NO_EXTRA}")
    }
    assert runs(told)[A] == "suspect"
    assert ("/", "ok") in looks(told, B)
    assert crawls.portals.asked_of(A) == []


def test_status_says_what_is_missing_for_sites_that_need_a_browser(crawls: Crawls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ready, "EXTRA", "not_installed_at_all")
    said = Door(crawls.settings.home, {})("status")
    assert (said.code, f"{NO_EXTRA} (1 of 2 sites, the first {A})" in said.out) == (0, True)


def test_a_capture_that_was_not_rendered_says_so(crawls: Crawls) -> None:
    crawls.crawl(B)
    with crawls.store.engine.connect() as connection:
        assert {row.rendered for row in connection.execute(choose(CAPTURE))} == {None}


@pytest.mark.usefixtures("chromium")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_no_browser_outlives_the_crawl_child(crawls: Crawls, number: signal.Signals, short_folder: str) -> None:
    held = Held()
    crawls.portals.pages[f"{A}/api/list"] = Reply("[]", hold=held)
    env = os.environ | {
        "GONGKAI_HOME": str(crawls.settings.home),
        "GONGKAI_DELAY": "0",
        "GONGKAI_RESOLVE": crawls.settings.resolve,
        "GONGKAI_ALLOW_PRIVATE_HOSTS": "1",
        "TMPDIR": short_folder,
    }
    command = [sys.executable, "-m", "crawler"]
    with subprocess.Popen(command, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin
        child.stdin.write(json.dumps({"sites": [A], "mode": "all"}).encode() + b"\n")
        child.stdin.flush()
        assert held.asked.wait(60)
        browsers = [pid for pid in descendants(child.pid) if "chromium" in name_of(pid)]
        ends = [os.pidfd_open(pid) for pid in browsers]
        child.send_signal(number)
        child.wait(60)
    assert browsers
    for end in ends:
        assert select.select([end], [], [], 30)[0], "a process of the browser is still there"
        os.close(end)


class Held(threading.Event):
    """Holds an answer back until the portal closes, and says that it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = threading.Event()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait as ever, once it is said."""
        self.asked.set()
        return super().wait(timeout)


def descendants(root: int) -> list[int]:
    """All processes that stem from one."""
    parents = {int(entry.name): parent_of(entry) for entry in Path("/proc").glob("[0-9]*")}
    found, grew = {root}, True
    while grew:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        found, grew = found | more, bool(more)
    return sorted(found - {root})


def parent_of(process: Path) -> int:
    """The parent of a process; 0 if it has ended meanwhile."""
    try:
        told = re.search(r"^PPid:\s+(\d+)", (process / "status").read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(told[1]) if told else 0


def name_of(pid: int) -> str:
    """What a process is called."""
    try:
        return Path(f"/proc/{pid}/comm").read_text()
    except OSError:
        return ""
