"""What an evidence pack says in words: how it was captured, what it proves and what it does not, and both sides of a change.

Pure: values in, texts out. Says intervals, never instants, and claims nothing that the looks do not show. Text from pages is
hostile: it is tamed and escaped, never a template, and what is made of it loads, links and runs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from monitor.notifier import happened, kind_in_words, local_time, tame, title_of
from storage.records import CaptureRecord, Difference, Evidence, Finding, Head, LookLine, LookProof, Reading, stamp

LONGEST = 4_000
"""Characters shown of one paragraph; the whole stands in readings/ and in the bytes themselves."""

MOST = 2_000
"""Paragraphs, rows or differences shown of one side."""

BESIDE = "looked at in the same crawl as a look that is cited"
BEHIND = "brought the bytes that a later look brought again"

SIGNS = {"-": "del", "+": "ins"}


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One look that the pack holds, with all that is known of it."""

    look: str
    cited: tuple[Evidence, ...] = ()  #: empty: it stands beside a cited look, or that one brought its bytes again
    beside: bool = False  #: a column that listed the page, or the home page of its site, looked at in the same crawl
    lists: bool | None = None  #: of such a column, does it list the page
    line: LookLine | None = None
    record: CaptureRecord | None = None  #: its own, where it was kept whole
    same_as: str | None = None  #: the look kept whole whose bytes it brought once more
    gone: str | None = None  #: why its bytes are no longer there
    proof: LookProof | None = None
    reading: Reading | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """Both sides of a change of one page."""

    before: Exhibit
    after: Exhibit
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Under what the pack is made."""

    software: str
    simulated: bool
    settings: tuple[tuple[str, str], ...] = ()  #: of the site, as they are set now


def texts(finding: Finding, exhibits: Sequence[Exhibit], pairs: Sequence[Pair], under: Circumstances) -> dict[str, bytes]:
    """The files of a pack that people read."""
    words = {
        "finding": _finding(finding),
        "looks": [_look(one) for one in exhibits],
        "heads": [_head(head) for head in heads_of(exhibits)],
        "unproven": [one.look for one in exhibits if one.proof is None or one.proof.head is None],
        "simulated": under.simulated,
        "software": tame(under.software),
        "settings": [(tame(name), tame(value)) for name, value in under.settings],
        "pairs": [_pair(pair) for pair in pairs],
        "alone": [_side(one) for one in exhibits if one.cited and not _is_paired(one, pairs)],
    }
    made = {name: _HTML.get_template(name).render(words) for name in ("statement.html", "diff.html")}
    made |= {name: _TEXT.get_template(name).render(words) for name in ("statement.txt", "README.md")}
    return {name: text.encode("utf-8", "replace") for name, text in made.items()}


def heads_of(exhibits: Iterable[Exhibit]) -> list[Head]:
    """The signed heads that cover them, each once, the smallest first."""
    heads = {one.proof.head.size: one.proof.head for one in exhibits if one.proof is not None and one.proof.head is not None}
    return [heads[size] for size in sorted(heads)]


# --- in words ---------------------------------------------------------------------------------------------------------------


def _finding(finding: Finding) -> Mapping[str, Any]:
    verdict = finding.verdict
    return {
        "id": finding.id,
        "title": title_of(verdict),
        "kind": kind_in_words(verdict),
        "state": tame(verdict.machine),
        "human": tame(finding.human),
        "agency": tame(finding.agency_name or ""),
        "url": tame(verdict.url or "", 2000),
        "site": tame(verdict.site or ""),
        "happened": happened(verdict),
        "reasons": [(tame(reason.rule), tame(reason.text, 1000)) for reason in verdict.reasons],
    }


def _look(one: Exhibit) -> Mapping[str, Any]:
    return {
        "name": one.look,
        "roles": ", ".join(dict.fromkeys(each.role for each in one.cited)) or (BESIDE if one.beside else BEHIND),
        "url": tame(_url(one), 2000),
        "facts": [(name, tame(value, 2000)) for name, value in (*_answer(one), *_list(one), *_bytes(one), *_seal(one)) if value],
    }


def _url(one: Exhibit) -> str:
    told = [one.record.url] if one.record else [one.line.url] if one.line else [each.url for each in one.cited]
    return told[0] if told else ""


def _answer(one: Exhibit) -> Iterable[tuple[str, str]]:
    record, line = one.record, one.line
    if record is None:
        if line is not None:
            yield "when", f"the answer had come by {stamp(line.time)} ({local_time(line.time)})"
            yield "came out as", line.outcome
            yield "not kept", "status, headers and address of this look; its line in the sealed list holds time, outcome and hash"
        return
    yield "when", f"asked from {stamp(record.started)}, over at {stamp(record.ended)} ({local_time(record.ended)})"
    yield "came out as", f"{record.outcome}: {record.reason}"
    answered = f"{record.http_version} {record.status} {record.phrase}".strip() if record.status is not None else ""
    yield "answer", answered or f"none came ({record.error})"
    yield "error", (record.error or "") if record.status is not None else ""
    yield "asked", f"{record.method} {record.final_url}" + (", what was posted is not kept" if record.method == "POST" else "")
    yield "redirects", "; ".join(f"{hop.status} at {hop.url}" for hop in record.hops)
    yield "address", record.address or ""
    yield "TLS", record.tls + (f", certificate SHA-256 {record.certificate}" if record.certificate else "")
    yield "robots.txt", record.robots
    yield "looked from", record.vantage
    agent = [value.decode("latin-1") for name, value in record.request_headers if name.lower() == b"user-agent"]
    yield "said of itself", ", ".join(agent)
    yield "by", ", reader ".join(part for part in (record.software, record.reader) if part)


def _bytes(one: Exhibit) -> Iterable[tuple[str, str]]:
    if one.line is not None:
        yield "bytes", f"SHA-256 {one.line.sha256}"
        yield "seen as", f"SHA-256 {one.line.seen}" if one.line.seen != one.line.sha256 else ""
    if one.record is not None and one.record.rendered:
        yield "rendered", f"what a browser made of them is here too, SHA-256 {one.record.rendered}; received from nobody"
    yield "kept", f"the same bytes as look {one.same_as}, under which they are here" if one.same_as and one.record is None else ""
    yield "gone", one.gone or ""


def _list(one: Exhibit) -> Iterable[tuple[str, str]]:
    if one.lists is not None:
        yield "the page", "is listed here" if one.lists else "is not among the rows that were read here"


def _seal(one: Exhibit) -> Iterable[tuple[str, str]]:
    proof = one.proof
    if proof is None:
        yield "proof", "none yet: its run is not sealed"
        return
    place = f"line {proof.index + 1} of {proof.looks} in the sealed list of its run, entry {proof.leaf.number} of the ledger"
    head = proof.head
    yield "proof", place + (f", under the head of {head.size} entries" if head is not None else "; no signed head covers it yet")
    if one.line is not None and not one.line.whole:
        yield "sealed", "long after the look: its run is older than the ledger, and was taken over from what was kept of it"


def _head(head: Head) -> Mapping[str, Any]:
    return {
        "size": head.size,
        "root": head.root,
        "key": head.key,
        "signed": stamp(head.signed),
        "stamped": head.token is not None,
        "witnessed": stamp(head.witnessed) if head.witnessed else "",
    }


# --- both sides -------------------------------------------------------------------------------------------------------------


def _is_paired(one: Exhibit, pairs: Sequence[Pair]) -> bool:
    return any(one.look in (pair.before.look, pair.after.look) for pair in pairs)


def _pair(pair: Pair) -> Mapping[str, Any]:
    went, came = _rows(pair.before.reading, pair.after.reading)
    return {
        "url": tame(_url(pair.before), 2000),
        "before": _side(pair.before),
        "after": _side(pair.after),
        "differences": [_difference(one) for one in pair.differences[:MOST]],
        "rows": [("del", row) for row in went[:MOST]] + [("ins", row) for row in came[:MOST]],
        "more": max(0, len(pair.differences) - MOST) + max(0, len(went) - MOST) + max(0, len(came) - MOST),
    }


def _difference(one: Difference) -> Mapping[str, Any]:
    runs = one.spans or tuple((sign, text) for sign, text in (("-", one.before), ("+", one.after)) if text is not None)
    place = "" if one.paragraph is None else f", paragraph {one.paragraph + 1}"
    shown = [(SIGNS.get(sign, ""), _spaced(text)) for sign, text in runs]
    return {"kind": tame(one.kind, 40).replace("_", " ") + place, "runs": shown}


def _spaced(text: str) -> str:
    """A tamed run that keeps the blanks at its ends, so that words do not grow together; one of blanks alone is spelled out."""
    told = tame(text, LONGEST)
    return " " * text[:1].isspace() + told + " " * text[-1:].isspace() if told else "[space]"


def _rows(before: Reading | None, after: Reading | None) -> tuple[list[str], list[str]]:
    """Rows of a list that only one side has."""
    was, now = ({_row(entry): None for entry in side.entries} if side is not None else {} for side in (before, after))
    if before is None or after is None:
        return [], []
    return [row for row in was if row not in now], [row for row in now if row not in was]


def _row(entry: Any) -> str:
    return tame(" · ".join(part for part in (entry.date, entry.number, entry.title, entry.url) if part), LONGEST)


def _side(one: Exhibit) -> Mapping[str, Any]:
    reading = one.reading
    last = one.line.time if one.line else None
    rows = [_row(entry) for entry in reading.entries[:MOST]] if reading else []
    body = [tame(paragraph, LONGEST) for paragraph in reading.body[:MOST]] if reading else []
    return {
        "look": one.look,
        "url": tame(_url(one), 2000),
        "role": ", ".join(dict.fromkeys(each.role for each in one.cited)),
        "time": local_time(last) if last else "",
        "outcome": tame(one.line.outcome if one.line else next((each.outcome for each in one.cited), "")),
        "reason": tame(one.record.reason if one.record else "", 1000),
        "version": one.version,
        "title": tame(reading.title, LONGEST) if reading else "",
        "published": tame(reading.dates.published or "", 40) if reading else "",
        "body": body,
        "rows": rows,
        "cut": reading is not None and (len(reading.body) > MOST or len(reading.entries) > MOST),
        "read": reading is not None,
    }


def _environment(*, escape: bool) -> Environment:
    return Environment(
        loader=PackageLoader("monitor", "templates"),
        autoescape=escape,  # noqa: S701 - off for plain text alone, in which every value was tamed
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


_HTML = _environment(escape=True)
_TEXT = _environment(escape=False)
