"""Opens and closes runs, and says what a run shall look at and what its site usually brings.

Closing a run as sound is what makes its looks count (see `soundness`). Never decides whether a run is sound.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from storage import ledger
from storage.engine import again
from storage.records import ABSENT, LOST, SEEN, LookBrief, Outcome, Pace, PageTask, Role, Run, RunState, SiteHabit, tally_of
from storage.rows import new_id, pack_tally, upsert
from storage.shelf import Shelf, hold_pages, page_of, run_of, sites_of
from storage.shelves.frames import CURRENT, framed
from storage.shelves.soundness import make_sound
from storage.software import software
from storage.tables import CHANGE, ENTRY, LOOK, PAGE, ROBOTS, RUN, SIGHTING, SITE
from storage.versioning import key_of

SILENCE = timedelta(hours=1)
"""An open run without a look for so long was left by a process that died."""

ROBOTS_HOLD = timedelta(hours=24)

ORDER = {Role.HOME.value: 0, Role.COLUMN.value: 1, Role.ATTACHMENT.value: 3}

HABIT_RUNS = 5

SAMPLE = 20
"""Pages of a site that tell a redesign from a removal: of a redesigned one most are lost."""

PACES = 1000
"""Pages whose interval is set in one transaction: a database takes some ten thousand values in one question, and no more."""

_PACED = (PAGE.c.id, PAGE.c.site, PAGE.c.role, PAGE.c.agency, PAGE.c.every, PAGE.c.added, PAGE.c.unsettled, PAGE.c.retired)
_GONE = [outcome.value for outcome in ABSENT]
_PAGE = update(PAGE).where(PAGE.c.id == bindparam("of"))
# Asked several times for every run: building a statement costs more than running it.
_RUN = select(RUN).where(RUN.c.id == bindparam("of"))
_RUN_HELD = _RUN.with_for_update()
_LOOKS = (
    select(*LOOK.c, PAGE.c.role).join(PAGE, PAGE.c.id == LOOK.c.page).where(LOOK.c.run == bindparam("of")).order_by(LOOK.c.number)
)
_SOUND = (RUN.c.site == bindparam("of")) & (RUN.c.state == RunState.SOUND.value)
_SOUND_COUNT = select(func.count()).select_from(RUN).where(_SOUND)
_TALLIES = select(RUN.c.tally).where(_SOUND).order_by(RUN.c.id.desc()).limit(HABIT_RUNS)
_LISTED = (
    select(ENTRY.c.column, func.count())
    .join(PAGE, PAGE.c.id == ENTRY.c.column)
    .where(PAGE.c.site == bindparam("of"), ENTRY.c.listed)
    .group_by(ENTRY.c.column)
)


class RunShelf(Shelf):
    """Questions and deeds about runs."""

    def sites_to_crawl(self, now: datetime, mode: str = "due") -> list[str]:
        """Hosts with a page whose next look has come ("due"), or all hosts with a page ("all")."""
        query = select(PAGE.c.site).distinct().order_by(PAGE.c.site)
        if mode == "due":
            query = query.where(PAGE.c.next_look <= now, PAGE.c.part_of.is_(None))
        with self._reading() as connection:
            return list(connection.execute(query).scalars())

    @again
    def open_run(self, site: str, vantage: str, at: datetime) -> Run:
        """Open a run; one that a dead process left open on this site becomes abandoned."""
        with self._writing() as connection:
            left = select(RUN.c.id).where(RUN.c.site == site, RUN.c.state == RunState.OPEN.value, RUN.c.beat < at - SILENCE)
            for run in connection.execute(left.with_for_update()).scalars().all():
                _shut(connection, run, RunState.ABANDONED, ("the crawl stopped before its end",), at)
            opened = connection.execute(
                insert(RUN).values(
                    site=site, vantage=vantage, opened=at, beat=at, state=RunState.OPEN.value, reasons=[], tally={}, looks=0
                )
            )
            return run_of(_run(connection, new_id(opened)))

    def tasks(self, site: str, now: datetime, mode: str = "due") -> list[PageTask]:
        """What to look at: the home page first (others are weighed against it), then columns, then the rest."""
        query = select(PAGE).where(PAGE.c.site == site, PAGE.c.part_of.is_(None), PAGE.c.forgotten.is_(None)).order_by(PAGE.c.id)
        with self._reading() as connection:
            rows = connection.execute(query).all()
        due = [row for row in rows if mode == "all" or row.next_look <= now]
        if not due:
            return []
        wanted = {row.id for row in due} | {row.id for row in rows if row.role == Role.HOME.value}
        chosen = sorted((row for row in rows if row.id in wanted), key=lambda row: (ORDER.get(row.role, 2), row.id))
        return [_task(row) for row in chosen]

    def others(self, site: str, but: Collection[int]) -> list[PageTask]:
        """Some known documents of a site beside these pages; whether they are still there tells a redesign from a removal."""
        lost = SIGHTING.c.outcome.in_([outcome.value for outcome in LOST]) & (SIGHTING.c.sound_count > 0)
        known = (PAGE.c.role == Role.ARTICLE.value) & PAGE.c.current.is_not(None) & PAGE.c.retired.is_(None)
        mine = known & (PAGE.c.site == site) & PAGE.c.latest.not_in(select(SIGHTING.c.id).where(lost))
        standing = select(PAGE).where(mine).order_by(PAGE.c.next_look, PAGE.c.id).limit(SAMPLE + len(but))
        with self._reading() as connection:
            return [_task(row) for row in connection.execute(standing) if row.id not in but][:SAMPLE]

    def task_at(self, url: str) -> PageTask | None:
        """The page watched at this address, with what makes a look at it cheap."""
        with self._reading() as connection:
            row = connection.execute(select(PAGE).where(PAGE.c.key == key_of(url), PAGE.c.forgotten.is_(None))).first()
        return _task(row) if row is not None else None

    def looks_of(self, run: int) -> list[LookBrief]:
        """The looks of an open run, in order."""
        with self._reading() as connection:
            return [_brief(row) for row in _looks(connection, run)]

    def habit(self, site: str) -> SiteHabit:
        """What the site brought in its latest sound runs, and how many rows its columns had."""
        with self._reading() as connection:
            count = connection.execute(_SOUND_COUNT, {"of": site}).scalar_one()
            shares = [_ok_share(tally) for tally in connection.execute(_TALLIES, {"of": site}).scalars()]
            entries = {row[0]: row[1] for row in connection.execute(_LISTED, {"of": site})}
            # Rows are missed where they stand: of a bare column, at the page that it names.
            for column, holder in framed(connection, PAGE.c.site == site, CURRENT).items():
                entries |= {holder.id: entries.pop(column)} if column in entries else {}
        return SiteHabit(count, sum(shares) / len(shares) if shares else 1.0, entries)

    @again
    def close_run(self, run: int, state: RunState, reasons: Sequence[str], at: datetime) -> Run:
        """Close a run; as sound, its looks begin to count. Closing twice changes nothing."""
        with self._writing() as connection:
            if _run(connection, run, lock=True).state == RunState.OPEN.value:
                if state is RunState.SOUND:
                    make_sound(connection, run)
                elif state is RunState.SUSPECT:
                    _look_again(connection, run, at)
                _shut(connection, run, state, reasons, at)
            return run_of(_run(connection, run))

    def paces(self) -> list[Pace]:
        """How often each page is looked at, where its site leaves that open."""
        latest = func.max(CHANGE.c.seen).label("changed")
        query = (
            select(*_PACED, latest, func.min(SIGHTING.c.first).label("gone"))
            .join(SITE, SITE.c.host == PAGE.c.site)
            .join(SIGHTING, (SIGHTING.c.id == PAGE.c.latest) & SIGHTING.c.outcome.in_(_GONE), isouter=True)
            .join(CHANGE, CHANGE.c.page == PAGE.c.id, isouter=True)
            .where(SITE.c.every.is_(None), PAGE.c.part_of.is_(None))
            .group_by(*_PACED)
        )
        with self._reading() as connection:
            speaks = {site.host: site.agencies for site in sites_of(connection)}
            return [
                Pace(
                    page=row.id,
                    role=Role(row.role) if row.role else None,
                    agencies=(row.agency,) if row.agency else speaks[row.site],
                    every=timedelta(seconds=row.every),
                    latest=max(row.added, row.changed or row.added),
                    unsettled=row.unsettled,
                    gone=row.retired or row.gone,
                )
                for row in connection.execute(query)
            ]

    @again
    def set_paces(self, intervals: Mapping[int, timedelta]) -> None:
        """Look at these pages that often from now on; a shorter interval also brings the next look forward."""
        numbers = sorted(intervals)
        for start in range(0, len(numbers), PACES):
            with self._writing() as connection:
                known = hold_pages(connection, numbers[start : start + PACES])
                moved = [
                    {
                        "of": row.id,
                        "every": intervals[row.id].total_seconds(),
                        "next_look": row.next_look + min(timedelta(0), intervals[row.id] - timedelta(seconds=row.every)),
                    }
                    for row in known
                ]
                if moved:
                    connection.execute(_PAGE, moved)

    def adopt(self, site: str, at: datetime) -> None:
        """Take what a site brings now as its new normal: pages lost in its redesign are known as lost, and it settles in anew."""
        with self._writing() as connection:
            adopt(connection, site, at)

    def newest_capture(self) -> datetime | None:
        """When the newest look was taken."""
        with self._reading() as connection:
            return connection.execute(select(SIGHTING.c.last).order_by(SIGHTING.c.last.desc()).limit(1)).scalar()

    def robots(self, host: str, now: datetime) -> tuple[str, str] | None:
        """What is kept of a host's robots.txt, if it is younger than a day."""
        with self._reading() as connection:
            row = connection.execute(select(ROBOTS).where(ROBOTS.c.host == host)).first()
        return (row.kind, row.text) if row is not None and now - row.fetched < ROBOTS_HOLD else None

    def keep_robots(self, host: str, kind: str, text: str, at: datetime) -> None:
        """Keep what a host's robots.txt said, for a day."""
        with self._writing() as connection:
            upsert(connection, ROBOTS, ["host"], host=host, kind=kind, text=text, fetched=at)


