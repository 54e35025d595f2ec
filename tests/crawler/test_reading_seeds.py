"""The five seed documents, wrapped as portal pages in UTF-8 and GBK, must be read as their notes say."""

from __future__ import annotations

from html import escape

import pytest
from seed_pages import SEEDS, page, seed

from crawler.reader import PageReader
from storage.records import Reading

pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason=f"the seed documents are not at {SEEDS} (set GONGKAI_SHARED)")

WRAPPINGS = [
    (encoding, container) for encoding in ("utf-8", "gbk") for container in ('class="TRS_Editor"', 'class="wz-nr"', 'id="zoom"')
]
wrapped = pytest.mark.parametrize(("encoding", "container"), WRAPPINGS)


def read(body: bytes) -> Reading:
    return PageReader().read(body, url="http://www.example.gov.cn/zwgk/201703/report.html")


def seed_000(encoding: str, container: str) -> Reading:
    lines = seed("000")
    return read(page(lines[0], "来源：某办公室 时间：2014-12-20", lines[1:], encoding, container))


@wrapped
def test_seed_000_has_exactly_one_gap_and_it_is_the_wall(encoding: str, container: str) -> None:
    reading = seed_000(encoding, container)
    assert [(gap.kind, gap.missing, gap.strength) for gap in reading.gaps] == [("wall", ("(一)", "(二)"), "strong")]
    assert reading.body[reading.gaps[0].paragraph].startswith("此处内容")


@wrapped
def test_seed_000_heading_glued_to_a_button_label_is_a_heading(encoding: str, container: str) -> None:
    reading = seed_000(encoding, container)
    last = [heading.label for heading in reading.outline][-3:]
    assert last == ["四、", "(三)", "(四)"]
    assert reading.body[reading.outline[-2].paragraph].startswith("(三)")


@wrapped
def test_seed_001_has_a_whole_numbering(encoding: str, container: str) -> None:
    reading = read(page("某市2017年政府信息公开工作年度报告", "时间：2018-03-30", seed("001"), encoding, container))
    assert [heading.ordinal for heading in reading.outline if heading.level == 1] == list(range(1, 12))
    assert reading.gaps == ()


@wrapped
def test_seed_002_is_published_to_the_minute_and_prints_a_foreign_host(encoding: str, container: str) -> None:
    lines = seed("002")
    reading = read(page(lines[0], lines[1], lines[2:], encoding, container))
    assert reading.dates.published == "2015-06-29T08:31"
    assert reading.site.domain == "www.0413piao.com"
    assert reading.gaps == ()
    assert not any(heading.label.startswith(("一是", "二是", "三是")) for heading in reading.outline)


@wrapped
def test_seed_003_is_written_and_shown_on_one_day_and_its_tasks_run_on(encoding: str, container: str) -> None:
    lines = seed("003")
    start = next(index for index, line in enumerate(lines) if line.startswith("大政办发"))
    reading = read(page(lines[0], lines[1], lines[start:], encoding, container))
    assert reading.dates.shown == reading.dates.written == "2014-05-30"
    assert [heading.ordinal for heading in reading.outline if heading.level == 3] == list(range(1, 21))
    assert reading.gaps == ()


@wrapped
def test_seed_004_is_whole_and_knows_its_title_source_and_day(encoding: str, container: str) -> None:
    lines = seed("004")
    reading = read(page(lines[2], lines[3], lines[4:-4], encoding, container))
    assert reading.title == "高明区2016年政府信息公开工作年度报告"
    assert reading.dates.shown == "2017-03-24"
    assert reading.source == "佛山市高明区人民政府办公室"
    assert reading.gaps == ()


def test_every_seed_reads_alike_from_both_encodings() -> None:
    for number in ("000", "001", "002", "003", "004"):
        lines = seed(number)
        twins = [read(page(lines[0], "", lines[1:], encoding, 'class="wz-nr"')) for encoding in ("utf-8", "gbk")]
        assert twins[0].body == twins[1].body


@pytest.mark.parametrize("number", ["000", "001", "002", "003", "004"])
def test_a_whole_seed_as_bare_paragraphs_gives_no_false_gap(number: str) -> None:
    text = "".join(f"<p>{escape(line)}</p>" for line in seed(number))
    reading = read(f"<html><head><title>x</title></head><body><div>{text}</div></body></html>".encode())
    assert len(reading.gaps) == (1 if number == "000" else 0)
