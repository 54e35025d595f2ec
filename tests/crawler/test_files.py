"""Files read by their process: what is found, what is refused, and what becomes of a process that a file breaks."""

from __future__ import annotations

import io
import os
import random
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from papers import A4, make_docx, make_pdf, make_xlsx, packed, printed, word

from crawler.files import PROGRAM, FileLimits, FileReading
from crawler.reader import PageReader
from storage.records import Answer, Examination, Outcome, Reading

URL = "http://www.qinghe.gov.cn/zwgk/202601/P020260120.pdf"
LONG = (
    "根据《中华人民共和国政府信息公开条例》的规定，现将本机关2025年度政府信息公开工作情况公布如下。全年共受理申请一百二十三件，"
    "其中予以公开的一百件，部分公开的十件，不予公开的五件，其余八件结转下一年度继续办理。"
)
REPORT = make_pdf([printed(["一、总体情况", LONG, "二、存在的主要问题", LONG])], "清河县2025年政府信息公开年度报告")


@pytest.fixture(scope="module")
def files() -> Iterator[FileReading]:
    reading = FileReading()
    yield reading
    reading.close()


def examine(files: FileReading | None, body: bytes, url: str = URL, **headers: str) -> Examination:
    now = datetime(2026, 1, 21, tzinfo=UTC)
    raw = tuple((name.replace("_", "-").encode(), value.encode()) for name, value in headers.items())
    return PageReader(files).examine(Answer(url, now, now, url, 200, raw, body))


def read(files: FileReading, body: bytes, url: str = URL, **headers: str) -> Reading:
    examination = examine(files, body, url, **headers)
    assert (examination.outcome, examination.reading is not None) == (Outcome.OK, True), examination.reason
    assert examination.reading is not None
    return examination.reading


# --- PDF ------------------------------------------------------------------------------------------------------------------


def test_a_pdf_is_read_paragraph_by_paragraph(files: FileReading) -> None:
    reading = read(files, REPORT)
    assert reading.kind == "article"
    assert reading.body == ("一、总体情况", LONG, "二、存在的主要问题", LONG)
    assert reading.title == "清河县2025年政府信息公开年度报告"
    assert [(heading.label, heading.paragraph) for heading in reading.outline] == [("一、", 0), ("二、", 2)]
    assert reading.family == "file"
    assert reading.family_reason.startswith("a PDF of 1 page, by pypdfium2 ")


def test_a_paragraph_goes_on_over_the_end_of_a_page_and_past_its_number(files: FileReading) -> None:
    rows = printed([LONG, LONG])
    pages = [[*part, (280.0, f"— {number} —")] for number, part in enumerate((rows[:3], rows[3:]), 1)]
    assert read(files, make_pdf(pages)).body == (LONG, LONG)


def test_a_running_head_is_told_once(files: FileReading) -> None:
    texts = [f"（{number}）{LONG}以上为{number}季度的情况，特此公布。" for number in ("一", "二", "三")]
    pages = [[(200.0, "清河县人民政府文件"), *printed([text])] for text in texts]
    assert read(files, make_pdf(pages)).body == ("清河县人民政府文件", *texts)


def test_a_signature_and_its_date_are_lines_of_their_own_and_the_date_of_writing(files: FileReading) -> None:
    reading = read(files, make_pdf([[*printed([LONG]), (380.0, "清河县人民政府"), (380.0, "2026年1月20日")]]))
    assert reading.body == (LONG, "清河县人民政府", "2026年1月20日")
    assert reading.dates.written == "2026-01-20"
    assert reading.dates.shown is None


def test_the_same_words_in_another_pdf_are_the_same_version(files: FileReading) -> None:
    once, again = (
        make_pdf([printed(["一、总体情况", LONG])], title, note=note) for title, note in (("年度报告一", "a"), (None, "b"))
    )
    assert once != again
    assert read(files, once).identity == read(files, again).identity
    other = make_pdf([printed(["一、总体情况", LONG.replace("一百件", "九十件")])], "年度报告一")
    assert read(files, once).identity != read(files, other).identity


