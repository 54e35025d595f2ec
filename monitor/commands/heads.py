"""The ledger's daily head: signed, then stamped by an authority and told to a witness where the settings name one.

No trouble here stops a step: each is one warning, and what failed is tried again at a later step. Judges and mails nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cryptography.x509 import Certificate
from loguru import logger

from crawler.outbound import HttpOutbound
from monitor.commands.home import Home, judge_clock
from monitor.commands.output import plain
from storage.clock import SystemClock
from storage.errors import GongkaiError
from storage.keys import signing_key
from storage.records import Answer, Head, Outbound
from storage.stamps import QUERY, asking, certificates_in, check
from storage.store import Store

AGAIN = timedelta(days=7)
"""How long a head that was not stamped or witnessed is tried again; a later one covers all that it covers."""

REST = timedelta(hours=1)
"""How long a server that failed is left alone by `serve`, whose steps come every minute."""

NOTE = {"Content-Type": "text/plain; charset=utf-8"}


class Unreached(Exception):
    """The server did not answer at all: it need not be asked for other heads now."""


class Heads:
    """Signs and publishes the heads of one home's archive; made once by whoever takes steps again and again."""

    def __init__(self, home: Home, store: Store, outbound: Outbound | None = None) -> None:
        self._home, self._store, self._outbound = home, store, outbound
        self._resting: dict[str, datetime] = {}
        self._publishing = threading.Lock()

    def keep(self, as_of: datetime | None = None) -> None:
        """Sign today's head if it is due, and publish what is not published yet."""
        try:
            now = judge_clock(self._store, as_of).now()
            if self._store.head_due(now):
                self._home.make()
                self._store.sign_head(signing_key(self._home.folder), now)
            self._publish(now)
        except GongkaiError as error:
            logger.warning("the head of the ledger: {}", plain(error))

    def _publish(self, now: datetime) -> None:
        settings, since = self._home.settings, now - AGAIN
        # two steps of `serve` may come here at once; the second leaves it to the first
        if not self._publishing.acquire(blocking=False):
            return
        try:
            if settings.tsa_url:
                self._each(settings.tsa_url, "stamped", self._store.heads_to_stamp(since), self._stamp)
            if settings.witness_url:
                self._each(settings.witness_url, "witnessed", self._store.heads_to_witness(since), self._witness)
        finally:
            self._publishing.release()

    def _each(self, url: str, deed: str, heads: Sequence[Head], publish: Callable[[Outbound, str, Head], None]) -> None:
        """Publish the newest first; a server that is not reached is asked once, one that says no is asked for each."""
        if deed in self._resting and SystemClock().now() < self._resting[deed]:
            return
        for head in heads:
            try:
                publish(self._way_out(), url, head)
            except (Unreached, ValueError, GongkaiError) as wrong:
                self._resting[deed] = SystemClock().now() + REST
                told = "the head of {} entries was not {} by {}, and is tried again: {}"
                logger.warning(told, head.size, deed, urlsplit(url).hostname, plain(wrong)[:500])
                if not isinstance(wrong, ValueError):
                    return

    def _stamp(self, outbound: Outbound, url: str, head: Head) -> None:
        note, trusted = head.note.encode(), self._trusted()
        asked = asking(note)
        answer = _body(outbound.post(url, asked.as_bytes(), {"Content-Type": QUERY}))
        check(answer, note, asked, trusted)
        self._store.head_stamped(head.size, answer)

    def _witness(self, outbound: Outbound, url: str, head: Head) -> None:
        _body(outbound.post(url, head.note.encode(), NOTE))
        self._store.head_witnessed(head.size, SystemClock().now())

    def _trusted(self) -> list[Certificate]:
        path = self._home.settings.tsa_certificates
        if path is None:
            return []
        try:
            return certificates_in(path.read_bytes())
        except OSError as error:
            raise GongkaiError(f"GONGKAI_TSA_CERTIFICATES: {path} cannot be read: {error.strerror}") from None
        except ValueError:
            raise GongkaiError(f"GONGKAI_TSA_CERTIFICATES: {path} holds no certificate", "give a PEM file") from None

    def _way_out(self) -> Outbound:
        return self._outbound or HttpOutbound(self._home.manners.policy(), clock=SystemClock())


def _body(answer: Answer) -> bytes:
    """The body of a good answer; raises Unreached or ValueError for any other."""
    if answer.error:
        raise Unreached(answer.error)
    if answer.status is None or not 200 <= answer.status < 300:
        raise ValueError(f"it answered {answer.status}")
    return answer.body
