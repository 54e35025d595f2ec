"""Looks that were sealed by hand, and packs of them: what the archive does, small enough to be seen through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage import evidence, merkle, notes, wacz, warc
from storage.records import CaptureRecord, Head, Leaf, LookLine, LookProof, canonical, stamp

T0 = datetime(2025, 3, 3, 2, 0, 0, 125, tzinfo=UTC)
URL = "http://www.qinghe.test/a/0.html"
HTML = ((b"Server", b"nginx"), (b"content-type", b"text/html; charset=utf-8"), (b"X-Twice", b"1"), (b"X-Twice", b"2"))
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ORIGIN = notes.origin_of("0123456789abcdef" * 2)


def capture(number: int, body: bytes = b"", **more: Any) -> CaptureRecord:
    """A look of run 3 as it is kept whole; 200 unless said otherwise."""
    told: dict[str, Any] = {
        "status": 200,
        "phrase": "OK",
        "http_version": "HTTP/1.1",
        "headers": HTML,
        "address": "127.0.0.1",
        "robots": "allowed",
        "request_headers": ((b"Host", b"www.qinghe.test"), (b"User-Agent", b"gongkai/0"), (b"Accept-Encoding", b"identity")),
        "outcome": "ok",
        "reason": "200",
        **more,
    }
    started = T0 + timedelta(days=number)
    return CaptureRecord(
        look=f"3.{number}",
        vantage="here",
        url=told.pop("url", URL),
        final_url=told.pop("final_url", more.get("url", URL)),
        started=started,
        ended=started + timedelta(seconds=1),
        sha256=sha256(body).hexdigest(),
        software="gongkai 0.1.0",
        reader="1.0",
        **told,
    )


def failed(number: int, outcome: str, error: str, **more: Any) -> CaptureRecord:
    """A look at which nothing came."""
    nothing = {"status": None, "phrase": "", "http_version": "", "headers": (), "address": None}
    return capture(number, outcome=outcome, reason=error, error=error, **{**nothing, "request_headers": (), **more})


def line_of(record: CaptureRecord, **more: Any) -> LookLine:
    """The line of a look that was kept whole."""
    run, number = (int(part) for part in record.look.split("."))
    told = LookLine(
        run=run,
        number=number,
        page=7,
        url=record.url,
        time=record.ended,
        outcome=record.outcome,
        sha256=record.sha256,
        seen=record.rendered or record.sha256,
        record=sha256(record.packed()).hexdigest(),
    )
    return replace(told, **more)


def again_of(earlier: LookLine, number: int, outcome: str = "ok") -> LookLine:
    """The line of a later look that brought the bytes of an earlier one and was not kept whole."""
    body = sha256(b"").hexdigest() if outcome == "not_modified" else earlier.sha256
    time = T0 + timedelta(days=number)
    return replace(earlier, number=number, time=time, outcome=outcome, sha256=body, record=None)


@dataclass
class Sealed:
    """A run whose looks are sealed, an entry before and one behind it, and a signed head over all."""

    lines: Sequence[LookLine]
    records: Mapping[str, tuple[CaptureRecord, bytes | None, bytes | None]] = field(default_factory=dict)
    gone: Sequence[str] = ()  #: hashes that a tombstone names

    def __post_init__(self) -> None:
        packed = [line.packed() for line in self.lines]
        self._hashes = [merkle.leaf_hash(one) for one in packed]
        run = {"kind": "run", "format": 1, "run": 3, "looks": len(packed), "root": merkle.root(self._hashes).hex(), "whole": True}
        stone = {"kind": "tombstone", "format": 1, "gone": [{"page": 7, "sha256": one} for one in self.gone]}
        told = [{"kind": "key", "format": 1}, run, stone]
        self.leaves = [Leaf(number, str(one["kind"]), canonical(one)) for number, one in enumerate(told)]
        self._log = [merkle.leaf_hash(leaf.data) for leaf in self.leaves]
        root = merkle.root(self._log).hex()
        note = notes.signed(notes.Checkpoint(ORIGIN, 3, root, T0 + timedelta(days=30)), KEY)
        self.head = Head(3, root, T0 + timedelta(days=30), notes.public_of(KEY), note)

    def proof(self, line: LookLine) -> LookProof:
        """The way from a look to the head."""
        at = list(self.lines).index(line)
        path = tuple(step.hex() for step in merkle.inclusion(self._hashes, at))
        return LookProof(line.packed(), at, len(self.lines), path, self.leaves[1], self.head, self.way(1))

    def way(self, number: int) -> tuple[str, ...]:
        """The way from an entry to the head."""
        return tuple(step.hex() for step in merkle.inclusion(self._log, number))

    def warc_records(self, refers: Mapping[str, str]) -> list[warc.Record]:
        """All looks as WARC records; `refers` says which look brought the bytes that another one brought again."""
        made = [warc.info([("software", "gongkai 0.1.0")], T0)]
        for line in self.lines:
            earlier = self.records[refers[line.look]] if line.look in refers else None
            if line.look in self.records:
                record, body, rendered = self.records[line.look]
                made += evidence.whole(record, record.packed(), body, rendered, earlier[0] if earlier else None)
            elif earlier and (again := evidence.again(line, earlier[0], earlier[1])):
                made.append(again)
            made.append(evidence.told_by_its_line(line, line.packed()))
        return made

    def files(self, refers: Mapping[str, str] | None = None) -> dict[str, bytes]:
        """What a pack of all looks holds."""
        data, index = wacz.archive(self.warc_records(refers or {}))
        cited = [
            {"capture": line.look, "time": stamp(line.time), "url": line.url, "outcome": line.outcome, "sha256": line.seen}
            for line in self.lines
        ]
        head = f"heads/{self.head.size}"
        stone = self.leaves[2]
        return {
            wacz.ARCHIVE: data,
            wacz.INDEX: index,
            wacz.PAGES: wacz.pages([wacz.PackPage(URL, T0, "一页")]),
            "finding.json": canonical({"id": 1, "evidence": cited}),
            **{name: name.encode() for name in ("statement.txt", "statement.html", "diff.html", "README.md")},
            **{f"proofs/{line.look}.json": evidence.proof_file(self.proof(line)) for line in self.lines},
            "proofs/tombstone-2.json": canonical(evidence.entry_file(2, stone.kind, stone.data, self.head, self.way(2))),
            f"{head}.txt": self.head.note.encode(),
            f"{head}.json": canonical({"size": 3, "root": self.head.root, "key": self.head.key}),
        }


def packed(files: Mapping[str, bytes], key: Ed25519PrivateKey = KEY) -> bytes:
    """The pack of these files."""
    return wacz.pack(files, "a pack", "gongkai 0.1.0", T0 + timedelta(days=31), key.sign)
