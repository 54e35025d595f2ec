"""The process that opens files: reads PDF, DOCX and XLSX from standard input for `crawler.files`, one after the other.

A library that a hostile file breaks, fills or stops harms this process alone. It imports nothing of this project, opens no file
once it has begun, can neither write one nor open a socket, and ends when whoever asks ends. It judges nothing.

Spoken to like this: a line ``KIND SIZE`` and so many bytes; answered by a line ``SIZE`` and so many bytes of JSON, which hold
either what was found or, in "unread" or "damaged" or "bomb", why nothing was.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import resource
import select
import sys
import threading
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO

import openpyxl
import pypdfium2
import pypdfium2.raw as pdfium
from lxml import etree

Found = dict[str, Any]

LONGEST = 3000
"""Pages of a PDF, and characters times a thousand of any file, beyond which it is kept unread: nobody wrote that by hand."""
UNPACKED = 200_000_000
"""Bytes that a packed document may unpack to."""
WIDEST = 200
"""Cells of a row that are read."""


class Refusal(Exception):
    """A file that is not read: `how` is unread (it is as it should be), damaged or bomb."""

    def __init__(self, how: str, why: str) -> None:
        super().__init__(why)
        self.how, self.why = how, why


# --- the way of a file ----------------------------------------------------------------------------------------------------


def main() -> None:
    """Take the limits from the command line, lock the doors, and answer until nobody asks any more."""
    seconds, memory = (int(limit) for limit in sys.argv[1:3])
    asked, answers = sys.stdin.buffer, own_stdout()
    threading.Thread(target=end_with_parent, args=(sys.stdin.fileno(),), daemon=True).start()
    warm_up()
    lock(memory)
    while line := asked.readline():
        kind, size = line.decode().split()
        body = asked.read(int(size))
        allow(seconds)
        answer(answers, examined(kind, body))
        del body


def own_stdout() -> BinaryIO:
    """Keep standard output for answers alone: what a library prints goes nowhere."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return out


def end_with_parent(descriptor: int) -> None:
    """End at once when the other end of the pipe is closed, even amid a file; runs in a thread of its own."""
    poll = select.poll()
    poll.register(descriptor, 0)
    poll.poll()
    os._exit(0)


def lock(memory: int) -> None:
    """From here on: so much memory, and no new file, socket or process."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    lowest = max(int(name) for name in os.listdir("/dev/fd")) if os.path.isdir("/dev/fd") else 8  # noqa: PTH112, PTH208
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, lowest))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def allow(seconds: int) -> None:
    """Give the next file its share of processor time; the system kills what uses more."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + seconds + 1, hard))


def examined(kind: str, body: bytes) -> Found:
    """What is in a file, or why it is not told."""
    try:
        found = READERS[kind](body)
        return found if found is not None else {"damaged": "nothing in it"}
    except Refusal as refusal:
        return {refusal.how: refusal.why}
    except MemoryError:
        return {"damaged": "reading it takes too much memory"}
    except Exception as error:
        return {"damaged": f"{type(error).__name__}: {error}"[:200]}


def answer(out: BinaryIO, found: Found) -> None:
    """Write one answer."""
    told = json.dumps(found).encode()
    out.write(b"%d\n" % len(told) + told)
    out.flush()


def bounded(texts: Iterable[str]) -> Iterator[str]:
    """Pass texts on as long as they are no more than a file may hold."""
    left = LONGEST * 1000
    for text in texts:
        left -= len(text)
        if left < 0:
            raise Refusal("unread", f"it holds more than {LONGEST * 1000} characters, kept unread")
        yield text


def folded(text: str) -> str:
    """A text with single blanks and without characters that no text holds."""
    return " ".join(re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufeff\ufffe\uffff]", "", text).split())


# --- PDF ------------------------------------------------------------------------------------------------------------------


def read_pdf(body: bytes) -> Found:
    """The lines of each page with their places, and whether pictures lie on it."""
    try:
        document = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
            raise Refusal("unread", "it is encrypted, kept unread") from None
        raise Refusal("damaged", "it cannot be opened, so it was cut or is damaged") from None
    with contextlib.closing(document):
        if len(document) > LONGEST:
            raise Refusal("unread", f"it has {len(document)} pages, more than {LONGEST}, kept unread")
        if not len(document):
            raise Refusal("damaged", "it has no pages")
        left = [LONGEST * 1000]
        pages = [pdf_page(document, index, left) for index in range(len(document))]
        with contextlib.suppress(pypdfium2.PdfiumError, ValueError):
            title = folded(document.get_metadata_value("Title") or "")[:300]
            return {"library": f"pypdfium2 {pypdfium2.version.PYPDFIUM_INFO}", "title": title, "pages": pages}
        return {"library": f"pypdfium2 {pypdfium2.version.PYPDFIUM_INFO}", "title": "", "pages": pages}


