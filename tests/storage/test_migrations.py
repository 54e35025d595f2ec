"""From the first schema up, step by step and with rows in every table, on both engines: nothing is lost on the way."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from first_schema import (
    BODIES,
    COLUMN,
    DIFFERENCE,
    HEADERS,
    HOME,
    HOST,
    LOOKS,
    MESSAGES,
    NOTICE,
    PAGES,
    READINGS,
    REPORT,
    RUNS,
    SNAPSHOTS,
    at,
    fill,
    mail_of,
    sha,
    time_of,
)
from scenes import answer, article
from sqlalchemy import inspect, text
from sqlmodel import SQLModel

from storage.derived import is_derived
from storage.engine import reading, writing
from storage.errors import NotMigrated
from storage.records import Capture, Examination, Outcome, RunState
from storage.schema import known_revisions, migrate
from storage.store import Store

FIRST, *LATER = known_revisions()


@pytest.fixture
def old(bare_database_url: str) -> Iterator[Store]:
    """An archive that stands at the first schema, with rows in every table."""
    store = Store.open(bare_database_url)
    migrate(store.engine, FIRST)
    with writing(store.engine) as connection:
        fill(connection)
    yield store
    store.close()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def migrated(request: pytest.FixtureRequest, bare_database: Callable[[str], AbstractContextManager[str]]) -> Iterator[Store]:
    """Such an archive brought up to today's schema one migration after the other; shared, so only looked at."""
    with bare_database(request.param) as address:
        store = Store.open(address)
        for revision in (FIRST, *LATER[:-1]):
            migrate(store.engine, revision)
            if revision == FIRST:
                with writing(store.engine) as connection:
                    fill(connection)
        store.migrate()
        yield store
        store.close()


def rows(store: Store) -> dict[str, int]:
    """How many rows each table has."""
    with reading(store.engine) as connection:
        names = [name for name in inspect(connection).get_table_names() if name != "alembic_version" and not is_derived(name)]
        return {name: connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one() for name in names}


def test_the_old_archive_has_rows_in_every_table(old: Store) -> None:
    assert {name for name, number in rows(old).items() if not number} == set()


def test_no_table_loses_a_row_at_any_step(old: Store) -> None:
    before = rows(old)
    for revision in [*LATER[:-1], "head"]:
        migrate(old.engine, revision)
        after = rows(old)
        lost = {name for name, number in before.items() if after.get(name, 0) < number}
        assert (revision, lost) == (revision, set())
        before = after


def test_models_and_migrations_agree_about_a_database_with_rows(migrated: Store) -> None:
    with migrated.engine.connect() as connection:
        ours = {"compare_type": True, "include_name": lambda name, kind, parents: not is_derived(name or "")}
        context = MigrationContext.configure(connection, opts=ours)
        assert compare_metadata(context, SQLModel.metadata) == []


def test_all_at_once_comes_to_the_same_as_step_by_step(old: Store, migrated: Store) -> None:
    told: list[str] = []
    old.migrate(lambda step: told.append(step.revision))
    assert told == LATER
    assert old.pending() == []
    assert old.snapshots(NOTICE) == migrated.snapshots(NOTICE)
    assert rows(old) == rows(migrated)


def test_bytes_and_readings_come_along(migrated: Store) -> None:
    assert {name: migrated.raw(sha(name)) for name in BODIES} == BODIES
    versions = {(one.page, one.number): one for url, _ in PAGES.values() for one in migrated.snapshots(url)}
    assert {key: one.reading for key, one in versions.items()} == {(p, n): READINGS[body] for p, n, body in SNAPSHOTS.values()}
    assert {key: one.sha256 for key, one in versions.items()} == {(p, n): sha(body) for p, n, body in SNAPSHOTS.values()}


def test_spans_come_along_with_the_looks_that_prove_them(migrated: Store) -> None:
    spans = {span.id: span for url, _ in PAGES.values() for span in migrated.sightings(url)}
    for number, (look, page, body, outcome, snapshot) in enumerate(LOOKS, start=1):
        span = spans[number]
        told = (span.page, span.outcome, span.sha256, span.first, span.first_look, span.snapshot)
        assert told == (page, outcome, sha(body), time_of(look), look, SNAPSHOTS[snapshot][1] if snapshot else None)
        sound = RUNS[int(look[0])] == "sound"
        assert span.proven == (((time_of(look), look, sha(body)),) if sound else ())


def test_changes_findings_and_mails_come_along(migrated: Store) -> None:
    first, back = migrated.changes(NOTICE)
    assert first.differences
    assert (first.differences[0].before, first.differences[0].after) == (DIFFERENCE["before"], DIFFERENCE["after"])
    assert (first.before_sha256, first.after_sha256, first.returned) == (sha("notice"), sha("notice changed"), False)
    assert (back.before_look, back.after_look, back.returned, back.differences) == ("2.3", "4.3", True, None)
    figure, removed = migrated.findings()
    assert (figure.human, figure.verdict.machine, figure.verdict.evidence[0].sha256) == (
        "confirmed",
        "settled",
        sha("notice changed"),
    )
    assert (removed.verdict.machine, removed.verdict.url, removed.raised) == ("suspected", REPORT, at(3))
    assert {one.id: (one.state, one.content) for one in migrated.messages()} == {n: (s, mail_of(n)) for n, s in MESSAGES.items()}
    assert [(alert.finding.id, alert.turn) for alert in migrated.alerts_waiting()] == [(2, "suspected")]
    queue = migrated.queue()
    assert (queue["compare"], queue["messages"], queue["dead"], queue["pages"]) == (1, 1, 1, 5)


