"""A region that nobody saw before: by any seed everything is found, and nothing is invented."""

from __future__ import annotations

from pathlib import Path
from random import SystemRandom

from demo_life import account, gongkai, requests

from deploy.demo import Region


def test_in_a_region_of_a_random_seed_everything_is_found_and_nothing_is_invented(tmp_path: Path) -> None:
    seed = SystemRandom().randint(2, 2**31)
    told = gongkai(tmp_path, "demo", "--no-serve", "--seed", str(seed))
    found, *wrong = account(told)
    assert wrong == [0, 0, 0], f"seed {seed}\n{told}"
    assert found >= sum(truth.sure for truth in Region(seed=seed).truth())
    assert requests(told) <= 8_000
