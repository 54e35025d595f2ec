"""What is posted goes to the host that was asked and to no other, with the same manners as a plain look."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from raw_web import MemoryLeases, Web, ok, to

from crawler.transport import MOST_POSTED
from storage.records import Answer, Form

LIST = "http://a.test/List.aspx?id=3#__doPostBack=Pager,2"
FORM = Form(LIST, (("__EVENTTARGET", "Pager"), ("__VIEWSTATE", "/wE+a="), ("q", "年报")), "gb18030")
SENT = b"__EVENTTARGET=Pager&__VIEWSTATE=%2FwE%2Ba%3D&q=%C4%EA%B1%A8"


def send(pages: Mapping[str, Any], url: str = LIST, **asked: Any) -> tuple[Answer, Web]:
    """One look, by a form unless said otherwise."""
    policy = asked.pop("policy", {})
    leases = asked.pop("leases", None)

    async def run() -> tuple[Answer, Web]:
        async with Web(pages) as web:
            gate = web.gate(leases, **policy)
            answer = await gate.fetch(url, **{"form": FORM, **asked})
            await gate.close()
            return answer, web

    return asyncio.run(run())


def lines(head: bytes) -> list[str]:
    return head.decode().split("\r\n")


def again(location: str, status: bytes) -> bytes:
    return ok(b"", b"Location: " + location.encode(), status=status)


def test_a_form_is_posted_in_the_pages_charset_and_the_fragment_stays_here() -> None:
    answer, web = send({"/List.aspx?id=3": ok(b"rows")})
    head = lines(web.heads[-1])
    assert head[0] == "POST /List.aspx?id=3 HTTP/1.1"
    assert {"Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(SENT)}"} <= set(head)
    assert web.bodies[-1] == SENT
    assert (answer.status, answer.body, answer.error) == (200, b"rows", None)
    assert (answer.url, answer.final_url, answer.method) == (LIST, LIST, "POST")
    assert (b"Content-Length", b"%d" % len(SENT)) in answer.request_headers


def test_cookies_go_with_what_is_posted_and_with_nothing_else() -> None:
    pages = {"/List.aspx?id=3": ok(b"rows")}
    _, web = send(pages, cookies={"ASP.NET_SessionId": "s1", "route": "r"})
    assert "Cookie: ASP.NET_SessionId=s1; route=r" in lines(web.heads[-1])
    _, web = send(pages, form=None, cookies={"ASP.NET_SessionId": "s1"})
    assert lines(web.heads[-1])[0].startswith("GET ")
    assert b"Cookie" not in web.heads[-1]


@pytest.mark.parametrize("status", [b"301 Moved", b"302 Found", b"303 See Other"])
def test_after_a_redirect_the_new_address_is_only_asked_for_with_what_the_host_set(status: bytes) -> None:
    moved = ok(b"", b"Location: /List.aspx?id=3", b"Set-Cookie: page=2; path=/", status=status)
    answer, web = send({"/List.aspx?id=3": moved}, cookies={"s": "1"})
    assert (answer.error or "").startswith("too_many_redirects: a loop")
    assert [lines(head)[0].split()[0] for head in web.heads if b"robots" not in head] == ["POST", "GET"]
    last = lines(web.heads[-1])
    assert "Cookie: s=1; page=2" in last
    assert not [line for line in last if line.startswith("Content-")]
    assert web.bodies[-1] == b""


def test_a_redirect_to_its_result_keeps_the_name_of_what_was_posted() -> None:
    answer, _ = send({"/List.aspx?id=3": again("/Result.aspx", b"303 See"), "/Result.aspx": ok(b"rows")})
    assert answer.final_url == "http://a.test/Result.aspx#__doPostBack=Pager,2"
    assert ([hop.status for hop in answer.hops], answer.method) == ([303], "GET")
    answer, web = send({"/old": to("/new"), "/new": ok(b"shell")}, "http://a.test/old#2901", form=None)
    assert answer.final_url == "http://a.test/new#2901"
    assert web.asked[-1] == "a.test/new"


def test_a_redirect_that_wants_it_posted_again_gets_it_at_the_same_host_only() -> None:
    pages = {"/List.aspx?id=3": again("/New.aspx", b"307 Temporary"), "/New.aspx": ok(b"rows")}
    answer, web = send(pages)
    assert (answer.body, answer.method) == (b"rows", "POST")
    assert web.bodies[-1] == SENT
    answer, web = send({"/List.aspx?id=3": again("http://b.test/New.aspx", b"308 Permanent"), "b.test/New.aspx": ok(b"rows")})
    assert answer.error == "refused_address: what is posted to a.test is not posted to http://b.test"
    assert not [where for where in web.asked if where.startswith("b.test")]


def test_another_host_is_told_neither_cookies_nor_where_we_come_from() -> None:
    pages = {"a.test/List.aspx?id=3": to("http://b.test/x"), "b.test/x": ok(b"elsewhere")}
    answer, web = send(pages, cookies={"s": "1"}, headers=[("Referer", "http://a.test/List.aspx?id=3")])
    first, last = (head for head in web.heads if b"robots" not in head)
    assert "Referer: http://a.test/List.aspx?id=3" in lines(first)
    assert lines(last)[0] == "GET /x HTTP/1.1"
    assert b"Referer" not in last
    assert b"Cookie" not in last
    assert answer.body == b"elsewhere"


@pytest.mark.parametrize("value", ["v" * (MOST_POSTED + 1), "年" * (MOST_POSTED // 6)])
def test_a_form_that_is_too_large_is_refused_before_anybody_is_asked(value: str) -> None:
    answer, web = send({}, form=Form(LIST, (("__VIEWSTATE", value),)))
    assert (answer.error or "").startswith("refused_budget: a form of ")
    assert web.asked == []


def test_robots_and_leases_and_the_rule_for_addresses_hold_for_what_is_posted() -> None:
    rules = ok(b"User-agent: *\nDisallow: /List", b"Content-Type: text/plain")
    answer, web = send({"/robots.txt": rules, "/List.aspx?id=3": ok(b"rows")})
    assert (answer.error or "").startswith("refused_robots")
    assert web.asked == ["a.test/robots.txt"]
    leases = MemoryLeases()
    send({"/List.aspx?id=3": ok(b"rows")}, leases=leases)
    assert [key for key, _ in leases.granted if "a.test" in key] == ["host:a.test"] * 2  # robots.txt, and the form
    answer, web = send({"/List.aspx?id=3": ok(b"rows")}, policy={"allow_private": False})
    assert (answer.error or "").startswith("refused_address")
    assert web.asked == []
