"""Nobody is asked twice at once or too soon, over all transports that share one table of leases."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from raw_web import MemoryLeases, MemoryRobots, Web, ok

from crawler.policy import TransportPolicy
from crawler.transport import Transport
from crawler.turns import retry_after
from crawler.wire import Reply
from storage.clock import SystemClock
from storage.records import Answer

NOW = dt.datetime(2026, 3, 2, 4, 0, tzinfo=dt.UTC)


def visits_of(web: Web) -> dict[str, list[tuple[float, float]]]:
    found: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for host, begun, ended in sorted(web.visits, key=lambda visit: visit[1]):
        found[host].append((begun, ended))
    return found


async def rush(web: Web, urls: list[str], leases: MemoryLeases, **policy: Any) -> None:
    """Two transports, as two processes would, ask for everything at the same time."""
    gates = [web.gate(leases, MemoryRobots(), obey_robots=False, **policy) for _ in range(2)]
    answers = await asyncio.gather(*(gate.fetch(url) for url in urls for gate in gates))
    assert all(answer.status == 200 for answer in answers)
    for gate in gates:
        await gate.close()


def test_two_transports_are_never_at_a_host_together_and_keep_the_gap() -> None:
    async def run() -> Web:
        async with Web({"/": ok(b"x")}, hold=0.005) as web:
            await rush(web, ["http://a.test/", "http://a.test:81/", "http://A.TEST./"], MemoryLeases(), delay=0.04)
            return web

    web = asyncio.run(run())
    spans = sorted((begun, ended) for _, begun, ended in web.visits)
    assert len(spans) == 6
    gaps = [after[0] - before[1] for before, after in pairwise(spans)]
    assert min(gaps) >= 0.04 * 0.5 - 0.005
    assert max(gaps) < 0.04 * 1.5 + 0.1


def test_hosts_behind_one_address_take_turns() -> None:
    async def run() -> Web:
        async with Web({"/": ok(b"x")}, hold=0.005) as web:
            await rush(web, ["http://a.test/", "http://b.test/", "http://c.test/"], MemoryLeases(), delay=0.01)
            return web

    spans = sorted((begun, ended) for _, begun, ended in asyncio.run(run()).visits)
    assert all(after[0] >= before[1] for before, after in pairwise(spans))


def test_another_port_is_not_another_address() -> None:
    async def run() -> float:
        leases = MemoryLeases()
        async with Web({"/": ok(b"x")}, hold=0.04) as web, Web({"/": ok(b"x")}, hold=0.04) as other:
            gates = [place.gate(leases, obey_robots=False) for place in (web, other)]
            begun = asyncio.get_running_loop().time()
            await asyncio.gather(gates[0].fetch("http://a.test/"), gates[1].fetch("http://b.test/"))
            took = asyncio.get_running_loop().time() - begun
            for gate in gates:
                await gate.close()
            return took

    assert asyncio.run(run()) >= 0.08


def test_a_slow_host_does_not_hold_up_its_neighbours() -> None:
    async def run() -> list[str]:
        async with Web({"/": ok(b"x"), "a.test/": ok(b"", b"Retry-After: 1", status=b"503 Busy")}) as web:
            gate = web.gate(obey_robots=False)
            await gate.fetch("http://a.test/")
            again = asyncio.create_task(gate.fetch("http://a.test/"))
            await asyncio.sleep(0.02)
            await asyncio.wait_for(gate.fetch("http://b.test/"), 0.5)
            again.cancel()
            await asyncio.gather(again, return_exceptions=True)
            await gate.close()
            return web.asked

    assert asyncio.run(run()) == ["a.test/", "b.test/"]


def rests(status: bytes, *headers: bytes, **policy: Any) -> dict[str, float]:
    async def run() -> dict[str, float]:
        leases = MemoryLeases()
        async with Web({"/": ok(b"", *headers, status=status)}) as web:
            gate = web.gate(leases, obey_robots=False, **policy)
            await gate.fetch("http://a.test/")
            await gate.close()
        return dict(leases.rests)

    return asyncio.run(run())


@pytest.mark.parametrize("status", [b"429 Slow", b"503 Busy"])
def test_a_host_that_asks_for_rest_gets_it_and_its_neighbours_go_on(status: bytes) -> None:
    told = rests(status, b"Retry-After: 120", delay=1.0)
    assert told["host:a.test"] == pytest.approx(120, abs=2)
    assert 0 < told["addr:127.0.0.1"] < 2


def test_the_gap_swings_by_half() -> None:
    told = [rests(b"200 OK", delay=10.0)["host:a.test"] for _ in range(12)]
    assert all(4.9 < rest < 15 for rest in told)
    assert max(told) - min(told) > 0.5


@pytest.mark.parametrize(
    ("status", "value", "seconds"),
    [
        (429, "30", 30.0),
        (503, " 7 ", 7.0),
        (503, "99999", 3600.0),
        (503, "Mon, 02 Mar 2026 04:01:00 GMT", 60.0),
        (503, "Mon, 02 Mar 2026 03:00:00 GMT", 0.0),
        (503, "soon", 0.0),
        (503, "-5", 0.0),
        (503, None, 0.0),
        (200, "30", 0.0),
        (503, "Mon, 02 Mar 2026 04:01:00", 0.0),
    ],
)
def test_retry_after(status: int, value: str | None, seconds: float) -> None:
    assert retry_after(status, value, NOW) == seconds


def test_a_rest_longer_than_a_fetch_may_wait_is_refused_by_budget() -> None:
    async def run() -> list[str | None]:
        leases = MemoryLeases()
        async with Web({"/": ok(b"", b"Retry-After: 900", status=b"503 Busy")}) as web:
            gates = [web.gate(leases, obey_robots=False, max_wait=5.0) for _ in range(2)]
            answers = [
                await gates[0].fetch("http://a.test/"),
                await gates[0].fetch("http://a.test/"),
                await gates[1].fetch("http://a.test/"),
            ]
            for gate in gates:
                await gate.close()
            return [answer.error for answer in answers]

    first, *others = asyncio.run(run())
    assert first is None
    assert all((error or "").startswith("refused_budget: the host rests for another") for error in others)


def test_a_fetch_that_is_given_up_gives_its_turn_back() -> None:
    async def run() -> MemoryLeases:
        leases = MemoryLeases()
        async with Web({"/": ok(b"x")}, hold=0.2) as web:
            gate = web.gate(leases, obey_robots=False)
            task = asyncio.create_task(gate.fetch("http://a.test/"))
            await asyncio.sleep(0.03)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await gate.close()
        return leases

    leases = asyncio.run(run())
    assert [key for key, _ in leases.granted] == ["host:a.test", "addr:127.0.0.1"]
    assert leases.held == {}


def test_a_turn_granted_to_someone_who_has_left_is_given_back() -> None:
    class Slow(MemoryLeases):
        """Grants late, as a busy disk would."""

        asked = threading.Event()
        go = threading.Event()

        def claim(self, keys: Sequence[str], holder: str, now: dt.datetime, ttl: float) -> float:
            """Only after the asker has left."""
            self.asked.set()
            self.go.wait(2)
            return super().claim(keys, holder, now, ttl)

    async def run() -> Slow:
        leases = Slow()
        async with Web({"/": ok(b"x")}) as web:
            gate = web.gate(leases, obey_robots=False)
            task = asyncio.create_task(gate.fetch("http://a.test/"))
            await asyncio.to_thread(leases.asked.wait, 2)
            task.cancel()
            await asyncio.sleep(0)
            leases.go.set()
            await asyncio.gather(task, return_exceptions=True)
            await gate.close()
            assert web.asked == []
        return leases

    leases = asyncio.run(run())
    assert len(leases.granted) == 2
    assert leases.held == {}


def test_a_look_begins_when_its_turn_has_come() -> None:
    async def run() -> tuple[Answer, Answer]:
        async with Web({"/": ok(b"x")}) as web:
            gate = web.gate(obey_robots=False, delay=0.1, jitter=0.0)
            first, second = await gate.fetch("http://a.test/"), await gate.fetch("http://a.test/")
            await gate.close()
            return first, second

    first, second = asyncio.run(run())
    assert (second.started - first.ended).total_seconds() >= 0.09


class Counting:
    """A wire that answers nothing and notes how many requests are on it at once."""

    def __init__(self) -> None:
        self.now = self.most = 0

    async def ask(self, *_: object, **__: object) -> Reply:
        self.now += 1
        self.most = max(self.most, self.now)
        for _ in range(5):
            await asyncio.sleep(0)
        self.now -= 1
        return Reply(error="cut: as this test wants it")


@pytest.mark.parametrize("concurrency", [1, 3])
def test_no_more_requests_are_on_the_wire_at_once_than_was_allowed(concurrency: int) -> None:
    async def run() -> int:
        wire, places = Counting(), {f"h{n}.test": f"127.0.0.{n}" for n in range(1, 9)}
        policy = TransportPolicy(delay=0.0, allow_private=True, resolve=places, concurrency=concurrency)
        gate = Transport(policy, leases=MemoryLeases(), robots_store=MemoryRobots(), clock=SystemClock(), wire=wire)
        await asyncio.gather(*(gate.fetch(f"http://{host}/", obey_robots=False) for host in places))
        await gate.close()
        return wire.most

    assert asyncio.run(run()) == concurrency
