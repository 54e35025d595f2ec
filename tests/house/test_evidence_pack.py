"""Findings of real crawls, packed by the front door, and the packs checked by programs of others and by our own."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from front_door import Door
from packs import KEY, packed
from portal_server import article, column
from warcio.archiveiterator import ArchiveIterator
from world import HOST, OTHER, SENTENCE, START, World, open_world

from monitor.commands.evidence import files_of
from monitor.commands.exhibits import gather
from storage import wacz, warc
from storage.pack import check
from storage.records import Evidence, Finding, NewPage, Role, Verdict, Watchlist

BIN = Path(sys.executable).parent
EVIL = "<script>alert(1)</script>{{ 7*7 }}{% include 'x' %}\u202e倒\u202c<img src=x onerror=alert(2)>]]>"
EVIL_PAGE = EVIL.replace("&", "&amp;").replace("<", "&lt;")


@dataclass(frozen=True)
class Packed:
    """A pack of one finding, and what was said when it was made."""

    path: Path
    told: dict[str, Any]
    files: dict[str, bytes]

    def text(self, name: str) -> str:
        return self.files[name].decode()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Some days of a county: one page edited, one that is edited by somebody hostile, one taken away, one row taken out."""
    home = tmp_path_factory.mktemp("world")
    with open_world(f"sqlite:///{home / 'gongkai.db'}", home) as made:
        rows = [(f"/a/{number}.html", f"关于第{number}号文件的通知") for number in range(6)]
        made.portals.put(f"{HOST}/list/", column("公示公告", rows))
        listed = (NewPage(f"http://{HOST}/list/", Role.COLUMN, named=True),)
        made.store.add_watchlist(Watchlist(pages=listed), START)
        made.show(0, SENTENCE)
        made.show(1, SENTENCE)
        made.days(4)
        made.show(0, OTHER)
        made.portals.put(f"{HOST}/a/1.html", article("关于第1号文件的通知", "2025-03-01", EVIL_PAGE, SENTENCE))
        del made.portals.pages[f"{HOST}/a/2.html"]
        made.portals.put(f"{HOST}/list/", column("公示公告", rows[:2] + rows[3:]))
        made.next_day()
        yield made


def pack(world: World, kind: str, page: str, to: Path) -> Packed:
    (finding,) = (one for one in world.store.findings(kind=kind) if (one.verdict.url or "").endswith(page))
    said = Door(world.home, {})("evidence", finding.id, "-o", to, "--json")
    assert said.code == 0, said.err
    with zipfile.ZipFile(to) as opened:
        return Packed(to, said.json, {name: opened.read(name) for name in opened.namelist()})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("packs")


@pytest.fixture(scope="module")
def edited(world: World, folder: Path) -> Packed:
    return pack(world, "silent_edit", "/a/0.html", folder / "edited.wacz")


@pytest.fixture(scope="module")
def hostile(world: World, folder: Path) -> Packed:
    return pack(world, "silent_edit", "/a/1.html", folder / "hostile.wacz")


@pytest.fixture(scope="module")
def removed(world: World, folder: Path) -> Packed:
    return pack(world, "page_removed", "/a/2.html", folder / "removed.wacz")


@pytest.fixture(params=["edited", "hostile", "removed"])
def each(request: pytest.FixtureRequest) -> Packed:
    made: Packed = request.getfixturevalue(request.param)
    return made


def test_a_pack_is_whole_on_a_machine_without_the_archive(each: Packed, tmp_path: Path) -> None:
    elsewhere = Door(tmp_path / "elsewhere", {})
    shutil.copy(each.path, tmp_path / "pack.wacz")
    said = elsewhere("verify", tmp_path / "pack.wacz", "--key", each.told["heads"][0]["key"], "--json")
    assert (said.code, said.json["faults"], said.json["whole"]) == (0, [], True)
    assert said.json["looks"] == each.told["looks"] >= 2
    assert any("SIMULATED" in one for one in said.json["told"])
    assert not (tmp_path / "elsewhere").exists()


def test_programs_of_others_read_it(each: Packed, tmp_path: Path) -> None:
    archive = tmp_path / "data.warc.gz"
    archive.write_bytes(each.files[wacz.ARCHIVE])
    warcio = subprocess.run([BIN / "warcio", "check", archive], capture_output=True, text=True)
    assert warcio.returncode == 0, warcio.stdout
    indexed = subprocess.run([BIN / "cdxj-indexer", archive], capture_output=True, text=True, check=True)
    urls = [json.loads(line)["url"] for line in each.text(wacz.PAGES).splitlines()[1:]]
    assert len(urls) >= 2
    assert [url for url in urls if f'"{url}"' not in indexed.stdout] == []


def test_it_holds_both_sides_with_their_bytes(edited: Packed) -> None:
    records = list(_blocks(edited))
    assert [SENTENCE.encode() in block for block in records if OTHER.encode() in block or SENTENCE.encode() in block]
    for side in (SENTENCE, OTHER):
        assert any(block.startswith(b"HTTP/1.") and side.encode() in block for block in records)
    assert "<del><bdi>认真</bdi></del><ins><bdi>严格</bdi></ins>" in edited.text("diff.html")
    readings = [json.loads(data) for name, data in edited.files.items() if name.startswith("readings/")]
    assert {SENTENCE, OTHER} <= {paragraph for reading in readings for paragraph in reading["body"]}