def pdf_page(document: Any, index: int, left: list[int]) -> Found:
    """One page; one that cannot be loaded makes the whole file damaged, or its words would seem to have gone."""
    page = document[index]
    try:
        printed = page.get_textpage()
        try:
            lines = list(pdf_lines(printed))
        finally:
            printed.close()
        left[0] -= sum(len(line[0]) for line in lines)
        if left[0] < 0:
            raise Refusal("unread", f"it holds more than {LONGEST * 1000} characters, kept unread")
        pictures = not lines and any(True for _ in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE]))
        return {"width": finite(page.get_width()) or 0.0, "lines": lines, "pictures": pictures}
    finally:
        page.close()


def pdf_lines(printed: Any) -> Iterator[tuple[str, float | None, float | None]]:
    """Each line with where it begins and ends."""
    text = printed.get_text_range()
    placed = len(text) == printed.count_chars()  # else the places of characters beyond the first plane would be off
    at = 0
    for line in text.split("\n"):
        shown = folded(line)
        if shown:
            first, last = at + len(line) - len(line.lstrip()), at + len(line.rstrip()) - 1
            left = finite(printed.get_charbox(first, loose=True)[0]) if placed else None
            right = finite(printed.get_charbox(last, loose=True)[2]) if placed else None
            yield shown, left, right
        at += len(line) + 1


def finite(place: float) -> float | None:
    """A place on a page; None if the file puts it nowhere."""
    return place if abs(place) < 1e6 else None


# --- packed documents -----------------------------------------------------------------------------------------------------


def unpacked(body: bytes) -> zipfile.ZipFile:
    """The archive of a document, if what it says to hold is not too much; no member gives more than it says."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(body))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as error:
        raise Refusal("damaged", f"it cannot be unpacked: {error}") from None
    size = sum(member.file_size for member in archive.infolist())
    if size > UNPACKED:
        raise Refusal("bomb", f"it unpacks to {size} bytes, more than {UNPACKED}")
    if any(member.flag_bits & 1 for member in archive.infolist()):
        raise Refusal("unread", "it is encrypted, kept unread")
    return archive


def parsed(archive: zipfile.ZipFile, name: str) -> Any:
    """One part as a tree. No part of a document may define entities: those are there to blow up."""
    markup = archive.read(name)
    if b"<!ENTITY" in markup:
        raise Refusal("bomb", "it defines entities, which no document needs")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(markup, parser)
    except etree.XMLSyntaxError as error:
        if getattr(error, "code", None) == etree.ErrorTypes.ERR_NO_MEMORY:
            raise MemoryError from None
        raise Refusal("damaged", f"its markup is broken: {error.msg}"[:200]) from None


def core_title(archive: zipfile.ZipFile) -> str:
    """What the document's properties call it."""
    with contextlib.suppress(KeyError, etree.LxmlError):
        title = parsed(archive, "docProps/core.xml").find("{http://purl.org/dc/elements/1.1/}title")
        return folded(title.text or "")[:300] if title is not None else ""
    return ""


W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
STRICT = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
UNSEEN = frozenset({"del", "moveFrom", "instrText", "Fallback", "rPr", "pPr", "footnoteReference", "delText"})
"""What no reader sees in a text: what was taken out under tracked changes, codes of fields, the second form of a text box."""


def read_docx(body: bytes) -> Found:
    """Paragraphs and rows of the text, then the notes."""
    with unpacked(body) as archive:
        names = set(archive.namelist())
        parts = [main_part(archive, names), *(f"word/{part}.xml" for part in ("footnotes", "endnotes"))]
        found = (line for part in parts if part in names for line in docx_lines(parsed(archive, part)))
        told = list(bounded(found))
        return {"library": f"lxml {etree.__version__}", "title": core_title(archive), "paragraphs": told}


def main_part(archive: zipfile.ZipFile, names: set[str]) -> str:
    """The part that holds the text; most call it word/document.xml, and its relations say so."""
    if "word/document.xml" in names:
        return "word/document.xml"
    for relation in parsed(archive, "_rels/.rels"):
        if str(relation.get("Type")).endswith("/officeDocument"):
            return str(relation.get("Target")).lstrip("/")
    raise Refusal("damaged", "it holds no text part")


