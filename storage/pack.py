"""Checks an evidence pack on a machine without the archive: every look from its bytes to a signed head. Writes nothing.

Pure. Trusts nothing that the pack says of itself but the key that signed its heads, which a person compares with what was
published (the footer of every mail). Needs SHA-256, Ed25519 and JSON, and for time stamps RFC 3161.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from storage import evidence, merkle, notes, stamps, wacz, warc
from storage.records import CaptureRecord, LookLine, moment

FINDING = "finding.json"
PARTS = (FINDING, "statement.txt", "statement.html", "diff.html", "README.md", wacz.ARCHIVE, wacz.INDEX, wacz.PAGES)
"""What every pack holds."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of checking a pack."""

    faults: tuple[str, ...]  #: what is wrong, each in one line
    told: tuple[str, ...]  #: what a person has to know, or to compare
    looks: int  #: how many looks were proven


@dataclass(slots=True)
class _Pack:
    files: Mapping[str, bytes]
    roots: Sequence[x509.Certificate]
    key: str | None
    faults: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    lines: dict[str, tuple[LookLine, bytes]] = field(default_factory=dict)  #: proven, by look
    gone: set[str] = field(default_factory=set)  #: hashes and looks that a proven tombstone names
    keys: set[str] = field(default_factory=set)  #: that signed heads
    covering: set[str] = field(default_factory=set)  #: those of them whose heads cover a look
    heads: dict[tuple[int, str], str] = field(default_factory=dict)  #: size and key -> root, as signed
    found: dict[str, warc.Found] = field(default_factory=dict)  #: WARC records by their names
    records: dict[str, CaptureRecord] = field(default_factory=dict)  #: those that their lines name, by look


def check(data: bytes, roots: Sequence[x509.Certificate] = (), key: str | None = None) -> Checked:
    """Check a pack; `roots` are the certificates by which time stamps are trusted, `key` the one that has to have signed."""
    opened = wacz.opened(data)
    pack = _Pack(opened.files, roots, key)
    pack.faults += opened.faults
    if pack.files:
        named = " ".join(pack.faults)
        pack.faults += [f"{part} is missing" for part in PARTS if part not in pack.files and part not in named]
        steps = {_heads: "heads/", _proofs: "proofs/", _signature: wacz.SEAL, _archive: wacz.ARCHIVE, _bodies: wacz.ARCHIVE}
        for step, part in {**steps, _index: wacz.INDEX, _finding: FINDING}.items():
            try:
                pack.faults += step(pack)
            except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OverflowError) as wrong:
                pack.faults.append(f"{part} cannot be read: {type(wrong).__name__}: {_short(wrong)}")
    return Checked(tuple(dict.fromkeys(pack.faults)), tuple(pack.told), len(pack.lines))


# --- from a look's line to a signed head -----------------------------------------------------------------------------------


def _heads(pack: _Pack) -> Iterator[str]:
    """The notes are signed by the key they name, and time stamps are of the notes."""
    for path in sorted(path for path in pack.files if path.startswith("heads/") and path.endswith(".json")):
        told = json.loads(pack.files[path])
        size, key = told["size"], told["key"]
        note = pack.files.get(path.removesuffix(".json") + ".txt", b"")
        try:
            said = notes.check(note.decode("utf-8"), key)
        except ValueError as wrong:
            yield f"{path}: {_short(wrong)}"
            continue
        if (said.size, said.root) != (size, told["root"]):
            yield f"{path} tells of another head than its note"
        pack.keys.add(key)
        pack.heads[said.size, key] = said.root
        pack.told.append(f"head of {said.size} entries with root {said.root}, signed {said.time.isoformat()} by the key {key}")
        if said.simulated:
            pack.told.append("SIMULATED: the archive lives by a made-up clock; nothing in this pack happened")
        yield from _stamp(pack, path.removesuffix(".json"), note)
    if pack.key and pack.keys - {pack.key}:
        yield f"a head is signed by another key than {pack.key}: {', '.join(sorted(pack.keys - {pack.key}))}"


def _stamp(pack: _Pack, head: str, note: bytes) -> Iterator[str]:
    token = pack.files.get(f"{head}.tsr")
    if token is None:
        pack.told.append(f"{head}: no authority stamped it; when it was signed rests on the word of whoever signed")
        return
    try:
        time = stamps.check(token, note, None, pack.roots)
    except ValueError as wrong:
        yield f"{head}.tsr: {_short(wrong)}"
        return
    trust = "an authority that you trust" if pack.roots else "an authority that was NOT checked (give --tsa-certificates)"
    pack.told.append(f"{head}: stamped {time.isoformat()} by {trust}")


