"""Programs killed at random moments, on each engine: the archive stays whole and tells what was served, and the next run goes on.

The short form; ``python -m tests.bench.faults`` is the long one.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from faulty import FaultyHome, Forge, faulty_home


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


def places(faulty: FaultyHome, *within: str) -> int:
    """How many places a crawl passes."""
    faulty.turn()
    counted = faulty.folder / "count"
    assert faulty.child(within=within, count=str(counted)).end().code == 0
    faulty.holds()
    return int(counted.read_text())


@pytest.mark.parametrize(("deed", "deaths"), [("keep", 6), ("open_run", 2), ("close_run", 3)])
def test_a_crawl_killed_at_any_place_of_a_deed_loses_only_what_was_in_flight(faulty: FaultyHome, deed: str, deaths: int) -> None:
    most = places(faulty, deed)
    for place in random.Random(5).sample(range(1, most * 9 // 10 + 1), deaths):
        faulty.turn()
        assert faulty.child(within=[deed], die=place).end().killed, place
        faulty.died()
        faulty.holds()
    faulty.goes_on()


def test_a_crawl_killed_while_a_portal_speaks_loses_only_what_was_in_flight(faulty: FaultyHome) -> None:
    chosen = random.Random(6)
    for _ in range(4):
        faulty.turn()
        assert faulty.child().kill_after(chosen.randint(1, 12)).killed
        faulty.died()
        faulty.holds()
    faulty.goes_on()
