"""What the transport keeps, what it refuses to wait for, and how it follows redirects, against raw bytes on loopback."""

from __future__ import annotations

import asyncio
import copy
import gzip
import hashlib
import ssl
import struct
from pathlib import Path
from typing import Any

import pytest
from raw_web import MemoryLeases, Web, certificate, ok, to

from storage.records import Answer


async def look(web: Web, url: str, **how: Any) -> Answer:
    policy = {key: how.pop(key) for key in list(how) if key in ("timeout", "max_bytes", "max_redirects", "ca_file", "resolve")}
    gate = web.gate(**policy)
    try:
        return await gate.fetch(url, **how)
    finally:
        await gate.close()


def fetch(pages: dict[str, Any], url: str = "http://a.test/", **how: Any) -> tuple[Answer, Web]:
    async def run() -> tuple[Answer, Web]:
        async with Web(pages) as web:
            return await look(web, url, **how), web

    return asyncio.run(run())


def test_it_keeps_order_case_and_duplicates_of_headers() -> None:
    sent = (b"x-lower: 1", b"Set-Cookie: a=1", b"X-UPPER: 2", b"set-cookie: b=2", b"Server: \xb0\xa1")
    answer, _ = fetch({"/": ok(b"hello", *sent)})
    assert [name + b": " + value for name, value in answer.headers] == [*sent, b"Content-Length: 5"]
    assert (answer.status, answer.body, answer.error, answer.address) == (200, b"hello", None, "127.0.0.1")


@pytest.mark.parametrize(
    ("line", "phrase"),
    [(b"HTTP/1.1 200 OK", "OK"), (b"HTTP/1.1 200", ""), (b"HTTP/1.0 404 Not  Here ", "Not  Here "), (b"HTTP/1.1 200 \xb0", "°")],
)
def test_the_words_behind_the_status_are_kept_as_received(line: bytes, phrase: str) -> None:
    answer, _ = fetch({"/": line + b"\r\nContent-Length: 1\r\n\r\nx"})
    assert (answer.phrase, answer.method, answer.certificate) == (phrase, "GET", None)


def test_it_asks_for_identity_says_who_it_is_and_sends_no_cookie_back() -> None:
    pages = {"/": ok(b"", b"Set-Cookie: a=1", b"Location: /next", status=b"302 Found"), "/next": ok(b"x")}
    answer, web = fetch(pages, headers=[("If-None-Match", '"e"'), ("Cookie", "no"), ("User-Agent", "Mozilla")])
    last = web.heads[-1]
    assert b"Accept-Encoding: identity\r\n" in last
    assert b"If-None-Match" in last
    assert b"ookie" not in last
    assert b"User-Agent: gongkai/" in last
    assert b"Mozilla" not in last
    assert (b"Accept-Encoding", b"identity") in answer.request_headers


def test_a_body_coded_without_being_asked_stays_coded() -> None:
    bomb = gzip.compress(b"\0" * 1_000_000)
    answer, _ = fetch({"/": ok(bomb, b"Content-Encoding: gzip")}, max_bytes=10_000)
    assert answer.body == bomb
    assert answer.header("content-encoding") == "gzip"
    assert answer.error is None


def test_chunks_are_joined_and_trailers_left_out() -> None:
    body = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=1\r\nhello\r\n6\r\n world\r\n0\r\nX-T: 1\r\n\r\n"
    assert fetch({"/": body})[0].body == b"hello world"


def test_a_body_without_length_ends_with_the_connection() -> None:
    answer, _ = fetch({"/": b"HTTP/1.0 200 OK\nX: 1\n\nhello"})
    assert (answer.body, answer.http_version, answer.headers, answer.error) == (b"hello", "HTTP/1.0", ((b"X", b"1"),), None)


def test_informational_answers_come_before_the_answer() -> None:
    answer, _ = fetch({"/": b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok(b"hello")})
    assert (answer.status, answer.body) == (200, b"hello")


@pytest.mark.parametrize(
    ("sent", "body", "detail"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", b"abc", "cut: 3 of 100"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n", b"hello", "cut: broken chunk"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n9\r\nab", b"helloab", "cut: closed within"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", b"", "cut: closed within the head"),
    ],
)
def test_a_cut_body_keeps_what_came(sent: bytes, body: bytes, detail: str) -> None:
    answer, _ = fetch({"/": sent})
    assert answer.body == body
    assert (answer.error or "").startswith(detail)


def test_a_reset_connection_keeps_what_came() -> None:
    async def reset(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nX: 1\r\nContent-Length: 100\r\n\r\nabc")
        await writer.drain()
        await asyncio.sleep(0.02)
        writer.get_extra_info("socket").setsockopt(1, 13, struct.pack("ii", 1, 0))  # SO_LINGER of no time sends a reset
        writer.transport.abort()

    answer, _ = fetch({"/": reset})
    assert (answer.status, answer.body) == (200, b"abc")
    assert (answer.error or "").startswith("cut: ")


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        (b"\x00\x01rubbish\r\n\r\n", "protocol: not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", "protocol: contradicting"),
        (b"", "connect: closed before an answer"),
    ],
)
def test_what_is_no_answer_gets_a_clear_error(sent: bytes, error: str) -> None:
    assert (fetch({"/": sent})[0].error or "").startswith(error)


def test_sloppy_heads_are_read_as_browsers_read_them() -> None:
    sent = (
        b"HTTP/1.1 412\r\nBad Name: 1\r\nX : 2\r\nContent-Length: 2\r\nContent-Length: 2\r\nX-Fold: a\r\n b\r\nnonsense\r\n\r\nok"
    )
    answer, _ = fetch({"/": sent})
    assert (answer.status, answer.body, answer.header("x"), answer.header("x-fold")) == (412, b"ok", "2", "a b")
    assert (b"nonsense", b"") in answer.headers


