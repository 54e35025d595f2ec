"""The search finds every text that a version of a page holds or held, and says between which looks it was there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scenes import COLUMN, DAY, HOST, MONDAY, REPORT, Story, article, listing, page, watch
from sqlalchemy import func, select, text

from storage import passages
from storage.errors import StoreError
from storage.folding import fold, passages_of, place
from storage.records import Attachment, Hit, Outcome, Reading, Role, RunState
from storage.shelves import searching
from storage.store import Store
from storage.tables import PASSAGE, SNAPSHOT


@pytest.fixture
def story(store: Store) -> Story:
    watch(store, page(REPORT), page(COLUMN, Role.COLUMN))
    return Story(store)


def index(store: Store) -> int:
    """Index all that waits; gives how many versions that were."""
    taken = 0
    while some := store.index_some():
        taken += some
    return taken


def search(story: Story, wanted: str, **asked: object) -> list[Hit]:
    index(story.store)
    return list(story.store.search(wanted, **asked).hits)  # type: ignore[arg-type]


def days(story: Story, *brought: Reading | Outcome, state: RunState = RunState.SOUND) -> None:
    """One look a day at the report."""
    for day, one in enumerate(brought):
        story.run(MONDAY + day * DAY, (REPORT, one), state=state)


def test_words_of_every_length_are_found(story: Story) -> None:
    days(story, article("今年征地补偿预算为２０２５万元", title="关于ＡＢＣ的 通 知"))
    for wanted in ("征地", "预算", "算", "元", "2025", "２０２５", "abc", "c的通知", "征地补偿预算为2025万元", "今"):
        assert [hit.page.url for hit in search(story, wanted)] == [REPORT], wanted
    assert search(story, "预征") == []


def test_a_hit_is_shown_as_the_page_wrote_it(story: Story) -> None:
    days(story, article("今年征地补偿预算为２０２５ 万元", title="通知"))
    (hit,) = search(story, "为2025万")
    assert (hit.text, hit.text[hit.start : hit.end]) == ("今年征地补偿预算为２０２５ 万元", "为２０２５ 万")
    assert (hit.part, hit.version, hit.page.url) == ("text", 1, REPORT)


def test_each_part_of_a_page_is_searched_and_named(story: Story) -> None:
    whole = replace(article("甲段落"), title="乙标题", attachments=(Attachment("http://x/1.pdf", "丙附件.pdf"),))
    story.run(MONDAY, (REPORT, whole), (COLUMN, listing(("丁条目", f"{COLUMN}9.html", ""))))
    told = {
        wanted: [(hit.part, hit.page.url) for hit in search(story, wanted)] for wanted in ("甲段落", "乙标题", "丙附件", "丁条目")
    }
    assert told["甲段落"] == [("text", REPORT)]
    assert told["乙标题"] == [("title", REPORT)]
    assert told["丙附件"] == [("attachment", REPORT)]
    assert ("row", COLUMN) in told["丁条目"]


def test_a_text_that_runs_over_two_paragraphs_is_not_found(story: Story) -> None:
    days(story, article("前面一段\n后面一段"))
    assert search(story, "段后") == []
    assert len(search(story, "一段")) == 2


def test_a_passage_of_all_versions_is_kept_once_and_told_as_there(story: Story) -> None:
    days(story, *(article(f"一直在的话\n第{day}天的话") for day in range(4)))
    (hit,) = search(story, "一直在的话")
    assert (hit.version, hit.first, hit.last, hit.there, hit.gone_by) == (1, MONDAY, MONDAY + 3 * DAY, True, None)
    with story.store.engine.connect() as connection:
        held = connection.execute(select(func.count()).where(PASSAGE.c.text == "一直在的话")).scalar()
    assert held == 1


def test_a_text_taken_out_is_told_with_the_looks_between_which_it_went(story: Story) -> None:
    days(
        story, article("原来"), article("原来\n敏感数字"), article("原来\n敏感数字\n又"), article("原来\n又"), article("原来\n又")
    )
    (hit,) = search(story, "敏感数字")
    assert (hit.after, hit.first, hit.last) == (MONDAY, MONDAY + DAY, MONDAY + 2 * DAY)
    assert (hit.version, hit.there, hit.gone_by, hit.outcome) == (2, False, MONDAY + 3 * DAY, Outcome.OK)


def test_a_text_that_came_back_is_there(story: Story) -> None:
    days(story, article("甲话"), article("乙话"), article("甲话\n丙话"))
    (hit,) = search(story, "甲话")
    assert (hit.version, hit.first, hit.last, hit.there) == (1, MONDAY, MONDAY + 2 * DAY, True)


def test_a_page_that_went_back_to_an_earlier_version_shows_that_versions_text(story: Story) -> None:
    days(story, article("甲话"), article("乙话"), article("丙话"), article("甲话"))
    (first,), (second,) = search(story, "甲话"), search(story, "乙话")
    assert (first.there, first.last) == (True, MONDAY + 3 * DAY)
    assert (second.there, second.last, second.gone_by) == (False, MONDAY + DAY, MONDAY + 2 * DAY)


def test_a_passage_with_a_version_between_that_lacks_it_is_not_read_out_of_that_version(story: Story) -> None:
    days(story, article("甲话\n一"), article("乙话"), article("甲话\n三"), article("末话"), article("乙话"))
    (hit,) = search(story, "甲话")
    assert (hit.first, hit.last, hit.there, hit.gone_by) == (MONDAY, MONDAY + 2 * DAY, False, MONDAY + 3 * DAY)


def test_a_page_that_is_gone_takes_its_text_with_it(story: Story) -> None:
    days(story, article("甲话"), Outcome.GONE)
    (hit,) = search(story, "甲话")
    assert (hit.there, hit.gone_by, hit.outcome) == (False, MONDAY + DAY, Outcome.GONE)


@pytest.mark.parametrize("last", [Outcome.BLOCKED, Outcome.FAILED])
def test_a_look_that_could_not_see_says_nothing_about_a_text(story: Story, last: Outcome) -> None:
    days(story, article("甲话"), last)
    (hit,) = search(story, "甲话")
    assert (hit.there, hit.gone_by, hit.last, hit.outcome) == (None, None, MONDAY, last)


def test_nothing_is_called_gone_by_a_run_that_was_not_sound(story: Story) -> None:
    days(story, article("甲话"))
    story.run(MONDAY + DAY, (REPORT, article("残缺")), state=RunState.SUSPECT)
    (hit,) = search(story, "甲话")
    assert (hit.there, hit.gone_by) == (None, None)


HOSTILE = (
    *("%", "_", "'", '"', "*", "?", "[", "]", "\\", "-", "^", "{", ";--", "AND", "NOT x", "NEAR(", "a:b", "100%_x"),
    *('"a" OR "b"', ":match", "%(match)s", "\\x41"),
)


def test_signs_of_query_languages_are_text(story: Story) -> None:
    days(story, article("\n".join(f"前面{hostile}第{at}段" for at, hostile in enumerate(HOSTILE)), title="abc"))
    for at, hostile in enumerate(HOSTILE):
        (hit,) = search(story, f"面{hostile}第{at}段")
        assert hit.text == f"前面{hostile}第{at}段"
        alone = {hit.text for hit in search(story, hostile, limit=100)}
        assert alone == {f"前面{one}第{n}段" for n, one in enumerate(HOSTILE) if fold(hostile) in fold(one)}


def test_what_is_no_character_neither_breaks_indexing_nor_searching(story: Story) -> None:
    days(story, article("前\0面\ud800的\u200b字\ue020段"))
    for wanted in ("前\0面", "面?的字", "字\ue020段", "的\u200b字", "\ud800段"):
        assert len(search(story, wanted)) == 1, wanted
    for nothing in ("", "  ", "\0", "\u3000"):
        with pytest.raises(StoreError, match="nothing to look for"):
            story.store.search(nothing)


def test_the_newest_come_first_and_the_rest_is_counted(story: Story) -> None:
    days(story, *(article(f"报告第{day}稿") for day in range(5)))
    index(story.store)
    found = story.store.search("报告第", limit=2)
    assert ([hit.version for hit in found.hits], found.total, found.waiting) == ([5, 4], 5, 0)
    assert [hit.version for hit in search(story, "报告第", site=HOST)] == [5, 4, 3, 2, 1]
    assert search(story, "报告第", site="www.other.example") == []


def test_a_version_that_nobody_indexed_yet_is_told_as_waiting(story: Story) -> None:
    days(story, article("甲话"))
    assert story.store.count_to_index() == story.store.search("甲话").waiting == 2
    assert index(story.store) == 2
    assert index(story.store) == 0


def test_versions_indexed_one_by_one_come_out_as_if_they_were_indexed_together(story: Story) -> None:
    texts = ["甲\n乙", "乙\n丙", "甲\n丙", "丁", "甲"]
    for day, told in enumerate(texts):
        story.run(MONDAY + day * DAY, (REPORT, article(told, title="题")))
        index(story.store)
    step_by_step = _held(story.store)
    with story.store._writing() as connection:
        passages.begin_anew(connection, _page(story.store))
    index(story.store)
    assert _held(story.store) == step_by_step
    assert {told for told, _, _ in step_by_step} == {"题", "甲", "乙", "丙", "丁"}


def test_a_version_read_anew_is_indexed_anew(story: Story) -> None:
    days(story, article("旧话"), article("后话"))
    assert len(search(story, "旧话")) == 1

    class Other:
        version = "2"

        def read(self, body: bytes, *, url: str, content_type: str | None = None) -> Reading:
            return replace(article("新话"), reader="2")

    (first, _) = [one.id for one in story.store.snapshots(REPORT)]
    story.store.read_anew(first, Other())  # type: ignore[arg-type]
    assert (search(story, "旧话"), len(search(story, "后话"))) == ([], 1)
    (hit,) = search(story, "新话")
    assert (hit.version, hit.gone_by) == (1, MONDAY + DAY)


def test_what_is_dropped_is_found_nowhere_and_what_a_later_version_still_has_is_found_there(story: Story) -> None:
    days(story, article("留下的话\n去掉的话"), article("留下的话"))
    index(story.store)
    first = story.store.snapshots(REPORT)[0].id
    with story.store._writing() as connection:
        passages.drop(connection, [first])
        connection.execute(SNAPSHOT.update().where(SNAPSHOT.c.id == first).values(reading=None, pruned=1))
        assert (
            connection.execute(select(func.count()).select_from(PASSAGE).where(PASSAGE.c.page == _page(story.store))).scalar()
            == 0
        )
    assert search(story, "去掉的话") == []
    (hit,) = search(story, "留下的话")
    assert (hit.version, hit.first, hit.after, hit.there) == (2, MONDAY + DAY, None, True)


@pytest.mark.parametrize("engine", ["sqlite"])  # PostgreSQL keeps its index by itself
def test_what_has_to_be_forgotten_leaves_no_trace_in_the_index(story: Story) -> None:
    def traced() -> bool:
        with story.store.engine.connect() as connection:
            held = b"".join(connection.execute(text("SELECT block FROM passage_text_data")).scalars())
        return "张三".encode()[1:] in held  # what neighbouring words begin with is written once

    days(story, article("张三"), article("李四"))
    index(story.store)
    assert traced()
    with story.store._writing() as connection:
        passages.drop(connection, [story.store.snapshots(REPORT)[0].id])
        assert connection.execute(text("SELECT rowid FROM passage_text WHERE passage_text MATCH '张三'")).first() is None
    assert traced()
    with story.store._writing() as connection:
        passages.purge(connection)
    assert not traced()


def test_what_two_index_at_once_is_indexed_once(story: Story) -> None:
    days(story, article("甲话"), article("甲话\n乙话"))
    with story.store._reading() as connection:
        tasks = searching._tasks(connection)
    story.store._index(tasks)
    held = _held(story.store)
    story.store._index(tasks)
    assert _held(story.store) == held
    assert len(held) == 3


def test_a_version_that_was_read_anew_while_it_was_indexed_waits_again(story: Story) -> None:
    days(story, article("甲话"))
    with story.store._reading() as connection:
        tasks = searching._tasks(connection)
    with story.store._writing() as connection:
        connection.execute(SNAPSHOT.update().where(SNAPSHOT.c.page == _page(story.store)).values(reading="00" * 32))
    story.store._index(tasks)
    assert (_held(story.store), story.store.count_to_index()) == ([], 1)


def test_a_lost_index_is_made_anew_from_the_passages(story: Story) -> None:
    days(story, article("甲乙丙丁"), article("戊己庚辛"))
    index(story.store)
    with story.store._writing() as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(text("DROP TABLE passage_text"))
        passages.rebuild(connection)
    assert [len(search(story, wanted)) for wanted in ("乙丙", "庚", "戊己庚辛", "甲戊")] == [1, 1, 1, 0]
    before = story.store.search("乙丙")
    with story.store._writing() as connection:
        passages.rebuild(connection)
    assert story.store.search("乙丙") == before


def test_a_damaged_reading_stops_neither_indexing_nor_the_versions_after_it(story: Story) -> None:
    days(story, article("甲话"), article("乙话"), article("丙话"))
    with story.store._writing() as connection:
        second = connection.execute(select(SNAPSHOT.c.reading).where(SNAPSHOT.c.number == 2)).scalar()
        connection.execute(text("UPDATE blob SET data = :junk WHERE sha256 = :of"), {"junk": b"?", "of": bytes.fromhex(second)})
    assert [hit.version for hit in search(story, "甲话")] == [1]
    assert [hit.there for hit in search(story, "丙话")] in ([True], [])


TEXTS = st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=30), min_size=1, max_size=4)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(paragraphs=TEXTS, data=st.data())
def test_every_part_of_a_stored_passage_is_found(story: Story, paragraphs: list[str], data: st.DataObject) -> None:
    known = len(story.store.snapshots(REPORT))
    reading = Reading(kind="article", title="题目", body=tuple(paragraphs), reader="1")
    story.run(MONDAY + known * DAY, (REPORT, reading), home=False)
    index(story.store)
    paragraph = data.draw(st.sampled_from(paragraphs))
    start = data.draw(st.integers(0, len(paragraph) - 1))
    wanted = paragraph[start : data.draw(st.integers(start + 1, len(paragraph)))]
    if not fold(wanted):
        return
    hits = story.store.search(wanted, limit=1000).hits
    assert fold(paragraph) in {fold(hit.text) for hit in hits}
    assert all(fold(wanted) in fold(hit.text[hit.start : hit.end]) for hit in hits)


@given(st.text(max_size=30), st.data())
def test_a_place_in_the_folded_text_is_shown_in_the_text(told: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(told)))
    wanted = fold(told[start : data.draw(st.integers(start, len(told)))])
    first, last = place(told, wanted)
    assert wanted in fold(told[first:last])
    assert wanted or (first, last) == (0, 0)


def test_a_reading_of_nothing_has_one_empty_passage_and_nothing_is_kept_of_it(story: Story) -> None:
    assert list(passages_of(Reading())) == [("title", "")]
    days(story, replace(article(""), title=""))
    index(story.store)
    assert _held(story.store) == []


def _page(store: Store) -> int:
    found = store.page_at(REPORT)
    assert found is not None
    return found.id


def _held(store: Store) -> list[tuple[str, int, int | None]]:
    """The passages of the report: text, first version, version from which on it was gone."""
    with store.engine.connect() as connection:
        rows = connection.execute(select(PASSAGE).where(PASSAGE.c.page == _page(store)).order_by(PASSAGE.c.text))
        return [(row.text, row.snapshot, row.gone) for row in rows]
