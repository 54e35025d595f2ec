"""Waits for our turn at a host and an address, and gives it back with the time of the next one. Never opens a connection."""

from __future__ import annotations

import asyncio
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TypeVar

from loguru import logger

from crawler.patience import Patience
from crawler.policy import Leases
from storage.errors import Away
from storage.records import Clock

T = TypeVar("T")
LONGEST_REST = 3600.0
"""Seconds; a Retry-After beyond an hour is cut to it, since the next look asks again anyway."""


class Busy(Exception):
    """The wait for a turn is longer than a fetch may take."""


@dataclass(slots=True)
class Turn:
    """One granted visit. The visitor sets how long the host and the address rest afterwards, in seconds."""

    host_rest: float = 0.0
    address_rest: float = 0.0


class Turns:
    """Claims leases off the event loop, one asker per host and address in this process. Belongs to one event loop.

    A host's own wish for rest (Retry-After, Crawl-delay) binds the host alone: hundreds of portals may share one address of
    a provider, and one of them must not silence the others.
    """

    def __init__(self, leases: Leases, clock: Clock, *, max_wait: float) -> None:
        self._leases, self._clock, self._max_wait = leases, clock, max_wait
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="leases")
        self._patience = Patience()
        # One lock per host ever visited by this process: a few thousand at most, so they are never thrown away.
        self._queues: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._ready: dict[str, datetime] = {}

    async def aside(self, work: Callable[[], T]) -> T:
        """Run a blocking call in this object's own threads, again while the archive is away."""
        return await self._patience.through(lambda: self._in_thread(work))

    def _in_thread(self, work: Callable[[], T]) -> Awaitable[T]:
        return asyncio.get_running_loop().run_in_executor(self._threads, work)

    @asynccontextmanager
    async def turn(self, host: str, address: str, ttl: float, rest: float) -> AsyncIterator[Turn]:
        """Hold the host and the address for the body of the `with`, `ttl` seconds at most. Raises Busy.

        `rest` is how long both rest afterwards unless the visitor says otherwise.
        """
        host_key, address_key, holder = f"host:{host}", f"addr:{address}", uuid.uuid4().hex
        turn = Turn(rest, rest)
        async with self._queues[host_key]:
            # The host's rest is waited for before the address is queued for, so that a slow host blocks no neighbour.
            if (known := self._ready.get(host_key)) is not None:
                await self._sleep((known - self._clock.now()).total_seconds(), 0.0)
            async with self._queues[address_key]:
                await self._claim([host_key, address_key], holder, ttl)
                try:
                    yield turn
                finally:
                    await asyncio.shield(self._release(host_key, address_key, holder, turn))

    async def _claim(self, keys: list[str], holder: str, ttl: float) -> None:
        waited = 0.0
        while wait := await self._patience.through(lambda: self._ask(keys, holder, ttl)):
            await self._sleep(wait, waited)
            waited += wait

    async def _ask(self, keys: list[str], holder: str, ttl: float) -> float:
        asked = asyncio.ensure_future(self._in_thread(lambda: self._leases.claim(keys, holder, self._clock.now(), ttl)))
        try:
            return await asyncio.shield(asked)
        except asyncio.CancelledError:
            # The question is under way in its thread and may still be granted: nobody would give that lease back.
            if await asked == 0.0:
                await self._in_thread(lambda: self._leases.release(keys, holder, self._clock.now()))
            raise

    async def _sleep(self, seconds: float, waited: float) -> None:
        if seconds + waited > self._max_wait:
            raise Busy(f"the host rests for another {seconds:.0f} s")
        if seconds > 0:
            await asyncio.sleep(seconds)

    async def _release(self, host_key: str, address_key: str, holder: str, turn: Turn) -> None:
        now = self._clock.now()
        host_at, address_at = now + timedelta(seconds=turn.host_rest), now + timedelta(seconds=turn.address_rest)
        self._ready[host_key] = host_at
        together = host_at == address_at
        given = {host_at: [host_key, address_key]} if together else {host_at: [host_key], address_at: [address_key]}
        try:
            for at, keys in given.items():
                await self.aside(partial(self._leases.release, keys, holder, at))
        except Away as error:  # the lease ends by itself, and what the visit brought must not be lost for it
            logger.warning("a visit of {} was not written down as ended: {}", host_key, error.message)

    def close(self) -> None:
        """Give the threads back once the releases under way are written."""
        self._threads.shutdown(wait=True)


def retry_after(status: int | None, value: str | None, now: datetime) -> float:
    """Seconds of rest that a 429 or 503 asks for (RFC 9110, 10.2.3), an hour at most; 0.0 if none or unreadable."""
    if status not in (429, 503) or not value:
        return 0.0
    value = value.strip()
    try:
        seconds = float(value) if value.isdecimal() else (parsedate_to_datetime(value) - now).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return 0.0
    return min(max(seconds, 0.0), LONGEST_REST)
