"""robots.txt: 4xx allows, 5xx, a timeout or a shield page refuses for 24 hours, and the host is not asked again meanwhile."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import pytest
from raw_web import MemoryLeases, MemoryRobots, Web, ok, to

from crawler.robots import verdict
from storage.clock import SystemClock
from storage.records import Answer

PAGE = {"/": ok(b"page")}


def look(robots: object, path: str = "/", kept: MemoryRobots | None = None, **policy: Any) -> tuple[Answer, Web, MemoryRobots]:
    store = kept or MemoryRobots()

    async def run() -> tuple[Answer, Web, MemoryRobots]:
        pages = {"/robots.txt": robots, path: ok(b"page"), "/home": ok(b"<!DOCTYPE html><html><body>home</body></html>")}
        async with Web(pages) as web:
            gate = web.gate(robots=store, **policy)
            answer = await gate.fetch(f"http://a.test{path}")
            await gate.close()
            return answer, web, store

    return asyncio.run(run())


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 429, 451])
def test_4xx_allows(status: int) -> None:
    answer, _, store = look(ok(b"<html>no</html>", status=b"%d No" % status))
    assert (answer.robots, answer.body) == ("allowed", b"page")
    assert store.kept["a.test"][0] == "allow"


@pytest.mark.parametrize("status", [500, 502, 503, 521, 405, 412, 418, 493])
def test_5xx_and_shields_refuse_for_a_day_and_are_not_asked_again(status: int) -> None:
    answer, web, store = look(ok(b"", status=b"%d No" % status))
    assert answer.robots.startswith("unreachable: ")
    assert str(status) in answer.robots
    assert (answer.error or "").startswith("refused_robots: ")
    assert web.asked == ["a.test/robots.txt"]
    again, web, _ = look(ok(b""), kept=store)
    assert (again.error or "").startswith("refused_robots: ")
    assert web.asked == []


def test_after_a_day_it_is_asked_again() -> None:
    store = MemoryRobots()
    store.keep_robots("a.test", "refuse", "answered 503", SystemClock().now() - dt.timedelta(hours=25))
    answer, web, _ = look(ok(b"User-agent: *\nDisallow:"), kept=store)
    assert answer.robots == "allowed"
    assert web.asked == ["a.test/robots.txt", "a.test/"]


@pytest.mark.parametrize(
    "body", [b"<!DOCTYPE html><html>", b"\n <script>var a=1;eval(a)</script>", b"<HTML><HEAD>", b"\xef\xbb\xbf<html lang=zh>"]
)
def test_a_web_page_in_its_place_refuses(body: bytes) -> None:
    answer, _, _ = look(ok(body))
    assert "a web page in place of robots.txt" in answer.robots


def test_a_redirect_to_the_home_page_refuses() -> None:
    assert "a web page in place" in look(to("/home"))[0].robots


def test_an_empty_file_and_a_file_with_a_remark_in_markup_allow() -> None:
    assert look(ok(b""))[0].robots == "allowed"
    assert look(ok(b"# <html>\nUser-agent: *\nDisallow: /x\n"))[0].robots == "allowed"


def test_a_timeout_refuses_for_a_day() -> None:
    async def silence(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.2)

    answer, _, store = look(silence, timeout=0.1)
    assert answer.robots.startswith("unreachable: timeout")
    assert store.kept["a.test"][0] == "refuse"


def test_a_host_that_is_not_there_fails_as_itself_and_is_asked_again_next_time() -> None:
    answer, _, store = look(b"")
    assert (answer.error or "").startswith("connect: ")
    assert store.kept == {}


RULES = (
    b"User-agent: *\r\nDisallow: /\r\nAllow: /open\r\n\r\nUser-agent: gongkai\r\nDisallow: /private\r\nAllow: /private/open\r\n"
)


@pytest.mark.parametrize(("path", "told"), [("/", "allowed"), ("/private", "disallowed"), ("/private/open", "allowed")])
def test_the_rules_for_our_name_are_obeyed(path: str, told: str) -> None:
    answer, web, _ = look(ok(RULES), path)
    assert answer.robots == told
    assert (answer.error or "").startswith("refused_robots: disallowed") == (told == "disallowed")
    assert (f"a.test{path}" in web.asked) == (told == "allowed")


def test_words_of_the_contact_are_not_taken_for_our_name() -> None:
    agent = "gongkai/1 (+https://baidu.example/bot)"
    assert look(ok(b"User-agent: baidu\nDisallow: /\n"), user_agent=agent)[0].robots == "allowed"


def test_it_can_be_told_not_to_ask() -> None:
    answer, web, _ = look(ok(RULES), "/private", obey_robots=False)
    assert (answer.robots, answer.body) == ("not asked", b"page")
    assert web.asked == ["a.test/private"]


def test_a_redirect_into_a_forbidden_place_is_not_followed() -> None:
    async def run() -> tuple[Answer, Web]:
        pages = {"a.test/": to("http://b.test/private"), "b.test/robots.txt": ok(RULES), "b.test/private": ok(b"secret")}
        async with Web(pages) as web:
            gate = web.gate()
            answer = await gate.fetch("http://a.test/")
            await gate.close()
            return answer, web

    answer, web = asyncio.run(run())
    assert answer.robots == "disallowed"
    assert (answer.status, answer.final_url, len(answer.hops)) == (None, "http://b.test/private", 1)
    assert "b.test/private" not in web.asked


@pytest.mark.parametrize(("said", "rest"), [(b"30", 30), (b"600", 60), (b"0.01", 0.1), (b"nonsense", 0.1)])
def test_crawl_delay_is_respected_up_to_a_minute(said: bytes, rest: float) -> None:
    async def run() -> dict[str, float]:
        leases = MemoryLeases()
        async with Web({"/robots.txt": ok(b"User-agent: *\nCrawl-delay: " + said + b"\n"), "/": ok(b"x")}) as web:
            gate = web.gate(leases, delay=0.0, jitter=0.0)
            await gate.fetch("http://a.test/", delay=0.1)
            await gate.close()
        return dict(leases.rests)

    told = asyncio.run(run())
    assert told["host:a.test"] == pytest.approx(rest, abs=0.05)


def test_many_pages_at_once_ask_for_robots_once() -> None:
    async def run() -> Web:
        async with Web({"/robots.txt": ok(b""), **{f"/{n}": ok(b"x") for n in range(5)}}) as web:
            gate = web.gate()
            await asyncio.gather(*(gate.fetch(f"http://a.test/{n}") for n in range(5)))
            await gate.close()
            return web

    web = asyncio.run(run())
    assert web.asked.count("a.test/robots.txt") == 1
    assert web.most_at_once == {"a.test": 1}


def test_odd_rules_never_break_anything() -> None:
    now = SystemClock().now()
    for body in (b"\xff\xfe\x00", b"Disallow: [", b"User-agent: *\nDisallow: /" + b"*" * 5000, b"\0" * 100):
        kind, text = verdict(Answer("http://a.test/robots.txt", now, now, status=200, body=body))
        assert kind == "rules"
        assert look(ok(body))[0].robots in ("allowed", "disallowed")
        assert isinstance(text, str)