def test_a_scanned_pdf_is_said_to_be_one(files: FileReading) -> None:
    examination = examine(files, make_pdf([None, None, None]))
    assert (examination.outcome, examination.reason) == (Outcome.OK, "a scanned PDF of 3 pages without text")
    assert examination.reading is not None
    assert (examination.reading.kind, examination.reading.body) == ("other", ())


def test_a_pdf_that_is_partly_scanned_says_how_much(files: FileReading) -> None:
    examination = examine(files, make_pdf([printed([LONG]), None, None]))
    assert examination.reason == "a PDF of 3 pages, 2 of them scanned and without text"
    assert examination.reading is not None
    assert examination.reading.body == (LONG,)


def test_an_encrypted_pdf_is_kept_unread(files: FileReading) -> None:
    examination = examine(files, make_pdf([printed([LONG])], locked=True))
    assert (examination.outcome, examination.reason) == (Outcome.OK, "a PDF file: it is encrypted, kept unread")


@pytest.mark.parametrize(
    "body", [REPORT[: len(REPORT) // 2], REPORT[:-20], REPORT[: len(REPORT) // 2] + b"%%EOF", b"%PDF-1.7 %%EOF"]
)
def test_a_pdf_that_is_not_whole_is_unreadable_and_no_shorter_text(files: FileReading, body: bytes) -> None:
    examination = examine(files, body)
    assert (examination.outcome, examination.reading) == (Outcome.UNREADABLE, None)
    assert "cut or" in examination.reason


def test_a_pdf_of_more_pages_than_anybody_reads_is_kept_unread(files: FileReading) -> None:
    kids = b"4 0 R " * 3001
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 3001/Kids[%s]>>" % kids,
        b"<<>>",
        b"<</Type/Page/Parent 2 0 R>>",
    )
    body = b"%PDF-1.4\n" + b"".join(b"%d 0 obj%s endobj\n" % (n, one) for n, one in enumerate(objects, 1))
    examination = examine(files, body + b"trailer<</Root 1 0 R>>\n%%EOF")
    assert (examination.outcome, examination.reason) == (
        Outcome.OK,
        "a PDF file: it has 3001 pages, more than 3000, kept unread",
    )


# --- DOCX and XLSX --------------------------------------------------------------------------------------------------------


def test_a_docx_is_read_with_its_tables_whatever_lies_around_the_text(files: FileReading) -> None:
    body = (
        word("一、总体情况")
        + f"<w:sdt><w:sdtContent>{word(LONG)}</w:sdtContent></w:sdt>"
        + "<w:p><w:ins><w:r><w:t>新增</w:t></w:r></w:ins><w:del><w:r><w:delText>删去</w:delText></w:r></w:del>"
        + "<w:smartTag><w:r><w:t>的话</w:t></w:r></w:smartTag></w:p>"
        + f"<w:tbl><w:tr><w:tc>{word('项目')}</w:tc><w:tc>{word('件')}{word('数')}</w:tc></w:tr></w:tbl>"
        + word("看不见的", "<w:rPr><w:vanish/></w:rPr>")
        + "<w:p><w:r><w:t>清河县人民政府</w:t><w:br/><w:t>2026年1月20日</w:t></w:r></w:p>"
    )
    reading = read(files, make_docx(body, "清河县年度报告"), content_type="application/octet-stream")
    assert reading.body == ("一、总体情况", LONG, "新增的话", "项目 | 件 数", "清河县人民政府", "2026年1月20日")
    assert (reading.title, reading.dates.written) == ("清河县年度报告", "2026-01-20")
    assert reading.family_reason.startswith("a DOCX file, by lxml ")


def test_an_xlsx_is_read_row_by_row(files: FileReading) -> None:
    rows = [["项目", "数量", "时间"], ["规章", 12, datetime(2026, 1, 20)], [], ["占比", 0.1 + 0.2, None]]
    reading = read(files, make_xlsx({"统计表": rows, "说明": [["无"]]}))
    assert reading.body == ("统计表", "项目 | 数量 | 时间", "规章 | 12 | 2026-01-20", "占比 | 0.3", "说明", "无")
    assert reading.family_reason.startswith("an XLSX file, by openpyxl ")


ENTITIES = "<!DOCTYPE x [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {after} '{f'&{before};' * 10}'>" for before, after in pairwise("abcdefghij")
)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (make_docx(word("&j;"), doctype=f"{ENTITIES}]>"), "a DOCX file: it defines entities, which no document needs"),
        (
            packed({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": f"{ENTITIES}]><x>&j;</x>"}),
            "an XLSX file: it defines entities, which no document needs",
        ),
        (
            packed({"[Content_Types].xml": "<Types/>", "word/document.xml": bytes(200_000_001)}),
            "a DOCX file: it unpacks to 200000009 bytes, more than 200000000",
        ),
    ],
)
def test_a_bomb_is_refused(files: FileReading, body: bytes, reason: str) -> None:
    examination = examine(files, body)
    assert (examination.outcome, examination.reason, examination.reading) == (Outcome.REFUSED, reason, None)


