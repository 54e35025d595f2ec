"""Runs older than the ledger are taken over as they were kept: what an untouched archive says then agrees with the ledger."""

from __future__ import annotations

import pytest
from scenes import DAY, HOUR, MONDAY, REPORT, Story, article, page, watch
from sqlalchemy import delete

from storage import ledger
from storage.engine import writing
from storage.records import Outcome, Run, RunState
from storage.store import Store
from storage.tables import LEAF, NODE


def take_over(store: Store) -> list[str]:
    """Forget the ledger, as if all runs were older than it, and begin it anew; gives what a check finds then."""
    with writing(store.engine) as connection:
        connection.execute(delete(LEAF))
        connection.execute(delete(NODE))
        ledger.take_over(connection, "1")
    return [str(fault) for fault in store.verify().faults]


def _look(story: Story, day: int, brought: object, body: bytes | None = None, state: RunState = RunState.SOUND) -> Run:
    at = MONDAY + day * DAY
    run = story.begin(at)
    story.look(run, REPORT, brought, at, body)  # type: ignore[arg-type]
    return story.store.close_run(run.id, state, (), at + HOUR)


@pytest.mark.parametrize("first", [RunState.SOUND, RunState.SUSPECT])
def test_not_modified_speaks_of_the_bytes_that_came_last_also_where_others_brought_the_version(
    store: Store, first: RunState
) -> None:
    watch(store, page(REPORT))
    story = Story(store)
    text = article("一")
    _look(story, 0, text, b"<p>one</p>")
    other = _look(story, 1, text, b"<p>one</p> <!-- other -->")
    again = _look(story, 40, Outcome.NOT_MODIFIED, state=first)
    _look(story, 41, Outcome.NOT_MODIFIED)
    assert len(store.snapshots(REPORT)) == 1
    before, after = store.line(f"{other.id}.1"), store.line(f"{again.id}.1")
    assert before is not None
    assert after is not None
    assert after.seen == before.sha256 != store.snapshots(REPORT)[0].sha256
    assert take_over(store) == []
    taken = store.line(f"{again.id}.1")
    assert taken is not None
    assert (taken.seen, taken.whole) == (before.sha256, False)
