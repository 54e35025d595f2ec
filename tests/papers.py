"""Small real files for tests: PDF by hand, DOCX and other packed documents by zipfile, XLSX by openpyxl."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence

import openpyxl

A4 = (595, 842)
LEFT, RIGHT, SIZE = 79.0, 515.0, 16.0
WIDTH = int((RIGHT - LEFT) / SIZE)
"""Characters that a full line of these pages holds."""

Row = tuple[float, str]
"""Where a line begins and what it says."""


def printed(paragraphs: Sequence[str], indent: int = 2) -> list[Row]:
    """Paragraphs as a page of paper breaks them: the first line indented, every line but the last one full."""
    rows: list[Row] = []
    for paragraph in paragraphs:
        room, at = WIDTH - indent, LEFT + indent * SIZE
        while paragraph:
            rows.append((at, paragraph[:room]))
            paragraph, room, at = paragraph[room:], WIDTH, LEFT
    return rows


def make_pdf(pages: Iterable[Sequence[Row] | None], title: str | None = None, *, locked: bool = False, note: str = "") -> bytes:
    """A PDF whose Chinese text needs no font file; None is a page that is one picture. `note` changes bytes and no words."""
    objects: list[bytes] = [b"", b""]
    kids = []
    for rows in pages:
        number = len(objects) + 1
        kids.append(f"{number} 0 R")
        stream = _picture() if rows is None else _text(rows)
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {A4[0]} {A4[1]}]/Contents {number + 1} 0 R"
            f"/Resources<</Font<</F1 {{font}} 0 R>>/XObject<</Im {{image}} 0 R>>>>>>".encode()
        )
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream))
    font = len(objects) + 1
    objects += [
        f"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[{font + 1} 0 R]>>".encode(),
        f"<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>"
        f"/DW 1000/FontDescriptor {font + 2} 0 R>>".encode(),
        b"<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]/ItalicAngle 0/Ascent 880/Descent -120"
        b"/CapHeight 880/StemV 93>>",
        b"<</Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Length 1>>"
        b"stream\n\x80\nendstream",
        _information(title, note),
    ]
    objects[0] = b"<</Type/Catalog/Pages 2 0 R>>"
    objects[1] = f"<</Type/Pages/Count {len(kids)}/Kids[{' '.join(kids)}]>>".encode()
    filled = [one.replace(b"{font}", b"%d" % font).replace(b"{image}", b"%d" % (font + 3)) for one in objects]
    return _assembled(filled, locked=locked)


def _text(rows: Sequence[Row]) -> bytes:
    parts = ["BT /F1 16 Tf"]
    for index, (at, line) in enumerate(rows):
        parts.append(f"1 0 0 1 {at} {760 - index * 28} Tm <{line.encode('utf-16-be').hex()}> Tj")
    return " ".join([*parts, "ET"]).encode()


def _picture() -> bytes:
    return b"q 595 0 0 842 0 0 cm /Im Do Q"


def _information(title: str | None, note: str) -> bytes:
    told = f"/Title<{(chr(0xFEFF) + title).encode('utf-16-be').hex()}>" if title else ""
    return f"<<{told}/Producer({note})>>".encode()


def _assembled(objects: Sequence[bytes], *, locked: bool) -> bytes:
    out, places = bytearray(b"%PDF-1.5\n"), []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    at = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    # a key that no password opens
    lock = b"/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>/ID[<00><00>]" % (b"41" * 32, b"42" * 32) if locked else b""
    out += b"trailer<</Size %d/Root 1 0 R/Info %d 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(objects), lock, at)
    return bytes(out)


def packed(members: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def make_docx(body: str, title: str = "", doctype: str = "") -> bytes:
    """A DOCX around the markup of its body."""
    core = (
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title></cp:coreProperties>'
    )
    text = f'<?xml version="1.0" encoding="UTF-8"?>{doctype}<w:document {WORD}><w:body>{body}</w:body></w:document>'
    return packed({"[Content_Types].xml": "<Types/>", "word/document.xml": text, "docProps/core.xml": core})


def word(text: str, around: str = "") -> str:
    """One paragraph of a DOCX."""
    return f"<w:p><w:r>{around}<w:t>{text}</w:t></w:r></w:p>"


def make_xlsx(sheets: Mapping[str, Sequence[Sequence[object]]], title: str | None = None) -> bytes:
    """An XLSX with these rows."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.properties.title = title
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
