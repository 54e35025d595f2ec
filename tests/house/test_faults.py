"""Programs killed at random moments, on each engine: the archive stays whole and tells what was served, and the next run goes on.

The short form; ``python -m tests.bench.faults`` is the long one.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from crawling import runs
from faulty import FaultyHome, Forge, faulty_home
from world import Box, free_port


@pytest.fixture(scope="module")
def forges() -> Iterator[list[Forge]]:
    made = [Forge.make(), Forge.make()]
    yield made
    for forge in made:
        forge.close()


@pytest.fixture
def faulty(tmp_path: Path, database_url: str, forges: list[Forge]) -> Iterator[FaultyHome]:
    with faulty_home(tmp_path, database_url, forges) as made:
        yield made


def test_crawls_killed_in_the_midst_of_a_deed_or_of_an_answer_lose_only_what_was_in_flight(faulty: FaultyHome) -> None:
    chosen = random.Random(5)
    for deed, most in (("open_run", 4), ("keep", 200), ("keep", 200), ("keep", 200), ("close_run", 20), ("close_run", 20)):
        faulty.turn()
        place = chosen.randint(1, most)
        assert faulty.child(within=[deed], die=place).end().killed, (deed, place)
        faulty.died()
        faulty.holds()
    faulty.turn()
    assert faulty.child().kill_after(chosen.randint(1, 12)).killed
    faulty.died()
    faulty.goes_on()


def test_two_crawls_of_the_same_sites_at_once_of_which_one_is_killed(faulty: FaultyHome) -> None:
    faulty.turn()
    one, other = faulty.child(0, die=150), faulty.child(1)
    assert one.end().killed
    assert set(runs(other.end().told).values()) == {"sound"}
    faulty.died()
    faulty.crowded = True
    faulty.holds()
    faulty.goes_on()


@pytest.mark.parametrize("engine", ["sqlite"])  # a server's disk is the server's
def test_a_full_disk_ends_the_crawl_with_one_line_and_the_next_one_goes_on(faulty: FaultyHome) -> None:
    faulty.turn()
    words = ("crawl", "--all", "--as-of", faulty.now.isoformat())
    ended = faulty.begin("monitor", *words, bytes=100_000).end()
    assert ended.code == 1
    assert [line for line in ended.errors.splitlines() if line.startswith("Traceback")] == []
    assert "gongkai: nothing could be crawled: the crawl of" in ended.errors.splitlines()[-1]
    faulty.died()
    faulty.holds()
    faulty.goes_on()


def test_a_judge_and_a_deliver_that_are_killed_tell_everybody_and_at_worst_one_mail_twice(faulty: FaultyHome) -> None:
    box, port, chosen = Box(), free_port(), random.Random(7)
    mail = Controller(box, hostname="127.0.0.1", port=port)
    settings = {"GONGKAI_SMTP_URL": f"smtp://127.0.0.1:{port}"}
    mail.start()
    try:
        faulty.goes_on()
        for step in ("judge", "deliver"):
            for _ in range(2):
                assert faulty.begin("monitor", step, settings=settings, die=chosen.randint(10, 40)).end().killed
            assert faulty.begin("monitor", step, settings=settings).end().code == 0
            faulty.turn()
        faulty.holds()
        told = faulty.crawls.store.messages()
        assert told
        assert {message.state for message in told} == {"sent"}
        assert set(box.ids()) == {message.message_id for message in told}
        assert max(box.ids().values()) <= 1 + 2
    finally:
        mail.stop()
