"""Differences and spans of time for people: what was taken out in red, what came in green. Decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from rich.text import Text

from monitor.commands.output import console, local, plain
from storage.records import Difference, Reading, Sighting

COLOURS = {"-": "red strike", "+": "green", "=": ""}
HOLE = timedelta(hours=36)
"""Two spans further apart than this are shown with the hole between them."""


def print_differences(found: Sequence[Difference]) -> None:
    """Each difference with its kind and place; wording and figures marked character by character."""
    out = console()
    for difference in found:
        place = "" if difference.paragraph is None else f" (paragraph {difference.paragraph})"
        out.print(Text(f"{difference.kind}{place}", style="bold"))
        for line in _lines(difference):
            out.print(line)


def print_rows(before: Reading, after: Reading) -> bool:
    """The rows that went from a list and those that came; tells whether there were any. Entries have spans of their own."""
    was, now = ({(e.date, e.title, e.url): e for e in one.entries} for one in (before, after))
    out = console()
    changed = [("-", key) for key in was if key not in now] + [("+", key) for key in now if key not in was]
    for sign, key in changed:
        out.print(Text(f"  {sign} {plain(' '.join(part for part in key if part))}", style=COLOURS[sign]))
    return bool(changed)


def span_rows(sightings: Sequence[Sighting]) -> list[tuple[str, str, str, str, str]]:
    """Rows of a page's history, with a row of its own where nobody looked."""
    rows: list[tuple[str, str, str, str, str]] = []
    earlier: Sighting | None = None
    for one in sightings:
        if earlier is not None and one.first - earlier.last > HOLE:
            rows.append((local(earlier.last), local(one.first), "", "", f"no look for {_length(one.first - earlier.last)}"))
        version = f"version {one.snapshot}" if one.snapshot else ""
        rows.append((local(one.first), local(one.last), str(one.count), version, f"{one.outcome.value}: {one.reason}"))
        earlier = one
    return rows


def _lines(difference: Difference) -> list[Text]:
    if difference.spans:
        line = Text("  ")
        for sign, text in difference.spans:
            # without colour the marks alone say what went and what came
            told = plain_run(text)
            line.append({"-": f"[-{told}-]", "+": f"{{+{told}+}}"}.get(sign, told), style=COLOURS.get(sign, ""))
        return [line]
    sides = (("-", difference.before), ("+", difference.after))
    return [Text(f"  {sign} {plain(text)}", style=COLOURS[sign]) for sign, text in sides if text is not None]


def plain_run(text: str) -> str:
    """A run of characters as it stands, blanks at its ends kept."""
    told = plain(text)
    return (" " if text[:1].isspace() else "") + told + (" " if told and text[-1:].isspace() else "")


def _length(gap: timedelta) -> str:
    hours = int(gap.total_seconds() // 3600)
    return f"{hours // 24} days" if hours >= 48 else f"{hours} hours"
