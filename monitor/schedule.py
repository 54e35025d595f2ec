"""Which step runs when. No logic: the steps are handed in, each is run in its own turn and never twice at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

EVERY_SECONDS: Mapping[str, int] = {"crawl": 60, "judge": 60, "deliver": 60, "prune": 86_400}
"""How often each step asks whether there is something to do; how often a page is looked at is said by its own interval."""


def scheduler_of(steps: Mapping[str, Callable[[], None]], now: datetime) -> BackgroundScheduler:
    """A scheduler, not yet started, that runs each step at once and then again and again.

    A step that is late runs once, not as often as it was missed.
    """
    scheduler = BackgroundScheduler(timezone="UTC")
    for name, step in steps.items():
        trigger = IntervalTrigger(seconds=EVERY_SECONDS[name], timezone="UTC")
        scheduler.add_job(step, trigger, id=name, next_run_time=now, max_instances=1, coalesce=True, misfire_grace_time=None)
    return scheduler
