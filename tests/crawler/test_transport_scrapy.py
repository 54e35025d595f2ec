"""Scrapy goes through the gate and nothing else: every outcome arrives in the callback. The gate's settings are read here too."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import scrapy
from raw_web import Web, ok, to
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.http import Response

from crawler.settings import CrawlSettings
from crawler.transport import SCRAPY_SETTINGS
from storage.errors import SettingError
from storage.records import Answer


class Looker(scrapy.Spider):
    """Asks for a few addresses and keeps what came."""

    name = "looker"
    urls: tuple[str, ...] = ()
    seen: dict[str, tuple[int, Answer]]

    async def start(self) -> Any:
        """One request for each address."""
        for url in self.urls:
            yield scrapy.Request(url, callback=self.parse, headers={"If-None-Match": '"e"'}, meta={"gate": {"delay": 0.0}})

    def parse(self, response: Response, **_: Any) -> None:
        """Keep the answer by the path asked for."""
        assert response.request
        self.seen[response.request.url] = (response.status, response.meta["answer"])


def crawl(pages: dict[str, Any], *urls: str) -> tuple[dict[str, tuple[int, Answer]], Web]:
    seen: dict[str, tuple[int, Answer]] = {}

    async def run() -> Web:
        async with Web(dict(pages)) as web:
            gate = web.gate()
            settings = {**SCRAPY_SETTINGS, "GATE": gate, "TWISTED_REACTOR_ENABLED": False, "LOG_INSTALL_ROOT_HANDLER": False}
            runner = AsyncCrawlerRunner(settings)
            for _ in range(2):  # one gate serves crawl after crawl
                await runner.crawl(Looker, urls=urls, seen=seen)
            await gate.close()
            return web

    return seen, asyncio.run(run())


def test_every_outcome_arrives_in_the_callback() -> None:
    pages = {
        "/": ok(b"hi", b"x-lower: 1"),
        "/gone": ok(b"no", status=b"404 No"),
        "/old": to("/"),
        "/304": ok(b"", status=b"304 Same"),
    }
    seen, web = crawl(pages, *(f"http://a.test{path}" for path in (*pages, "/cut")), "http://nowhere.invalid/")
    answers = {url.removeprefix("http://a.test"): (status, answer.error) for url, (status, answer) in seen.items()}
    assert answers["/"] == (200, None)
    assert answers["/gone"] == (404, None)
    assert answers["/old"] == (200, None)
    assert answers["/304"] == (304, None)
    assert answers["http://nowhere.invalid/"][0] == 0
    assert (answers["http://nowhere.invalid/"][1] or "").startswith("dns: ")
    assert seen["http://a.test/"][1].headers[0] == (b"x-lower", b"1")
    assert [hop.url for hop in seen["http://a.test/old"][1].hops] == ["http://a.test/old"]
    assert all(b"If-None-Match" in head and b"Scrapy" not in head for head in web.heads if b"robots" not in head)


def test_settings_come_from_flags_over_the_environment_over_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("GONGKAI_DELAY=7\nGONGKAI_TIMEOUT=9\nGONGKAI_CONTACT=mail@example.org\nGONGKAI_SMTP_URL=x\n")
    monkeypatch.setenv("GONGKAI_HOME", str(tmp_path))
    monkeypatch.setenv("GONGKAI_DELAY", "3")
    monkeypatch.setenv("GONGKAI_RESOLVE", "a.test=127.0.0.1:81, b.test=::1")
    monkeypatch.setenv("GONGKAI_MAX_BYTES", "")
    settings = CrawlSettings(concurrency=2)
    assert (settings.delay, settings.timeout, settings.concurrency, settings.max_bytes) == (3.0, 9.0, 2, 20_000_000)
    assert settings.database_url == f"sqlite:///{tmp_path / 'gongkai.db'}"
    policy = settings.policy()
    assert policy.resolve == {"a.test": "127.0.0.1:81", "b.test": "::1"}
    assert policy.user_agent.startswith("gongkai/")
    assert policy.user_agent.endswith(" (+mail@example.org)")
    assert policy.allow_private is False
    assert policy.obey_robots is True


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DELAY", "soon"),
        ("DELAY", "-1"),
        ("TIMEOUT", "0"),
        ("RESOLVE", "a=b"),
        ("OBEY_ROBOTS", "perhaps"),
        ("CONTACT", "张三"),
        ("USER_AGENT", "a\nb"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_in_one_line(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"GONGKAI_{name}", value)
    with pytest.raises(SettingError) as raised:
        CrawlSettings()
    assert str(raised.value).startswith(f"GONGKAI_{name} cannot be used: ")
    assert "\n" not in str(raised.value)
    assert raised.value.next_step
