"""The outbox: alerts that wait, messages frozen, claimed by one sender at a time, and how each ended. Sends nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, insert, select, update

from storage.engine import again
from storage.records import Alert, Message, NewMessage
from storage.rows import new_id
from storage.shelf import Shelf
from storage.shelves.judgements import ALERTS, finding_of
from storage.shelves.watchlist import subscriber_of
from storage.tables import ALERT, FINDING, MESSAGE, SUBSCRIBER


class OutboxShelf(Shelf):
    """Questions and deeds about alerts and messages."""

    def alerts_waiting(self) -> list[Alert]:
        """Alerts in no message yet, by subscriber, most pressing first."""
        with self._reading() as connection:
            subscribers = {row.id: subscriber_of(row) for row in connection.execute(select(SUBSCRIBER))}
            waiting = connection.execute(
                select(ALERT).where(ALERT.c.message.is_(None)).order_by(ALERT.c.subscriber, ALERT.c.id)
            ).all()
            about = select(FINDING).where(FINDING.c.id.in_({row.finding for row in waiting}))
            findings = {row.id: finding_of(row) for row in connection.execute(about)}
        alerts = [Alert(row.id, subscribers[row.subscriber], findings[row.finding], row.turn, row.raised) for row in waiting]
        return sorted(alerts, key=lambda alert: (alert.subscriber.id, -alert.finding.priority, alert.id))

    @again
    def pack_message(self, alerts: Sequence[int], message: NewMessage, at: datetime) -> Message | None:
        """Freeze a message and take its alerts, all or none; None if another sender took one of them first."""
        with self._writing(alone=ALERTS) as connection:
            free = select(ALERT.c.id).where(ALERT.c.id.in_(alerts), ALERT.c.message.is_(None))
            if len(connection.execute(free).all()) != len(set(alerts)):
                return None
            values = {"state": "waiting", "attempts": 0, "created": at, "next_try": at}
            frozen = connection.execute(
                insert(MESSAGE).values(
                    message_id=message.message_id,
                    subscriber=message.subscriber,
                    address=message.address,
                    notifier=message.notifier,
                    subject=message.subject,
                    content=message.content,
                    **values,
                )
            )
            number = new_id(frozen)
            connection.execute(update(ALERT).where(ALERT.c.id.in_(alerts)).values(message=number))
            connection.execute(update(SUBSCRIBER).where(SUBSCRIBER.c.id == message.subscriber).values(last_digest=at))
            return _message(connection.execute(select(MESSAGE).where(MESSAGE.c.id == number)).one())

    def claim_messages(self, now: datetime, holder: str, ttl: timedelta) -> list[Message]:
        """Take every waiting message whose time has come and that nobody else holds."""
        free = MESSAGE.c.claimed_until.is_(None) | (MESSAGE.c.claimed_until < now)
        due = (MESSAGE.c.state == "waiting") & (MESSAGE.c.next_try <= now) & free
        with self._writing(alone="outbox") as connection:
            mine = connection.execute(select(MESSAGE).where(due).order_by(MESSAGE.c.id)).all()
            taken = MESSAGE.c.id.in_([row.id for row in mine])
            connection.execute(update(MESSAGE).where(taken).values(claimed_by=holder, claimed_until=now + ttl))
        return [_message(row) for row in mine]

    def message_sent(self, message: int, at: datetime) -> None:
        """Note that a server took the message."""
        self._finish(message, state="sent", done_at=at, error=None)

    def message_filed(self, message: int, where: str, at: datetime) -> None:
        """Note that the message was written to a file, as no server is set."""
        self._finish(message, state="filed", done_at=at, place=where, error=None)

    def message_failed(self, message: int, error: str, next_try: datetime | None, at: datetime) -> None:
        """Note a failure and when to try again; without a next try the message is dead."""
        ended = {"state": "dead", "done_at": at} if next_try is None else {"next_try": next_try}
        self._finish(message, error=error, **ended)

    def messages(self, state: str | None = None) -> list[Message]:
        """All messages, or those in one state, oldest first."""
        query = select(MESSAGE).order_by(MESSAGE.c.id)
        with self._reading() as connection:
            return [_message(row) for row in connection.execute(query.where(MESSAGE.c.state == state) if state else query)]

    def last_digest(self, subscriber: str) -> datetime | None:
        """When a message was last packed for a subscriber."""
        with self._reading() as connection:
            return connection.execute(select(SUBSCRIBER.c.last_digest).where(SUBSCRIBER.c.id == subscriber)).scalar()

    def _finish(self, message: int, **values: Any) -> None:
        values |= {"claimed_by": None, "claimed_until": None, "attempts": MESSAGE.c.attempts + 1}
        with self._writing() as connection:
            connection.execute(update(MESSAGE).where(MESSAGE.c.id == message).values(**values))


def _message(row: Row[Any]) -> Message:
    return Message(
        id=row.id,
        message_id=row.message_id,
        subscriber=row.subscriber,
        address=row.address,
        notifier=row.notifier,
        subject=row.subject,
        content=row.content,
        state=row.state,
        attempts=row.attempts,
        created=row.created,
        error=row.error,
        where=row.place,
    )
