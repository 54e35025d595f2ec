"""The jar of one list: what goes in, what is taken back, and what is never kept."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.cookies import LONGEST, MOST, after, cookie_header, taken
from storage.records import Answer, Hop

NOON = datetime(2024, 3, 2, 4, tzinfo=UTC)


def said(*cookies: str) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((b"set-cookie", cookie.encode("latin-1")) for cookie in cookies)


def test_it_keeps_names_and_values_and_sends_them_back_in_order() -> None:
    jar = taken({}, said("ASP.NET_SessionId=abc; path=/; HttpOnly; SameSite=Lax", "route=1=2", 'q="x y"'))
    assert cookie_header(jar) == [("Cookie", 'ASP.NET_SessionId=abc; route=1=2; q="x y"')]
    assert cookie_header({}) == []


def test_a_newer_value_stands_and_one_taken_back_goes() -> None:
    jar = taken({"a": "1", "b": "2", "c": "3"}, said("a=9", "b=; Max-Age=0", "c=; max-age=-1", "d=4; Max-Age=0100"))
    assert jar == {"a": "9", "d": "4"}


@pytest.mark.parametrize("broken", ["", "novalue", "=x", "a b=1", "a=\x01", "a=b\r\nX: y", f"a={'v' * LONGEST}"])
def test_what_could_not_be_sent_is_not_kept(broken: str) -> None:
    assert taken({}, said(broken)) == {}


def test_a_host_cannot_fill_the_memory() -> None:
    assert len(taken({}, said(*(f"c{n}=1" for n in range(MOST * 3))))) == MOST


def test_only_the_host_that_was_asked_fills_it() -> None:
    hops = (
        Hop("http://a.test/one", 302, said("one=1")),
        Hop("http://b.test/two", 302, said("two=2")),
    )
    answer = Answer("http://a.test/one", NOON, NOON, final_url="https://a.test/three", headers=said("three=3"), hops=hops)
    assert after({"zero": "0"}, answer) == {"zero": "0", "one": "1", "three": "3"}
