"""The words and captures with which a finding proves what it says.

Pure. Shortens page text, never judges it; says when by looks that were made, never by a guess.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from storage.records import FILE, SHANGHAI, Agency, Change, Difference, Evidence, Sighting, Site

EXCERPT = 400
"""Characters of page text that a finding carries at most in one place; the whole is in the archive."""
AROUND = 40
"""Unchanged characters kept on each side of a change."""
TOLD = 20
"""Differences that a finding carries at most."""

CONTENT = frozenset({"title", "figure", "wording", "paragraph_added", "paragraph_removed", "wall_added", "wall_removed"})

Details = dict[str, Any]


def evidence_of(span: Sighting, role: str, *, last: bool = True) -> Evidence:
    """The last (or first) sound look of a span as evidence."""
    looks = span.proven or ((span.first, span.first_look, span.sha256), (span.last, span.last_look, span.sha256))
    time, capture, sha256 = looks[-1] if last else looks[0]
    return Evidence(capture, time, span.url, span.outcome.value, sha256, role)


def evidence_of_any(span: Sighting, role: str, *, last: bool = True) -> Evidence:
    """The last (or first) look of a span as evidence, sound or not: of a site that could not be looked at no look is sound."""
    time, capture = (span.last, span.last_look) if last else (span.first, span.first_look)
    return Evidence(capture, time, span.url, span.outcome.value, span.sha256, role)


def evidence_of_change(change: Change) -> tuple[Evidence, ...]:
    """Both sides of a change: the last look with the one version, the first with the other."""
    before, after = change.before, change.after
    return (
        Evidence(change.before_look, change.before_seen, before.url, "ok", change.before_sha256 or before.sha256, "before"),
        Evidence(change.after_look, change.seen, after.url, "ok", change.after_sha256 or after.sha256, "after"),
    )


def told(time: datetime) -> str:
    """A time as people in China read it."""
    return f"{time.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def lasting(time: timedelta) -> str:
    """A time in words: in hours up to three days, then in days."""
    hours = time.total_seconds() / 3600
    return f"{hours:.0f} hours" if hours < 72 else f"{hours / 24:.0f} days"


def sound_looks(number: int) -> str:
    """So many looks in words."""
    return "one sound look" if number == 1 else f"{number} sound looks"


def between(change: Change) -> str:
    """When a change happened, as far as looks tell."""
    return f"not yet so at {told(change.before_seen)}, so at {told(change.seen)}"


def details_of(change: Change, found: Iterable[Difference] | None = None) -> Details:
    """What a finding carries of a change: its differences in short, how many there are, and whether an old version came back."""
    differences = list(found if found is not None else change.differences or ())
    return {
        "differences": [_in_short(difference) for difference in differences[:TOLD]],
        "count": len(differences),
        "versions": [change.before.number, change.after.number],
        "returned": change.returned,
    }


def _in_short(difference: Difference) -> Details:
    spans = _near(difference.spans)
    before, after = difference.before, difference.after
    if spans:
        before, after = ("".join(text for sign, text in spans if sign in kept) for kept in ("=-", "=+"))
    return {
        "kind": difference.kind,
        "before": excerpt(before),
        "after": excerpt(after),
        "paragraph": difference.paragraph,
        "spans": [[sign, text] for sign, text in spans],
    }


def _near(spans: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """The runs with what stayed cut to the surroundings of what changed, and no more of them than an excerpt holds."""
    kept: list[tuple[str, str]] = []
    room = EXCERPT
    for sign, text in spans:
        short = _surroundings(text) if sign == "=" else text[:EXCERPT]
        room -= len(short)
        if room < 0:
            break
        kept.append((sign, short))
    return kept


def _surroundings(text: str) -> str:
    return text if len(text) <= 2 * AROUND else f"{text[:AROUND]}…{text[-AROUND:]}"


def excerpt(text: str | None) -> str | None:
    """Page text short enough for a finding."""
    return text if text is None or len(text) <= EXCERPT else text[: EXCERPT - 1] + "…"


def host_of(url: str) -> str:
    """The host of an address, with its port if it names one."""
    return urlsplit(url).netloc.lower()


def is_own(hosts: Iterable[str], *seen: str) -> bool:
    """Are all these hosts among an agency's own, www or not."""
    own = {host.removeprefix("www.") for host in hosts}
    return all(host.removeprefix("www.") in own for host in seen)


def content_of(change: Change) -> list[Difference]:
    """The differences that make another text of it: not dates, order, links or attachments."""
    return [difference for difference in change.differences or () if difference.kind in CONTENT]


def redated(change: Change) -> bool:
    """Does the later version show another date."""
    return any(difference.kind == "published" for difference in change.differences or ())


def returned(change: Change) -> str:
    """Words for a title: a return to an earlier version is told as one."""
    return f" (back to version {change.after.number})" if change.returned else ""


def name_of(change: Change) -> str:
    """What to call the page in a title."""
    reading = change.after.reading
    if reading is not None and reading.family == FILE and change.page.title:  # what leads to a file, and not the file's name
        return excerpt(change.page.title) or ""
    return excerpt(reading.title if reading and reading.title else change.page.title or change.page.url) or ""


def speaks_for(site: Site | None, agency: Agency | None) -> str | None:
    """Whom a finding about a page of this site is about: nobody, if the site is not the agency's own."""
    return agency.id if agency and site and agency.id in site.agencies else None
