"""How values stand in rows of JSON."""

from __future__ import annotations

from scenes import MONDAY, REPORT, Story, article, page, watch
from sqlalchemy import String, cast, select

from storage.engine import _json
from storage.records import RunState
from storage.rows import upsert
from storage.store import Store
from storage.tables import RUN, SUBSCRIBER


def test_chinese_in_json_stands_as_it_is_written(store: Store) -> None:
    with store._writing() as connection:
        row = {"id": "desk", "address": "desk@example.org", "notifier": "email", "filters": {"words": ["公开"]}}
        upsert(connection, SUBSCRIBER, ["id"], **row)
        assert "公开" in connection.execute(select(cast(SUBSCRIBER.c.filters, String))).scalar_one()
        assert connection.execute(select(SUBSCRIBER.c.filters)).scalar_one() == {"words": ["公开"]}


def test_what_is_no_character_is_escaped() -> None:
    assert _json(["公\ud800"]) == '["\\u516c\\ud800"]'


def test_of_a_tally_only_what_was_counted_is_kept_and_all_is_told(store: Store) -> None:
    watch(store, page(REPORT))
    story = Story(store)
    run = story.begin(MONDAY)
    assert run.tally == {}
    story.look(run, REPORT, article("甲"), MONDAY)
    told = store.close_run(run.id, RunState.SOUND, (), MONDAY)
    none = {"unreachable": 0, "shielded": 0, "known": 0, "lost": 0, "returned": 0}
    assert told.tally == {"ok": 1, "looks": 1, "new": 1, **none}
    empty = store.close_run(store.open_run(told.site, "here", MONDAY).id, RunState.SUSPECT, ("nothing was looked at",), MONDAY)
    assert empty.tally == {"looks": 0, "new": 0, **none}
    with store._reading() as connection:
        kept = connection.execute(select(cast(RUN.c.tally, String)).order_by(RUN.c.id)).scalars().all()
    assert kept == ['{"ok":1,"looks":1,"new":1}', '{"looks":0}']
