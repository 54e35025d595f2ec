"""`gongkai evidence`: all that proves a finding, in one file that can be checked without this archive. Looks at no portal."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import click

from monitor.commands.door import as_json, home_of, shared
from monitor.commands.exhibits import Gathered, gather
from monitor.commands.home import deed_time, judge_clock
from monitor.commands.output import local, plain, print_json, say
from monitor.commands.shapes import finding_shape, reading_shape
from monitor.statement import Circumstances, Exhibit, heads_of, texts
from storage import evidence as records
from storage import wacz, warc
from storage.errors import GongkaiError, Missing
from storage.keys import signing_key
from storage.notes import public_of
from storage.records import CaptureRecord, Examination, Finding, Head, Outcome, Selectors, canonical
from storage.software import software
from storage.store import Store

FILE = click.Path(readable=False, path_type=Path)


@click.command("evidence", short_help="Pack all that proves a finding into one file.")
@click.argument("number", metavar="FINDING", type=click.IntRange(1))
@click.option("-o", "--output", "target", metavar="FILE", type=FILE, help="Where to (WACZ).")
@as_json
@shared
@click.pass_context
def evidence(ctx: click.Context, number: int, target: Path | None, as_json: bool) -> None:
    """Pack all that proves FINDING: the looks with their bytes, what differs, how it was captured, and the proofs.

    The file can be checked anywhere with `gongkai verify FILE`, and opened by any program that reads WACZ or WARC.
    """
    home = home_of(ctx)
    target = target or Path(f"finding-{number}.wacz")
    if target.exists():
        raise GongkaiError(f"{target} is there already", "name another file with -o: evidence is not written over")
    with home.archive() as store:
        finding = store.finding(number)
        home.make()  # where the archive is a server's database, the key may be the first thing in it
        key = signing_key(home.folder)
        gathered = gather(store, finding)
        if _uncovered(gathered):
            store.sign_head(key, judge_clock(store, None).now(), at_once=True)
            gathered = gather(store, finding)
        files = files_of(store, finding, gathered)
        files |= _head_of(store, public_of(key), gathered)
        data = wacz.pack(files, f"gongkai finding {number}", software(), deed_time(store), key.sign)
    _write(target, data)
    heads = heads_of(gathered.exhibits)
    unproven = _uncovered(gathered)
    looks, size, hashed = len(gathered.exhibits), len(data), sha256(data).hexdigest()
    if as_json:
        covered = [{"size": head.size, "root": head.root, "key": head.key} for head in heads]
        print_json({"pack": str(target), "bytes": size, "sha256": hashed, "looks": looks, "heads": covered, "unproven": unproven})
        return
    say(f"{plain(target)}: {looks} looks, {size} bytes, SHA-256 {hashed}")
    for head in heads:
        say(f"covered by the head of {head.size} entries, signed {local(head.signed)} by the key {head.key}")
    for look in unproven:
        say(f"NOT proven: look {look}; no signed head covers it")


def _uncovered(gathered: Gathered) -> list[str]:
    return [one.look for one in gathered.exhibits if one.proof is None or one.proof.head is None]


def _head_of(store: Store, key: str, gathered: Gathered) -> dict[str, bytes]:
    """The newest head, where none that covers the looks was signed by the key that signs the pack: it vouches for that key."""
    newest = store.newest_head()
    if newest is None or key in {head.key for head in heads_of(gathered.exhibits)}:
        return {}
    return _head_files(newest)


# --- what is made of it -------------------------------------------------------------------------------------------------------


def files_of(store: Store, finding: Finding, gathered: Gathered) -> dict[str, bytes]:
    """All files of the pack but its manifest."""
    exhibits = gathered.exhibits
    data, index = wacz.archive(_warc(store, exhibits))
    under = Circumstances(software(), store.simulated, tuple(_settings(store, finding)))
    files = {
        wacz.ARCHIVE: data,
        wacz.INDEX: index,
        wacz.PAGES: wacz.pages(_pages(exhibits)),
        "finding.json": _json(finding_shape(finding)),
        **texts(finding, exhibits, gathered.pairs, under),
        **{f"readings/{one.look}.json": _json(_reading(one)) for one in exhibits if one.reading is not None},
        **{f"proofs/{one.look}.json": records.proof_file(one.proof) for one in exhibits if one.proof is not None},
    }
    heads = {head.size: head for head in heads_of(exhibits)}
    for stone in gathered.stones:
        head, way = store.way_of(stone)
        files[f"proofs/tombstone-{stone.number}.json"] = canonical(
            records.entry_file(stone.number, stone.kind, stone.data, head, way)
        )
        heads |= {head.size: head} if head is not None else {}
    for head in heads.values():
        files |= _head_files(head)
    return files


def _head_files(head: Head) -> dict[str, bytes]:
    told = canonical({"size": head.size, "root": head.root, "key": head.key})
    files = {f"heads/{head.size}.txt": head.note.encode("utf-8"), f"heads/{head.size}.json": told}
    return {**files, f"heads/{head.size}.tsr": head.token} if head.token is not None else files


def _warc(store: Store, exhibits: Sequence[Exhibit]) -> Iterator[warc.Record]:
    by_look = {one.look: one.record for one in exhibits}
    latest = max(each.time for one in exhibits for each in one.cited)
    form = ("conformsTo", "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/")
    yield warc.info([("software", software()), ("format", "WARC File Format 1.1"), form, ("robots", "obey")], latest)
    for one in exhibits:
        earlier = by_look.get(one.same_as or "")
        if one.record is not None and one.line is not None and one.line.record is not None:
            rendered = _kept(store, one.record.rendered) if one.record.rendered else None
            yield from records.whole(
                one.record, store.raw(one.line.record), _kept(store, one.record.sha256), rendered, _unmodified(one, earlier)
            )
        elif one.line is not None and earlier is not None:
            again = records.again(one.line, earlier, _kept(store, earlier.sha256))
            yield from [again] if again is not None else []
        if one.line is not None and one.proof is not None:
            yield records.told_by_its_line(one.line, one.proof.line)


def _unmodified(one: Exhibit, earlier: CaptureRecord | None) -> CaptureRecord | None:
    """The look that a "not modified" speaks of, if this is one."""
    return earlier if one.line is not None and one.line.outcome == Outcome.NOT_MODIFIED.value else None


def _kept(store: Store, sha: str) -> bytes | None:
    try:
        return store.raw(sha)
    except Missing:
        return None


def _pages(exhibits: Sequence[Exhibit]) -> list[wacz.PackPage]:
    """The looks that a reader of the pack may replay."""
    shown = [(one, one.record) for one in exhibits if one.record is not None and one.record.status is not None]
    titles = {one.look: one.reading.title if one.reading is not None else "" for one, _ in shown}
    return [wacz.PackPage(warc.target_uri(at.final_url), at.started, titles[one.look] or f"look {one.look}") for one, at in shown]


def _reading(one: Exhibit) -> dict[str, Any]:
    assert one.reading is not None
    outcome, reason = (one.record.outcome, one.record.reason) if one.record else (one.line.outcome if one.line else "", "")
    shape = reading_shape(Examination(Outcome(outcome or "ok"), reason, one.reading), one.reading.reader)
    return {"look": one.look, "version": one.version, **shape}


def _settings(store: Store, finding: Finding) -> Iterator[tuple[str, str]]:
    site = store.site(finding.verdict.site) if finding.verdict.site else None
    if site is None:
        return
    yield "Settings of the site now", f"scheme {site.scheme}, TLS {site.tls}, browser {'yes' if site.browser else 'no'}"
    if own := [getattr(site.selectors, name) for name in Selectors.__dataclass_fields__ if getattr(site.selectors, name)]:
        yield "Its text is found by selectors of its own", ", ".join(own)


def _json(told: Any) -> bytes:
    return json.dumps(told, ensure_ascii=False, indent=2).encode("utf-8", "replace") + b"\n"


def _write(target: Path, data: bytes) -> None:
    """Whole or not at all."""
    half = target.with_name(f".{target.name}.{uuid.uuid4().hex}.part")
    try:
        with half.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.link(half, target)
    except OSError as error:
        raise GongkaiError(f"{plain(target)} cannot be written: {error.strerror}", "name another file with -o") from None
    finally:
        half.unlink(missing_ok=True)
