"""What did not come is evidence too: every way in which a look may fail is kept whole with its class, and can be packed."""

from __future__ import annotations

import io
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from crawling import ADDED, Crawls
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from portal_server import Portals, Reply, article, home
from warcio.archiveiterator import ArchiveIterator
from world import HTML, free_port

from crawler.reader import PageReader
from crawler.settings import CrawlSettings
from monitor.commands.evidence import files_of
from monitor.commands.exhibits import gather
from storage import wacz
from storage.pack import check
from storage.records import (
    Answer,
    Capture,
    CaptureRecord,
    Evidence,
    Examination,
    Finding,
    NewPage,
    Outcome,
    Role,
    RunState,
    Site,
    Verdict,
    Watchlist,
)
from storage.store import Store

A, SLOW, CLOSED, PLAIN, NOWHERE = "www.a.test", "www.slow.test", "www.closed.test", "www.plain.test", "nowhere.invalid"
NOW = datetime(2025, 3, 3, 2, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=20)
KEY = Ed25519PrivateKey.generate()
SHIELD = "<html><script>var _$_ab12=1;</script></html>"


class Kind(NamedTuple):
    """How a look fails: where, how it is judged, the class of its error, the status that came."""

    url: str
    outcome: str
    error: str = ""
    status: int | None = None
    came: str = "response"  #: what stands in the pack for it, beside metadata


KINDS = {
    "not found": Kind(f"http://{A}/404.html", "gone", status=404),
    "server error": Kind(f"http://{A}/500.html", "failed", status=500),
    "shield": Kind(f"http://{A}/shield.html", "blocked", status=521),
    "contradiction": Kind(f"http://{A}/odd.html", "failed", "protocol", 200),
    "too large": Kind(f"http://{A}/large.html", "refused", "too_large", 200),
    "robots": Kind(f"http://{A}/private/0.html", "refused", "refused_robots", came=""),
    "address": Kind(f"http://{A}/away.html", "refused", "refused_address", 302),
    "loop": Kind(f"http://{A}/loop.html", "failed", "too_many_redirects", 302),
    "budget": Kind(f"http://{A}/waits.html", "refused", "refused_budget", came=""),
    "timeout": Kind(f"http://{SLOW}/", "failed", "timeout", came="request"),
    "no connection": Kind(f"http://{CLOSED}/", "failed", "connect", came=""),
    "TLS": Kind(f"https://{PLAIN}/", "failed", "tls", came=""),
    "no name": Kind(f"http://{NOWHERE}/", "failed", "dns", came=""),
}


@pytest.fixture(scope="module")
def crawls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawls]:
    """One crawl in which everything fails that can."""
    held = threading.Event()
    with Portals() as portals:
        opened = _opened(tmp_path_factory.mktemp("home"), portals)
        portals.put(f"{A}/", home())
        portals.pages |= {
            f"{A}/robots.txt": Reply("User-agent: *\nDisallow: /private/", headers=(("Content-Type", "text/plain"),)),
            f"{A}/500.html": Reply("<html>broken</html>", 500, HTML),
            f"{A}/shield.html": Reply(SHIELD, 521, HTML),
            f"{A}/odd.html": Reply(article("通知"), headers=(*HTML, ("Content-Length", "7"))),
            f"{A}/large.html": Reply("x" * 6000, headers=HTML),
            f"{A}/away.html": Reply("", 302, (("Location", "ftp://127.0.0.1/secret"),)),
            f"{A}/loop.html": Reply("", 302, (("Location", "/loop.html"),)),
            f"{SLOW}/": Reply("late", hold=held),
        }
        mine = [kind.url.removeprefix(f"http://{A}") for kind in KINDS.values() if A in kind.url and "waits" not in kind.url]
        opened.watch(A, articles=[*mine, "/waits.html"])
        for host in (SLOW, CLOSED, NOWHERE):
            opened.watch(host)
        secure = (NewPage(f"https://{PLAIN}/", Role.HOME, named=True),)
        opened.store.add_watchlist(Watchlist(sites=(Site(PLAIN, scheme="https"),), pages=secure), ADDED)
        opened.crawl(A, SLOW, CLOSED, PLAIN, NOWHERE, as_of=NOW)
        held.set()
        _refuse(opened, f"http://{A}/waits.html")
        opened.store.sign_head(KEY, LATER)
        yield opened
        opened.store.close()