@pytest.mark.parametrize(
    "body",
    [
        packed({"[Content_Types].xml": "<Types/>", "word/document.xml": "<w:document"}),
        packed({"[Content_Types].xml": "<Types/>", "word/other.xml": "<a/>"}),
        packed({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<a/>"}),
        make_docx(word("字"))[:-30],
        make_xlsx({"表": [["字"]]})[:200],
    ],
)
def test_a_broken_document_is_unreadable(files: FileReading, body: bytes) -> None:
    examination = examine(files, body)
    assert (examination.outcome, examination.reading) == (Outcome.UNREADABLE, None), examination.reason


# --- the process ----------------------------------------------------------------------------------------------------------


def process_of(files: FileReading) -> int:
    (process,) = files._running
    return process._process.pid


def test_one_process_reads_many_files_and_is_replaced_after_some() -> None:
    files = FileReading(FileLimits(files=2), at_once=1)
    seen = []
    for _ in range(4):
        assert read(files, REPORT).body
        seen.append(process_of(files))
    files.close()
    assert seen[0] == seen[1] != seen[2] == seen[3]


def test_a_process_that_was_killed_between_two_files_is_replaced() -> None:
    files = FileReading(at_once=1)
    assert read(files, REPORT).body
    os.kill(process_of(files), signal.SIGKILL)
    assert read(files, REPORT).body
    files.close()


def test_a_file_that_takes_too_long_is_unreadable_and_the_next_one_is_read() -> None:
    files = FileReading(FileLimits(seconds=0.0001), at_once=1)
    assert examine(files, REPORT) == Examination(Outcome.UNREADABLE, "a PDF file: reading it took more than 0.0001 s")
    files._limits = FileLimits()
    assert read(files, REPORT).body
    files.close()


def test_a_file_that_takes_too_much_processor_time_is_unreadable() -> None:
    files = FileReading(FileLimits(processor=0), at_once=1)
    with zipfile.ZipFile(io.BytesIO(make_xlsx({"表": [[1]]}))) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    rows = b"<row><c><v>1</v></c></row>" * 1_000_000
    space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    members["xl/worksheets/sheet1.xml"] = b'<worksheet xmlns="%s"><sheetData>%s</sheetData></worksheet>' % (space, rows)
    examination = examine(files, packed(members))
    files.close()
    assert (examination.outcome, examination.reason) == (
        Outcome.UNREADABLE,
        "an XLSX file: reading it took more than 0 s of processor time",
    )


def test_a_file_that_takes_too_much_memory_is_not_read_and_harms_nobody() -> None:
    files = FileReading(FileLimits(memory=300_000_000), at_once=1)
    body = packed({"[Content_Types].xml": "<Types/>", "word/document.xml": b"<a>" + b"<b/>" * 6_000_000 + b"</a>"})
    examination = examine(files, body)
    assert (examination.outcome, examination.reason) == (
        Outcome.UNREADABLE,
        "a DOCX file: reading it takes too much memory",
    )
    assert read(files, REPORT).body
    files.close()


def test_many_threads_may_ask_at_once(files: FileReading) -> None:
    found: list[Reading] = []
    threads = [threading.Thread(target=lambda: found.append(read(files, REPORT))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [reading.body[0] for reading in found] == ["一、总体情况"] * 6
    assert len(files._running) <= 2


def test_the_process_ends_with_whoever_asks() -> None:
    script = f"""
import os, sys, time
from crawler.files import FileReading
files = FileReading()
files.text_of("PDF", {REPORT!r})
print(next(iter(files._running))._process.pid, flush=True)
os.kill(os.getpid(), 9)
"""
    asked = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert asked.returncode == -signal.SIGKILL, asked.stderr
    gone = subprocess.run(["tail", f"--pid={asked.stdout.strip()}", "-f", "/dev/null"], timeout=20, check=False)
    assert gone.returncode == 0


def test_behind_locked_doors_there_is_no_file_no_socket_and_no_limit_to_break() -> None:
    script = f"""
import runpy, socket
child = runpy.run_path({str(PROGRAM)!r})
child["warm_up"]()
child["lock"](1_000_000_000)
for what in (lambda: socket.socket(), lambda: open("/etc/hostname"), lambda: open("/tmp/x", "w")):
    try:
        what()
    except OSError as error:
        print(error.errno)
print(child["examined"]("PDF", {REPORT!r})["pages"][0]["lines"][0][0])
print(child["examined"]("XLSX", {make_xlsx({"表": [["字"]]})!r})["paragraphs"])
"""
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["24", "24", "24", "一、总体情况", "['字']"]


def test_a_page_is_never_taken_for_a_file(files: FileReading) -> None:
    page = "<html><head><title>404</title></head><body><h1>您访问的页面不存在</h1></body></html>".encode()
    assert examine(files, page, content_type="application/pdf").outcome is Outcome.SOFT_GONE


def test_without_a_process_a_file_is_said_to_be_unread() -> None:
    examination = examine(None, REPORT)
    assert (examination.outcome, examination.reason) == (Outcome.OK, "a PDF file, kept unread")


def test_stored_bytes_are_read_again_to_the_same(files: FileReading) -> None:
    assert PageReader(files).read(REPORT, url=URL) == read(files, REPORT)
    assert PageReader(files).read(REPORT[:500], url=URL).family_reason.startswith("a PDF file without its end")


def test_a_page_of_paper_is_as_wide_as_these_tests_think() -> None:
    assert A4[0] > max(at + 16 * len(text) for at, text in printed([LONG]))


# --- anything at all ------------------------------------------------------------------------------------------------------


WORKS = (REPORT, make_docx(word("一、总体情况") + word(LONG), "年度报告"), make_xlsx({"表": [["项目", "数量"], ["规章", 12]]}))


@pytest.mark.parametrize("work", WORKS, ids=["pdf", "docx", "xlsx"])
def test_whatever_happens_to_a_file_it_gets_an_outcome_and_the_next_one_is_read(files: FileReading, work: bytes) -> None:
    chance = random.Random(len(work))
    for _ in range(60):
        torn = bytearray(work)
        for _ in range(chance.randrange(1, 6)):
            at, size = chance.randrange(len(torn)), chance.randrange(1, 40)
            torn[at : at + size] = chance.choice((b"", bytes(size), chance.randbytes(size), bytes(torn[at : at + size]) * 2))
        examination = examine(files, bytes(torn))
        assert examination.reason
        assert (examination.outcome is Outcome.OK) == (examination.reading is not None)
        assert "reader failed" not in examination.reason
    assert read(files, work).body