def _run(connection: Connection, run: int, *, lock: bool = False) -> Row[Any]:
    return connection.execute(_RUN_HELD if lock else _RUN, {"of": run}).one()


def _task(row: Row[Any]) -> PageTask:
    return PageTask(page_of(row), row.etag, row.last_modified, row.sha256, baseline=row.current is None)


def _looks(connection: Connection, run: int) -> list[Row[Any]]:
    return list(connection.execute(_LOOKS, {"of": run}))


def _brief(row: Row[Any]) -> LookBrief:
    role = Role(row.role) if row.role else None
    return LookBrief(row.page, role, Outcome(row.outcome), row.reason, row.entries, row.known)


def _ok_share(tally: dict[str, int]) -> float:
    looks = sum(tally.get(outcome.value, 0) for outcome in Outcome)
    return sum(tally.get(outcome.value, 0) for outcome in SEEN) / looks if looks else 1.0


def _shut(connection: Connection, run: int, state: RunState, reasons: Sequence[str], at: datetime) -> None:
    looks = _looks(connection, run)
    tally = tally_of([_brief(row) for row in looks])
    for verdict in ("new", "returned"):
        tally[verdict] = sum(row.verdict == verdict for row in looks)
    closed = {"state": state.value, "closed": at, "reasons": list(reasons), "tally": pack_tally(tally)}
    connection.execute(update(RUN).where(RUN.c.id == run).values(**closed))
    ledger.seal(connection, run, software())
    connection.execute(delete(LOOK).where(LOOK.c.run == run))