def _opened(folder: Path, portals: Portals) -> Crawls:
    places = {A: portals.place, SLOW: portals.place, PLAIN: portals.place, CLOSED: f"127.0.0.1:{free_port()}"}
    resolve = ",".join(f"{host}={place}" for host, place in places.items())
    settings = CrawlSettings(home=folder, delay=0, allow_private_hosts=True, resolve=resolve, timeout=1.5, max_bytes=5000)
    store = Store.open(settings.database_url)
    store.migrate()
    store.mark_simulated()
    return Crawls(store, portals, settings, PageReader())


def _refuse(crawls: Crawls, url: str) -> None:
    """A look that waited for its turn in vain; nobody would wait so long for a test."""
    store = crawls.store
    page = store.page_at(url)
    assert page is not None
    run = store.open_run(A, "here", LATER).id
    error = "refused_budget: no turn at www.a.test within 60 s"
    answer = Answer(url, LATER, LATER, error=error)
    store.keep(Capture(run, page.id, answer, Examination(Outcome.REFUSED, error)))
    store.close_run(run, RunState.SUSPECT, ("nothing came",), LATER)


def record_of(crawls: Crawls, kind: Kind) -> CaptureRecord:
    span = crawls.store.sightings(kind.url)[-1]
    record = crawls.store.capture(span.first_look)
    assert record is not None
    return record


@pytest.mark.parametrize("name", KINDS)
def test_each_is_kept_whole_with_its_class(crawls: Crawls, name: str) -> None:
    kind = KINDS[name]
    record = record_of(crawls, kind)
    assert (record.outcome, (record.error or "").partition(":")[0], record.status) == (kind.outcome, kind.error, kind.status)
    assert record.reason
    line = crawls.store.line(record.look)
    assert line is not None
    assert (line.outcome, line.url) == (kind.outcome, kind.url)


@pytest.fixture(scope="module")
def pack(crawls: Crawls) -> bytes:
    """All of them as the evidence of one finding."""
    cited = []
    for kind in KINDS.values():
        record = record_of(crawls, kind)
        cited.append(Evidence(record.look, record.ended, record.url, record.outcome, record.sha256, "absent"))
    verdict = Verdict("made up", "site_unreachable", "site", "All that fails", site=A, evidence=tuple(cited))
    finding = Finding(1, verdict, None, "none", NOW, NOW, 0)
    return wacz.pack(files_of(crawls.store, finding, gather(crawls.store, finding)), "all that fails", "gongkai", NOW, KEY.sign)


def test_a_pack_of_them_is_whole(pack: bytes, tmp_path: Path) -> None:
    found = check(pack)
    home_beside_them = 1
    assert (found.faults, found.looks) == ((), len(KINDS) + home_beside_them)
    archive = tmp_path / "data.warc.gz"
    archive.write_bytes(wacz.opened(pack).files[wacz.ARCHIVE])
    said = subprocess.run([Path(sys.executable).parent / "warcio", "check", archive], capture_output=True, text=True)
    assert said.returncode == 0, said.stdout


@pytest.mark.parametrize("name", KINDS)
def test_each_stands_in_the_pack_as_what_it_was(crawls: Crawls, pack: bytes, name: str) -> None:
    kind, record = KINDS[name], record_of(crawls, KINDS[name])
    files = wacz.opened(pack).files
    found = [
        (one.rec_type, one.raw_stream.read())
        for one in ArchiveIterator(io.BytesIO(files[wacz.ARCHIVE]), no_record_parse=True)
        if one.rec_headers.get_header("X-Gongkai-Look") == record.look
    ]
    kinds = {told for told, _ in found} - {"metadata"}
    assert kinds == ({"response", "request"} if kind.came == "response" else {kind.came} - {""})
    told = next(block.decode() for _, block in found if block.startswith(b"look: "))
    assert f"outcome: {kind.outcome}\r\n" in told
    assert f"error: {record.error or 'none'}\r\n" in told
    assert record.reason.split()[0] in files["statement.txt"].decode()


def test_a_look_that_fails_in_another_way_than_the_one_before_is_kept_whole_too(crawls: Crawls) -> None:
    store, url = crawls.store, KINDS["no name"].url
    page = store.page_at(url)
    assert page is not None
    kept = []
    for error in (
        "dns: no such host",
        "timeout: no whole answer within 30 s",
        "timeout: no whole answer within 29 s",
        "tls: expired",
    ):
        run = store.open_run(NOWHERE, "here", LATER).id
        store.keep(Capture(run, page.id, Answer(url, LATER, LATER, error=error), Examination(Outcome.FAILED, error)))
        store.close_run(run, RunState.SUSPECT, ("nothing came",), LATER)
        record = store.capture(f"{run}.1")
        kept.append(record.error if record else None)
    assert kept == [None, "timeout: no whole answer within 30 s", None, "tls: expired"]
    assert len(store.sightings(url)) == 1
