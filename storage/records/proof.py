"""What proves a look: the record of a capture, its line in the sealed list of its run, and the way from there to a signed head.

Plain values and the one form in which they are hashed; asks nothing and keeps nothing.

A line and a record are JSON with sorted keys, without blanks, in UTF-8; times are UTC with microseconds and "Z"; headers are
pairs of latin-1 text, byte for byte. Whoever has these bytes can check every hash without this program.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from storage.records.answers import Hop

Pairs = tuple[tuple[bytes, bytes], ...]


def canonical(told: Any) -> bytes:
    """The one form of a JSON value that is hashed."""
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8", "replace")


def stamp(time: datetime) -> str:
    """A time as it stands in lines and records."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(told: str) -> datetime:
    """The time that `stamp` wrote."""
    return datetime.fromisoformat(told)


@dataclass(frozen=True, slots=True)
class CaptureRecord:
    """One look kept whole: what was sent, what came, from where, how it was judged, and by which program.

    Kept of every look that began a span, or brought other bytes than the look before it; whatever its outcome.
    """

    look: str  #: "<run>.<n>"
    vantage: str
    url: str
    final_url: str
    started: datetime
    ended: datetime
    outcome: str
    reason: str
    sha256: str  #: of the body as received
    rendered: str | None = None  #: of what a browser made of it
    method: str = "GET"
    status: int | None = None
    http_version: str = ""
    phrase: str = ""  #: the words behind the status, as received
    address: str | None = None
    tls: str = "none"
    certificate: str | None = None  #: SHA-256 of the server's certificate
    robots: str = "not asked"
    error: str | None = None
    request_headers: Pairs = ()
    headers: Pairs = ()
    hops: tuple[Hop, ...] = ()
    software: str = ""
    reader: str = ""

    def packed(self) -> bytes:
        """The bytes that are kept, and whose SHA-256 stands in the look's line."""
        told = {name: getattr(self, name) for name in self.__slots__ if name != "look"}
        told |= {"started": stamp(self.started), "ended": stamp(self.ended)}
        told |= {"request_headers": _texts(self.request_headers), "headers": _texts(self.headers)}
        told["hops"] = [{"url": h.url, "status": h.status, "address": h.address, "headers": _texts(h.headers)} for h in self.hops]
        return canonical(told)

    @classmethod
    def unpacked(cls, data: bytes, look: str) -> CaptureRecord:
        """The record that `packed` packed; a name that this program does not know is left out. Raises ValueError.

        Which look it belongs to is said by the look's line, which holds its hash.
        """
        told = json.loads(data)
        try:
            known = {name: told[name] for name in cls.__slots__ if name in told}
            known |= {"started": moment(told["started"]), "ended": moment(told["ended"])}
            known |= {name: _pairs(told[name]) for name in ("request_headers", "headers")}
            known["hops"] = tuple(Hop(h["url"], h["status"], _pairs(h["headers"]), h["address"]) for h in told["hops"])
            return cls(**known | {"look": look})
        except (KeyError, TypeError, AttributeError) as wrong:
            raise ValueError(f"no record of a capture: {wrong}") from wrong


@dataclass(frozen=True, slots=True)
class LookLine:
    """One look of a run as the run's sealed list tells it; every look has one, also of a page that was not there."""

    run: int
    number: int  #: within the run, from 1
    page: int
    url: str
    time: datetime  #: when the answer had come
    outcome: str
    sha256: str  #: of the body as received
    seen: str  #: of the bytes that stand for what was seen: of a rendered page, or of an earlier look if "not modified"
    record: str | None = None  #: SHA-256 of the capture's record, where the look was kept whole
    version: int | None = None  #: number of the page's version that it showed
    new: bool = False  #: did it bring that version
    whole: bool = True  #: False: of a run older than the ledger, taken over from what was kept of it

    @property
    def look(self) -> str:
        """The name by which findings cite it."""
        return f"{self.run}.{self.number}"

    def packed(self) -> bytes:
        """The bytes that are a leaf of the run's tree."""
        told = {name: getattr(self, name) for name in self.__slots__ if name != "run"}
        return canonical(told | {"time": stamp(self.time)})

    @classmethod
    def unpacked(cls, data: bytes, run: int) -> LookLine:
        """The line that `packed` packed; raises ValueError."""
        told = json.loads(data)
        try:
            known = {name: told[name] for name in cls.__slots__ if name in told}
            return cls(**known | {"run": run, "time": moment(told["time"])})
        except (KeyError, TypeError, AttributeError) as wrong:
            raise ValueError(f"no line of a look: {wrong}") from wrong


@dataclass(frozen=True, slots=True)
class Leaf:
    """An entry of the ledger: a run, a key, or a tombstone."""

    number: int  #: from 0, without holes
    kind: str  #: run | key | tombstone
    data: bytes  #: canonical JSON: what is hashed


@dataclass(frozen=True, slots=True)
class Head:
    """The signed state of the ledger at one time: so many entries with this root."""

    size: int
    root: str  #: hex
    signed: datetime
    key: str  #: hex of the public key
    note: str  #: the signed note as it was published
    token: bytes | None = None  #: RFC 3161 time stamp of the note
    witnessed: datetime | None = None


@dataclass(frozen=True, slots=True)
class LookProof:
    """The way from one look to a signed head; hashes are hex, paths go from the leaf upward (RFC 6962, 2.1.1)."""

    line: bytes  #: the look's line, a leaf of its run's tree
    index: int
    looks: int  #: leaves of the run's tree
    path: tuple[str, ...]
    leaf: Leaf  #: the run's entry; its data holds the root of the run's tree
    head: Head | None  #: the first head that covers it; None: none was signed yet
    leaf_path: tuple[str, ...] = field(default=())


def _texts(pairs: Pairs) -> list[list[str]]:
    return [[name.decode("latin-1"), value.decode("latin-1")] for name, value in pairs]


def _pairs(texts: list[list[str]]) -> Pairs:
    return tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in texts)
