"""What a notifier is, and what every notifier tells: which finding comes first, and in which words.

Sends nothing and knows no kind of message; a webhook would use the same words as the mail.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

from storage.records import SHANGHAI, Alert, Finding, Head, Message, NewMessage, Verdict

SEVERITIES = ("high", "medium", "low")
"""Most severe first."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """When and where a message is made."""

    now: datetime
    simulated: bool = False
    public_url: str = ""
    head: Head | None = None  #: the newest head of the ledger: whoever gets the message holds the archive to it


@dataclass(frozen=True, slots=True)
class Sent:
    """A server took the message over."""


@dataclass(frozen=True, slots=True)
class Filed:
    """The message was written into the home, since there is no server to send it to."""

    where: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The message did not leave."""

    text: str
    permanent: bool = False  #: trying again would bring the same answer
    unreachable: bool = False  #: the server itself was not reached: other messages need not knock now


Delivery = Sent | Filed | Failed


class Notifier(Protocol):
    """One way to tell a subscriber. `render` is a pure thought, `send` the only deed."""

    def render(self, alerts: Sequence[Alert], occasion: Occasion) -> NewMessage:
        """One message that tells all these alerts (at least one, all of one subscriber); the same alerts, the same Message-ID."""
        ...

    def send(self, message: Message) -> Delivery:
        """Carry a frozen message out, once; whatever the other side does is an answer, never an exception."""
        ...


WORDS = {
    "report_published": "report published",
    "missing_report": "missing report",
    "late_report": "late report",
    "not_assessable": "duty not assessable",
    "backdated": "backdated publication",
    "redated": "shown date changed",
    "paywalled_section": "section behind a wall",
    "wall_lifted": "wall lifted",
    "numbering_gap": "gap in the numbering",
    "page_removed": "page removed",
    "page_restored": "page restored",
    "page_moved": "page moved",
    "entry_removed": "entry removed from its column",
    "index_gap": "gap in the index numbers",
    "figure_changed": "figure changed",
    "silent_edit": "silent edit",
    "page_changed": "page changed",
    "attachment_changed": "attachment changed",
    "link_changed": "link changed",
    "impostor_copy": "impostor's copy",
    "stale_column": "column no longer updated",
    "empty_column": "empty column",
    "site_unreachable": "site unreachable",
    "site_blocked": "site blocks our looks",
    "site_redesigned": "site redesigned",
    "run_suspect": "suspect crawl of a site",
    "sums_disagree": "sums disagree",
    "copied_report": "copied report",
}
"""Every kind of finding in words, in the order in which they are told; a kind not listed here is told by its own name."""

KINDS = tuple(WORDS)

_CAME = frozenset({"report_published", "late_report", "backdated", "page_restored", "impostor_copy"})
_WENT = frozenset({"page_removed", "page_moved", "entry_removed"})
_LACKS = frozenset({"missing_report", "not_assessable"})


def kind_in_words(verdict: Verdict) -> str:
    """The kind of a finding as a person would say it."""
    return WORDS.get(verdict.kind) or tame(verdict.kind, 40).replace("_", " ")


def title_of(verdict: Verdict) -> str:
    """The title, which says what happened; never empty."""
    return tame(verdict.title) or tame(verdict.url or "") or tame(verdict.site or "") or "(no title)"


def local_time(time: datetime) -> str:
    """A time as read in China, with its offset: ``2026-03-31 09:30 +08:00``."""
    return f"{time.astimezone(SHANGHAI):%Y-%m-%d %H:%M} +08:00"


def happened(verdict: Verdict) -> str:
    """When it happened, as an interval between two looks, never as an instant (principle 3)."""
    if verdict.by is None:
        return ""
    by = local_time(verdict.by)
    if verdict.after is None:
        first = "first seen at" if verdict.kind in _CAME else "first seen so at"
        return f"not there at {by}" if verdict.kind in _LACKS else f"{first} {by}"
    after = local_time(verdict.after)
    if verdict.kind in _CAME:
        return f"not there at {after}, there at {by}"
    if verdict.kind in _WENT:
        return f"there at {after}, not there at {by}"
    if verdict.kind in _LACKS:
        return f"not there at {after}, still not there at {by}"
    return f"not yet so at {after}, so at {by}"


