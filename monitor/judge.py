"""The second step: asks the rules about everything that waits to be judged, and keeps what they found. Has no opinion itself.

Never fetches but through the probe it was given, and never writes but through one door: findings, the alerts that follow and
the marks that say what was judged are kept in one transaction. What cannot be judged is logged and goes on waiting.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from loguru import logger

from monitor.absence import Patience, Settling
from monitor.bench import Bench, agencies_with_sites
from monitor.duty import DutyCase, DutyInstance, DutyState, assess, cases_of, load_packs
from monitor.keeping import keep
from monitor.plan import plan
from monitor.settings import MonitorSettings
from storage.records import (
    Clock,
    DutyRow,
    Finding,
    Probe,
    Reader,
)
from storage.store import Store


def judge(store: Store, clock: Clock, probe: Probe | None, reader: Reader, settling: Settling | None = None) -> list[Finding]:
    """Judge what waits, then every duty, and plan the next looks; gives the findings that are new or have turned.

    Judging twice raises nothing twice. Changes, pages and runs come first: an impostor found among them must not accuse an
    agency by its duties.
    """
    now = present(store, clock)
    bench = Bench(store, probe, reader, settling or Settling())
    found: list[Finding] = []
    while waiting := [*bench.changes(), *bench.pages(), *bench.runs()]:
        found += keep(store, waiting, now, bench.left)
    found += keep(store, list(bench.standing(now)), now, bench.left)
    plan(store, bench.dues, now)
    if bench.left:
        logger.warning("{} rows could not be judged and go on waiting: {}", len(bench.left), ", ".join(sorted(bench.left)[:20]))
    return found


def settling_of(settings: MonitorSettings) -> Settling:
    """How much patience each turn of a state needs, as the settings say."""
    return Settling(
        removal=Patience(settings.removal_looks, timedelta(hours=settings.removal_span_hours)),
        restoration=Patience(settings.restoration_looks, timedelta(hours=settings.restoration_span_hours)),
        outage=Patience(settings.outage_looks, timedelta(hours=settings.outage_span_hours)),
    )


def present(store: Store, clock: Clock) -> datetime:
    """The time at which judge stands: never before the newest capture, whatever a simulated clock says."""
    now, newest = clock.now(), store.newest_capture()
    return max(now, newest) if newest else now


def duty_states(store: Store, now: datetime) -> list[tuple[DutyInstance, DutyState]]:
    """Every duty of every agency that has a site, and how it stands; an agency that cannot be assessed is logged and left out."""
    told: list[tuple[DutyInstance, DutyState]] = []
    for agency in agencies_with_sites(store):
        try:
            told += [(case.instance, assess(case, now)) for case in _duty_cases(store, agency, store.duty_rows(), now)]
        except Exception as wrong:  # one agency's row must not empty the whole table
            logger.opt(exception=wrong).warning("the duties of {} could not be assessed: {}", agency, wrong)
    return told


def _duty_cases(store: Store, agency: str, rows: Sequence[DutyRow], now: datetime) -> tuple[DutyCase, ...]:
    return cases_of(store.duty_ground(agency), rows, load_packs(), now)