def test_a_slow_drip_ends() -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not writer.is_closing():
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.01)

    answer, _ = fetch({"/": drip}, timeout=0.15, obey_robots=False)
    assert (answer.error or "").startswith("timeout: ")
    assert answer.status == 200
    assert answer.body.strip(b".") == b""


@pytest.mark.parametrize("announced", [True, False])
def test_too_large_is_left_out(announced: bool) -> None:
    length = (b"Content-Length: 5000\r\n",) if announced else ()
    answer, _ = fetch({"/": b"HTTP/1.1 200 OK\r\n" + b"".join(length) + b"\r\n" + b"x" * 5000}, max_bytes=1000)
    assert (answer.error or "").startswith("too_large: ")
    assert answer.body == b""
    assert answer.status == 200


def test_each_hop_is_kept_with_its_raw_headers() -> None:
    pages = {"/": to("/one"), "/one": to("http://b.test/two?q=%E4"), "b.test/two?q=%E4": ok(b"end")}
    answer, _ = fetch(pages)
    assert [(hop.url, hop.status, hop.address) for hop in answer.hops] == [
        ("http://a.test/", 302, "127.0.0.1"),
        ("http://a.test/one", 302, "127.0.0.1"),
    ]
    assert answer.hops[0].headers[0] == (b"Location", b"/one")
    assert (answer.url, answer.final_url, answer.body) == ("http://a.test/", "http://b.test/two?q=%E4", b"end")


def test_conditional_headers_stay_with_the_host() -> None:
    _, web = fetch(
        {"/": to("http://b.test/"), "b.test/": ok(b"x"), "a.test/": to("http://b.test/")}, headers=[("If-None-Match", "e")]
    )
    assert [b"If-None-Match" in head for head, url in zip(web.heads, web.asked, strict=True) if "robots" not in url] == [
        True,
        False,
    ]


def test_odd_bytes_in_a_location_are_sent_as_they_came() -> None:
    answer, _ = fetch({"/": ok(b"", b"Location: /\xb9\xab \xbf\xaa", status=b"301 Moved"), "/%B9%AB%20%BF%AA": ok(b"here")})
    assert answer.body == b"here"


@pytest.mark.parametrize("way", [{"/": "/"}, {"/": "/x", "/x": "/"}, {f"/{'i' * n}": f"/{'i' * (n + 1)}" for n in range(12)}])
def test_loops_and_long_chains_end(way: dict[str, str]) -> None:
    answer, _ = fetch({path: to(target) for path, target in way.items()}, max_redirects=5)
    assert (answer.error or "").startswith("too_many_redirects: ")
    assert answer.status == 302


def test_a_redirect_without_a_target_is_the_answer() -> None:
    answer, _ = fetch({"/": ok(b"x", status=b"302 Found")})
    assert (answer.status, answer.error, answer.hops) == (302, None, ())


@pytest.mark.parametrize(
    ("url", "error"),
    [("http://nowhere.invalid/", "dns: "), ("http://127.0.0.1:1/", "connect: ")],
)
def test_nobody_there(url: str, error: str) -> None:
    assert (fetch({}, url)[0].error or "").startswith(error)


def test_one_more_try_after_a_failure_to_connect() -> None:
    answers = [b"", ok(b"second")]

    async def moody(writer: asyncio.StreamWriter) -> None:
        writer.write(answers.pop(0))
        await writer.drain()

    answer, web = fetch({"/": moody})
    assert answer.body == b"second"
    assert web.asked.count("a.test/") == 2


def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert fetch({"/": ok(b"direct")})[0].body == b"direct"


async def _secure(folder: Path, trust: bool, host: str = "a.test", **how: Any) -> Answer:
    context, trusted = certificate(folder, "a.test")
    async with Web({"/": ok(b"secret")}, tls=context) as web:
        if trust:
            how["ca_file"] = trusted
        return await look(web, f"https://{host}/", **how)


def test_tls_is_verified_and_the_certificate_is_known_by_its_hash(tmp_path: Path) -> None:
    good = asyncio.run(_secure(tmp_path, trust=True))
    assert (good.tls, good.body, good.error) == ("verified", b"secret", None)
    shown = ssl.PEM_cert_to_DER_cert((tmp_path / "trusted.pem").read_text("ascii"))
    assert good.certificate == hashlib.sha256(shown).hexdigest()


@pytest.mark.parametrize(("trust", "host"), [(False, "a.test"), (True, "b.test")])
def test_an_untrusted_or_foreign_certificate_is_an_error(tmp_path: Path, trust: bool, host: str) -> None:
    answer = asyncio.run(_secure(tmp_path, trust, host))
    assert (answer.error or "").startswith("tls: ")
    assert answer.body == b""


def test_fallback_is_one_marked_unverified_look(tmp_path: Path) -> None:
    answer = asyncio.run(_secure(tmp_path, trust=False, tls="fallback"))
    assert (answer.body, answer.error) == (b"secret", None)
    assert answer.tls.startswith("unverified: ")
    assert "certificate" in answer.tls
    shown = ssl.PEM_cert_to_DER_cert((tmp_path / "trusted.pem").read_text("ascii"))
    assert answer.certificate == hashlib.sha256(shown).hexdigest()


def test_one_gate_serves_many_crawls_of_scrapy() -> None:
    async def run() -> bool:
        async with Web() as web:
            gate = web.gate(MemoryLeases())
            same = copy.deepcopy(gate) is gate
            await gate.close()
            return same

    assert asyncio.run(run())