def _proofs(pack: _Pack) -> Iterator[str]:
    """Every look's line leads to the root of its run, and every entry to the root of a signed head."""
    for path in sorted(path for path in pack.files if path.startswith("proofs/")):
        told = json.loads(pack.files[path])
        leaf = told["leaf"]
        if faults := [*_entry(pack, path, told)]:
            yield from faults
        elif leaf["kind"] == "tombstone":
            rows = json.loads(leaf["data"])["gone"]
            pack.gone |= {row[name] for row in rows for name in ("sha256", "look") if row.get(name)}
        else:
            yield from _line(pack, path, told)


def _entry(pack: _Pack, path: str, told: Mapping[str, Any]) -> Iterator[str]:
    leaf, head = told["leaf"], told["head"]
    if head is None:
        yield f"{path}: no signed head covers this entry yet"
        return
    if json.loads(leaf["data"])["kind"] != leaf["kind"]:
        yield f"{path}: the entry is of another kind than it says"
    way = [bytes.fromhex(step) for step in told["leaf_path"]]
    root = merkle.root_of_inclusion(merkle.leaf_hash(leaf["data"].encode()), leaf["number"], head["size"], way).hex()
    signed = pack.heads.get((head["size"], head["key"]))
    if signed is None:
        yield f"{path}: the head of {head['size']} entries is not in the pack, or its signature is false"
    elif signed != root:
        yield f"{path}: entry {leaf['number']} is not in the log of the signed head"
    else:
        pack.covering.add(head["key"])


def _line(pack: _Pack, path: str, told: Mapping[str, Any]) -> Iterator[str]:
    run = json.loads(told["leaf"]["data"])
    packed = told["line"].encode()
    way = [bytes.fromhex(step) for step in told["path"]]
    root = merkle.root_of_inclusion(merkle.leaf_hash(packed), told["index"], told["looks"], way).hex()
    line = LookLine.unpacked(packed, run["run"])
    if path != f"proofs/{line.look}.json":
        yield f"{path}: the line is that of look {line.look}"
    elif root != run["root"] or told["looks"] != run["looks"]:
        yield f"{path}: the line of look {line.look} is not in the sealed list of its run"
    else:
        pack.lines[line.look] = (line, packed)


def _signature(pack: _Pack) -> Iterator[str]:
    """The manifest is signed by a key that signed the heads, so that statement and differences are vouched for as well."""
    signature = bytes.fromhex(json.loads(pack.files[wacz.SEAL])["signature"])
    words = wacz.signed_words(pack.files[wacz.MANIFEST])
    signers = {key for key in pack.keys if _is_signed(key, signature, words)}
    pack.told += [f"the pack was made by whoever holds the key {key}" for key in sorted(signers)]
    if signers and not signers & pack.covering:
        pack.told.append("that key signed no head that covers a look here: statement and differences rest on it alone")
    if not signers:
        yield f"{wacz.SEAL}: the manifest is not signed by the key of the heads, so anybody may have written what is not proven"


