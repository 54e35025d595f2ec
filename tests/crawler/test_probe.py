"""The second look and plain calls go through another client, under the same address rule, leases and limits."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest
from raw_web import MemoryLeases, MemoryRobots, Web, certificate, ok, to

from crawler.outbound import HttpOutbound
from crawler.probe import HttpProbe
from storage.clock import SystemClock
from storage.records import Answer, Examination, Outcome, Reading

T = TypeVar("T")


class PlainReader:
    """Says ok to a 200 and failed to anything else, and remembers the home it was told."""

    version = "plain"
    home: str | None = None

    def examine(self, answer: Answer, *, home: str | None = None) -> Examination:
        """By the status alone."""
        self.home = home
        return Examination(Outcome.OK if answer.status == 200 else Outcome.FAILED, answer.error or str(answer.status))

    def read(self, body: bytes, *, url: str, content_type: str | None = None) -> Reading:
        """Nothing."""
        return Reading()


def served(web: Web, work: Callable[[], T]) -> T:
    """Run blocking work against a web that lives in a loop of its own."""
    ready, done = threading.Event(), threading.Event()

    async def run() -> None:
        async with web:
            ready.set()
            while not done.is_set():
                await asyncio.sleep(0.005)

    thread = threading.Thread(target=asyncio.run, args=(run(),), daemon=True)
    thread.start()
    assert ready.wait(5)
    try:
        return work()
    finally:
        done.set()
        thread.join(5)


def look(pages: dict[str, Any], url: str = "http://a.test/", **policy: Any) -> tuple[Answer, Examination, Web, MemoryLeases]:
    web, leases = Web(pages), MemoryLeases()
    reader = PlainReader()

    def work() -> tuple[Answer, Examination]:
        probe = HttpProbe(web.policy(**policy), leases=leases, robots_store=MemoryRobots(), clock=SystemClock(), reader=reader)
        return probe.look(url, home="http://a.test/home")

    answer, examination = served(web, work)
    assert reader.home == "http://a.test/home"
    return answer, examination, web, leases


def test_it_looks_politely_and_keeps_raw_headers_and_bytes() -> None:
    sent = (b"x-lower: 1", b"Set-Cookie: a=1", b"X-UPPER: 2", b"set-cookie: b=2", b"Content-Encoding: gzip")
    answer, examination, web, leases = look({"/": to("http://b.test/x"), "b.test/x": ok(b"raw", *sent)})
    assert examination.outcome is Outcome.OK
    assert [name + b": " + value for name, value in answer.headers] == [*sent, b"Content-Length: 3"]
    assert (answer.body, answer.final_url, len(answer.hops), answer.robots) == (b"raw", "http://b.test/x", 1, "allowed")
    assert [key for key, _ in leases.granted].count("host:b.test") == 2
    assert leases.held == {}
    assert web.most_at_once == {"a.test": 1, "b.test": 1}
    assert b"Accept-Encoding: identity\r\n" in web.heads[-1]
    assert b"python-httpx" not in web.heads[-1]
    assert b"GET /x HTTP/1.1\r\nHost: b.test\r\nUser-Agent: gongkai/" in web.heads[-1]


def test_it_sends_the_path_as_the_transport_does() -> None:
    _, _, web, _ = look({}, "http://a.test/%E4%BF%A1//a;b?q=%B9%AB&r=[1]", obey_robots=False)
    assert web.asked == ["a.test/%E4%BF%A1//a;b?q=%B9%AB&r=[1]"]


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", "cut: "),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 2000, "too_large: "),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + b"x" * 2000, "too_large: "),
        (b"\0rubbish\r\n\r\n", "protocol: "),
        (b"", "connect: "),
    ],
)
def test_a_broken_answer_gets_the_same_class(sent: bytes, error: str) -> None:
    answer, examination, _, _ = look({"/": sent}, max_bytes=1000)
    assert (answer.error or "").startswith(error)
    assert examination.outcome is (Outcome.OK if answer.status == 200 else Outcome.FAILED)
    if error == "cut: ":
        assert answer.body == b"abc"


def test_a_slow_head_ends() -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        while not writer.is_closing():
            writer.write(b"HTTP/1.1 200 OK\r\n" if not writer.get_extra_info("begun") else b"X: 1\r\n")
            await writer.drain()
            await asyncio.sleep(0.02)

    answer, _, _, _ = look({"/": drip}, timeout=0.2, obey_robots=False)
    assert (answer.error or "").startswith("timeout: ")


def test_a_private_address_is_refused() -> None:
    answer, _, web, _ = look({"/": ok(b"x")}, allow_private=False)
    assert (answer.error or "").startswith("refused_address: ")
    assert web.asked == []


def test_it_verifies_tls_by_the_hosts_own_name(tmp_path: Path) -> None:
    context, trusted = certificate(tmp_path, "a.test")
    for host, ca_file, error in (("a.test", trusted, None), ("b.test", trusted, "tls: "), ("a.test", None, "tls: ")):
        web = Web({"/": ok(b"secret")}, tls=context)
        answer = served(web, partial(_secure, web, host, ca_file))
        assert (answer.error or "None").startswith(error or "None")
        assert (answer.tls == "verified") == (error is None)


def _secure(web: Web, host: str, ca_file: str | None) -> Answer:
    policy = web.policy(ca_file=ca_file, obey_robots=False)
    probe = HttpProbe(policy, leases=MemoryLeases(), robots_store=MemoryRobots(), clock=SystemClock(), reader=PlainReader())
    return probe.look(f"https://{host}/")[0]


def post(pages: dict[str, Any], url: str = "http://a.test/hook", **policy: Any) -> tuple[Answer, Web]:
    web = Web(pages)
    headers = {"Content-Type": "application/json", "Host": "evil.test"}
    return served(
        web,
        lambda: HttpOutbound(web.policy(**policy), clock=SystemClock(), timeout=0.3, max_bytes=1000).post(url, b"{}", headers),
    ), web


def test_a_plain_call_sends_once_and_tells_what_came_back() -> None:
    answer, web = post({"/hook": ok(b"thanks")})
    assert (answer.status, answer.body, answer.error) == (200, b"thanks", None)
    assert web.heads[0].startswith(b"POST /hook HTTP/1.1\r\nHost: a.test\r\n")
    assert b"Content-Length: 2\r\n" in web.heads[0]
    assert b"evil" not in web.heads[0]


def test_a_plain_call_follows_no_redirect() -> None:
    answer, web = post({"/hook": to("http://b.test/"), "b.test/": ok(b"x")})
    assert (answer.status, web.asked) == (302, ["a.test/hook"])


@pytest.mark.parametrize(
    ("url", "allow_private", "error"),
    [
        ("http://a.test/hook", False, "refused_address: "),
        ("http://169.254.169.254/", False, "refused_address: "),
        ("http://[::ffff:127.0.0.1]/", False, "refused_address: "),
        ("file:///etc/passwd", True, "refused_address: "),
        ("http://nowhere.invalid/", True, "dns: "),
        ("http://a.test/large", True, "too_large: "),
    ],
)
def test_a_plain_call_that_may_not_or_cannot_be_made(url: str, allow_private: bool, error: str) -> None:
    answer, web = post({"/large": ok(b"x" * 2000)}, url, allow_private=allow_private)
    assert (answer.error or "").startswith(error)
    assert (answer.status is None) == (error != "too_large: ")
    assert len(web.asked) == (error == "too_large: ")
