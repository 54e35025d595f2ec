"""Looks as WARC records, read by programs that are not ours."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from packs import HTML, T0, URL, Sealed, again_of, capture, failed, line_of
from warcio.archiveiterator import ArchiveIterator

from storage import evidence, wacz, warc
from storage.records import Hop

BODY = "<html><body>原来的文字</body></html>".encode()
BIN = Path(sys.executable).parent

NEGATIVES = [
    failed(11, "failed", "timeout: no whole answer within 30 s", request_headers=((b"Host", b"a"),), address="10.0.0.1"),
    failed(12, "failed", "dns: no address for www.qinghe.test"),
    failed(13, "failed", "tls: certificate has expired", request_headers=((b"Host", b"a"),), address="10.0.0.1"),
    failed(14, "failed", "connect: refused", request_headers=((b"Host", b"a"),), address="10.0.0.1"),
    failed(15, "refused", "refused_robots: disallowed by www.qinghe.test/robots.txt", robots="disallowed"),
    failed(16, "refused", "refused_address: 10.0.0.1 is private"),
    failed(17, "refused", "refused_budget: waited 60 s for a turn"),
    failed(
        18, "refused", "too_large: 99 bytes announced, 9 allowed", status=200, phrase="OK", http_version="HTTP/1.1", headers=HTML
    ),
]
ANSWERED = [
    capture(21, b"gone", status=404, phrase="Not Found", outcome="gone", reason="status 404"),
    capture(22, b"broken", status=500, phrase="", outcome="failed", reason="status 500"),
    capture(23, b"<script>var _$=1</script>", status=412, phrase="x", outcome="blocked", reason="a shield"),
    capture(24, b"half of", outcome="failed", reason="cut", error="cut: 7 of 100 bytes came"),
]
BODIES = {"3.21": b"gone", "3.22": b"broken", "3.23": b"<script>var _$=1</script>", "3.24": b"half of"}


def everything() -> Sealed:
    """Every kind of look that there is."""
    chunked = (
        *HTML,
        (b"Transfer-encoding", b"chunked"),
        (b"", b"nameless"),
        (b"no colon", b""),
        (b"Set-Cookie", b"\xb0\xa1\r=1"),
    )
    moved = (Hop("http://www.qinghe.test/old", 302, ((b"Location", b"/a/0.html"), (b"Content-Length", b"7")), "127.0.0.1"),)
    first = capture(1, BODY, headers=chunked, hops=moved, url="http://www.qinghe.test/old", final_url=URL)
    shown = capture(2, BODY, rendered=sha256(b"<p>shown</p>").hexdigest())
    posted = capture(3, BODY, method="POST", url=URL + "#__doPostBack=Pager,2")
    unmodified = capture(4, b"", status=304, phrase="Not Modified", outcome="not_modified", reason="304")
    records = {one.look: (one, BODY, None) for one in (first, posted)}
    records |= {"3.2": (shown, BODY, b"<p>shown</p>"), "3.4": (unmodified, b"", None)}
    records |= {one.look: (one, BODIES.get(one.look, b""), None) for one in (*NEGATIVES, *ANSWERED)}
    whole = {look: line_of(told[0]) for look, told in records.items()}
    later = [again_of(whole["3.1"], 31), again_of(whole["3.1"], 32, "not_modified"), again_of(whole["3.11"], 33)]
    return Sealed([*whole.values(), *later], records)


REFERS = {"3.4": "3.1", "3.31": "3.1", "3.32": "3.1", "3.33": "3.11"}


@pytest.fixture(scope="module")
def made() -> tuple[bytes, bytes]:
    return wacz.archive(everything().warc_records(REFERS))


def records_in(data: bytes) -> list[tuple[str, dict[str, str], bytes]]:
    """Type, fields and raw block of each record, as another program reads them."""
    found = []
    for record in ArchiveIterator(io.BytesIO(data), no_record_parse=True):
        found.append((record.rec_type, dict(record.rec_headers.headers), record.raw_stream.read()))
    return found


def of_look(data: bytes, look: str) -> list[tuple[str, dict[str, str], bytes]]:
    return [one for one in records_in(data) if one[1].get("X-Gongkai-Look") == look]


def test_warcio_finds_every_digest_true(made: tuple[bytes, bytes], tmp_path: Path) -> None:
    file = tmp_path / "data.warc.gz"
    file.write_bytes(made[0])
    said = subprocess.run([BIN / "warcio", "check", "-v", file], capture_output=True, text=True)
    assert said.returncode == 0, said.stdout
    assert said.stdout.count("digest pass") > 40
    assert "exception" not in said.stdout
    raw = bytearray(gzip.decompress(made[0]))
    raw[raw.index("原".encode())] ^= 1
    file.write_bytes(raw)
    assert subprocess.run([BIN / "warcio", "check", file], capture_output=True).returncode == 1


def test_the_index_says_what_another_indexer_says(made: tuple[bytes, bytes], tmp_path: Path) -> None:
    file = tmp_path / "data.warc.gz"
    file.write_bytes(made[0])
    said = subprocess.run([BIN / "cdxj-indexer", "-s", file], capture_output=True, text=True, check=True)
    theirs = [line.split(" ", 2) for line in said.stdout.splitlines()]
    ours = [line.split(" ", 2) for line in made[1].decode().splitlines()]
    wanted = ("url", "mime", "status", "digest", "length", "offset", "filename")
    assert len(ours) > 10

    def told(rows: list[list[str]]) -> set[tuple[str | None, ...]]:
        read = [(key, when, json.loads(rest)) for key, when, rest in rows]
        # it indexes our lines and records too, and hashes anew with SHA-1 what was not kept
        looked_up = [row for row in read if row[2].get("mime") != "application/json"]
        own = {"digest": "sha256:"}
        return {
            (key, when, *(one.get(name) if f"{one.get(name)}".startswith(own.get(name, "")) else None for name in wanted))
            for key, when, one in looked_up
        }

    assert told(ours) == told(theirs)


def test_an_answer_stands_as_it_was_received(made: tuple[bytes, bytes]) -> None:
    redirect, answer = (one for one in of_look(made[0], "3.1") if one[0] == "response")
    head, _, body = answer[2].partition(b"\r\n\r\n")
    assert body == BODY
    first = b"HTTP/1.1 200 OK\r\nServer: nginx\r\ncontent-type: text/html; charset=utf-8\r\nX-Twice: 1\r\nX-Twice: 2\r\n"
    assert head.startswith(first)
    assert b"\r\nX-Archive-Orig-Transfer-encoding: chunked\r\n" in head
    assert (answer[1]["WARC-Date"], answer[1]["WARC-IP-Address"]) == ("2025-03-04T02:00:00.000125Z", "127.0.0.1")
    assert redirect[1]["WARC-Target-URI"] == "http://www.qinghe.test/old"
    assert redirect[2].startswith(b"HTTP/1.1 302 \r\nLocation: /a/0.html\r\n")
    assert "were not kept" in redirect[1]["X-Gongkai-Note"]


def test_a_request_belongs_to_its_answer_and_what_was_posted_is_said_to_be_missing(made: tuple[bytes, bytes]) -> None:
    kinds = {one[0]: one for one in of_look(made[0], "3.3")}
    assert kinds["request"][1]["WARC-Concurrent-To"] == kinds["response"][1]["WARC-Record-ID"]
    assert kinds["request"][2].startswith(b"POST /a/0.html HTTP/1.1\r\nHost: www.qinghe.test\r\n")
    assert kinds["request"][1]["X-Gongkai-Note"] == "what was posted is not kept"
    assert kinds["response"][1]["WARC-Target-URI"] == URL


def test_a_rendered_page_is_a_resource_that_says_that_nobody_sent_it(made: tuple[bytes, bytes]) -> None:
    (shown,) = (one for one in of_look(made[0], "3.2") if one[0] == "resource")
    assert shown[2] == b"<p>shown</p>"
    assert "received from nobody" in shown[1]["X-Gongkai-Note"]
    assert shown[1]["WARC-Target-URI"] == "urn:gongkai:rendered:3.2"


@pytest.mark.parametrize("look", [one.look for one in NEGATIVES[:-1]])
def test_where_nothing_came_there_is_no_answer_but_its_class(made: tuple[bytes, bytes], look: str) -> None:
    found = of_look(made[0], look)
    record = next(one for one in NEGATIVES if one.look == look)
    assert {kind for kind, _, _ in found} == ({"request", "metadata"} if look == "3.11" else {"metadata"})
    (told,) = (block.decode() for _, fields, block in found if fields["Content-Type"] == "application/warc-fields")
    assert f"error: {record.error}\r\n" in told
    assert f"outcome: {record.outcome}\r\n" in told
    assert "answer: none came\r\n" in told


@pytest.mark.parametrize(
    ("look", "truncated"), [("3.18", "length"), ("3.24", "disconnect"), ("3.21", None), ("3.22", None), ("3.23", None)]
)
def test_a_bad_answer_is_an_answer(made: tuple[bytes, bytes], look: str, truncated: str | None) -> None:
    (answer,) = (one for one in of_look(made[0], look) if one[0] == "response")
    assert answer[1].get("WARC-Truncated") == truncated
    assert answer[2].partition(b"\r\n\r\n")[2] == BODIES.get(look, b"")


def test_a_look_that_brought_nothing_new_points_back_and_makes_up_no_headers(made: tuple[bytes, bytes]) -> None:
    (answer,) = (one for one in of_look(made[0], "3.1") if one[0] == "response" and one[1]["WARC-Target-URI"] == URL)
    for look, profile in (("3.4", evidence.NOT_MODIFIED), ("3.31", evidence.SAME_PAYLOAD),
                          ("3.32", evidence.NOT_MODIFIED)):  # fmt: skip
        (again,) = (one for one in of_look(made[0], look) if one[0] == "revisit")
        assert again[1]["WARC-Profile"] == profile
        assert again[1]["WARC-Refers-To"] == answer[1]["WARC-Record-ID"]
        assert again[1]["WARC-Refers-To-Date"] == answer[1]["WARC-Date"]
        assert again[1]["WARC-Payload-Digest"] == answer[1]["WARC-Payload-Digest"]
        assert bool(again[2]) == (look == "3.4")


def test_a_timeout_that_came_again_points_back_to_no_answer(made: tuple[bytes, bytes]) -> None:
    assert [kind for kind, _, _ in of_look(made[0], "3.33")] == ["metadata"]


def test_record_and_line_stand_byte_for_byte(made: tuple[bytes, bytes]) -> None:
    sealed = everything()
    blocks = {fields.get("WARC-Target-URI"): block for _, fields, block in records_in(made[0])}
    for line in sealed.lines:
        assert blocks[f"urn:gongkai:line:{line.look}"] == line.packed()
        if line.look in sealed.records:
            assert blocks[f"urn:gongkai:record:{line.look}"] == sealed.records[line.look][0].packed()


def test_bytes_that_are_gone_are_said_to_be() -> None:
    (answer,) = (one for one in evidence.whole(capture(1, BODY), b"{}", None) if one.kind == "response")
    assert answer.field("WARC-Truncated") == "unspecified"
    assert answer.field("WARC-Payload-Digest") is None
    assert answer.block.endswith(b"\r\n\r\n")


def test_the_same_looks_are_the_same_bytes(made: tuple[bytes, bytes]) -> None:
    assert wacz.archive(everything().warc_records(REFERS)) == made


def test_hostile_words_cannot_add_a_field_or_a_record() -> None:
    evil = "ok\r\nWARC-Type: response\r\n\r\nWARC/1.1\u202e\x00"
    record = capture(1, BODY, reason=evil, robots=evil, url=URL + "?\r\nX: 1")
    data, _ = wacz.archive(evidence.whole(record, record.packed(), BODY))
    assert [kind for kind, _, _ in records_in(data)] == ["response", "request", "metadata", "metadata"]
    kind = "application/warc-fields"
    told = next(block for _, fields, block in records_in(data) if fields["Content-Type"] == kind).decode()
    assert "reason: ok  WARC-Type: response    WARC/1.1\r\n" in told
    assert not any(line.startswith(("X: 1", "WARC-Type")) for line in told.splitlines())


def test_what_was_written_is_read_again_and_anything_else_is_refused(made: tuple[bytes, bytes]) -> None:
    found = list(warc.read(made[0], 10**7))
    assert [one.told for one in found] == [record.told() for record in everything().warc_records(REFERS)]
    assert [made[0][one.start : one.end] for one in found] == [record.packed() for record in everything().warc_records(REFERS)]
    for broken in (made[0][:-3], made[0] + b"x", b"WARC/1.1\r\n", gzip.compress(b"WARC/1.1\r\n\r\n")):
        with pytest.raises(ValueError):
            list(warc.read(broken, 10**7))
    with pytest.raises(ValueError, match="more bytes"):
        list(warc.read(gzip.compress(b"\0" * 10**6), 10**5))


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://www.qinghe.gov.cn/a/0.html", "cn,gov,qinghe)/a/0.html"),
        ("https://qinghe.gov.cn:443/", "cn,gov,qinghe)/"),
        ("http://qinghe.gov.cn:8080/List.aspx?b=2&A=1", "cn,gov,qinghe:8080)/list.aspx?a=1&b=2"),
        ("urn:gongkai:rendered:3.2", "urn:gongkai:rendered:3.2"),
    ],
)
def test_the_key_of_an_address(url: str, key: str) -> None:
    assert wacz.surt(url) == key


def test_dates_have_microseconds(made: tuple[bytes, bytes]) -> None:
    assert T0.microsecond == 125
    assert all(fields["WARC-Date"].endswith(".000125Z") for _, fields, _ in records_in(made[0]))