def _is_signed(key: str, signature: bytes, words: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(signature, words)
    except (InvalidSignature, ValueError):
        return False
    return True


# --- from the records to the lines -----------------------------------------------------------------------------------------


def _archive(pack: _Pack) -> Iterator[str]:
    """Every record is whole, is there once, and is one that the proven looks make necessary."""
    for found in warc.read(pack.files[wacz.ARCHIVE], wacz.MOST_BYTES):
        if found.record.id in pack.found:
            yield f"{wacz.ARCHIVE}: {found.record.id} is there twice"
        pack.found[found.record.id] = found


def _bodies(pack: _Pack) -> Iterator[str]:
    expected: dict[str, bytes] = {}
    records = pack.records
    for look, (line, _) in pack.lines.items():
        if line.record is not None and (packed := _block(pack, look, "record")) is not None:
            if sha256(packed).hexdigest() != line.record:
                yield f"{wacz.ARCHIVE}: the record of look {look} is not the one that its line names"
            else:
                records[look] = CaptureRecord.unpacked(packed, look)
        elif line.record is not None and line.record not in pack.gone:
            yield f"{wacz.ARCHIVE}: the record of look {look} is missing"
    answers = {evidence.record_id(look, "response"): record for look, record in records.items()}
    for look, (line, packed) in pack.lines.items():
        made = [evidence.told_by_its_line(line, packed)]
        if look in records:
            yield from _same_bytes(pack, line, records[look])
            made += _whole(pack, answers, records[look])
        else:
            made += _again(pack, answers, line)
        expected |= {record.id: record.told() for record in made}
    yield from _as_expected(pack, expected)


def _same_bytes(pack: _Pack, line: LookLine, record: CaptureRecord) -> Iterator[str]:
    told = {"url": record.url, "time": record.ended, "outcome": record.outcome, "sha256": record.sha256}
    for name, value in told.items():
        if getattr(line, name) != value:
            yield f"look {line.look}: its record tells of another {name} than its line"
    for what, sha in (("body", record.sha256), ("rendered page", record.rendered)):
        bytes_ = _body(pack, record) if what == "body" else _block(pack, line.look, "resource")
        if sha is not None and sha256(bytes_ or b"").hexdigest() != sha and not (bytes_ is None and sha in pack.gone):
            yield f"{wacz.ARCHIVE}: the {what} of look {line.look} has another hash than its record says"


def _whole(pack: _Pack, answers: Mapping[str, CaptureRecord], record: CaptureRecord) -> list[warc.Record]:
    look = record.look
    earlier = _referred(pack, answers, look)
    packed = _block(pack, look, "record") or b""
    body = None if _body(pack, record) is None and record.sha256 in pack.gone else _body(pack, record) or b""
    return [*evidence.whole(record, packed, body, _block(pack, look, "resource"), earlier)]


def _again(pack: _Pack, answers: Mapping[str, CaptureRecord], line: LookLine) -> list[warc.Record]:
    earlier = _referred(pack, answers, line.look)
    again = evidence.again(line, earlier, _body(pack, earlier)) if earlier is not None else None
    return [again] if again is not None else []


def _as_expected(pack: _Pack, expected: Mapping[str, bytes]) -> Iterator[str]:
    for name, told in expected.items():
        if name not in pack.found:
            yield f"{wacz.ARCHIVE}: {name} is missing"
        elif pack.found[name].told != told:
            yield f"{wacz.ARCHIVE}: {name} says something else than its look's record and bytes"
    strange = [found.record for name, found in pack.found.items() if name not in expected]
    for record in strange[1:] if strange and strange[0].kind == "warcinfo" else strange:
        yield f"{wacz.ARCHIVE}: nothing proves the {record.kind} record {record.id}"


def _referred(pack: _Pack, answers: Mapping[str, CaptureRecord], look: str) -> CaptureRecord | None:
    """The look to which a record points back, out of all by the names of their answers."""
    found = pack.found.get(evidence.record_id(look, "response"))
    told = found.record.field("WARC-Refers-To") if found is not None and found.record.kind == "revisit" else None
    return answers.get((told or "")[1:-1])


def _block(pack: _Pack, look: str, what: str) -> bytes | None:
    found = pack.found.get(evidence.record_id(look, what))
    return found.record.block if found is not None else None


def _body(pack: _Pack, record: CaptureRecord) -> bytes | None:
    """The bytes that came at a look; None if its answer says that they are gone."""
    found = pack.found.get(evidence.record_id(record.look, "response"))
    if found is None:
        return b"" if record.status is None else None
    return None if found.record.field("X-Gongkai-Note") == evidence.GONE else warc.payload_of(found.record)


# --- what is made of them --------------------------------------------------------------------------------------------------


def _index(pack: _Pack) -> Iterator[str]:
    data = pack.files[wacz.ARCHIVE]
    lines = [wacz.index_line(one.record, one.start, data[one.start : one.end]) for one in pack.found.values()]
    if "".join(sorted(lines)).encode("utf-8") != pack.files[wacz.INDEX]:
        yield f"{wacz.INDEX} is not the index of {wacz.ARCHIVE}"


def _finding(pack: _Pack) -> Iterator[str]:
    """What the finding cites is what the proven lines say."""
    told = json.loads(pack.files[FINDING])
    cited = [*told["evidence"]]
    if not cited:
        yield f"{FINDING} cites no look"
    for one in cited:
        look = one["capture"]
        line = pack.lines[look][0] if look in pack.lines else None
        if line is None and look in pack.gone:
            pack.told.append(f"look {look} was forgotten: a tombstone in proofs/ says so")
            continue
        if line is None:
            yield f"{FINDING}: look {look} is not proven"
            continue
        if look in pack.records and one["url"] not in (line.url, pack.records[look].final_url):
            yield f"{FINDING}: look {look} was at another address than it says"
        if moment(one["time"]) != line.time:
            yield f"{FINDING}: look {look} was at another time than it says"
        if one["sha256"] not in (line.seen, line.sha256):
            yield f"{FINDING}: look {look} brought other bytes than it says"
        if one["outcome"] != line.outcome and {one["outcome"], line.outcome} != {"ok", "not_modified"}:
            yield f"{FINDING}: look {look} came out otherwise than it says"


def _short(wrong: Exception) -> str:
    return " ".join(str(wrong).split())[:200]
