"""Looks that the front door takes itself, outside of any run: the probe of judge, and the first look of `gongkai add`.

Both go through the gate's own ways out with the gate's manners; neither writes a capture.
"""

from __future__ import annotations

import asyncio

from crawler.probe import HttpProbe
from crawler.transport import Transport
from monitor.commands.home import Home
from storage.clock import SystemClock
from storage.records import Answer, Clock, Examination, Reader
from storage.store import Store


def probe_of(home: Home, store: Store, clock: Clock, reader: Reader) -> HttpProbe:
    """The second, independent look, its answers stamped by `clock`."""
    return HttpProbe(
        home.manners.policy(), leases=store.leases, robots_store=store, clock=SystemClock(), reader=reader, dates=clock
    )


def first_look(home: Home, store: Store, url: str, reader: Reader, top: str) -> tuple[Answer, Examination]:
    """Fetch an address once and examine it; `top` is the home page of its host."""
    answer = asyncio.run(_fetch(home, store, url))
    return answer, reader.examine(answer, home=top)


async def _fetch(home: Home, store: Store, url: str) -> Answer:
    gate = Transport(home.manners.policy(), leases=store.leases, robots_store=store, clock=SystemClock())
    try:
        return await gate.fetch(url)
    finally:
        await gate.close()
