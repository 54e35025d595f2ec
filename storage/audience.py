"""For which subscribers a finding is meant, and which turns of its state are worth telling. Pure; sends nothing."""

from __future__ import annotations

from collections.abc import Iterable

from storage.records import Subscriber, Verdict

SEVERITIES = ("low", "medium", "high")


def wants(subscriber: Subscriber, verdict: Verdict, speaks_for: Iterable[str]) -> bool:
    """Do a subscriber's filters let this verdict through; `speaks_for`: the agencies of the site it was found on."""
    if SEVERITIES.index(verdict.severity) < SEVERITIES.index(subscriber.severity):
        return False
    if subscriber.kinds and not {verdict.kind, *verdict.also} & set(subscriber.kinds):
        return False
    if subscriber.sites and verdict.site not in subscriber.sites:
        return False
    about = {verdict.agency} if verdict.agency is not None else set(speaks_for)
    return not subscriber.agencies or bool(about & set(subscriber.agencies))


def turn(before: str | None, after: str, told: bool) -> str | None:
    """What to tell when a finding goes from one state to another; `before` is None for a new one, None back: nothing.

    That a finding is resolved is told only to those who were told of it.
    """
    if before == after:
        return None
    if after == "resolved":
        return "resolved" if told else None
    return after


def tells(subscriber: Subscriber, what: str, lowered: bool = False) -> bool:
    """Does a subscriber want to hear of this turn; `lowered`: it was told as settled, so the doubt is told to everybody."""
    return lowered or not (subscriber.settled_only and what == "suspected")