def _look_again(connection: Connection, run: int, at: datetime) -> None:
    """Let pages that a suspect run found lost be looked at with the next crawl, whenever they were due.

    Without them the next crawl would be sound, and what a rebuilt site shows in their place known, before they are missed again.
    """
    lost = LOOK.c.known & LOOK.c.outcome.in_([outcome.value for outcome in LOST])
    missed = select(LOOK.c.page).where(LOOK.c.run == run, lost).order_by(LOOK.c.number).limit(SAMPLE)
    pages = [row.id for row in hold_pages(connection, missed)]
    connection.execute(update(PAGE).where(PAGE.c.id.in_(pages), PAGE.c.next_look > at).values(next_look=at))


def adopt(connection: Connection, site: str, at: datetime) -> None:
    """Let the pages of a site that are lost now no longer count as known, and begin its baseline anew.

    Pages that no crawl has looked at since the last sound one count as lost too: where they are now is not known. They are known
    again once they are seen. Of a column that is empty now no rows are expected any more.
    """
    sound = (RUN.c.site == site) & (RUN.c.state == RunState.SOUND.value)
    before = connection.execute(select(func.max(RUN.c.closed)).where(sound)).scalar()
    lost = SIGHTING.c.outcome.in_([outcome.value for outcome in LOST])
    unseen = SIGHTING.c.last <= before if before is not None else lost
    latest = select(SIGHTING.c.id).where(lost | unseen)
    pages = select(PAGE.c.id).where(PAGE.c.site == site, PAGE.c.current.is_not(None), PAGE.c.latest.in_(latest))
    numbers = [row.id for row in hold_pages(connection, pages)]
    connection.execute(update(PAGE).where(PAGE.c.id.in_(numbers)).values(retired=at, unsettled=False))
    standing = [column for column, holder in framed(connection, PAGE.c.site == site, CURRENT).items() if holder.rows]
    empty = select(PAGE.c.id).where(PAGE.c.site == site, PAGE.c.role == Role.COLUMN.value, PAGE.c.rows == 0)
    connection.execute(update(ENTRY).where(ENTRY.c.column.in_(empty), ENTRY.c.column.not_in(standing)).values(listed=False))
    connection.execute(update(SITE).where(SITE.c.host == site).values(sound_runs=0, adopted=at))
