"""The one place that reads the machine's clock. Everything else is told the time.

Never judges a time, and never sleeps.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """The present time, aware, in UTC."""
        return datetime.now(UTC)


class SimulatedClock:
    """A time chosen by a person plus the time gone by since; only a simulated home may use it (principle 11)."""

    def __init__(self, as_of: datetime) -> None:
        self._as_of = as_of.astimezone(UTC)
        self._began = time.monotonic()

    def now(self) -> datetime:
        """The chosen time plus the time gone by, aware, in UTC."""
        return self._as_of + timedelta(seconds=time.monotonic() - self._began)
