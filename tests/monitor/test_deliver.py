"""The third step on a real archive with a real mail server on loopback: nothing lost, nothing twice, whatever breaks."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default as modern
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from monitor.deliver import ATTEMPTS, DeliverReport, deliver, notifiers_of
from monitor.notifier import Delivery, Failed, Notifier, Occasion, Sent
from monitor.settings import MonitorSettings
from storage.records import Agency, Alert, Finding, Judgement, Message, NewMessage, Site, Subscriber, Verdict, Watchlist
from storage.store import Store

NOW = datetime(2026, 4, 9, 1, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = 60 * MINUTE
DESK = Subscriber("desk", "desk@example.org")
DAILY = Subscriber("daily", "daily@example.org", digest="daily")
HOUSE = Path(__file__).parents[2]


class Hands:
    """A clock that a test sets."""

    def __init__(self, time: datetime = NOW) -> None:
        self.time = time

    def now(self) -> datetime:
        return self.time


class Box:
    """A mail server's handler that answers as told and remembers what it took."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, bytes]] = []
        self.answers: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250"):
            self.taken.append((envelope.rcpt_tos[0], envelope.content))
        return answer

    def ids(self) -> Counter[str]:
        return Counter(message_from_bytes(content, policy=modern)["Message-ID"] for _, content in self.taken)


class Post(Controller):
    """A server that can be switched off and on again at the same port."""

    def _trigger_server(self) -> None:
        socket.create_connection(("127.0.0.1", self.port), timeout=5).close()

    def off(self) -> None:
        if self._thread is not None:
            self.stop()


def post(box: Box, port: int | None = None) -> Post:
    if port is None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
    made = Post(box, hostname="127.0.0.1", port=port)
    made.start()
    return made


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
def server(box: Box) -> Iterator[Post]:
    made = post(box)
    yield made
    made.off()


def by_smtp(tmp_path: Path, server: Post) -> MonitorSettings:
    return MonitorSettings.load(tmp_path, smtp_url=f"smtp://127.0.0.1:{server.port}", smtp_timeout=5)


def told(number: int, severity: str = "medium", machine: str = "settled") -> Verdict:
    return Verdict(
        key=f"page_changed:change:{number}",
        kind="page_changed",
        subject="page",
        title=f"第{number}号",
        machine=machine,
        severity=severity,
        agency="qs",
        site="www.qs.gov.cn",
        url=f"https://www.qs.gov.cn/{number}.html",
        by=NOW,
    )


def given(store: Store, *verdicts: Verdict, to: Sequence[Subscriber] = (DESK,), at: datetime = NOW) -> list[Finding]:
    agencies = (Agency("qs", "青山区人民政府"),)
    store.add_watchlist(Watchlist(agencies=agencies, sites=(Site("www.qs.gov.cn", agencies=("qs",)),), subscribers=tuple(to)), at)
    return store.save_judgement(Judgement(verdicts=verdicts), at)


# --- whole steps


def test_one_subscriber_gets_one_mail_for_all_that_waits(store: Store, tmp_path: Path, box: Box, server: Post) -> None:
    given(store, told(1), told(2), told(3))
    assert deliver(store, Hands(), by_smtp(tmp_path, server)) == DeliverReport(sent=1)
    assert deliver(store, Hands(), by_smtp(tmp_path, server)) == DeliverReport()
    assert len(box.taken) == 1
    assert store.messages("sent")[0].subject.startswith("[gongkai] 3 findings: ")


def test_without_a_server_mails_are_filed(store: Store, tmp_path: Path) -> None:
    given(store, told(1))
    report = deliver(store, Hands(), MonitorSettings.load(tmp_path))
    assert (report.filed, report.where) == (1, str(tmp_path / "mail"))
    (message,) = store.messages("filed")
    assert message.where
    assert Path(message.where).read_bytes() == message.content


def test_a_simulated_home_marks_its_mails(store: Store, tmp_path: Path) -> None:
    store.mark_simulated()
    given(store, told(1))
    deliver(store, Hands(), MonitorSettings.load(tmp_path))
    assert "SIMULATED" in store.messages("filed")[0].subject


def test_a_server_down_for_an_hour_costs_nothing_and_doubles_nothing(
    store: Store, tmp_path: Path, box: Box, server: Post
) -> None:
    settings, clock = by_smtp(tmp_path, server), Hands()
    server.off()
    given(store, told(1))
    while clock.time < NOW + HOUR:
        report = deliver(store, clock, settings)
        assert (report.sent, report.dead, report.waiting) == (0, 0, 1)
        clock.time += 2 * MINUTE
    again = post(box, server.port)
    try:
        for _ in range(60):
            clock.time += 2 * MINUTE
            deliver(store, clock, settings)
    finally:
        again.off()
    assert list(box.ids().values()) == [1]


