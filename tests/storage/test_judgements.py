"""Findings, alerts and messages: one transaction each, nothing told twice, nothing lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from scenes import DAY, HOUR, MONDAY, REPORT, Story, article, page, watch

from storage.audience import turn, wants
from storage.errors import Missing
from storage.records import Judgement, NewMessage, Outcome, Subscriber, Verdict
from storage.store import Store

ANNA = Subscriber("anna", "anna@watch.example")
SETTLED = Subscriber("board", "board@watch.example", settled_only=True, severity="medium")


@pytest.fixture
def watched(store: Store) -> Store:
    watch(store, page(REPORT), subscribers=[ANNA, SETTLED])
    return store


def verdict(**said: object) -> Verdict:
    told: dict[str, object] = {"key": "page_removed:page:1", "kind": "page_removed", "subject": "page", "title": "gone"}
    return Verdict(**{**told, "agency": "qinghe", "site": "www.qinghe.example", **said})  # type: ignore[arg-type]


def test_a_finding_judged_twice_is_one_finding_and_one_alert(watched: Store) -> None:
    for hour in range(3):
        watched.save_judgement(Judgement((verdict(),)), MONDAY + hour * HOUR)
    (finding,) = watched.findings()
    assert (finding.raised, finding.updated, finding.agency_name) == (MONDAY, MONDAY, "青禾县人民政府")
    assert [alert.subscriber.id for alert in watched.alerts_waiting()] == ["anna", "board"]


@pytest.mark.parametrize("number", [0, 7, 2**31, 2**63, 10**30])
def test_a_number_that_no_finding_has_is_said_to_be_none_however_large(watched: Store, number: int) -> None:
    with pytest.raises(Missing, match=f"there is no finding {number}"):
        watched.finding(number)


def test_a_suspicion_that_settles_before_it_was_mailed_is_told_once_as_settled(watched: Store) -> None:
    watched.save_judgement(Judgement((verdict(machine="suspected"),)), MONDAY)
    assert [alert.subscriber.id for alert in watched.alerts_waiting()] == ["anna"]
    watched.save_judgement(Judgement((verdict(),)), MONDAY + DAY)
    assert [(alert.subscriber.id, alert.turn) for alert in watched.alerts_waiting()] == [
        ("anna", "settled"),
        ("board", "settled"),
    ]


def test_a_suspicion_that_ends_unmailed_is_told_to_nobody(watched: Store) -> None:
    watched.save_judgement(Judgement((verdict(machine="suspected"),)), MONDAY)
    watched.save_judgement(Judgement(resolved_keys=(verdict().key,)), MONDAY + DAY)
    assert watched.alerts_waiting() == []
    assert [finding.verdict.machine for finding in watched.findings()] == ["resolved"]


def test_that_a_mailed_finding_is_resolved_is_told(watched: Store) -> None:
    watched.save_judgement(Judgement((verdict(),)), MONDAY)
    pack(watched, "anna")
    watched.save_judgement(Judgement(resolved_keys=(verdict().key,)), MONDAY + DAY)
    assert [(alert.subscriber.id, alert.turn) for alert in watched.alerts_waiting()] == [("anna", "resolved")]


def test_what_is_settled_does_not_fall_back_to_suspected(watched: Store) -> None:
    watched.save_judgement(Judgement((verdict(),)), MONDAY)
    watched.save_judgement(Judgement((verdict(machine="suspected"),)), MONDAY + DAY)
    assert [finding.verdict.machine for finding in watched.findings()] == ["settled"]


def test_what_came_into_doubt_falls_back_and_everybody_who_was_told_hears_of_it(watched: Store) -> None:
    watched.save_judgement(Judgement((verdict(),)), MONDAY)
    pack(watched, "board")
    doubted = verdict(machine="suspected", doubted=True)
    watched.save_judgement(Judgement((doubted,)), MONDAY + DAY)
    watched.save_judgement(Judgement((doubted,)), MONDAY + DAY)
    assert [finding.verdict.machine for finding in watched.findings()] == ["suspected"]
    assert [(alert.subscriber.id, alert.turn) for alert in watched.alerts_waiting()] == [
        ("anna", "suspected"),
        ("board", "suspected"),
    ]


def test_a_settled_finding_that_came_into_doubt_unmailed_is_not_told_to_who_wants_settled_ones_only(watched: Store) -> None:
    watched.save_judgement(Judgement((verdict(),)), MONDAY)
    watched.save_judgement(Judgement((verdict(machine="suspected", doubted=True),)), MONDAY + DAY)
    assert [(alert.subscriber.id, alert.turn) for alert in watched.alerts_waiting()] == [("anna", "suspected")]
    watched.save_judgement(Judgement((verdict(),)), MONDAY + 2 * DAY)
    assert [(alert.subscriber.id, alert.turn) for alert in watched.alerts_waiting()] == [
        ("anna", "settled"),
        ("board", "settled"),
    ]


def test_a_finding_that_comes_back_after_it_was_resolved_is_a_new_one(watched: Store) -> None:
    watched.save_judgement(Judgement((verdict(),)), MONDAY)
    watched.save_judgement(Judgement(resolved_keys=(verdict().key,)), MONDAY + DAY)
    watched.save_judgement(Judgement((verdict(),)), MONDAY + 2 * DAY)
    assert [finding.verdict.machine for finding in watched.findings()] == ["resolved", "settled"]
    assert [f.verdict.machine for f in watched.findings(since=MONDAY + 2 * DAY)] == ["settled"]


def test_what_came_in_while_judge_was_thinking_is_judged_next_time(watched: Store) -> None:
    story = Story(watched)
    story.run(MONDAY, (REPORT, article("甲")))
    (history,) = [h for h in watched.histories_to_judge() if h.page.url == REPORT]
    story.run(MONDAY + DAY, (REPORT, Outcome.GONE))
    watched.save_judgement(Judgement(pages=((history.page.id, history.mark),)), MONDAY + DAY)
    (again,) = [h for h in watched.histories_to_judge() if h.page.url == REPORT]
    assert again.sightings[-1].outcome is Outcome.GONE
    watched.save_judgement(Judgement(pages=((again.page.id, again.mark),)), MONDAY + DAY)
    assert [h for h in watched.histories_to_judge() if h.page.url == REPORT] == []


def test_alerts_go_into_one_message_only(watched: Store) -> None:
    watched.save_judgement(Judgement((verdict(),)), MONDAY)
    alerts = [alert.id for alert in watched.alerts_waiting() if alert.subscriber.id == "anna"]
    assert watched.pack_message(alerts, new_message("anna", "1"), MONDAY) is not None
    assert watched.pack_message(alerts, new_message("anna", "2"), MONDAY) is None
    assert [message.message_id for message in watched.messages()] == ["<1@test>"]


def test_a_message_is_held_by_one_sender_until_its_claim_runs_out(watched: Store) -> None:
    watched.save_judgement(Judgement((verdict(),)), MONDAY)
    pack(watched, "anna")
    ttl = timedelta(minutes=5)
    assert len(watched.claim_messages(MONDAY, "one", ttl)) == 1
    assert watched.claim_messages(MONDAY, "two", ttl) == []
    assert len(watched.claim_messages(MONDAY + HOUR, "two", ttl)) == 1


def test_a_failed_message_waits_for_its_next_try_and_a_dead_one_does_not(watched: Store) -> None:
    watched.save_judgement(Judgement((verdict(),)), MONDAY)
    message = pack(watched, "anna")
    watched.message_failed(message, "451 try later", MONDAY + HOUR, MONDAY)
    assert watched.claim_messages(MONDAY, "one", HOUR) == []
    assert [m.attempts for m in watched.claim_messages(MONDAY + HOUR, "one", HOUR)] == [1]
    watched.message_failed(message, "550 no such user", None, MONDAY + HOUR)
    assert [(m.state, m.error) for m in watched.messages("dead")] == [("dead", "550 no such user")]
    assert watched.queue()["dead"] == 1


def test_filters_let_through_what_they_name() -> None:
    assert wants(ANNA, verdict(), [])
    assert not wants(Subscriber("a", "a@b", agencies=("other",)), verdict(), ["other"])
    assert wants(Subscriber("a", "a@b", agencies=("other",)), verdict(agency=None), ["other"])
    assert not wants(Subscriber("a", "a@b", severity="high"), verdict(), [])
    assert wants(Subscriber("a", "a@b", kinds=("silent_edit",)), verdict(also=("silent_edit",)), [])
    assert not wants(Subscriber("a", "a@b", sites=("x.example",)), verdict(), [])


def test_turns_are_told_on_edges_only() -> None:
    assert turn(None, "suspected", False) == "suspected"
    assert turn("suspected", "suspected", True) is None
    assert turn("suspected", "settled", True) == "settled"
    assert turn("settled", "resolved", True) == "resolved"
    assert turn("settled", "resolved", False) is None


def new_message(subscriber: str, number: str) -> NewMessage:
    return NewMessage(f"<{number}@test>", subscriber, f"{subscriber}@watch.example", "email", "news", b"bytes")


def pack(store: Store, subscriber: str) -> int:
    alerts = [alert.id for alert in store.alerts_waiting() if alert.subscriber.id == subscriber]
    message = store.pack_message(alerts, new_message(subscriber, subscriber), MONDAY)
    assert message is not None
    return message.id
