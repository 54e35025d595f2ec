"""What the archive holds of a finding: the looks it cites, with their records, proofs and readings. Writes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from monitor.commands.sides import differing, read_alike
from monitor.statement import Exhibit, Pair
from storage.errors import GongkaiError, Missing
from storage.records import CaptureRecord, Evidence, Finding, Leaf, LookProof, Outcome, Reading, Snapshot
from storage.store import Store


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the archive holds of a finding."""

    exhibits: tuple[Exhibit, ...]
    pairs: tuple[Pair, ...]
    stones: tuple[Leaf, ...]  #: tombstones of what is gone


def gather(store: Store, finding: Finding) -> Gathered:
    """Every look that the finding cites, and those whose bytes a cited look brought again."""
    cited: dict[str, list[Evidence]] = {}
    for one in sorted(finding.verdict.evidence, key=lambda each: (each.time, each.capture)):
        cited.setdefault(one.capture, []).append(one)
    if not cited:
        raise GongkaiError(f"finding {finding.id} cites no look", "there is nothing to pack")
    stones = store.leaves("tombstone")
    exhibits = {look: _exhibit(store, look, tuple(each), stones) for look, each in cited.items()}
    beside = {look for one in exhibits.values() if one.line is not None for look in store.looks_beside(one.look)}
    for look in sorted(beside - set(exhibits), key=_in_order):
        exhibits[look] = replace(_exhibit(store, look, (), stones), beside=True)
    behind = {made.same_as for made in exhibits.values() if made.same_as is not None}
    exhibits |= {look: _exhibit(store, look, (), stones) for look in sorted(behind - set(exhibits))}
    read = [_with_rows(one, finding) for one in _read(store, [*exhibits.values()])]
    told = tuple(stone for stone in stones if any(_why_gone([stone], made) for made in read))
    return Gathered(tuple(read), tuple(_pairs(store, read)), told)


def _exhibit(store: Store, look: str, cited: tuple[Evidence, ...], stones: Sequence[Leaf]) -> Exhibit:
    line, record = store.line(look), _record(store, look)
    try:
        proof: LookProof | None = store.proof_of(look)
    except Missing:
        proof = None
    same_as = None
    unmodified = line is not None and line.outcome == Outcome.NOT_MODIFIED.value
    if line is not None and (record is None or unmodified):
        same_as = store.capture_with(line.page, line.seen if unmodified else line.sha256)
    version = line.version if line is not None else None
    same_as = same_as if same_as != look else None
    made = Exhibit(look, cited, line=line, record=record, same_as=same_as, proof=proof, version=version)
    return replace(made, gone=_why_gone(stones, made))


def _in_order(look: str) -> tuple[int, ...]:
    return tuple(int(part) for part in look.split("."))


def _with_rows(one: Exhibit, finding: Finding) -> Exhibit:
    """Of a list beside the page: does it list the page."""
    reading, page = one.reading, finding.verdict.url
    if not one.beside or reading is None or reading.kind != "listing" or page is None:
        return one
    return replace(one, lists=any(entry.url.partition("://")[2] == page.partition("://")[2] for entry in reading.entries))


def _record(store: Store, look: str) -> CaptureRecord | None:
    try:
        return store.capture(look)
    except Missing:
        return None  # gone by a tombstone


def _why_gone(stones: Sequence[Leaf], one: Exhibit) -> str | None:
    """The words of the first tombstone that names the look or bytes of it; None if none does."""
    hashes = {one.line.sha256, one.line.seen, one.line.record} if one.line is not None else set()
    hashes |= {one.record.sha256, one.record.rendered} if one.record is not None else set()
    for stone in stones:
        told = json.loads(stone.data)
        if any(row.get("look") == one.look or row.get("sha256") in hashes - {None} for row in told["gone"]):
            why = f"{told.get('deed', '')}: {told.get('why', '')}"
            return f"taken out of the archive ({why}); entry {stone.number} of the ledger says so"
    return None


def _read(store: Store, exhibits: Sequence[Exhibit]) -> list[Exhibit]:
    """The same with readings: all versions of one page by one reader."""
    read: dict[str, Exhibit] = {}
    for url in dict.fromkeys(one.line.url for one in exhibits if one.line is not None and one.version is not None):
        mine = [one for one in exhibits if one.line is not None and one.line.url == url and one.version is not None]
        versions = {version.number: version for version in store.snapshots(url)}
        shown = [one for one in mine if one.version in versions]
        readings = _readings(store, url, [versions[one.version or 0] for one in shown])
        read |= {one.look: replace(one, reading=reading) for one, reading in zip(shown, readings, strict=True)}
    return [read.get(one.look, one) for one in exhibits]


def _readings(store: Store, url: str, shown: Sequence[Snapshot]) -> Sequence[Reading | None]:
    page = store.page_at(url)
    try:
        return read_alike(store, page.site if page is not None else "", shown)
    except Missing:
        return [version.reading for version in shown]


def _pairs(store: Store, exhibits: Sequence[Exhibit]) -> Iterator[Pair]:
    """Of each page the last look before and the first one after."""
    sides: dict[int, dict[str, Exhibit]] = {}
    for one in exhibits:
        for each in one.cited:
            if one.line is not None and one.reading is not None and each.role in ("before", "after"):
                sides.setdefault(one.line.page, {}).setdefault(each.role, one)
    for both in sides.values():
        before, after = both.get("before"), both.get("after")
        if before is None or after is None or before.line is None or before.reading is None or after.reading is None:
            continue
        versions = {version.number: version for version in store.snapshots(before.line.url)}
        shown = [versions[one.version or 0] for one in (before, after)]
        yield Pair(before, after, differing([before.reading, after.reading], shown))
