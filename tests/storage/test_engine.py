"""How values stand in rows of JSON."""

from __future__ import annotations

from sqlalchemy import String, cast, select

from storage.engine import _json
from storage.rows import upsert
from storage.store import Store
from storage.tables import SUBSCRIBER


def test_chinese_in_json_stands_as_it_is_written(store: Store) -> None:
    with store._writing() as connection:
        row = {"id": "desk", "address": "desk@example.org", "notifier": "email", "filters": {"words": ["公开"]}}
        upsert(connection, SUBSCRIBER, ["id"], **row)
        assert "公开" in connection.execute(select(cast(SUBSCRIBER.c.filters, String))).scalar_one()
        assert connection.execute(select(SUBSCRIBER.c.filters)).scalar_one() == {"words": ["公开"]}


def test_what_is_no_character_is_escaped() -> None:
    assert _json(["公\ud800"]) == '["\\u516c\\ud800"]'
