"""Measures what the archive needs for a version, beside git and plain compression of the same histories, and how fast it reads.

``python -m tests.bench.storage [--pages FOLDER] [--traces FILE] [--git REPOSITORY [--most N]] [--sites 20] [--looks 200]``: looks
(see histories) go through the real `Store.keep` and `close_run` with real readings, on SQLite. Told twice: of every look that
brought other bytes than the one before it, and of an archive that was shown only those with another reading. Attachments are
counted apart: nobody makes them smaller. "All-in" is the database and its folder of large bodies, checkpointed, with every row
and index, ledger and index for search included.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from crawler.reader import PageReader
from monitor.compare import compare
from storage.records import Answer, Capture, Examination, NewPage, Outcome, Role, RunState, Site, Watchlist
from storage.store import Store
from tests.bench.histories import REQUEST, START, Look, Made, Repository, rounds
from tests.bench.storage_beside import Git, Plain
from tests.bench.storage_sizes import decode_times, sizes, told_of_blobs

UNCHANGED = Examination(Outcome.OK, "the same bytes as at the last look")
TURNED = ("new", "returned")


class Hands:
    """The time of the histories."""

    def __init__(self) -> None:
        self.time = START

    def now(self):  # type: ignore[no-untyped-def]
        return self.time


class Fed:
    """An archive that looks are shown to, and what else is made of the same looks."""

    def __init__(self, home: Path, name: str) -> None:
        self.home = home / name
        self.home.mkdir()
        self.store = Store.open(f"sqlite:///{self.home / 'gongkai.db'}")
        self.store.migrate()
        self.empty, _ = sizes(self.home / "gongkai.db")
        self.git, self.plain = Git(home / f"{name}.git"), Plain()
        self.reader = PageReader()
        self._pages: dict[str, int] = {}
        self._last: dict[str, tuple[str, bool]] = {}
        self.looks = self.versions = self.attached = 0
        self.kept: list[float] = []

    def show(self, looks: list[Look]) -> list[Look]:
        """Keep one run's looks; gives those that brought another version."""
        self._watch(looks)
        run = self.store.open_run(looks[0].site, "here", looks[0].time)
        turned = [look for look in looks if self._keep(run.id, look)]
        self.store.close_run(run.id, RunState.SOUND, (), looks[-1].time)
        return turned

    def _watch(self, looks: list[Look]) -> None:
        new = [look for look in looks if look.url not in self._pages]
        if not new:
            return
        pages = tuple(NewPage(look.url, Role.ARTICLE, named=True) for look in new)
        self.store.add_watchlist(Watchlist(sites=(Site(new[0].site, scheme="http"),), pages=pages), new[0].time)
        for look in new:
            task = self.store.task_at(look.url)
            assert task
            self._pages[look.url] = task.page.id

    def _keep(self, run: int, look: Look) -> bool:
        answer = Answer(
            look.url,
            look.time,
            look.time,
            final_url=look.url,
            status=200,
            headers=look.headers,
            body=look.body,
            address="203.0.113.7",
            http_version="HTTP/1.1",
            request_headers=REQUEST,
            robots="allowed",
        )
        known, well = self._last.get(look.url, ("", False))
        same = known == answer.sha256
        # As the spider does: what was seen well is not read again.
        examination = UNCHANGED if same and well else self.reader.examine(answer)
        begun = time.perf_counter()
        kept = self.store.keep(Capture(run, self._pages[look.url], answer, examination))
        self.kept.append(time.perf_counter() - begun)
        self._last[look.url] = answer.sha256, examination.outcome is Outcome.OK
        self.looks += 1
        if not same:
            self._count(look)
        self.versions += kept.verdict in TURNED
        return kept.verdict in TURNED

    def _count(self, look: Look) -> None:
        if look.body.startswith(b"%PDF"):
            self.attached += len(look.body)
        else:
            self.plain.add(look.body)
        self.git.commit(look)


def main() -> None:
    """Measure and print."""
    asked = _arguments()
    with tempfile.TemporaryDirectory(dir=asked.scratch) as scratch:
        every, turned, memory, clock = Fed(Path(scratch), "every"), Fed(Path(scratch), "turned"), [], Hands()
        for looks in _histories(asked):
            clock.time = looks[-1].time
            if changed := every.show(looks):
                turned.show(changed)
                for fed in (every, turned):
                    compare(fed.store, fed.reader, clock)
            memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
        print(f"peak memory {memory[len(memory) // 10]} MB after a tenth of {len(memory)} runs, {memory[-1]} MB after all")
        _print("every look with other bytes", every)
        _print("only looks with another reading", turned)


def _histories(asked: argparse.Namespace) -> Iterator[list[Look]]:
    if asked.git:
        return Repository(asked.git, asked.most).rounds()
    made = Made(asked.pages, asked.traces, asked.seed, asked.sites, asked.each, asked.looks, not asked.bare)
    return rounds(made)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=Path, default=Made.pages, help="a folder of saved pages")
    parser.add_argument("--traces", type=Path, help="change times of real pages, gzipped JSON")
    parser.add_argument("--git", type=Path, help="a repository with a version of a file in each commit")
    parser.add_argument("--most", type=int, help="only so many versions of the repository")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sites", type=int, default=20)
    parser.add_argument("--each", type=int, default=3, help="pages of a site")
    parser.add_argument("--looks", type=int, default=200, help="looks at each page")
    parser.add_argument("--bare", action="store_true", help="without attachments")
    parser.add_argument("--scratch", help="a folder for the archives and repositories, which go when the measuring ends")
    return parser.parse_args()


def _print(name: str, fed: Fed) -> None:
    fed.store.close()
    database = fed.home / "gongkai.db"
    total, parts = sizes(database)
    plain, count = fed.plain, max(1, fed.plain.count)
    print(f"\n{name}: {fed.looks} looks, {count} of pages kept ({plain.raw // count} bytes each)")
    print(f"  versions by reading: {fed.versions}")
    print(f"  attachments: {fed.attached} bytes, counted in none of these lines")
    loose = fed.git.packed(aggressive=False) - fed.attached
    tight = fed.git.packed(aggressive=True) - fed.attached
    for told, size in (
        ("archive, all-in", total - fed.attached),
        ("archive while empty", fed.empty),
        ("git gc", loose),
        ("git gc --aggressive", tight),
        ("whole copies, zstd 9", plain.zstd),
        ("whole copies, gzip 6", plain.gzip),
    ):
        print(f"  {told:24}{size:12} bytes {size / count:10.0f} a version kept")
    for part, size in parts:
        print(f"    {part:44}{size:12} {size / count:10.1f}")
    for line in [*told_of_blobs(database, count), *decode_times(database)]:
        print(f"  {line}")
    kept = sorted(fed.kept)
    print(f"  keep: p50 {1000 * kept[len(kept) // 2]:.1f} ms, p99 {1000 * kept[int(len(kept) * 0.99)]:.1f} ms")


if __name__ == "__main__":
    main()