def test_a_not_now_is_tried_at_the_next_step_and_then_after_its_rest(
    store: Store, tmp_path: Path, box: Box, server: Post
) -> None:
    given(store, told(1))
    box.answers = ["451 try later", "451 try later"]
    clock, settings = Hands(), by_smtp(tmp_path, server)
    for _ in range(2):
        report = deliver(store, clock, settings)
        assert (report.sent, report.waiting) == (0, 1)
        assert "451" in report.troubles[0]
        clock.time += MINUTE
    assert deliver(store, clock, settings) == DeliverReport(waiting=1)
    clock.time += 5 * MINUTE
    assert deliver(store, clock, settings) == DeliverReport(sent=1)


def test_a_final_no_ends_the_message_and_is_told(store: Store, tmp_path: Path, box: Box, server: Post) -> None:
    given(store, told(1))
    box.answers = ["554 spam"]
    report = deliver(store, Hands(), by_smtp(tmp_path, server))
    assert (report.sent, report.dead, report.waiting) == (0, 1, 0)
    assert "554 spam" in (store.messages("dead")[0].error or "")


def test_a_message_put_off_for_days_is_dead(store: Store, tmp_path: Path) -> None:
    given(store, told(1))
    clock, busy = Hands(), Counting(Failed("451 busy"))
    while not deliver(store, clock, MonitorSettings.load(tmp_path), {"email": busy}).dead:
        clock.time += HOUR
    assert store.messages("dead")[0].attempts == busy.count == ATTEMPTS
    assert clock.time - NOW > timedelta(days=3)


def test_a_simulated_clock_that_stands_still_keeps_no_message_back(store: Store, tmp_path: Path, box: Box, server: Post) -> None:
    store.mark_simulated()
    given(store, told(1))
    box.answers = ["451 try later"]
    settings = by_smtp(tmp_path, server)
    assert [deliver(store, Hands(), settings).sent for _ in range(2)] == [0, 1]
    store.save_judgement(Judgement(verdicts=(told(2),)), NOW)
    server.off()
    assert deliver(store, Hands(), settings).waiting == 1
    again = post(box, server.port)
    try:
        assert deliver(store, Hands(), settings).sent == 1
    finally:
        again.off()


def test_one_dead_server_is_knocked_at_once_not_once_per_message(store: Store, tmp_path: Path) -> None:
    given(store, told(1), to=[Subscriber(f"s{n}", f"s{n}@example.org") for n in range(20)])
    knocks = Counting(Failed("down", unreachable=True))
    report = deliver(store, Hands(), MonitorSettings.load(tmp_path), {"email": knocks})
    assert (knocks.count, report.waiting) == (1, 20)


class Counting:
    """A notifier that renders like the mail and answers as told."""

    def __init__(self, answer: Delivery | Exception) -> None:
        self.answer, self.count = answer, 0
        self._mail = notifiers_of(MonitorSettings())["email"]

    def render(self, alerts: Sequence[Alert], occasion: Occasion) -> NewMessage:
        return self._mail.render(alerts, occasion)

    def send(self, message: Message) -> Delivery:
        self.count += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_a_broken_subscriber_never_stops_the_others(store: Store, tmp_path: Path, box: Box, server: Post) -> None:
    broken = [
        Subscriber("a", "no address"),
        Subscriber("b", "b@example.org", notifier="pigeon"),
        Subscriber("c", "c@x\r\nRCPT TO:<v@x>"),
    ]
    given(store, told(1), to=[*broken, DESK])
    report = deliver(store, Hands(), by_smtp(tmp_path, server))
    assert [to for to, _ in box.taken] == ["desk@example.org"]
    assert (report.sent, report.dead, report.held) == (1, 2, 1)
    assert any("pigeon" in line for line in report.troubles)


def test_a_notifier_that_raises_keeps_its_message(store: Store, tmp_path: Path) -> None:
    given(store, told(1), to=[DESK, Subscriber("other", "o@example.org", notifier="good")])
    hands: dict[str, Notifier] = {"email": Counting(RuntimeError("broken")), "good": Renamed("good")}
    report = deliver(store, Hands(), MonitorSettings.load(tmp_path), hands)
    assert (report.sent, report.waiting, report.dead) == (1, 1, 0)


class Renamed(Counting):
    """The same under another name."""

    def __init__(self, name: str) -> None:
        super().__init__(Sent())
        self._name = name

    def render(self, alerts: Sequence[Alert], occasion: Occasion) -> NewMessage:
        made = super().render(alerts, occasion)
        return NewMessage(made.message_id, made.subscriber, made.address, self._name, made.subject, made.content)


