"""WACZ 1.2: a pack of files with a manifest of their hashes, and the index by which WARC records are found in it.

Pure: files in, bytes out, and back. Knows nothing of what the files say. The same files give the same bytes; the time of packing
stands once, in the manifest. A pack from elsewhere is hostile: its names, sizes and hashes are checked before anything is used.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from storage.records import moment, stamp
from storage.warc import Record, digest, payload_of

ARCHIVE = "archive/data.warc.gz"
INDEX = "indexes/index.cdx"
PAGES = "pages/pages.jsonl"
MANIFEST = "datapackage.json"
SEAL = "datapackage-digest.json"

MOST_FILES = 20_000
MOST_BYTES = 2**31
"""What the records of a pack may hold when unpacked; a finding cites some dozens of pages."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*){0,3}\Z")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class PackPage:
    """A page that a reader of the pack may want to see."""

    url: str
    time: datetime
    title: str


# --- writing ---------------------------------------------------------------------------------------------------------------


def archive(records: Iterable[Record]) -> tuple[bytes, bytes]:
    """A WARC file and its index (CDXJ)."""
    data, lines = bytearray(), []
    for record in records:
        packed = record.packed()
        lines.append(index_line(record, len(data), packed))
        data += packed
    return bytes(data), "".join(sorted(lines)).encode("utf-8")


def pages(told: Iterable[PackPage]) -> bytes:
    """The list of pages, first the line that says what the list is."""
    head = {"format": "json-pages-1.0", "id": "pages", "title": "All Pages"}
    rows = [{"id": _name_of(page), "url": page.url, "ts": stamp(page.time), "title": page.title} for page in told]
    return "".join(json.dumps(row, ensure_ascii=True) + "\n" for row in (head, *rows)).encode("ascii")


def pack(files: Mapping[str, bytes], title: str, software: str, created: datetime, sign: Callable[[bytes], bytes]) -> bytes:
    """The pack of these files; `sign` signs for whoever vouches for what no ledger proves, such as the statement."""
    manifest = {
        "profile": "wacz",
        "wacz_version": "1.2.0",
        "title": title,
        "software": software,
        "created": stamp(created),
        "resources": [
            {"name": path.rpartition("/")[2], "path": path, "hash": digest(data), "bytes": len(data)}
            for path, data in sorted(files.items())
        ],
    }
    told = json.dumps(manifest, ensure_ascii=True, indent=2).encode("ascii") + b"\n"
    seal = {"path": MANIFEST, "hash": digest(told), "signature": sign(signed_words(told)).hex()}
    return zipped({**files, MANIFEST: told, SEAL: json.dumps(seal, indent=2).encode("ascii") + b"\n"})


def signed_words(manifest: bytes) -> bytes:
    """What is signed of a pack: words that nothing else begins with, and the hash of the manifest."""
    return f"gongkai pack\n{digest(manifest)}\n".encode("ascii")


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip file without times, in which every file lies as it is: the same files are the same bytes with any library."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for path, data in sorted(files.items()):
            entry = zipfile.ZipInfo(path, _EPOCH)
            entry.create_system, entry.external_attr = 3, 0o100644 << 16
            made.writestr(entry, data)
    return out.getvalue()


def index_line(record: Record, offset: int, packed: bytes) -> str:
    """The line of a record in the index (CDXJ); empty for a record that nobody looks up by its address."""
    return _cdxj(record, offset, packed) if record.kind in ("response", "revisit", "resource") else ""


def _cdxj(record: Record, offset: int, packed: bytes) -> str:
    url = record.field("WARC-Target-URI") or ""
    told = {
        "url": url,
        "mime": "warc/revisit" if record.kind == "revisit" else _mime(record),
        "status": record.block.split(b" ", 2)[1].decode("ascii", "replace") if _is_http(record) and record.block else None,
        "digest": record.field("WARC-Payload-Digest") or (digest(record.payload) if record.payload is not None else None),
        "length": str(len(packed)),
        "offset": str(offset),
        "filename": ARCHIVE.rpartition("/")[2],
        "recordDigest": digest(packed),
    }
    shown = {name: value for name, value in told.items() if value}
    when = moment(record.date).strftime("%Y%m%d%H%M%S")
    return f"{surt(url)} {when} {json.dumps(shown, ensure_ascii=True)}\n"


def _is_http(record: Record) -> bool:
    return (record.field("Content-Type") or "").startswith("application/http")


def _mime(record: Record) -> str:
    told = record.field("Content-Type") or ""
    if _is_http(record):
        head = record.block[: len(record.block) - len(payload_of(record))].decode("latin-1").split("\r\n")[1:]
        values = [line.partition(":")[2] for line in head if line.partition(":")[0].lower() == "content-type"]
        told = values[0] if values else ""
    return re.split(r"[;\s]", told.strip(), maxsplit=1)[0]


