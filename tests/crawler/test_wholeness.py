"""A page that was cut on the way is never called ok with less text than it had; one that only leaves out its closing tags is."""

from __future__ import annotations

import json
import random
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from seed_pages import SEEDS

from crawler.reader import PageReader
from storage.records import Answer, Examination, Outcome, Reading

NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)
PAGES = Path(__file__).parent.parent / "pages"
CORPUS = SEEDS.parent / "corpus"


def look(body: bytes, url: str) -> Examination:
    return PageReader().examine(Answer(url, NOON, NOON, final_url=url, status=200, body=body))


def told(reading: Reading | None) -> int:
    return sum(map(len, reading.body)) + sum(len(entry.title) for entry in reading.entries) if reading else 0


def lost(body: bytes, url: str, places: list[int]) -> list[int]:
    """At which of these places a cut page is called ok although text of it is missing, or other text came for it."""
    whole = told(look(body, url).reading)
    found = [(place, look(body[:place], url)) for place in places]
    bad = [(place, told(one.reading)) for place, one in found if one.outcome is Outcome.OK]
    return [place for place, left in bad if abs(whole - left) > max(20, whole // 50)]


@pytest.mark.parametrize("file", sorted(PAGES.rglob("*.html")), ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_saved_page_cut_anywhere_is_whole_or_unreadable(file: Path) -> None:
    body = file.read_bytes()
    assert lost(body, "http://www.jia.gov.cn/zwgk/a/", list(range(1, len(body), max(1, len(body) // 60)))) == []


@pytest.mark.skipif(not CORPUS.is_dir(), reason=f"the saved pages are not at {CORPUS} (set GONGKAI_SHARED)")
def test_the_pages_of_the_corpus_cut_anywhere_are_whole_or_unreadable() -> None:
    chance = random.Random(11)
    for line in (CORPUS / "gold.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["expect"]["outcome"] != "ok":
            continue
        body = (CORPUS / row["file"]).read_bytes()
        places = [len(body) // 10, len(body) // 2, len(body) * 9 // 10, *(chance.randrange(300, len(body)) for _ in range(9))]
        assert lost(body, row["url"], places) == [], row["file"]


@pytest.mark.skipif(not CORPUS.is_dir(), reason=f"the saved pages are not at {CORPUS} (set GONGKAI_SHARED)")
def test_closing_tags_left_out_change_nothing() -> None:
    for line in (CORPUS / "gold.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        body = (CORPUS / row["file"]).read_bytes()
        bare = re.sub(rb"(?i)</(?:html|body)\s*>", b"", body)
        assert look(bare, row["url"]).outcome is look(body, row["url"]).outcome, row["file"]
