"""The looks of the archive as WARC records (what was sent, what came, how it was judged), and their proofs as files.

Pure: values and bytes in, records out. Writes down what was kept and nothing else: where no answer came there is no response, and
what was not kept (the body of a redirect, what was posted) is said to be missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from storage.records import CaptureRecord, Head, Hop, LookLine, LookProof, canonical, error_class, stamp
from storage.warc import Record, content_type, fields_of, named, target_uri

UNSENT = frozenset({"dns", "connect", "tls", "refused_address", "refused_robots", "refused_budget"})
"""Classes of errors at which no request was sent, or not for certain."""

TRUNCATED = {"cut": "disconnect", "timeout": "time", "too_large": "length"}
SAME_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
GONE = "the bytes were taken out of the archive; the tombstone under proofs/ says why"
NO_HEADERS_KEPT = "this look is known by its line alone: status and headers of the answer were not kept"

_MOVED = b"X-Archive-Orig-"
_HTTP = "application/http; msgtype="


def whole(
    record: CaptureRecord,
    packed: bytes,
    body: bytes | None,
    rendered: bytes | None = None,
    earlier: CaptureRecord | None = None,
) -> Iterator[Record]:
    """A look kept whole: its redirects, answer and request, what a browser made of it, and how it was judged.

    `packed` is the record as the archive keeps it. `body` is None if the bytes are gone by a tombstone. `earlier` is the look
    that brought the page which this one says was not modified.
    """
    yield from (_redirect(record, hop, at) for at, hop in enumerate(record.hops))
    if record.status is not None:
        yield _response(record, body) if earlier is None else _unmodified(record, earlier)
    if was_sent(record):
        yield _request(record)
    if rendered is not None:
        yield _rendered(record, rendered)
    yield _judged(record)
    name = (content_type("application/json"), ("WARC-Target-URI", f"urn:gongkai:record:{record.look}"), *_beside(record))
    yield Record("metadata", record_id(record.look, "record"), stamp(record.started), packed, name)


def told_by_its_line(line: LookLine, packed: bytes) -> Record:
    """A look's own line, as it was sealed."""
    name = (("WARC-Target-URI", f"urn:gongkai:line:{line.look}"), ("X-Gongkai-Look", line.look))
    return Record("metadata", record_id(line.look, "line"), stamp(line.time), packed, (content_type("application/json"), *name))


def again(line: LookLine, earlier: CaptureRecord, body: bytes | None) -> Record | None:
    """A later look that brought the bytes of an earlier one once more; None if there were no bytes to bring."""
    unmodified = line.outcome == "not_modified"
    if earlier.status is None or not (unmodified or (body and line.sha256 == earlier.sha256)):
        return None
    fields = [
        ("WARC-Target-URI", target_uri(earlier.final_url)),
        *_refers_to(earlier, NOT_MODIFIED if unmodified else SAME_PAYLOAD),
        ("X-Gongkai-Look", line.look),
        ("X-Gongkai-Note", NO_HEADERS_KEPT),
    ]
    return Record("revisit", record_id(line.look, "response"), stamp(line.time), b"", tuple(fields))


def record_id(look: str, what: str) -> str:
    """The name of a record: always the same for the same look, so that a pack made twice is the same."""
    return named("look", look, what)


def was_sent(record: CaptureRecord) -> bool:
    """Did a request leave for the address that the answer stands for."""
    return bool(record.request_headers) and (record.status is not None or error_class(record.error) not in UNSENT)


def proof_file(proof: LookProof) -> bytes:
    """The way from a look to a signed head, as `gongkai verify` and a patient person read it."""
    told = {
        "line": proof.line.decode("utf-8"),
        "index": proof.index,
        "looks": proof.looks,
        "path": list(proof.path),
        **entry_file(proof.leaf.number, proof.leaf.kind, proof.leaf.data, proof.head, proof.leaf_path),
    }
    return canonical(told) + b"\n"


def entry_file(number: int, kind: str, data: bytes, head: Head | None, way: Sequence[str]) -> dict[str, Any]:
    """The way from an entry of the ledger to a signed head."""
    return {
        "leaf": {"number": number, "kind": kind, "data": data.decode("utf-8")},
        "leaf_path": list(way),
        "head": {"size": head.size, "key": head.key} if head is not None else None,
    }


def _response(record: CaptureRecord, body: bytes | None) -> Record:
    head = _head(f"{record.http_version or 'HTTP/1.1'} {record.status} {record.phrase}", record.headers, chunks_joined=True)
    fields = [("WARC-Target-URI", target_uri(record.final_url)), content_type(_HTTP + "response"), *_where(record.address)]
    if body is None:
        fields += [("WARC-Truncated", "unspecified"), ("X-Gongkai-Note", GONE)]
    elif cut := TRUNCATED.get(error_class(record.error)):
        fields.append(("WARC-Truncated", cut))
    return _of(record, "response", head + (body or b""), [*fields, *_look(record)], payload=body)


