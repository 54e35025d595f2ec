"""Waits for an archive that is away for a while: a server that is started anew, a long lock.

Never loses what it was given to do before its time is over, and never asks whether the deed makes sense.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from loguru import logger

from storage.errors import Away, Stuck

T = TypeVar("T")

PATIENCE = 120.0
"""Seconds for which an archive may be away; a server that is updated is back by then."""

PAUSES = (0.1, 0.5, 1.0, 2.0, 5.0)
"""Seconds between one try and the next; the last one holds on."""


class Patience:
    """Does deeds of the archive again while it is away. Once the patience is over each deed has one try, until one succeeds.

    Where waiting cannot help, since the disk is full, it is over at once.
    """

    def __init__(self) -> None:
        self._since: float | None = None  #: when the archive was first found away
        self._hurried = asyncio.Event()
        self.over = False  #: was the archive away for so long that nobody waits any more

    def hurry(self) -> None:
        """Wait no longer, now and from now on."""
        self._hurried.set()

    async def through(self, deed: Callable[[], Awaitable[T]]) -> T:
        """What the deed brings, when the archive is there; raises Away when that takes too long."""
        tries = 0
        while True:
            try:
                done = await deed()
            except Away as error:
                self.over = self.over or self._is_over(error)
                if self.over or self._hurried.is_set():
                    raise
                logger.log("DEBUG" if tries else "WARNING", "{}; it is tried again", error.message)
                await self._rest(PAUSES[min(tries, len(PAUSES) - 1)])
                tries += 1
            else:
                self._since, self.over = None, False
                return done

    def _is_over(self, error: Away) -> bool:
        now = asyncio.get_running_loop().time()
        self._since = now if self._since is None else self._since
        return isinstance(error, Stuck) or now - self._since >= PATIENCE

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._hurried.wait(), seconds)
        except TimeoutError:
            return