def docx_lines(element: Any) -> Iterator[str]:
    """Paragraphs and rows in order, whatever lies around them (content controls, tracked insertions, text boxes)."""
    for child in element:
        name = local(child)
        if name == "p":
            yield from docx_paragraph(child)
        elif name == "tr":
            cells = [" ".join(docx_lines(cell)) for cell in child.iter("{*}tc") if nearest(cell, "tr") is child]
            row = " | ".join(cells)
            if row.strip(" |"):
                yield row
        elif name not in UNSEEN:
            yield from docx_lines(child)


def docx_paragraph(paragraph: Any) -> Iterator[str]:
    """The lines of a paragraph, and what its text boxes hold."""
    text, boxes = [], []

    def walk(element: Any) -> None:
        for child in element:
            name = local(child)
            if name == "t":
                text.append(child.text or "")
            elif name in ("tab", "ptab"):
                text.append(" ")
            elif name in ("br", "cr"):
                text.append("\n")
            elif name in ("noBreakHyphen", "softHyphen"):
                text.append("-" if name == "noBreakHyphen" else "")
            elif name == "txbxContent":
                boxes.append(child)
            elif name not in UNSEEN and not (name == "r" and is_vanished(child)):
                walk(child)

    walk(paragraph)
    yield from filter(None, map(folded, "".join(text).split("\n")))
    for box in boxes:
        yield from docx_lines(box)


def local(element: Any) -> str:
    """The name of an element without its namespace."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def nearest(element: Any, name: str) -> Any:
    """The closest element of this name around another one."""
    return next((parent for parent in element.iterancestors() if local(parent) == name), None)


def is_vanished(run: Any) -> bool:
    """Is a run hidden from readers?"""
    mark = next((mark for space in (W, STRICT) if (mark := run.find(f"{space}rPr/{space}vanish")) is not None), None)
    return mark is not None and not any(value in ("0", "false", "off") for value in mark.attrib.values())


def read_xlsx(body: bytes) -> Found:
    """The rows of every sheet that is shown, each sheet under its name if there are several."""
    with unpacked(body) as archive:
        if any(b"<!ENTITY" in archive.read(name) for name in archive.namelist() if name.endswith((".xml", ".rels"))):
            raise Refusal("bomb", "it defines entities, which no document needs")
    book = openpyxl.load_workbook(io.BytesIO(body), read_only=True, data_only=True)
    try:
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        told = list(bounded(line for sheet in sheets for line in xlsx_lines(sheet, named=len(sheets) > 1)))
        title = folded(book.properties.title or "")[:300]
    finally:
        book.close()
    return {"library": f"openpyxl {openpyxl.__version__}", "title": title, "paragraphs": told}


def xlsx_lines(sheet: Any, *, named: bool) -> Iterator[str]:
    """The rows of a sheet as far as they hold anything."""
    if named:
        yield folded(sheet.title)
    sheet.reset_dimensions()  # a sheet may claim a million empty rows
    for row in sheet.iter_rows():
        line = " | ".join(xlsx_cell(cell) for cell in row[:WIDEST])
        if line.strip(" |"):
            yield line.rstrip(" |") if line.endswith(" | ") else line


def xlsx_cell(cell: Any) -> str:
    """A value much as it is shown: dates as dates, shares in percent, no tail of binary fractions."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return moment(value) if isinstance(value, (date, time, timedelta)) else folded(str(value))
    if "%" in (cell.number_format or ""):
        return f"{value * 100:.12g}%"
    return f"{value:.15g}"


def moment(value: date | time | timedelta) -> str:
    """A date, with its time of day if it has one."""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    return value.isoformat() if isinstance(value, (date, time)) else str(value)


READERS: dict[str, Callable[[bytes], Found]] = {"PDF": read_pdf, "DOCX": read_docx, "XLSX": read_xlsx}


def warm_up() -> None:
    """Load what is loaded at first use, since no file can be opened once the doors are locked."""
    for encoding in ("utf-8", "utf-16", "utf-16-le", "cp437", "latin-1", "gb18030", "cp1252", "ascii", "idna"):
        "a".encode(encoding)
    packed = io.BytesIO()
    book = openpyxl.Workbook()
    book.active.append(["a", 1, datetime(2020, 1, 1)])
    book.save(packed)
    for kind, sample in (("XLSX", packed.getvalue()), ("DOCX", b"PK"), ("PDF", b"%PDF-1.4")):
        examined(kind, sample)


if __name__ == "__main__":
    main()
