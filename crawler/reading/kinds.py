"""What kind of file some bytes are, told by the bytes themselves, and what it is called. Trusts no server's word."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes, urlsplit

READ = frozenset({"PDF", "DOCX", "XLSX"})
"""Kinds of which the text is read; all others are kept as bytes."""

_BEGINS = (
    (b"Rar!\x1a\x07", "RAR"),
    (b"7z\xbc\xaf\x27\x1c", "7Z"),
    (b"\x1f\x8b", "GZIP"),
    (b"{\\rtf", "RTF"),
    (b"\x89PNG", "PNG"),
    (b"GIF8", "GIF"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"BM", "BMP"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STREAMS = (
    ("EncryptedPackage", "ENCRYPTED"),
    ("WordDocument", "DOC"),
    ("Workbook", "XLS"),
    ("PowerPoint Document", "PPT"),
    ("Book", "XLS"),
)
"""Names of what lies inside an old Office file, in UTF-16; the first one found says what it is."""
_KINGSOFT = {("wps", "DOC"): "WPS", ("et", "XLS"): "ET", ("dps", "PPT"): "DPS"}
_FOLDERS = (("word/", "DOCX"), ("xl/", "XLSX"), ("ppt/", "PPTX"))
_SEARCHED = 2_000_000
_MEMBERS = 2000
_TAIL = 70_000
_ENDS = 4096
_DISPOSITION = re.compile(r"""filename\*?\s*=\s*(?:[\w-]+'[\w-]*')?\s*(?:"([^"]{1,500})"|([^;]{1,500}))""", re.IGNORECASE)
_EXTENSION = re.compile(r"\.([a-z][a-z0-9]{1,4})$", re.IGNORECASE)


def kind_of(body: bytes, name: str = "") -> str | None:
    """The kind of a file (PDF, DOCX, OFD, DOC ...), None if its bytes do not say. Only what WPS writes is told by its name."""
    head = body[:1024].lstrip()
    if b"%PDF-" in head:
        return "PDF"
    if head.startswith(b"PK\x03\x04") or body.startswith(b"PK\x05\x06"):
        return _packed(body)
    if head.startswith(_OLE):
        kind = next((kind for stream, kind in _STREAMS if stream.encode("utf-16-le") in body[:_SEARCHED]), "OLE")
        return _KINGSOFT.get((extension(name), kind), kind)
    if head[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "WEBP"
    return next((kind for begin, kind in _BEGINS if head.startswith(begin)), None)


def extension(name: str) -> str:
    """The ending of a file's name in lower case, without the dot; '' if it has none."""
    match = _EXTENSION.search(name)
    return match[1].lower() if match else ""


def is_whole(kind: str, body: bytes) -> bool:
    """Does a file end as its kind ends? A PDF that was cut is otherwise read as a shorter one, as if text had been taken out."""
    if kind == "PDF":
        return b"%%EOF" in body[-_ENDS:]
    return kind not in (*READ, "ZIP") or b"PK\x05\x06" in body[-_TAIL:]


def called(kind: str | None) -> str:
    """What to call a kind in a sentence."""
    if kind is None:
        return "a file of unknown kind"
    if kind in ("PNG", "GIF", "JPEG", "TIFF", "BMP", "WEBP"):
        return f"a {kind} image"
    if kind == "ENCRYPTED":
        return "an encrypted Office file"
    # by the sound of the letter's name: an XLSX, an OFD, an RTF; a PDF, a DOCX
    return f"{'an' if kind[0] in 'AEFHILMNORSX' else 'a'} {kind} file"


def name_of_file(url: str, disposition: str | None = None) -> str:
    """What a file is called: the end of its address if that is a file's name, else what the server calls it.

    Both are read as UTF-8 or, failing that, as GBK.
    """
    try:
        path = urlsplit(url).path
    except ValueError:
        path = ""
    own = _readable(unquote_to_bytes(path.rstrip("/").rpartition("/")[2]))
    if extension(own) not in ("", "do", "jsp", "jspx", "asp", "aspx", "ashx", "php", "action", "html", "htm"):
        return own
    found = max(_DISPOSITION.findall(disposition or ""), key=lambda pair: len(pair[0] or pair[1]), default=("", ""))
    told = _readable(unquote_to_bytes((found[0] or found[1]).strip().encode("latin-1", "replace")))
    return told.replace("\\", "/").rpartition("/")[2] or own or url


def _readable(raw: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding).strip()
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace").strip()


def _packed(body: bytes) -> str:
    """What a zip archive holds: a document of some kind, or just files."""
    names = list(_members(body))
    if "OFD.xml" in names:
        return "OFD"
    if "[Content_Types].xml" in names:
        if any(name.endswith("workbook.bin") for name in names):
            return "XLSB"
        return next((kind for folder, kind in _FOLDERS if any(name.startswith(folder) for name in names)), "ZIP")
    return "ODF" if "META-INF/manifest.xml" in names and "content.xml" in names else "ZIP"


def _members(body: bytes) -> Iterator[str]:
    """The names in a zip's own directory, the first ones only; none if there is no directory.

    Read by hand, since the library would build an object for each of the millions of names that a hostile file may list.
    """
    end = body.rfind(b"PK\x05\x06", max(0, len(body) - _TAIL))
    if end < 0 or len(body) < end + 22:
        return
    size, at = struct.unpack_from("<II", body, end + 12)
    at = end - size if body[at : at + 4] != b"PK\x01\x02" else at
    for _ in range(_MEMBERS):
        if at < 0 or body[at : at + 4] != b"PK\x01\x02" or len(body) < at + 46:
            return
        name, extra, comment = struct.unpack_from("<HHH", body, at + 28)
        yield body[at + 46 : at + 46 + name].decode("utf-8", "replace").replace("\\", "/")
        at += 46 + name + extra + comment
