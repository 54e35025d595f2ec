"""What is told of a file before and after a library opened it: its kind, its name, its paragraphs. No process is started here."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from papers import make_docx, make_pdf, make_xlsx, packed, word

from crawler.reading.file import FileText, examine_file
from crawler.reading.kinds import kind_of, name_of_file
from crawler.reading.paper import PaperLine, PaperPage, paragraphs
from storage.records import Outcome

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
OFFICE = {"[Content_Types].xml": "<Types/>"}


def ole(stream: str) -> bytes:
    return OLE + stream.encode("utf-16-le")


@pytest.mark.parametrize(
    ("body", "name", "kind"),
    [
        (make_pdf([[]]), "", "PDF"),
        (b"\xef\xbb\xbf\r\n%PDF-1.4", "a.doc", "PDF"),
        (make_docx(word("字")), "a.doc", "DOCX"),
        (packed(OFFICE | {"word/document2.xml": "<a/>"}), "", "DOCX"),
        (make_xlsx({"表": [[1]]}), "a.et", "XLSX"),
        (packed(OFFICE | {"xl/workbook.bin": "x"}), "", "XLSB"),
        (packed(OFFICE | {"ppt/presentation.xml": "<a/>"}), "", "PPTX"),
        (packed({"OFD.xml": "<a/>", "Doc_0/Document.xml": "<a/>"}), "a.pdf", "OFD"),
        (packed({"mimetype": "x", "content.xml": "<a/>", "META-INF/manifest.xml": "<a/>"}), "", "ODF"),
        (packed({"年报.docx": make_docx(word("字"))}, 0), "", "ZIP"),
        (packed({}), "", "ZIP"),
        (ole("WordDocument"), "a.doc", "DOC"),
        (ole("WordDocument"), "a.WPS", "WPS"),
        (ole("Workbook"), "a.et", "ET"),
        (ole("Workbook"), "a.xls", "XLS"),
        (ole("PowerPoint Document"), "a.dps", "DPS"),
        (ole("EncryptedPackage"), "a.docx", "ENCRYPTED"),
        (OLE, "", "OLE"),
        (b"Rar!\x1a\x07\x01\x00", "a.docx", "RAR"),
        (b"7z\xbc\xaf\x27\x1c\x00", "", "7Z"),
        (b"\xff\xd8\xff\xe0", "", "JPEG"),
        (b"{\\rtf1", "a.doc", "RTF"),
        (b"what is this", "a.pdf", None),
        (b"", "", None),
    ],
)
def test_a_kind_is_told_by_the_bytes(body: bytes, name: str, kind: str | None) -> None:
    assert kind_of(body, name) == kind


def test_a_zip_that_lies_about_its_directory_holds_nothing() -> None:
    body = packed({"OFD.xml": "<a/>"})
    end = body.rfind(b"PK\x05\x06")
    for lie in (b"\xff" * 8, bytes(8), b"\x10\0\0\0\xff\xff\xff\x7f"):
        assert kind_of(body[: end + 12] + lie + body[end + 20 :]) in ("ZIP", "OFD")
    assert kind_of(body[:end]) == "ZIP"


@pytest.mark.parametrize(
    ("body", "outcome", "reason"),
    [
        (packed({"OFD.xml": "<a/>"}), Outcome.OK, "an OFD file, kept unread"),
        (ole("WordDocument"), Outcome.OK, "a DOC file, kept unread"),
        (ole("EncryptedPackage"), Outcome.OK, "an encrypted Office file, kept unread"),
        (b"\xff\xd8\xff\xe0", Outcome.OK, "a JPEG image, kept unread"),
        (b"what is this", Outcome.OK, "a file of unknown kind, kept unread"),
        (packed({"OFD.xml": "<a/>"})[:-30], Outcome.UNREADABLE, "a ZIP file without its end: it was cut or is damaged"),
    ],
    ids=["ofd", "doc", "encrypted", "jpeg", "unknown", "cut"],
)
def test_what_is_not_read_is_named(body: bytes, outcome: Outcome, reason: str) -> None:
    examination = examine_file(body, "http://x.gov.cn/a", None, None, "0")
    assert (examination.outcome, examination.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("url", "disposition", "name"),
    [
        ("http://x.gov.cn/a/" + quote("年报") + ".pdf", None, "年报.pdf"),
        ("http://x.gov.cn/a/" + quote("年报".encode("gbk")) + ".pdf", 'attachment; filename="b.pdf"', "年报.pdf"),
        ("http://x.gov.cn/down.jsp?id=3", "attachment; filename=" + quote("年报.pdf"), "年报.pdf"),
        (
            "http://x.gov.cn/down.jsp?id=3",
            'attachment; filename="' + "年报.pdf".encode("gbk").decode("latin-1") + '"',
            "年报.pdf",
        ),
        ("http://x.gov.cn/down?id=3", "attachment;filename=a.pdf;filename*=UTF-8''" + quote("年报全文.pdf"), "年报全文.pdf"),
        (
            "http://x.gov.cn/down.jsp?id=3",
            'attachment; filename="C:\\{}"'.format("年报.pdf".encode().decode("latin-1")),
            "年报.pdf",
        ),
        ("http://x.gov.cn/down.jsp?id=3", "inline", "down.jsp"),
        ("http://[x", None, "http://[x"),
    ],
)
def test_a_file_is_called_by_its_address_or_by_its_server(url: str, disposition: str | None, name: str) -> None:
    assert name_of_file(url, disposition) == name


class Says:
    """Finds in every file the same."""

    def __init__(self, text: FileText) -> None:
        self.text = text

    def text_of(self, kind: str, body: bytes) -> FileText:
        return self.text


@pytest.mark.parametrize(
    ("title", "called"),
    [
        ("清河县2025年政府信息公开工作年度报告", "清河县2025年政府信息公开工作年度报告"),
        ("Annual report of Qinghe County", "Annual report of Qinghe County"),
        ("Microsoft Word - 年报.doc", "fj.docx"),
        ("关于印发要点的通知.wps", "fj.docx"),
        ("untitled", "fj.docx"),
        ("无标题文档", "fj.docx"),
        ("PowerPoint 演示文稿", "fj.docx"),
        ("2025-01-20", "fj.docx"),
        ("����", "fj.docx"),
        ("", "fj.docx"),
    ],
)
def test_a_title_that_a_program_made_up_is_none(title: str, called: str) -> None:
    files = Says(FileText("a library", title, paragraphs=("一、总体情况",)))
    reading = examine_file(make_docx(""), "http://x.gov.cn/fj.docx", None, files, "0").reading
    assert reading is not None
    assert reading.title == called


# --- lines of paper to paragraphs -----------------------------------------------------------------------------------------


def bare(*pages: str) -> list[PaperPage]:
    """Pages of which only the text is known, as of a PDF that tells no places."""
    return [PaperPage(tuple(PaperLine(line) for line in page.split("\n"))) for page in pages]


def test_without_places_a_sentence_end_or_a_heading_ends_a_paragraph() -> None:
    lines = (
        "一、总体情况",
        "根据有关规定，现将本机关政府信息公开工作情况",
        "公布如下。",
        "全年共受理申请一百二十三件，予以公开的",
        "（一）一百件",
    )
    assert paragraphs(bare("\n".join(lines))) == [
        "一、总体情况",
        "根据有关规定，现将本机关政府信息公开工作情况公布如下。",
        "全年共受理申请一百二十三件，予以公开的",
        "（一）一百件",
    ]


@pytest.mark.parametrize("mark", ["- {} -", "— {} —", "第{}页", "第 {} 页 共 3 页", "{}", "{}/3", "·{}·"])
def test_page_numbers_are_dropped(mark: str) -> None:
    pages = [
        f"{text}项工作已经全部完成并已公布。\n{text}项工作还有后续安排。\n{mark.format(n)}" for n, text in enumerate("甲乙丙", 5)
    ]
    assert not any(mark.format(n) in paragraphs(bare(*pages)) for n in (5, 6, 7))
    assert len(paragraphs(bare(*pages))) == 6


def test_figures_at_the_foot_of_pages_are_no_page_numbers() -> None:
    pages = [f"{text}项合计\n本年\n{figure}" for text, figure in zip("甲乙丙", (120, 35, 7), strict=True)]
    assert [line for line in paragraphs(bare(*pages)) if line.isdigit()] == ["120", "35", "7"]
    assert paragraphs(bare("合计\n本年\n29")) == ["合计", "本年", "29"]


def test_latin_words_keep_their_blank() -> None:
    assert paragraphs(bare("the report of the county government for\nthe year")) == [
        "the report of the county government for the year"
    ]
