"""WARC 1.1 (ISO 28500:2017): one record after another, each gzipped by itself, written and read.

Pure: values in, bytes out, and back. Knows nothing of looks (see `evidence`). What is read was written by anybody, and is held
against its own lengths and digests before it is given out.
"""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from urllib.parse import quote, urldefrag

from storage.records import stamp

Fields = tuple[tuple[str, str], ...]

_PIECE = 65_536
_READABLE = "".join(chr(code) for code in range(0x21, 0x7F))


@dataclass(frozen=True, slots=True)
class Record:
    """One record; `fields` without the version line and without what follows from the block."""

    kind: str  #: warcinfo | response | request | revisit | resource | metadata
    id: str
    date: str
    block: bytes
    fields: Fields = ()
    payload: bytes | None = None  #: what the payload digest is of, if not the block

    def field(self, name: str) -> str | None:
        """The value of a field, whatever the case of its name."""
        return next((value for key, value in self.fields if key.lower() == name.lower()), None)

    def told(self) -> bytes:
        """The record as it stands in a file before it is gzipped."""
        own = [("WARC-Type", self.kind), ("WARC-Record-ID", f"<{self.id}>"), ("WARC-Date", self.date), *self.fields]
        if self.payload is not None:
            own.append(("WARC-Payload-Digest", digest(self.payload)))
        own += [("WARC-Block-Digest", digest(self.block)), ("Content-Length", str(len(self.block)))]
        head = "".join(f"{name}: {_one_line(value)}\r\n" for name, value in own)
        return b"WARC/1.1\r\n" + head.encode("utf-8", "replace") + b"\r\n" + self.block + b"\r\n\r\n"

    def packed(self) -> bytes:
        """The record as a gzip member of its own, without a time in it."""
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        return packer.compress(self.told()) + packer.flush()


def digest(data: bytes) -> str:
    """A digest as WARC fields name it; hex, since base32 of SHA-256 ends in signs that no token may hold."""
    return f"sha256:{sha256(data).hexdigest()}"


def info(told: Iterable[tuple[str, str]], date: datetime) -> Record:
    """What the file as a whole is."""
    block = fields_of(told)
    name, kind = named("warcinfo", sha256(block).hexdigest()), content_type("application/warc-fields")
    return Record("warcinfo", name, stamp(date), block, (kind,))


def target_uri(url: str) -> str:
    """An address as it went over the wire: without its fragment, and with nothing that no URI may hold."""
    return quote(urldefrag(url).url, safe=_READABLE, errors="replace")


def content_type(name: str) -> tuple[str, str]:
    """The field that says what a block is."""
    return ("Content-Type", name)


def fields_of(told: Iterable[tuple[str, str]]) -> bytes:
    """A block of named fields (application/warc-fields)."""
    return "".join(f"{name}: {_one_line(value)}\r\n" for name, value in told).encode("utf-8", "replace")


def named(*parts: str) -> str:
    """The name of a record: the same for the same words, so that a file made twice is the same."""
    return uuid.uuid5(uuid.NAMESPACE_URL, "urn:gongkai:" + " ".join(parts)).urn


def _one_line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split(" ")).strip()


# --- reading them again ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """A record in a file: where it lies gzipped, and as it stands unpacked."""

    start: int
    end: int
    told: bytes
    record: Record


def read(data: bytes, most: int) -> Iterator[Found]:
    """The records of a file; raises ValueError at what this module would not have written.

    Gives nothing on trust: lengths and digests are held against the blocks. `most` bytes are unpacked at most.
    """
    at, left = 0, most
    while at < len(data):
        told, end = _unpacked(data, at, left)
        left -= len(told)
        yield Found(at, end, told, _record(told, at))
        at = end


def _unpacked(data: bytes, at: int, most: int) -> tuple[bytes, int]:
    """The gzip member that begins here, and where it ends; taken in pieces, so that what follows is not copied each time."""
    unpacker, told, end = zlib.decompressobj(31), bytearray(), at
    while not unpacker.eof:
        if end >= len(data):
            raise ValueError(f"the record at byte {at} is cut")
        try:
            told += unpacker.decompress(data[end : end + _PIECE], most + 1 - len(told))
        except zlib.error as wrong:
            raise ValueError(f"broken gzip at byte {at}: {wrong}") from wrong
        if len(told) > most:
            raise ValueError("more bytes when unpacked than are allowed")
        end += _PIECE
    return bytes(told), min(end, len(data)) - len(unpacker.unused_data)


def _record(told: bytes, at: int) -> Record:
    head, _, rest = told.partition(b"\r\n\r\n")
    version, *lines = head.decode("utf-8", "strict").split("\r\n")
    fields = [(name, value) for name, _, value in (line.partition(": ") for line in lines)]
    known = dict(fields)
    length = known.get("Content-Length", "")
    if version != "WARC/1.1" or not length.isdecimal() or len(rest) != int(length) + 4 or rest[-4:] != b"\r\n\r\n":
        raise ValueError(f"no WARC 1.1 record of its own length at byte {at}")
    block = rest[:-4]
    record = Record(
        known.get("WARC-Type", ""), known.get("WARC-Record-ID", "")[1:-1], known.get("WARC-Date", ""), block, tuple(fields)
    )
    _hold_digests(record, at)
    return record


def _hold_digests(record: Record, at: int) -> None:
    if record.field("WARC-Block-Digest") != digest(record.block):
        raise ValueError(f"the block of the {record.kind} record at byte {at} has another digest")
    told = record.field("WARC-Payload-Digest")
    if told and record.kind != "revisit" and told != digest(payload_of(record)):
        raise ValueError(f"the payload of the {record.kind} record at byte {at} has another digest")


def payload_of(record: Record) -> bytes:
    """What an HTTP message carries; of every other record its block."""
    http = (record.field("Content-Type") or "").startswith("application/http")
    return record.block.partition(b"\r\n\r\n")[2] if http else record.block