def surt(url: str) -> str:
    """The key by which an index is sorted: host backwards, then the rest in small letters, its query in order."""
    if url.startswith("urn:"):
        return url
    at = urlsplit(url)
    host = ",".join(reversed(re.sub(r"^www\d*\.", "", (at.hostname or "").lower()).split(".")))
    try:
        port = f":{at.port}" if at.port and at.port != _PORTS.get(at.scheme) else ""
    except ValueError:
        port = ""
    path = at.path.lower()
    path = path.rstrip("/") or "/"
    query = "&".join(sorted(at.query.lower().split("&"))) if at.query else ""
    return f"{host}{port}){path}" + (f"?{query}" if query else "")


def _name_of(page: PackPage) -> str:
    return sha256(f"{page.url} {stamp(page.time)}".encode()).hexdigest()[:22]


# --- opening ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Opened:
    """What a pack holds, and what is wrong with the pack itself."""

    files: Mapping[str, bytes]
    faults: tuple[str, ...]


def opened(data: bytes) -> Opened:
    """The files of a pack that may have been made by anybody; raises nothing for what it holds."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as pack:
            entries = pack.infolist()
            if faults := _tricks(entries):
                return Opened({}, tuple(faults))
            files, faults = _read(pack, entries)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError, EOFError) as wrong:
        return Opened({}, (f"this is no pack: {wrong}",))
    if not faults and zipped(files) != data:
        faults = ["the zip file holds bytes that belong to none of its files, or names them otherwise than gongkai does"]
    return Opened(files, (*faults, *_against_manifest(files, faults)))


def _tricks(entries: Sequence[zipfile.ZipInfo]) -> list[str]:
    """What no pack of ours has: names that leave the folder, the same name twice, links, secrets, more than anybody needs."""
    if len(entries) > MOST_FILES:
        return [f"{len(entries)} files, {MOST_FILES} are allowed"]
    names = Counter(entry.filename for entry in entries)
    faults = [f"the name {name!a} is not one that a pack may hold" for name in names if not _SAFE.match(name)]
    faults += [f"{name!a} is there more than once" for name, count in names.items() if count > 1]
    faults += [f"{entry.filename!a} is no plain file that lies as it is" for entry in entries if not _is_plain(entry)]
    return faults[:20]


def _is_plain(entry: zipfile.ZipInfo) -> bool:
    kind = entry.external_attr >> 28
    packed = entry.compress_type != zipfile.ZIP_STORED or entry.file_size != entry.compress_size  # so no bomb is opened
    return kind in (0, 8) and not entry.flag_bits & 1 and not packed


def _read(pack: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo]) -> tuple[dict[str, bytes], list[str]]:
    files, faults = {}, []
    for entry in entries:
        try:
            with pack.open(entry) as part:
                told = part.read(entry.file_size + 1)
            if len(told) != entry.file_size:
                raise ValueError("another length than it says")
            files[entry.filename] = told
        except (zipfile.BadZipFile, OSError, ValueError, EOFError) as wrong:
            faults.append(f"{entry.filename} is damaged: {wrong}")
    return files, faults


def _against_manifest(files: Mapping[str, bytes], faults: Sequence[str]) -> list[str]:
    """Whether the manifest names every file, and nothing else, with its hash and size."""
    try:
        manifest, seal = json.loads(files[MANIFEST]), json.loads(files[SEAL])
        named = {one["path"]: (one["hash"], one["bytes"]) for one in manifest["resources"]}
        told = (seal["path"], seal["hash"])
    except (KeyError, TypeError, ValueError, RecursionError) as wrong:
        return [] if faults else [f"the manifest cannot be read: {type(wrong).__name__}: {wrong}"]
    found = [] if told == (MANIFEST, digest(files[MANIFEST])) else [f"{SEAL}: {MANIFEST} has another hash"]
    there = {path for path in files if path not in (MANIFEST, SEAL)}
    found += [f"{path} is in the pack, but its manifest does not name it" for path in sorted(there - set(named))]
    found += [f"{path} is named in the manifest, but not in the pack" for path in sorted(set(named) - set(files)) if not faults]
    for path in sorted(there & set(named)):
        if named[path] != (digest(files[path]), len(files[path])):
            found.append(f"{path} has another hash or size than the manifest says")
    return found


def created(files: Mapping[str, bytes]) -> Any:
    """When the pack was made, as its manifest says."""
    return json.loads(files[MANIFEST]).get("created")
