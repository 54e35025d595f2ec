"""Private addresses are not asked: not first, not by a redirect, not by a name that changes its mind, not in IPv6 clothes."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from raw_web import Web, ok, to

from crawler.addresses import Endpoint, Refused, host_key, join, parse, parse_resolve, public, refusal
from storage.errors import SettingError
from storage.records import Answer

PRIVATE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200", "0.0.0.0",
    "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.0.1", "198.18.0.1", "192.88.99.1", "168.63.129.16", "::1", "::",
    "fe80::1", "fc00::1", "ff02::1", "fec0::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "2002:7f00:1::",
    "2002:a00:1::", "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b:1::1", "2001::1", "2001:db8::1",
    "100::1", "nonsense", "",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "101.200.1.1", "2400:3200::1", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "2002:101:101::"]


@pytest.mark.parametrize("address", PRIVATE)
def test_these_are_refused(address: str) -> None:
    assert refusal(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_these_are_public(address: str) -> None:
    assert refusal(address) is None


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://a.test/", "javascript:alert(1)", "//a.test/", "a.test", "", "http://", "http://user@a.test/",
        "http://user:pw@a.test/", "http://a.test\\@b.test/", "http://a.test/\\x", "http://a.test/\x00", "http://a.te\nst/",
        "http://a b/", "http://a%2eb/", "http://[::1/", "http://a.test:99999/", "http://a.test:x/", "http://..", "http://-\u00ad/",
        "http://a@b@c/", "http://@a.test/", "http://a..test/",
    ],
)  # fmt: skip
def test_these_are_no_addresses_to_ask(url: str) -> None:
    with pytest.raises(Refused):
        parse(url)


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTP://WWW.A.Test.:80/x#y", "http://www.a.test/x"),
        ("https://中国.政务", "https://xn--fiqs8s.xn--zfr164b/"),
        ("http://a.test:8080/信息公开?年=1 2", "http://a.test:8080/%E4%BF%A1%E6%81%AF%E5%85%AC%E5%BC%80?%E5%B9%B4=1%202"),
        ("http://a.test/%E4%BF?a=b&c", "http://a.test/%E4%BF?a=b&c"),
        ("http://[2400:3200::0001]:81/", "http://[2400:3200::1]:81/"),
        ("http://under_score.a.test/", "http://under_score.a.test/"),
        (" http://a.test ", "http://a.test/"),
    ],
)
def test_one_spelling_for_each_address(url: str, canonical: str) -> None:
    assert parse(url).url == canonical
    assert parse(canonical).url == canonical


@given(st.text(max_size=60))
def test_parsing_never_does_anything_but_parse_or_refuse(text: str) -> None:
    for url in (text, f"http://{text}", f"http://a.test/{text}"):
        try:
            target = parse(url)
        except Refused:
            continue
        assert parse(target.url) == target
        assert target.path.isascii()
        assert target.path.isprintable()


@given(st.binary(max_size=60))
def test_any_location_is_joined_or_refused(location: bytes) -> None:
    with contextlib.suppress(Refused):
        parse(join(parse("http://a.test/x/"), location))


def test_hosts_have_one_key_whatever_the_case() -> None:
    assert host_key("WWW.A.Test.") == "www.a.test"
    assert host_key("[::FFFF:1.2.3.4]") == "::ffff:102:304"


def test_a_name_with_public_and_private_addresses_is_asked_at_the_public_one() -> None:
    places = [Endpoint("127.0.0.1", 80), Endpoint("1.1.1.1", 80)]
    assert public(places, allow_private=False) == [Endpoint("1.1.1.1", 80)]
    assert public(places, allow_private=True) == places


def test_resolve_pairs() -> None:
    assert parse_resolve("a.test=127.0.0.1:80, B.test=::1 c.test:8080=[::1]:8080") == {
        "a.test": "127.0.0.1:80",
        "b.test": "::1",
        "c.test": "[::1]:8080",
    }


@pytest.mark.parametrize(
    "text", ["a.test", "a.test=", "=127.0.0.1", "a.test=localhost", "a.test=127.0.0.1:x", "a.test=127.0.0.1:99999"]
)
def test_pairs_that_cannot_be_read(text: str) -> None:
    with pytest.raises(SettingError):
        parse_resolve(text)


def ask(url: str, pages: dict[str, Any] | None = None, **policy: Any) -> tuple[Answer, Web]:
    async def run() -> tuple[Answer, Web]:
        async with Web(dict(pages or {})) as web:
            gate = web.gate(**policy)
            try:
                return await gate.fetch(url), web
            finally:
                await gate.close()

    return asyncio.run(run())


@pytest.mark.parametrize("url", ["http://a.test/", "http://127.0.0.1/", "http://0x7f.1/", "http://2130706433/", "http://[::1]/"])
def test_a_private_address_is_refused_at_the_first_hop(url: str) -> None:
    answer, web = ask(url, {"/": ok(b"inside")}, allow_private=False)
    assert (answer.error or "").startswith("refused_address: ")
    assert answer.status is None
    assert web.asked == []


@pytest.mark.parametrize("location", ["file:///etc/passwd", "http://u@a.test/", "gopher://a.test/", "http:\\\\a.test"])
def test_a_redirect_out_of_the_web_is_refused(location: str) -> None:
    answer, _ = ask("http://a.test/", {"/": to(location)})
    assert (answer.error or "").startswith("refused_address: ")


def test_a_private_address_is_refused_at_the_second_hop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.addresses.refusal", _only_first_loopback_is_public)
    monkeypatch.setattr("crawler.wire.refusal", _only_first_loopback_is_public)
    answer, _ = ask("http://a.test/", {"/": to("http://127.0.0.2/secret")}, allow_private=False)
    assert (answer.error or "").startswith("refused_address: 127.0.0.2")
    assert [hop.url for hop in answer.hops] == ["http://a.test/"]
    assert answer.final_url == "http://127.0.0.2/secret"


def test_a_name_that_changes_its_mind_is_connected_where_it_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = ["1.1.1.1", "127.0.0.1"]
    asked: list[str] = []
    connected: list[str] = []

    def rebinding(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers[min(len(asked), 2) - 1], port))]

    async def noted(*_: object, **__: object) -> object:
        connected.append(str(_[2]))
        raise ConnectionRefusedError("nobody")

    monkeypatch.setattr("crawler.addresses.socket.getaddrinfo", rebinding)
    monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "create_connection", noted)
    answer, web = ask("http://rebind.example/", allow_private=False, resolve={}, obey_robots=False)
    assert connected == ["1.1.1.1", "1.1.1.1"]
    assert len(asked) == 1
    assert (answer.error or "").startswith("connect: ")
    answer, web = ask("http://rebind.example/", allow_private=False, resolve={}, obey_robots=False)
    assert (answer.error or "").startswith("refused_address: ")
    assert web.asked == []


def _only_first_loopback_is_public(address: str) -> str | None:
    return None if address == "127.0.0.1" else f"{address} is not a public address"
