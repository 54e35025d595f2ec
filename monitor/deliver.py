"""The third step: packs what waits into messages and carries them out. Judges nothing and never changes a finding.

A message is frozen (bytes and Message-ID) in the transaction that claims its alerts, and sent only after that; so a kill
anywhere loses nothing, and several deliverers at once send nothing twice.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from loguru import logger

from monitor.notifier import Delivery, Failed, Filed, Notifier, Occasion, Sent
from monitor.notifiers import NOTIFIERS
from monitor.settings import MonitorSettings
from storage.clock import SystemClock
from storage.records import SHANGHAI, Alert, Clock, Message, Outbound
from storage.store import Store

BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (0, 5, 15, 60, 240, 480, 960, 1440, 1440))
"""How long a message rests after the server's first, second ... "not now"; 0: until the next deliver step."""

ATTEMPTS = len(BACK_OFF) + 1
GIVEN_UP = timedelta(days=3)
"""A message that a server put off so often, and for so long, is dead: it stays in the archive, and a person has to look.
A server that cannot be reached kills no message, however long it is down."""

CLAIM = timedelta(minutes=2)
"""How long a claimed message is kept from other deliverers; a killed one's messages come back after it."""

SENDING = timedelta(seconds=30)
"""No message is begun later than this after its claim: the rest of the claim is left for a slow server's answer."""

_PACKINGS = 3  #: times to try one subscriber's packing, since another deliverer may take some of the alerts meanwhile


@dataclass(frozen=True, slots=True)
class DeliverReport:
    """What one deliver step did, and what is left."""

    sent: int = 0
    filed: int = 0
    waiting: int = 0  #: messages that wait for their next try
    dead: int = 0  #: messages given up in this step
    held: int = 0  #: alerts not packed: kept for the next day's digest, or their subscriber's notifier is broken
    where: str | None = None  #: the folder of filed mails
    troubles: tuple[str, ...] = ()  #: one line each, for a person


def notifiers_of(settings: MonitorSettings, outbound: Outbound | None = None) -> dict[str, Notifier]:
    """Every notifier that can be made from the settings, by the name a subscriber asks for."""
    return {name: make(settings, outbound) for name, make in NOTIFIERS.items()}


def deliver(
    store: Store, clock: Clock, settings: MonitorSettings, notifiers: Mapping[str, Notifier] | None = None
) -> DeliverReport:
    """Pack what waits and send what is due, once; a broken subscriber or server is told of and never stops the others."""
    hands = notifiers_of(settings) if notifiers is None else notifiers
    packing = _pack_all(store, clock, settings, hands)
    told = _send_due(store, _wall(store, clock), hands)
    return DeliverReport(
        sent=told.count(Sent),
        filed=told.count(Filed),
        waiting=len(store.messages("waiting")),
        dead=len(told.dead),
        held=len(store.alerts_waiting()),
        where=next((str(Path(d.where).parent) for _, d in told.deliveries if isinstance(d, Filed)), None),
        troubles=(*packing, *told.troubles()),
    )


def _wall(store: Store, clock: Clock) -> Clock:
    """The clock for claims and rests: a simulated one stands still between two commands, and they would never end by it."""
    return _Later(SystemClock(), clock) if store.simulated else clock


@dataclass(frozen=True, slots=True)
class _Later:
    """The later of two clocks; nothing in the outbox is then dated before it was packed."""

    one: Clock
    other: Clock

    def now(self) -> datetime:
        return max(self.one.now(), self.other.now())


# --- packing ----------------------------------------------------------------------------------------------------------


def _pack_all(store: Store, clock: Clock, settings: MonitorSettings, notifiers: Mapping[str, Notifier]) -> list[str]:
    troubles = []
    occasion = Occasion(clock.now(), store.simulated, settings.public_url, store.newest_head())
    for subscriber, waiting in _by_subscriber(store.alerts_waiting()).items():
        try:
            _pack(store, occasion, notifiers, waiting)
        except Exception as wrong:  # one subscriber's row must not silence the others, whatever is wrong with it
            logger.opt(exception=wrong).warning("alerts of subscriber {} wait: {}", subscriber, wrong)
            troubles.append(f"alerts of subscriber {subscriber} wait: {wrong}")
    return troubles


def _by_subscriber(alerts: Sequence[Alert]) -> dict[str, list[Alert]]:
    groups: dict[str, list[Alert]] = {}
    for alert in alerts:
        groups.setdefault(alert.subscriber.id, []).append(alert)
    return groups


