"""Three processes that write at once lose nothing and double nothing, on both engines."""

from __future__ import annotations

import multiprocessing
from datetime import timedelta
from typing import Any

from scenes import HOST, MONDAY, Story, article, page, watch

from storage.records import RunState
from storage.store import Store

PROCESSES, LOOKS = 3, 60
SHARED_PAGE = f"https://{HOST}/shared.html"


def own_page(number: int) -> str:
    return f"https://{HOST}/own{number}.html"


def crawl(database_url: str, number: int) -> None:
    """Keep looks at an own page and at one that all processes look at."""
    store = Store.open(database_url)
    story = Story(store)
    run = story.begin(MONDAY)
    for look in range(LOOKS):
        at = MONDAY + timedelta(minutes=look)
        story.look(run, own_page(number), article(f"第{look}版"), at)
        story.look(run, SHARED_PAGE, article(f"第{look % 5}版"), at)
    store.close_run(run.id, RunState.SOUND, (), MONDAY + timedelta(hours=1))
    store.close()


def test_three_processes_writing_at_once_lose_nothing(store: Store, database_url: str) -> None:
    watch(store, page(SHARED_PAGE), *(page(own_page(number)) for number in range(PROCESSES)))
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=crawl, args=(database_url, number)) for number in range(PROCESSES)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=120)
    assert [worker.exitcode for worker in workers] == [0] * PROCESSES
    for number in range(PROCESSES):
        assert len(store.snapshots(own_page(number))) == LOOKS
        assert sum(span.count for span in store.sightings(own_page(number))) == LOOKS
    assert len(store.snapshots(SHARED_PAGE)) == 5
    assert sum(span.count for span in store.sightings(SHARED_PAGE)) == PROCESSES * LOOKS
    assert sum(run.tally["ok"] for run in store.runs()) == 2 * PROCESSES * LOOKS


def take_turns(database_url: str, visits: int, inside: Any, crowd: Any) -> None:
    """Claim a host over and over; while inside, count who else is."""
    store = Store.open(database_url)
    done = 0
    while done < visits:
        holder = f"{multiprocessing.current_process().pid}:{done}"
        if store.claim(["host:busy.example"], holder, MONDAY, 60) == 0:
            with inside.get_lock():
                inside.value += 1
                crowd.value = max(crowd.value, inside.value)
            with inside.get_lock():
                inside.value -= 1
            store.release(["host:busy.example"], holder, MONDAY)
            done += 1
    store.close()


def test_two_processes_are_never_at_a_host_together(store: Store, database_url: str) -> None:
    spawn = multiprocessing.get_context("spawn")
    inside, crowd = spawn.Value("i", 0), spawn.Value("i", 0)
    workers = [spawn.Process(target=take_turns, args=(database_url, 40, inside, crowd)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert crowd.value == 1
