"""Rows were taken out of a column, and the rest of the list proves it: see `monitor.rows`.

Suspected at the first look without them, settled when that has held and a second look at the column misses them too. A row whose
page is gone as well is told as the page's removal.
"""

from __future__ import annotations

from collections.abc import Iterator

from monitor.absence import Patience
from monitor.case import PageCase, ProbeLook
from monitor.proof import evidence_of, excerpt, sound_looks, told
from monitor.rows import Taken, rows_taken_out
from monitor.rule import Rule
from storage.records import Entry, PageHistory, Reason, Role, Verdict

KIND = "entry_removed"
NAMED = 50
"""Rows that one finding names at most."""
WHOLE, NEIGHBOURS = "the list names no further page", "the rows above and below still stand there in order"


def judge(case: PageCase) -> Iterator[Verdict]:
    """Speak of each time rows were taken out of a column."""
    for taken, rows in _missing(case.history):
        yield _verdict(case, taken, rows)


def over(case: PageCase, verdict: Verdict) -> bool:
    """All of its rows are listed again, be it under another address, or their pages are gone too, which is told by itself."""
    history = case.history
    reading = history.current.reading if history.current else None
    if reading is None:
        return False
    there = {told for entry in reading.entries for told in (entry.url, excerpt(entry.title))} | history.absent_rows
    return all(row.get("url") in there or row.get("title") in there for row in verdict.detail.get("rows", ()))


def why(case: PageCase) -> str:
    """Why it is not told any more that rows are missing."""
    told = (row for verdict in case.open.values() if verdict.kind == KIND for row in verdict.detail.get("rows", ()))
    gone = any(row.get("url") in case.history.absent_rows for row in told)
    return "the page itself is gone too, and is told as removed" if gone else "it is listed again"


def wants(case: PageCase) -> tuple[str, ...]:
    """A second look at the column, if rows have been missed for long enough and that is not settled yet."""
    for taken, _ in _missing(case.history):
        known = case.open.get(_key(case.history, taken))
        if case.settling.removal.held(taken.stretch) and (known is None or known.machine != "settled"):
            return (case.history.page.url,)
    return ()


def _missing(history: PageHistory) -> Iterator[tuple[Taken, tuple[Entry, ...]]]:
    if history.page.role is not Role.COLUMN or history.page.part_of is not None or history.baseline or history.retired:
        return
    for taken in rows_taken_out(history):
        rows = tuple(row for row in taken.rows if row.url not in history.absent_rows)
        if rows:
            yield taken, rows


def _key(history: PageHistory, taken: Taken) -> str:
    return f"{KIND}:page:{history.page.id}:{taken.without[0].id}"


def _verdict(case: PageCase, taken: Taken, rows: tuple[Entry, ...]) -> Verdict:
    history, stretch, patience = case.history, taken.stretch, case.settling.removal
    settled = patience.held(stretch) and _misses(case.probe, rows)
    before, after = evidence_of(taken.with_, "present"), evidence_of(taken.without[0], "absent", last=False)
    column = excerpt(history.page.title or history.page.url)
    what = f"Row removed from {column}: {excerpt(rows[0].title)}" if len(rows) == 1 else f"{len(rows)} rows removed from {column}"
    return Verdict(
        key=_key(history, taken),
        kind=KIND,
        subject="entry",
        title=what,
        machine="settled" if settled else "suspected",
        severity="medium",
        agency=history.agency if history.page.site in history.agency_hosts else None,
        site=history.page.site,
        page=history.page.id,
        url=rows[0].url if len(rows) == 1 else history.page.url,
        reasons=(
            Reason(KIND, f"listed at {told(before.time)}, not listed at {told(after.time)}"),
            *(Reason(KIND, f"no longer listed: {excerpt(row.title)} ({row.url})") for row in rows[:10]),
            Reason(KIND, WHOLE if taken.to_the_end else NEIGHBOURS),
            *_patience(taken, patience),
            *_second(case.probe, rows),
        ),
        evidence=tuple(dict.fromkeys((before, after, evidence_of(taken.without[-1], "absent")))),
        after=before.time,
        by=after.time,
        detail={
            "column": history.page.url,
            "missed": len(rows),
            "rows": [{"title": excerpt(row.title), "url": row.url, "date": row.date} for row in rows[:NAMED]],
            "looks": stretch.looks,
        },
    )


def _misses(probe: ProbeLook | None, rows: tuple[Entry, ...]) -> bool:
    if probe is None or probe.reading is None or not probe.reading.entries:
        return False
    listed = {entry.url for entry in probe.reading.entries}
    return not any(row.url in listed for row in rows)


def _patience(taken: Taken, patience: Patience) -> tuple[Reason, ...]:
    if patience.held(taken.stretch):
        return ()
    return (Reason(KIND, f"missed in {sound_looks(taken.stretch.looks)} so far; {patience} are needed to settle it"),)


def _second(probe: ProbeLook | None, rows: tuple[Entry, ...]) -> tuple[Reason, ...]:
    if probe is None:
        return ()
    agrees = "does not list it either" if _misses(probe, rows) else "does not confirm it"
    return (Reason(KIND, f"a second look at {told(probe.time)} {agrees}: {probe.outcome.value} ({probe.reason})"),)


RULE = Rule(KIND, PageCase, "entry", judge, over=over, wants=wants, patient=True, why=why)
