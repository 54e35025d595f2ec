"""Which alerts are due, and when a message is tried again: the thought behind the third step, without an archive."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.deliver import ATTEMPTS, due_alerts, next_attempt
from monitor.notifier import Failed
from storage.records import Alert, Finding, Message, Subscriber, Verdict

NOW = datetime(2026, 4, 9, 1, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = 60 * MINUTE
DESK = Subscriber("desk", "desk@example.org")


def alert(number: int, subscriber: Subscriber, severity: str) -> Alert:
    verdict = Verdict(f"k{number}", "page_changed", "page", f"第{number}号", severity=severity)
    finding = Finding(number, verdict, None, "none", NOW, NOW, 0)
    return Alert(number, subscriber, finding, "settled", NOW)


DAILY = Subscriber("daily", "daily@example.org", digest="daily")


@pytest.mark.parametrize(
    ("last", "numbers"),
    [
        (None, [1, 2]),
        (NOW - timedelta(days=1), [1, 2]),
        (datetime(2026, 4, 8, 15, 59, tzinfo=UTC), [1, 2]),  # 23:59 of the day before in China
        (datetime(2026, 4, 8, 16, 0, tzinfo=UTC), [2]),  # midnight in China
        (NOW, [2]),
    ],
)
def test_a_daily_digest_comes_once_a_day_in_china_and_grave_findings_at_once(last: datetime | None, numbers: list[int]) -> None:
    due = due_alerts([alert(1, DAILY, "medium"), alert(2, DAILY, "high")], NOW, last)
    assert [one.id for one in due] == numbers


def test_a_run_digest_takes_everything_each_time() -> None:
    assert len(due_alerts([alert(1, DESK, "low"), alert(2, DESK, "high")], NOW, NOW)) == 2


def put_off(attempts: int, age: timedelta) -> Message:
    return Message(1, "<m>", "desk", "d@example.org", "email", "s", b"", "waiting", attempts, NOW - age)


def test_what_a_server_puts_off_rests_longer_and_longer_and_ends_after_ten_attempts() -> None:
    rests, age, ended = list[timedelta](), timedelta(), False
    while not ended:
        again = next_attempt(put_off(len(rests), age), Failed("no"), NOW)
        ended = again is None
        rests.append(max((again or NOW) - NOW, timedelta()))
        age += rests[-1]
    assert len(rests) == ATTEMPTS == 10
    assert age >= timedelta(days=3)
    assert rests[1:5] == [n * MINUTE for n in (5, 15, 60, 240)]
    assert rests[:-1] == sorted(rests[:-1])


def test_a_final_no_is_never_tried_again_and_a_silent_server_always() -> None:
    assert next_attempt(put_off(0, HOUR), Failed("no", permanent=True), NOW) is None
    again = next_attempt(put_off(5000, timedelta(days=30)), Failed("down", unreachable=True), NOW)
    assert again is not None
    assert again <= NOW
