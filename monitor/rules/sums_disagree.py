"""A total stated in a report's prose does not agree with its own breakdown.

True as long as the version last seen soundly says so. Says what was printed and what it comes to, never which figure is wrong;
on a host that is not the agency's own it accuses nobody, since a copy may have changed the figures.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from monitor.proof import excerpt, host_of, is_own, told
from monitor.rule import PageCase, Rule
from monitor.sums import Disagreement, disagreements
from storage.records import PageHistory, Reason, Verdict

KIND = "sums_disagree"
TOLD = 20
"""Disagreements that a finding carries at most."""


def judge(case: PageCase) -> Verdict | None:
    """Speak of the sums and shares in a page's present text."""
    history = case.history
    found = _found(history)
    if not found or history.current is None or history.current.reading is None:
        return None
    sums = [one for one in found if one.kind == "sum"]
    first = (sums or found)[0]
    name = excerpt(history.current.reading.title)
    title = f"{_in_short(first)}{f' and {len(found) - 1} more' if len(found) > 1 else ''}"
    return Verdict(
        key=f"{KIND}:page:{history.page.id}",
        kind=KIND,
        subject="page",
        title=f"{title}: {name}" if name else title,
        severity="medium" if sums else "low",
        agency=history.agency if is_own(history.agency_hosts, history.page.site, host_of(history.current.url)) else None,
        site=history.page.site,
        page=history.page.id,
        url=history.page.url,
        reasons=(
            *(Reason(KIND, _because(one)) for one in found[:TOLD]),
            Reason(KIND, f"there at {told(history.current.first_seen)}"),
        ),
        evidence=(history.current_evidence,) if history.current_evidence else (),
        by=history.current.first_seen,
        detail={"sums": [_detail(one) for one in found[:TOLD]], "in_all": len(found)},
    )


def cleared(case: PageCase) -> bool:
    """The text last seen soundly does not disagree with itself."""
    current = case.history.current
    return current is not None and current.reading is not None and not _found(case.history)


def _found(history: PageHistory) -> tuple[Disagreement, ...]:
    reading = history.current.reading if history.current else None
    return disagreements(reading.body) if reading is not None and reading.kind == "article" else ()


def _in_short(one: Disagreement) -> str:
    if one.kind == "share":
        return f"{_plain(one.parts[0])} of {_plain(one.total)} {one.unit} called {one.printed}%"
    return f"{_plain(one.total)} {one.unit} broken down into {_plain(one.comes_to)}"


def _because(one: Disagreement) -> str:
    sentence = f"“{excerpt(one.sentence)}”"
    if one.kind == "share":
        part, total = _plain(one.parts[0]), _plain(one.total)
        return f"{part} of {total} {one.unit} is {one.comes_to}%, and {one.printed}% is printed: {sentence}"
    added = " + ".join(_plain(part) for part in one.parts[:TOLD]) + (" + …" if len(one.parts) > TOLD else "")
    return f"the parts come to {added} = {_plain(one.comes_to)}, and {_plain(one.total)} {one.unit} is stated: {sentence}"


def _detail(one: Disagreement) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "paragraph": one.paragraph,
        "sentence": excerpt(one.sentence),
        "total": _number(one.total),
        "unit": one.unit,
        "parts": [_number(part) for part in one.parts],
        "sum" if one.kind == "sum" else "share": _number(one.comes_to),
        "printed": _number(one.printed) if one.printed is not None else None,
    }


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _plain(value: Decimal) -> str:
    """A figure as a person writes it: no exponent, no trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


RULE = Rule(KIND, PageCase, "page", judge, cleared)
