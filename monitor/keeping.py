"""Keeps what the rules found: all of one judging in one transaction, and of what cannot be kept so all but the broken part.

Judges nothing. What another judging has done meanwhile is left to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from loguru import logger

from monitor.rule import one_per_key
from storage.errors import Overtaken
from storage.records import Finding, Judgement
from storage.store import Store


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the rules said about one thing that waited, and the mark that says it was judged."""

    name: str
    judgement: Judgement


def keep(store: Store, weighed: Sequence[Weighed], now: datetime, left: set[str]) -> list[Finding]:
    """Keep all in one transaction; if that cannot be, find the broken one by halves, name it in `left` and keep the others."""
    if not weighed:
        return []
    try:
        return store.save_judgement(_together(weighed), now)
    except Overtaken as late:  # another judging has done that part; the duties among it are judged by the next one
        rest = [one for one in weighed if not _overtaken(one.judgement, late)]
        return keep(store, rest, now, left) if len(rest) < len(weighed) else []
    except Exception as wrong:
        store.save_judgement(Judgement(), now)  # raises if it is the archive that is broken, and not a row
        if len(weighed) == 1:
            logger.opt(exception=wrong).warning("what was found for {} could not be kept: {}", weighed[0].name, wrong)
            left.add(weighed[0].name)
            return []
    half = len(weighed) // 2
    return keep(store, weighed[:half], now, left) + keep(store, weighed[half:], now, left)


def _overtaken(judgement: Judgement, late: Overtaken) -> bool:
    return bool(
        late.pages.intersection(page for page, _ in (*judgement.pages, *judgement.beside))
        or late.changes.intersection(judgement.changes)
        or late.runs.intersection(judgement.runs)
        or late.agencies.intersection(agency for agency, _ in judgement.agencies)
    )


def _together(weighed: Sequence[Weighed]) -> Judgement:
    """One judgement of many; what is found true in it is not resolved by it, unless by what came after."""
    parts = [one.judgement for one in weighed]
    verdicts = one_per_key([verdict for part in parts for verdict in part.verdicts])
    over: dict[str, None] = {}
    for part in parts:
        over |= dict.fromkeys(part.resolved_keys)
        for verdict in part.verdicts:
            over.pop(verdict.key, None)
    return Judgement(
        verdicts=verdicts,
        resolved_keys=tuple(over),
        why_resolved={key: why for part in parts for key, why in part.why_resolved.items()},
        changes=tuple(number for part in parts for number in part.changes),
        pages=tuple(mark for part in parts for mark in part.pages),
        beside=tuple(mark for part in parts for mark in part.beside),
        unsettled=tuple(number for part in parts for number in part.unsettled),
        runs=tuple(number for part in parts for number in part.runs),
        adopted=tuple(dict.fromkeys(host for part in parts for host in part.adopted)),
        agencies=tuple(ground for part in parts for ground in part.agencies),
    )