def _blocks(made: Packed) -> Iterator[bytes]:
    for record in ArchiveIterator(io.BytesIO(made.files[wacz.ARCHIVE]), no_record_parse=True):
        yield record.raw_stream.read()


def test_the_statement_says_how_it_was_captured_and_what_is_not_proven(edited: Packed) -> None:
    told = edited.text("statement.txt")
    for words in (
        "SIMULATED", "not yet so at 2025-03-", "so at 2025-03-", "nobody knows when", "HTTP/1.1 200 OK", "robots.txt: allowed",
        "TLS: none", "gongkai/", "looked from: here", "Settings of the site now", "That the bytes came from",
        f"by the key {edited.told['heads'][0]['key']}", "a simulated clock",
    ):  # fmt: skip
        assert words in told, words
    plain = re.sub("<[^>]*>", "", edited.text("statement.html"))
    assert "nobody knows when" in plain
    assert "What is not proven" in plain


def test_a_page_taken_away_is_shown_with_the_look_at_which_it_was_there(removed: Packed) -> None:
    roles = {one["role"] for one in json.loads(removed.files["finding.json"])["evidence"]}
    assert "absent" in roles
    told = removed.text("statement.txt")
    assert "there at 2025-03-" in told
    assert "404 Not Found" in told
    assert "关于第2号文件的通知" in removed.text("diff.html")
    assert "No text was read at this look" in removed.text("diff.html")


def test_the_column_and_the_home_page_of_the_same_crawl_are_there_too(removed: Packed) -> None:
    told = removed.text("statement.txt")
    before, after = (told.index(words) for words in ("the page: is listed here", "the page: is not among the rows"))
    assert f"http://{HOST}/list/" in told[min(before, after) - 900 : max(before, after)]
    assert told.count("looked at in the same crawl as a look that is cited") == 4  # home page and column, of both crawls
    listed = [json.loads(data) for name, data in removed.files.items() if name.startswith("readings/")]
    assert {len(reading["entries"]) for reading in listed if reading["kind"] == "listing"} == {5, 6}


def test_a_look_that_was_not_kept_whole_stands_on_the_one_whose_bytes_it_brought(removed: Packed) -> None:
    told = removed.text("statement.txt")
    assert "the same bytes as look" in told
    assert b"WARC-Type: revisit" in b"".join(_heads(removed))


def _heads(made: Packed) -> Iterator[bytes]:
    yield from (found.told for found in warc.read(made.files[wacz.ARCHIVE], 10**8))


@pytest.mark.parametrize("name", ["statement.html", "diff.html"])
def test_hostile_page_text_is_inert(hostile: Packed, name: str) -> None:
    html = hostile.text(name)
    assert "<script" not in html
    assert "<img" not in html
    assert not re.search(r"<[^>]*\b(on\w+|src|href|style)\s*=", html)
    assert "\u202e" not in html
    if name == "diff.html":
        assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7*7 }}{% include &#39;x&#39; %}[U+202E]倒[U+202C]" in html
    assert "default-src &#39;none&#39;" in html or "default-src 'none'" in html


def test_the_same_finding_gives_the_same_bytes_but_for_the_time_of_packing(world: World, edited: Packed, tmp_path: Path) -> None:
    again = pack(world, "silent_edit", "/a/0.html", tmp_path / "again.wacz")
    assert again.told["sha256"] == edited.told["sha256"]  # a simulated home stands still
    assert "created" in json.loads(edited.files[wacz.MANIFEST])
    assert not [name for name, data in edited.files.items() if name not in (wacz.MANIFEST, wacz.SEAL) and b'"created"' in data]


def test_what_is_there_already_is_not_written_over(world: World, edited: Packed) -> None:
    finding = json.loads(edited.files["finding.json"])["id"]
    said = Door(world.home, {})("evidence", finding, "-o", edited.path)
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "is there already" in said.err
    assert "there is no finding 999" in Door(world.home, {})("evidence", 999, "-o", edited.path.with_name("x")).err


def test_verify_says_what_is_wrong_in_one_line_each(edited: Packed, tmp_path: Path) -> None:
    broken = tmp_path / "broken.wacz"
    data = bytearray(edited.path.read_bytes())
    data[data.index(b"HOW THIS WAS CAPTURED")] ^= 1
    broken.write_bytes(data)
    said = Door(tmp_path / "elsewhere", {})("verify", broken)
    assert said.code == 1
    wrong = [line for line in said.out.splitlines() if line.startswith("WRONG")]
    assert wrong == ["WRONG: statement.txt is damaged: Bad CRC-32 for file 'statement.txt'"]
    assert "is whole" not in said.out


def test_on_each_engine_the_looks_of_a_page_can_be_packed(database_url: str, tmp_path: Path) -> None:
    with open_world(database_url, tmp_path / "home") as made:
        made.days(2)
        (span,) = made.store.sightings(made.url(0))
        cited = tuple(
            Evidence(look, time, made.url(0), "ok", sha256, "present") for time, look, sha256 in (span.proven[0], span.proven[-1])
        )
        verdict = Verdict("made up", "page_changed", "page", "Seen twice", site=HOST, url=made.url(0), evidence=cited)
        made.store.sign_head(KEY, made.clock.time)
        finding = Finding(1, verdict, None, "none", START, START, 0)
        files = files_of(made.store, finding, gather(made.store, finding))
    found = check(packed(files))
    assert found.faults == ()
    assert found.looks == 4  # with the home page of both crawls
    assert "the same bytes as look 1." in files["statement.txt"].decode()