def in_order(alerts: Iterable[Alert]) -> list[Alert]:
    """What still holds before what is resolved, most severe first, then by priority, by kind, and as they were raised."""
    return sorted(alerts, key=lambda alert: (*_weight(alert.finding), alert.raised, alert.id))


def by_agency(alerts: Iterable[Alert]) -> dict[str, list[Alert]]:
    """Alerts by the name of the agency (``""``: the finding is about none), the gravest group first; within it, by site."""
    groups: dict[str, list[Alert]] = {}
    for alert in in_order(alerts):
        groups.setdefault(alert.finding.agency_name or "", []).append(alert)
    return {name: _by_site(group) for name, group in groups.items()}


def _by_site(alerts: Sequence[Alert]) -> list[Alert]:
    """The same alerts with those of one site together; a site stands where its gravest alert stood."""
    sites = list(dict.fromkeys(alert.finding.verdict.site for alert in alerts))
    return sorted(alerts, key=lambda alert: sites.index(alert.finding.verdict.site))


def _weight(finding: Finding) -> tuple[bool, int, int, int]:
    severity = finding.verdict.severity
    rank = SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)
    kind = KINDS.index(finding.verdict.kind) if finding.verdict.kind in KINDS else len(KINDS)
    return finding.verdict.machine == "resolved", rank, -finding.priority, kind


# --- page text is hostile: what may be printed of it ---------------------------------------------------------------------


def tame(text: str, limit: int = 300) -> str:
    """One line of at most `limit` characters in which nothing is hidden: controls, bidi and invisible marks are spelled out.

    They are told rather than dropped, because an edit may consist of nothing else. Markup is left for the template to escape.
    """
    shown = "".join(_plain(char) for char in " ".join(text[: limit * 4].split()))
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def _plain(char: str) -> str:
    hidden = unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co")
    return f"[U+{ord(char):04X}]" if hidden else char


def web_link(url: str) -> str:
    """The address if a reader may be offered it as a link, else ``""``: only http and https, nothing hidden in it."""
    if tame(url, len(url) + 1) != url or "\\" in url or " " in url:
        return ""
    try:
        parts = urlsplit(url)
        safe = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return ""
    return url if safe else ""


# --- what was before and what is after ----------------------------------------------------------------------------------

Runs = tuple[tuple[str, str], ...]

_AROUND = 32  #: unchanged characters kept on each side of a change
_CHANGED = 240  #: characters kept of one changed run


@dataclass(frozen=True, slots=True)
class Excerpt:
    """One difference as runs of ("=" | "-" | "+", text)."""

    kind: str
    runs: Runs


def excerpts(verdict: Verdict, most: int = 4) -> tuple[tuple[Excerpt, ...], int]:
    """The first differences that a finding's detail holds, cut to what a mail can carry, and how many more there are."""
    rows = verdict.detail.get("differences")
    listed = rows if isinstance(rows, (list, tuple)) else [verdict.detail]
    found = [excerpt for row in listed if isinstance(row, Mapping) and (excerpt := _excerpt(row))]
    count = verdict.detail.get("count")
    return tuple(found[:most]), max(count if isinstance(count, int) else 0, len(found)) - min(len(found), most)


def _excerpt(row: Mapping[str, Any]) -> Excerpt | None:
    spans = row.get("spans") or ()
    try:
        runs = [(str(mark), str(text)) for mark, text in spans]
    except (TypeError, ValueError):
        runs = []
    if not runs:
        runs = [(mark, value) for mark, value in (("-", row.get("before")), ("+", row.get("after"))) if isinstance(value, str)]
    last = len(runs) - 1
    cut = tuple((mark, _cut(mark, text, at == 0, at == last)) for at, (mark, text) in enumerate(runs) if text)
    return Excerpt(tame(str(row.get("kind") or ""), 40).replace("_", " "), cut) if cut else None


def _cut(mark: str, text: str, first: bool, last: bool) -> str:
    """Shorten the unchanged surroundings from the side that is far from the change."""
    if mark != "=":
        return tame(text, _CHANGED) or "[space]"
    if len(text) <= 2 * _AROUND:
        return _spaced(text)
    head = "" if first else text[:_AROUND]
    tail = "" if last else text[-_AROUND:]
    return _spaced(f"{head}…{tail}")


def _spaced(text: str) -> str:
    """A tamed run that keeps the space at its edges, so that words do not grow together across a mark."""
    return " " * text[:1].isspace() + tame(text, 4 * _AROUND) + " " * text[-1:].isspace()
