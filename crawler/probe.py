"""A second, independent look at an address before anything is called removed: another client library, outside of any run.

Goes through the same address rule, robots, leases and limits as the transport; writes nothing and judges nothing itself.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from crawler.policy import Leases, RobotsStore, TransportPolicy
from crawler.second_wire import SecondWire
from crawler.transport import Transport
from storage.records import Answer, Clock, Examination, Reader


class HttpProbe:
    """Looks through httpx, where the crawl looked through the project's own reader of HTTP. Implements records.Probe.

    `clock` is the real time for the leases, `dates` stamps the answer (default: `clock`), as in Transport.
    """

    def __init__(
        self,
        policy: TransportPolicy,
        *,
        leases: Leases,
        robots_store: RobotsStore,
        clock: Clock,
        reader: Reader,
        dates: Clock | None = None,
        tls: str = "verify",
    ) -> None:
        self._policy, self._leases, self._robots_store = policy, leases, robots_store
        self._clock, self._dates, self._reader, self._tls = clock, dates, reader, tls

    def look(self, url: str, *, home: str | None = None, reader: Reader | None = None) -> tuple[Answer, Examination]:
        """Fetch once, politely, and examine; `home` is the site's home page. Raises nothing for what the web does."""
        # A thread of its own, so that the look also works where an event loop is already running.
        with ThreadPoolExecutor(1, thread_name_prefix="probe") as thread:
            answer = thread.submit(asyncio.run, self._fetch(url)).result()
        return answer, (reader or self._reader).examine(answer, home=home)

    async def _fetch(self, url: str) -> Answer:
        gate = Transport(
            self._policy,
            leases=self._leases,
            robots_store=self._robots_store,
            clock=self._clock,
            dates=self._dates,
            wire=SecondWire(self._policy),
        )
        try:
            return await gate.fetch(url, tls=self._tls)
        finally:
            await gate.close()
