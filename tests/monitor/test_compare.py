"""The first step on a small archive: both sides by the same reader, and a broken row stops nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from scenes import DAY, MONDAY, REPORT, Story, article, page, watch

from monitor.compare import compare
from monitor.diff import replaced
from storage.records import Answer, Change, Difference, Examination, Outcome, Page, Reading, Site, Snapshot
from storage.store import Store

NOW = datetime(2025, 3, 10, tzinfo=UTC)


@dataclass
class Hands:
    """A clock that stands."""

    time: datetime = NOW

    def now(self) -> datetime:
        return self.time


@dataclass
class Eyes:
    """A reader of plain text that remembers what it read."""

    version: str = "2"
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    def examine(self, answer: Answer, *, home: str | None = None) -> Examination:
        return Examination(Outcome.OK, "200", self.read(answer.body, url=answer.url))

    def read(self, body: bytes, *, url: str, content_type: str | None = None) -> Reading:
        self.asked.append((url, content_type))
        return Reading(kind="article", body=tuple(body.decode().splitlines()), reader=self.version)


@dataclass
class Shelf:
    """As much of an archive as compare asks for."""

    waiting: list[Change]
    blobs: dict[str, bytes]
    filled: dict[int, tuple[Sequence[Difference], bool]] = field(default_factory=dict)

    def changes_to_compare(self, after: int = 0) -> list[Change]:
        return [change for change in self.waiting if change.id not in self.filled and change.id > after][:3]

    def sites(self) -> list[Site]:
        return []

    def raw(self, sha256: str) -> bytes:
        return self.blobs[sha256]

    def fill_change(self, change: int, differences: Sequence[Difference], noise_only: bool, at: datetime) -> None:
        assert at == NOW
        self.filled[change] = (differences, noise_only)


def change(number: int, before: str, after: str, version: str = "2", reading: str | None = None) -> Change:
    sides = [
        Snapshot(n, 1, n, sha, Reading(kind="article", body=(reading or sha,), reader=version), NOW, "u", "text/plain")
        for n, sha in ((1, before), (2, after))
    ]
    return Change(number, Page(1, "a.example", "u", None), *sides, False, NOW, NOW, "1.1", "2.1", False)


def filled(shelf: Shelf, reader: Eyes) -> int:
    return compare(shelf, reader, Hands())  # type: ignore[arg-type]


def test_readings_of_this_reader_are_used_as_they_are() -> None:
    shelf, reader = Shelf([change(1, "较高", "较低")], {}), Eyes()
    assert filled(shelf, reader) == 1
    assert reader.asked == []
    assert [one.kind for one in shelf.filled[1][0]] == ["paragraph_removed", "paragraph_added"]
    assert shelf.filled[1][1] is False


def test_after_an_upgrade_both_sides_are_read_again_so_that_it_raises_no_false_change() -> None:
    old = change(1, "x", "y", version="1", reading="旧读法")
    shelf, reader = Shelf([old], {"x": "一样".encode(), "y": "一 样".encode()}), Eyes()
    assert filled(shelf, reader) == 1
    assert reader.asked == [("u", "text/plain")] * 2
    assert shelf.filled[1] == ((), True)


def test_a_broken_row_stops_nobody_and_goes_on_waiting() -> None:
    rows = [change(1, "x", "y", "1"), change(2, "甲甲", "乙乙"), change(3, "p", "q", "1"), change(4, "甲甲", "甲 甲")]
    shelf = Shelf(rows, {})
    assert filled(shelf, Eyes()) == 2
    assert sorted(shelf.filled) == [2, 4]
    assert [row.id for row in shelf.changes_to_compare()] == [1, 3]


def test_on_a_real_archive_what_waits_is_filled_once(store: Store) -> None:
    watch(store, page(REPORT))
    story = Story(store)
    story.run(MONDAY, (REPORT, article("受理申请15件")))
    story.run(MONDAY + DAY, (REPORT, article("受理申请29件")))
    reader = Eyes(version="1")
    assert compare(store, reader, Hands()) == 1
    assert compare(store, reader, Hands()) == 0
    (known,) = store.changes(REPORT)
    assert [one.kind for one in known.differences or ()] == ["figure"]
    assert ("-", "15") in (known.differences or ())[0].spans


# --- files ----------------------------------------------------------------------------------------------------------------


def file(number: int, words: str, library: str = "pypdfium2 5", version: str = "2") -> Change:
    """A file that read like this before; its bytes are the text of the two blobs."""
    made = change(number, "x", "y", version)
    reading = Reading(family="file", family_reason=f"a PDF of 1 page, by {library}", body=(words,), reader=version)
    other = replace(reading, family_reason="a PDF of 1 page, by pypdfium2 5", body=("新文",))
    return replace(made, before=replace(made.before, reading=reading), after=replace(made.after, reading=other))


@dataclass
class Library(Eyes):
    """A reader that opens files, or cannot."""

    opens: bool = True

    def read(self, body: bytes, *, url: str, content_type: str | None = None) -> Reading:
        read = super().read(body, url=url, content_type=content_type)
        return replace(read, family="file", body=read.body if self.opens else ())


def test_a_file_that_two_releases_of_a_library_read_is_read_again() -> None:
    shelf, reader = (
        Shelf([file(1, "旧文", "pypdfium2 4"), file(2, "旧文")], {"x": "同文".encode(), "y": "同文".encode()}),
        Library(),
    )
    assert filled(shelf, reader) == 2
    assert len(reader.asked) == 2
    assert shelf.filled[1] == ((), True)
    assert shelf.filled[2][1] is False


def test_a_file_that_cannot_be_read_again_has_not_lost_its_words() -> None:
    shelf, reader = Shelf([file(1, "旧文", version="1")], {"x": b"", "y": b""}), Library(opens=False)
    assert filled(shelf, reader) == 1
    assert len(reader.asked) == 2
    assert [one.before or one.after for one in shelf.filled[1][0]] == ["旧文", "新文"]


def test_an_unread_file_in_place_of_another_is_a_file_that_was_replaced() -> None:
    before, after = (Reading(family="file", family_reason="an OFD file, kept unread", title="附表.ofd") for _ in "ab")
    found = replaced(before, after, ("1" * 64, "2" * 64))
    assert [(one.kind, one.before or one.after) for one in found] == [
        ("attachment_removed", f"附表.ofd (an OFD file, kept unread), SHA-256 {'1' * 64}"),
        ("attachment_added", f"附表.ofd (an OFD file, kept unread), SHA-256 {'2' * 64}"),
    ]
    assert replaced(before, after, ("1" * 64, "1" * 64)) == ()
    assert replaced(before, replace(after, family="generic"), ("1", "2")) == ()
    assert replaced(replace(before, body=("甲",)), replace(after, body=("乙",)), ("1", "2")) == ()