def test_the_watchlist_and_what_is_shared_come_along(migrated: Store) -> None:
    watchlist = migrated.watchlist()
    assert [agency.successor for agency in watchlist.agencies] == [None, "qinghe"]
    assert [(duty.agency, duty.title) for duty in watchlist.duties] == [("qinghe", "年度报告")]
    assert [page.url for page in watchlist.pages] == [COLUMN]
    site = migrated.site(HOST)
    assert site is not None
    assert (site.agencies, site.delay, site.browser, site.selectors.told) == (("qinghe",), 2.5, False, {})
    assert migrated.simulated
    assert migrated.robots(HOST, at(4.1)) is not None
    assert migrated.claim(["addr:192.0.2.1"], "another", at(4.2), 60) > 0
    assert [task.page.url for task in migrated.tasks(HOST, at(7))][:1] == [HOME]


def test_runs_come_along(migrated: Store) -> None:
    assert {run.id: run.state for run in migrated.runs()} == {number: RunState(state) for number, state in RUNS.items()}
    assert [look.page for look in migrated.looks_of(6)] == [1]


def test_the_open_run_goes_on_with_versions_that_lean_on_old_bytes(old: Store) -> None:
    old.migrate()
    changed = BODIES["notice"].replace(b"1200", b"1300")
    brought = Examination(Outcome.OK, "200", article("全县安排资金1300万元。"))
    old.keep(Capture(6, 3, answer(NOTICE, changed, at(5.1)), brought), anyhow=True)
    closed = old.close_run(6, RunState.SOUND, (), at(5.5))
    assert (closed.state, closed.tally["looks"]) == (RunState.SOUND, 2)
    newest = old.snapshots(NOTICE)[-1]
    assert (newest.number, old.raw(newest.sha256)) == (3, changed)
    with reading(old.engine) as connection:
        asked = text("SELECT depth, length(data) FROM blob WHERE sha256 = :hash")
        depth, length = connection.execute(asked, {"hash": bytes.fromhex(newest.sha256)}).one()
    assert (depth, length < 200) == (1, True)


# --- what 0005 made of captures and closed runs --------------------------------------------------------------------------------


def test_every_capture_is_a_record_with_all_that_was_kept_of_it(migrated: Store) -> None:
    for look, page, body, outcome, _ in LOOKS:
        record = migrated.capture(look)
        assert record is not None
        assert (record.url, record.sha256, record.outcome, record.ended) == (PAGES[page][0], sha(body), outcome, time_of(look))
        told = [] if outcome == "failed" else HEADERS
        assert [[name.decode("latin-1"), value.decode("latin-1")] for name, value in record.headers] == told
        assert len(record.hops) == (page == 4)
    silent = migrated.capture("3.1")
    assert silent is not None
    assert (silent.status, silent.error, silent.address) == (None, "timeout: no answer within 30 s", None)


def test_closed_runs_are_taken_over_into_the_ledger_and_not_called_whole(migrated: Store) -> None:
    closed = [number for number, state in RUNS.items() if state != "open"]
    leaves = [json.loads(leaf.data) for leaf in migrated.leaves("run")]
    assert [(leaf["run"], leaf["whole"], leaf["state"]) for leaf in leaves] == [(run, False, RUNS[run]) for run in closed]
    assert [leaf["looks"] for leaf in leaves] == [sum(look.startswith(f"{run}.") for look, *_ in LOOKS) for run in closed]
    line = migrated.line("2.4")
    assert line is not None
    assert (line.url, line.outcome, line.sha256, line.whole) == (REPORT, "gone", sha("gone"), False)
    assert migrated.line("6.1") is None


def test_what_came_along_stands_up_to_verify(migrated: Store) -> None:
    assert list(map(str, migrated.verify().faults)) == []


def test_migrating_again_takes_no_run_over_twice(migrated: Store) -> None:
    before = migrated.leaves()
    migrated.migrate()
    assert migrated.leaves() == before


# --- when to migrate, and when not -------------------------------------------------------------------------------------------


def test_an_older_archive_is_not_used_but_told_to_be_migrated(old: Store) -> None:
    with pytest.raises(NotMigrated, match="run `gongkai migrate`") as told:
        old.prepare()
    assert told.value.older
    assert [step.revision for step in old.pending()] == LATER
    assert all(step.about for step in old.pending())


def test_an_archive_of_a_newer_gongkai_is_left_alone(store: Store) -> None:
    with writing(store.engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for ask in (store.prepare, store.pending):
        with pytest.raises(NotMigrated, match="use the gongkai that made it") as told:
            ask()
        assert not told.value.older


def test_a_database_of_somebody_else_is_left_alone(bare_database_url: str) -> None:
    strange = Store.open(bare_database_url)
    with writing(strange.engine) as connection:
        connection.execute(text("CREATE TABLE theirs (id INTEGER)"))
    with pytest.raises(NotMigrated, match="stands at nothing"):
        strange.prepare()
    assert rows(strange) == {"theirs": 0}
    strange.close()


def test_an_empty_database_gets_its_schema_at_once(bare_database_url: str) -> None:
    fresh = Store.open(bare_database_url)
    fresh.prepare()
    fresh.prepare()
    fresh.check()
    fresh.close()


def test_a_migration_that_fails_leaves_everything_as_it_was(old: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("in the midst")

    monkeypatch.setattr("storage.ledger.take_over", fail)
    before = rows(old)
    with pytest.raises(RuntimeError, match="in the midst"):
        old.migrate()
    assert (old.revision, rows(old)) == (FIRST, before)