def _unmodified(record: CaptureRecord, earlier: CaptureRecord) -> Record:
    head = _head(f"{record.http_version or 'HTTP/1.1'} {record.status} {record.phrase}", record.headers, chunks_joined=True)
    fields = [("WARC-Target-URI", target_uri(record.final_url)), *_where(record.address), *_refers_to(earlier, NOT_MODIFIED)]
    return _of(record, "response", head, [*fields, *_look(record)], kind="revisit")


def _refers_to(earlier: CaptureRecord, profile: str) -> list[tuple[str, str]]:
    return [
        ("WARC-Profile", profile),
        ("WARC-Refers-To", f"<{record_id(earlier.look, 'response')}>"),
        ("WARC-Refers-To-Target-URI", target_uri(earlier.final_url)),
        ("WARC-Refers-To-Date", stamp(earlier.started)),
        ("WARC-Payload-Digest", f"sha256:{earlier.sha256}"),
        content_type(_HTTP + "response"),
    ]


def _request(record: CaptureRecord) -> Record:
    at = urlsplit(target_uri(record.final_url))
    path = (at.path or "/") + (f"?{at.query}" if at.query else "")
    head = _head(f"{record.method} {path} HTTP/1.1", record.request_headers)
    fields = [("WARC-Target-URI", target_uri(record.final_url)), content_type(_HTTP + "request"), *_where(record.address)]
    if record.method == "POST":
        fields += [("WARC-Truncated", "unspecified"), ("X-Gongkai-Note", "what was posted is not kept")]
    return _of(record, "request", head, [*fields, *_beside(record)])


def _redirect(record: CaptureRecord, hop: Hop, at: int) -> Record:
    note = "a redirect on the way; its HTTP version, the words of its status line and its body were not kept"
    fields = [("WARC-Target-URI", target_uri(hop.url)), content_type(_HTTP + "response"), *_where(hop.address)]
    fields += [("WARC-Truncated", "unspecified"), ("X-Gongkai-Note", note)]
    head = _head(f"HTTP/1.1 {hop.status} ", hop.headers, chunks_joined=True)
    return _of(record, f"redirect {at}", head, [*fields, *_look(record)], kind="response")


def _rendered(record: CaptureRecord, rendered: bytes) -> Record:
    note = "derived: what a browser made of the response; received from nobody"
    fields = [("WARC-Target-URI", f"urn:gongkai:rendered:{record.look}"), content_type("text/html; charset=utf-8")]
    return _of(record, "resource", rendered, [*fields, ("X-Gongkai-Note", note), *_beside(record)], payload=rendered)


def _judged(record: CaptureRecord) -> Record:
    """How the look went and was judged, for whoever reads WARC files and nothing of ours."""
    told = {
        "look": record.look,
        "page": record.url,
        "outcome": record.outcome,
        "reason": record.reason,
        "error": record.error or "none",
        "answer": "came" if record.status is not None else "none came",
        "request": "sent" if was_sent(record) else "not sent, or not known to be",
        "redirects": str(len(record.hops)),
        "robots": record.robots,
        "tls": record.tls,
        "certificate-sha256": record.certificate or "none",
        "vantage": record.vantage,
        "started": stamp(record.started),
        "ended": stamp(record.ended),
        "software": record.software,
        "reader": record.reader,
        "body-sha256": record.sha256,
    }
    fields = [("WARC-Target-URI", target_uri(record.url)), content_type("application/warc-fields"), *_beside(record)]
    return _of(record, "metadata", fields_of(told.items()), fields)


def _of(
    record: CaptureRecord,
    what: str,
    block: bytes,
    fields: Sequence[tuple[str, str]],
    *,
    kind: str | None = None,
    payload: bytes | None = None,
) -> Record:
    return Record(kind or what, record_id(record.look, what), stamp(record.started), block, tuple(fields), payload)


def _head(first: str, headers: Iterable[tuple[bytes, bytes]], *, chunks_joined: bool = False) -> bytes:
    """A head as received; the chunks of a body were joined, so the field that speaks of them must not stand as it did."""
    lines = [first.encode("latin-1", "replace")]
    for name, value in headers:
        moved = _MOVED if chunks_joined and name.lower() == b"transfer-encoding" else b""
        lines.append(moved + name + b": " + value)
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _look(record: CaptureRecord) -> list[tuple[str, str]]:
    return [("X-Gongkai-Look", record.look)]


def _beside(record: CaptureRecord) -> list[tuple[str, str]]:
    """Beside the answer, or where none came beside the record of how the look was judged."""
    what = "response" if record.status is not None else "metadata"
    return [("WARC-Concurrent-To", f"<{record_id(record.look, what)}>"), *_look(record)]


def _where(address: str | None) -> list[tuple[str, str]]:
    return [("WARC-IP-Address", address)] if address else []