def _pack(store: Store, occasion: Occasion, notifiers: Mapping[str, Notifier], waiting: Sequence[Alert]) -> None:
    """Freeze one subscriber's due alerts into one message; if another deliverer took some of them, look again."""
    subscriber = waiting[0].subscriber
    for _ in range(_PACKINGS):
        due = due_alerts(waiting, occasion.now, store.last_digest(subscriber.id))
        if not due:
            return
        message = _notifier(notifiers, subscriber.notifier).render(due, occasion)
        if store.pack_message([alert.id for alert in due], message, occasion.now) is not None:
            return
        waiting = _by_subscriber(store.alerts_waiting()).get(subscriber.id, [])


def due_alerts(alerts: Sequence[Alert], now: datetime, last_digest: datetime | None) -> list[Alert]:
    """Which of one subscriber's alerts are told now: all; if a daily digest was given that day (in China), only grave ones."""
    fresh_day = last_digest is None or last_digest.astimezone(SHANGHAI).date() < now.astimezone(SHANGHAI).date()
    return [a for a in alerts if fresh_day or a.subscriber.digest != "daily" or a.finding.verdict.severity == "high"]


def _notifier(notifiers: Mapping[str, Notifier], name: str) -> Notifier:
    if name not in notifiers:
        raise LookupError(f"no notifier is called {name!r}; known are {', '.join(sorted(notifiers))}")
    return notifiers[name]


# --- sending ----------------------------------------------------------------------------------------------------------


@dataclass
class _Told:
    """How each message of one step went."""

    deliveries: list[tuple[Message, Delivery]] = field(default_factory=list)
    dead: list[Message] = field(default_factory=list)

    def count(self, kind: type[Sent] | type[Filed]) -> int:
        return sum(isinstance(delivery, kind) for _, delivery in self.deliveries)

    def troubles(self) -> list[str]:
        """One line per different trouble."""
        failed: dict[str, list[str]] = {}
        for message, delivery in self.deliveries:
            if isinstance(delivery, Failed):
                failed.setdefault(delivery.text, []).append(message.subscriber)
        return [f"{_named(subscribers)}: {text}" for text, subscribers in failed.items()]


def _named(subscribers: Sequence[str]) -> str:
    return f"message to {subscribers[0]}" if len(subscribers) == 1 else f"{len(subscribers)} messages"


def _send_due(store: Store, clock: Clock, notifiers: Mapping[str, Notifier]) -> _Told:
    """Send all due messages; stops in good time before the claim runs out, since the rest is another deliverer's then."""
    told, unreachable, claimed_at = _Told(), dict[str, Failed](), clock.now()
    for message in store.claim_messages(claimed_at, uuid.uuid4().hex, CLAIM):
        if clock.now() - claimed_at > SENDING:
            break
        delivery = unreachable.get(message.notifier) or _send(notifiers, message)
        if isinstance(delivery, Failed) and delivery.unreachable:
            unreachable[message.notifier] = delivery
        told.deliveries.append((message, delivery))
        if not _note(store, message, delivery, clock.now()):
            told.dead.append(message)
    for trouble in told.troubles():
        logger.warning("{}", trouble)
    return told


def _send(notifiers: Mapping[str, Notifier], message: Message) -> Delivery:
    try:
        return _notifier(notifiers, message.notifier).send(message)
    except Exception as wrong:  # a broken notifier is one message's trouble, not the step's
        logger.opt(exception=wrong).warning("message {} to {} did not leave", message.id, message.subscriber)
        return Failed(f"{type(wrong).__name__}: {wrong}")


def _note(store: Store, message: Message, delivery: Delivery, now: datetime) -> bool:
    """Write down how it went; False if the message was given up."""
    if isinstance(delivery, Sent):
        store.message_sent(message.id, now)
    elif isinstance(delivery, Filed):
        store.message_filed(message.id, delivery.where, now)
    else:
        again = next_attempt(message, delivery, now)
        store.message_failed(message.id, delivery.text, again, now)
        return again is not None
    return True


def next_attempt(message: Message, failed: Failed, now: datetime) -> datetime | None:
    """When to try a message again after one more failure, or None when it is given up."""
    failures = message.attempts + 1
    if failed.permanent:
        return None
    if failed.unreachable:
        return message.created  # the next step knocks once for all of them
    if failures >= ATTEMPTS and now - message.created >= GIVEN_UP:
        return None
    rest = BACK_OFF[min(failures, len(BACK_OFF)) - 1]
    return now + rest if rest else message.created