def test_a_daily_subscriber_waits_for_the_next_day(store: Store, tmp_path: Path, box: Box, server: Post) -> None:
    clock, settings = Hands(), by_smtp(tmp_path, server)
    given(store, told(1), to=[DAILY])
    assert deliver(store, clock, settings).sent == 1
    store.save_judgement(Judgement(verdicts=(told(2),)), NOW)
    assert deliver(store, clock, settings) == DeliverReport(held=1)
    store.save_judgement(Judgement(verdicts=(told(3, "high"),)), NOW)
    assert deliver(store, clock, settings) == DeliverReport(sent=1, held=1)
    clock.time += timedelta(days=1)
    assert deliver(store, clock, settings) == DeliverReport(sent=1)
    subjects = [message.subject for message in store.messages("sent")]
    assert ["第1号" in subjects[0], "第3号" in subjects[1], "第2号" in subjects[2]] == [True, True, True]


# --- kills and crowds


class Killed(BaseException):
    """Stands for kill -9: no `except Exception` may catch it."""


DYING = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from monitor.deliver import deliver, notifiers_of
from monitor.settings import MonitorSettings
from storage.store import Store

class Hands:
    def now(self): return datetime.fromisoformat(sys.argv[2])

settings = MonitorSettings.load(Path(sys.argv[1]))
hand = notifiers_of(settings)["email"]
hand.send = lambda message: os.kill(os.getpid(), signal.SIGKILL)
deliver(Store.open(sys.argv[3]), Hands(), settings, {"email": hand})
"""


def test_a_kill_between_packing_and_sending_loses_nothing(
    store: Store, database_url: str, tmp_path: Path, box: Box, server: Post
) -> None:
    given(store, told(1))
    clock, settings = Hands(), by_smtp(tmp_path, server)
    died = subprocess.run(
        [sys.executable, "-c", DYING, str(tmp_path), NOW.isoformat(), database_url], env={"PYTHONPATH": str(HOUSE)}, timeout=60
    )
    assert died.returncode == -signal.SIGKILL
    frozen = store.messages("waiting")[0]
    assert deliver(store, clock, settings).sent == 0, "the killed one's claim still stands"
    clock.time += 3 * MINUTE
    assert deliver(store, clock, settings).sent == 1
    assert list(box.ids()) == [frozen.message_id]
    assert store.alerts_waiting() == []


def test_a_kill_while_rendering_leaves_the_alerts_waiting(store: Store, tmp_path: Path, box: Box, server: Post) -> None:
    class Dying(Counting):
        def render(self, alerts: Sequence[Alert], occasion: Occasion) -> NewMessage:
            raise Killed

    given(store, told(1))
    with pytest.raises(Killed):
        deliver(store, Hands(), by_smtp(tmp_path, server), {"email": Dying(Sent())})
    assert store.messages() == []
    assert deliver(store, Hands(), by_smtp(tmp_path, server)).sent == 1


def test_a_slow_deliverer_stops_before_its_claim_runs_out(store: Store, tmp_path: Path) -> None:
    clock = Hands()

    class Slow(Counting):
        def send(self, message: Message) -> Delivery:
            clock.time += timedelta(seconds=20)
            return super().send(message)

    given(store, told(1), to=[Subscriber(f"s{n}", f"s{n}@example.org") for n in range(5)])
    slow = Slow(Sent())
    report = deliver(store, clock, MonitorSettings.load(tmp_path), {"email": slow})
    assert (slow.count, report.sent, report.waiting) == (2, 2, 3)


def test_three_deliverers_at_once_send_each_message_once(
    store: Store, database_url: str, tmp_path: Path, box: Box, server: Post
) -> None:
    subscribers = [Subscriber(f"s{n}", f"s{n}@example.org") for n in range(12)]
    given(store, told(1), told(2), to=subscribers)
    start, settings = threading.Barrier(3), by_smtp(tmp_path, server)

    def one() -> int:
        own = Store.open(database_url)
        try:
            start.wait(10)
            return sum(deliver(own, Hands(), settings).sent for _ in range(3))
        finally:
            own.close()

    with ThreadPoolExecutor(3) as pool:
        sent = sum(done.result() for done in [pool.submit(one) for _ in range(3)])
    assert sent == len(box.taken) == 12
    assert set(box.ids().values()) == {1}
    assert Counter(to for to, _ in box.taken) == Counter(s.address for s in subscribers)
    assert store.alerts_waiting() == []
    assert store.messages("waiting") == []
