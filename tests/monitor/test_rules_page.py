"""What is true of a page and of a site now: walls, removals, returns, suspect runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.absence import Patience, Settling
from monitor.case import PageCase, ProbeLook, RunCase
from monitor.rule import Ruling, judge_page, judge_run, one_per_key, second_looks
from monitor.rules import RULES
from storage.records import (
    Evidence,
    Gap,
    Outcome,
    Page,
    PageHistory,
    Reading,
    Role,
    Run,
    RunState,
    Sighting,
    Site,
    SiteMarks,
    Snapshot,
    Verdict,
)

HOST = "www.qinghe.example"
URL = f"https://{HOST}/nianbao/1.html"
START = datetime(2025, 3, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)
WALL = Gap("wall", 1, "此处内容需要权限查看", ("(一)", "(二)"), "strong")
OK, GONE, SOFT = Outcome.OK, Outcome.GONE, Outcome.SOFT_GONE


def span(number: int, outcome: Outcome, first: float, last: float | None = None, looks: int = 1, sound: bool = True) -> Sighting:
    begun, ended = START + first * DAY, START + (first if last is None else last) * DAY
    known = (begun, ended, None, looks) if sound else (None, None, None, 0)
    names = (f"{number}.1", f"{number}.2")
    return Sighting(number, 12, outcome, outcome.value, 1, "a" * 64, URL, begun, ended, looks, *names, *known)


def history(*sightings: Sighting, gaps: Sequence[Gap] = (), home: Sighting | None = None, **more: Any) -> PageHistory:
    marks = SiteMarks(printed=more.pop("printed", None), stated=more.pop("stated", ()))
    reading = Reading(
        kind="article", title=more.pop("title", "2024年年报"), body=more.pop("body", ()), gaps=tuple(gaps), site=marks
    )
    current = Snapshot(1, 12, 1, "a" * 64, reading, START, more.pop("url", URL))
    evidence = Evidence("1.1", START, URL, "ok", "a" * 64, "present")
    page = Page(12, HOST, URL, more.pop("role", Role.ARTICLE), "2024年年报", part_of=more.pop("part_of", None))
    values = {"baseline": False, "agency": "qinghe", "agency_hosts": (HOST,), **more}
    return PageHistory(page, sightings, current, evidence, home or span(99, OK, 0, 60, 60), **values)


def ruling(
    known: PageHistory, probe: Outcome | None = None, open_: Sequence[Verdict] = (), settling: Settling | None = None
) -> Ruling:
    looks = {URL: ProbeLook(probe, probe.value, START + 30 * DAY)} if probe else {}
    ruling = judge_page(RULES, PageCase(known, looks, {one.key: one for one in open_}, settling or Settling()))
    return replace(ruling, unsettled=False)


def wants_probe(known: PageHistory, open_: Sequence[Verdict] = ()) -> bool:
    return second_looks(RULES, PageCase(known, {}, {one.key: one for one in open_})) == (URL,)


def is_unsettled(known: PageHistory, *open_: Verdict) -> bool:
    return judge_page(RULES, PageCase(known, {}, {one.key: one for one in open_})).unsettled


def told(one: Ruling) -> list[tuple[str, str]]:
    return [(verdict.kind, verdict.machine) for verdict in one.verdicts]


# --- walls


def test_a_wall_in_the_present_text_is_told_of_the_page_and_names_what_is_missing() -> None:
    (verdict,) = ruling(history(span(1, OK, 0, 3, 4), gaps=[WALL])).verdicts
    assert (verdict.kind, verdict.key, verdict.machine) == ("paywalled_section", "paywalled_section:page:12", "settled")
    assert (verdict.agency, verdict.severity) == ("qinghe", "high")
    assert "(一), (二)" in verdict.title
    assert verdict.detail["missing"] == ["(一)", "(二)"]
    assert [one.role for one in verdict.evidence] == ["present"]


def test_a_wall_is_told_in_a_baseline_too_since_it_is_a_state_and_no_change() -> None:
    assert told(ruling(history(span(1, OK, 0), gaps=[WALL], baseline=True))) == [("paywalled_section", "settled")]


def test_a_wall_phrase_alone_is_only_suspected() -> None:
    weak = Gap("wall", 3, "登录后查看", (), "weak")
    (verdict,) = ruling(history(span(1, OK, 0), gaps=[weak])).verdicts
    assert (verdict.machine, verdict.severity) == ("suspected", "medium")


def test_a_gap_in_the_numbering_alone_is_no_wall() -> None:
    assert told(ruling(history(span(1, OK, 0), gaps=[Gap("numbering", 1, "(三)", ("(二)",))]))) == []


@pytest.mark.parametrize(
    "more", [{"agency_hosts": ("www.other.example",)}, {"url": "https://copy.example/1"}, {"agency_hosts": ()}]
)
def test_a_wall_on_a_host_that_is_not_the_agencys_names_the_host_and_accuses_nobody(more: dict[str, Any]) -> None:
    (verdict,) = ruling(history(span(1, OK, 0), gaps=[WALL], **more)).verdicts
    assert verdict.agency is None
    host = "copy.example" if "url" in more else HOST
    assert any(host in reason.text and "no agency is accused" in reason.text for reason in verdict.reasons)
    assert verdict.title.startswith(f"(一), (二) behind a wall on {host}: ")


def test_a_wall_that_is_gone_resolves_its_finding_and_one_that_stands_is_told_as_before() -> None:
    (wall,) = ruling(history(span(1, OK, 0), gaps=[WALL])).verdicts
    known = replace(wall, also=("silent_edit",), after=START)
    again = ruling(history(span(1, OK, 0, 9), gaps=[WALL]), open_=[known])
    assert again == Ruling((known,), ())
    assert ruling(history(span(1, OK, 0, 9)), open_=[known]) == Ruling((), (wall.key,))


# --- sums

WRONG = "公开水利信息20条，其中规划信息8条、防汛信息9条、取水信息5条。"


def test_a_sum_that_disagrees_is_told_with_its_sentence_and_its_parts() -> None:
    (verdict,) = ruling(history(span(1, OK, 0), body=("一、概述", WRONG))).verdicts
    assert (verdict.kind, verdict.key, verdict.severity) == ("sums_disagree", "sums_disagree:page:12", "medium")
    assert (verdict.agency, verdict.by, [one.role for one in verdict.evidence]) == ("qinghe", START, ["present"])
    assert "20 条 broken down into 22" in verdict.title
    assert any("8 + 9 + 5 = 22, and 20 条 is stated" in reason.text for reason in verdict.reasons)
    (told_,) = verdict.detail["sums"]
    assert (told_["total"], told_["parts"], told_["sum"], told_["paragraph"]) == (20, [8, 9, 5], 22, 1)
    assert told_["sentence"] == WRONG.rstrip("。")


def test_a_share_that_is_off_weighs_less() -> None:
    body = ("受理申请40件，其中网络申请20件，占比60%。",)
    (verdict,) = ruling(history(span(1, OK, 0), body=body)).verdicts
    assert (verdict.severity, verdict.detail["sums"][0]["share"], verdict.detail["sums"][0]["printed"]) == ("low", 50, 60)


def test_a_wrong_sum_on_a_foreign_host_accuses_nobody() -> None:
    (verdict,) = ruling(history(span(1, OK, 0), body=(WRONG,), url="https://copy.example/1")).verdicts
    assert verdict.agency is None


def test_a_sum_put_right_resolves_its_finding() -> None:
    (wrong,) = ruling(history(span(1, OK, 0), body=(WRONG,))).verdicts
    assert ruling(history(span(1, OK, 0, 9), body=(WRONG,)), open_=[wrong]) == Ruling((wrong,), ())
    assert ruling(history(span(1, OK, 0, 9), body=(WRONG.replace("20", "22"),)), open_=[wrong]) == Ruling((), (wrong.key,))


# --- impostors

BRAND = "按照《亚博体育人民政府办公厅关于做好工作的通知》(湘政办发〔2018〕3号)的要求，编制本报告。"


def test_a_brand_in_the_bodys_place_is_settled_names_the_host_and_the_province_and_accuses_nobody() -> None:
    (verdict,) = ruling(history(span(1, OK, 0), body=(BRAND,))).verdicts
    assert (verdict.kind, verdict.key) == ("impostor_copy", "impostor_copy:page:12")
    assert (verdict.machine, verdict.severity, verdict.agency, verdict.subject) == ("settled", "high", None, "page")
    reasons = " ".join(reason.text for reason in verdict.reasons)
    assert "亚博体育人民政府办公厅" in reasons
    assert "湘政办发〔2018〕3号" in reasons
    assert "look for the document on the official site of 湖南省" in reasons
    assert HOST in verdict.title
    assert verdict.detail["signs"] == [
        {"kind": "brand", "text": "亚博体育人民政府办公厅", "number": "湘政办发〔2018〕3号", "province": "湖南省"}
    ]


def test_a_foreign_host_in_the_portals_line_is_suspected() -> None:
    (verdict,) = ruling(history(span(1, OK, 0), printed="www.0413piao.example")).verdicts
    assert (verdict.kind, verdict.machine, verdict.severity, verdict.agency) == ("impostor_copy", "suspected", "medium", None)
    assert any("prints www.0413piao.example" in one.text and HOST in one.text for one in verdict.reasons)


def test_a_public_bodys_domain_on_a_strangers_host_is_suspected_and_with_a_bait_in_the_title_settled() -> None:
    stranger: dict[str, Any] = {"stated": ("www.qinghe.gov.cn",), "agency": None, "agency_hosts": ()}
    (one,) = ruling(history(span(1, OK, 0), **stranger)).verdicts
    assert (one.kind, one.machine, one.severity, one.agency) == ("impostor_copy", "suspected", "medium", None)
    assert any("belongs to www.qinghe.gov.cn" in reason.text and HOST in reason.text for reason in one.reasons)
    (two,) = ruling(history(span(1, OK, 0), title="亚博体育-清河县人民政府通知", **stranger)).verdicts
    assert (two.machine, two.severity) == ("settled", "high")
    assert any("its title carries “亚博体育”" in reason.text for reason in two.reasons)
    assert ruling(history(span(1, OK, 0), stated=("www.qinghe.gov.cn",))).verdicts == ()  # a person named this host the agency's


@pytest.mark.parametrize("printed", [HOST, "qinghe.example", "zwgk.qinghe.example", "www.other.example"])
def test_a_host_known_of_the_agency_is_no_sign(printed: str) -> None:
    assert told(ruling(history(span(1, OK, 0), printed=printed, agency_hosts=(HOST, "www.other.example")))) == []


def test_nothing_else_that_is_found_on_an_impostors_page_accuses_the_agency() -> None:
    found = ruling(history(span(1, OK, 0), gaps=[WALL], body=(BRAND, WRONG))).verdicts
    assert {verdict.kind for verdict in found} == {"impostor_copy", "paywalled_section", "sums_disagree"}
    assert {verdict.agency for verdict in found} == {None}


def test_an_impostors_text_that_is_gone_resolves_its_finding() -> None:
    (copied,) = ruling(history(span(1, OK, 0), body=(BRAND,))).verdicts
    assert ruling(history(span(1, OK, 0, 9), body=("原文",)), open_=[copied]) == Ruling((), (copied.key,))


# --- removals


def absent(looks: int, days: float, outcome: Outcome = GONE, **more: Any) -> PageHistory:
    return history(span(1, OK, 0, 4, 5), span(2, outcome, 5, 5 + days, looks), **more)


def test_the_first_sound_look_without_a_page_makes_a_suspicion() -> None:
    (verdict,) = ruling(absent(1, 0)).verdicts
    assert (verdict.kind, verdict.machine, verdict.severity) == ("page_removed", "suspected", "medium")
    assert (verdict.after, verdict.by) == (START + 4 * DAY, START + 5 * DAY)
    assert "there at 2025-03-07 10:00, not there at 2025-03-08 10:00" in [reason.text for reason in verdict.reasons]
    assert [one.role for one in verdict.evidence] == ["present", "absent"]


def test_three_looks_over_two_days_and_a_second_look_settle_it() -> None:
    (verdict,) = ruling(absent(3, 2), GONE).verdicts
    assert (verdict.machine, verdict.severity, verdict.agency) == ("settled", "high", "qinghe")
    assert [one.role for one in verdict.evidence] == ["present", "absent", "absent"]


@pytest.mark.parametrize(
    ("looks", "days", "probe"), [(2, 5, GONE), (3, 1.4, GONE), (3, 2, None), (3, 2, OK), (9, 9, Outcome.BLOCKED)]
)
def test_less_than_that_settles_nothing(looks: int, days: float, probe: Outcome | None) -> None:
    assert told(ruling(absent(looks, days), probe)) == [("page_removed", "suspected")]


def test_the_policy_may_ask_for_more() -> None:
    assert told(ruling(absent(3, 2), GONE, settling=Settling(removal=Patience(5, 4 * DAY)))) == [("page_removed", "suspected")]


def test_a_second_look_is_wanted_only_when_it_would_settle_something() -> None:
    assert not wants_probe(absent(2, 5))
    assert wants_probe(absent(3, 2))
    (suspected,) = ruling(absent(3, 2)).verdicts
    (settled,) = ruling(absent(3, 2), GONE).verdicts
    assert wants_probe(absent(3, 2), [suspected])
    assert not wants_probe(absent(3, 2), [settled])


def test_what_is_settled_stays_so_and_is_no_news_at_every_look() -> None:
    (settled,) = ruling(absent(3, 2), GONE).verdicts
    assert ruling(absent(8, 9), open_=[settled]) == Ruling((settled,), ())


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - {GONE, SOFT}))
def test_nothing_but_a_working_servers_no_counts_for_a_removal(outcome: Outcome) -> None:
    assert told(ruling(absent(9, 9, outcome), GONE)) == []
    assert not wants_probe(absent(9, 9, outcome))


def test_blocked_looks_between_do_not_break_an_absence_nor_lengthen_it() -> None:
    known = history(span(1, OK, 0, 4, 5), span(2, GONE, 5), span(3, Outcome.BLOCKED, 6, 8, 3), span(4, SOFT, 9, 10, 2))
    (verdict,) = ruling(known, GONE).verdicts
    assert (verdict.machine, verdict.detail["looks"]) == ("settled", 3)
    assert told(ruling(history(span(1, OK, 0, 4, 5), span(2, GONE, 5), span(3, Outcome.BLOCKED, 6, 8, 3)), GONE)) == [
        ("page_removed", "suspected")
    ]


def test_looks_of_unsound_runs_do_not_count() -> None:
    assert told(ruling(history(span(1, OK, 0, 4, 5), span(2, GONE, 5, 9, 5, sound=False)), GONE)) == []


def test_while_the_home_page_is_not_well_nothing_is_called_removed() -> None:
    for home in (span(99, Outcome.FAILED, 0, 60), span(99, GONE, 0, 60), span(99, OK, 0, 1)):
        assert told(ruling(absent(3, 2, home=home), GONE)) == []


def test_without_a_watched_home_a_plain_not_found_still_counts_but_a_redirect_does_not() -> None:
    assert told(ruling(replace(absent(3, 2), home=None), GONE)) == [("page_removed", "settled")]
    assert told(ruling(replace(absent(3, 2, SOFT), home=None), GONE)) == []
    for home, words in ((span(99, OK, 0, 60), "while the site's home page was well"), (None, "home page is not watched")):
        (verdict,) = ruling(replace(absent(3, 2), home=home), GONE).verdicts
        assert any(reason.text.endswith(words) for reason in verdict.reasons)


@pytest.mark.parametrize("more", [{"baseline": True}, {"role": Role.HOME}, {"part_of": 4}])
def test_a_baseline_a_home_and_a_further_list_page_are_never_called_removed(more: dict[str, Any]) -> None:
    assert told(ruling(absent(3, 2, **more), GONE)) == []


def test_a_page_never_seen_was_not_removed() -> None:
    assert told(ruling(replace(history(span(1, GONE, 0, 9, 9)), current=None), GONE)) == []


# --- returns


def test_a_page_that_is_back_is_suspected_so_and_settled_when_that_has_held_and_a_second_look_agrees() -> None:
    (removed,) = ruling(absent(3, 2), GONE).verdicts
    back = history(span(1, OK, 0, 4, 5), span(2, GONE, 5, 7, 3), span(3, OK, 8))
    first = ruling(back, open_=[removed])
    assert told(first) == [("page_restored", "suspected")]
    assert first.resolved == (), "one look does not end what three looks settled"
    (restored,) = first.verdicts
    assert (restored.after, restored.by) == (START + 7 * DAY, START + 8 * DAY)
    assert any("with the text it had before" in reason.text for reason in restored.reasons)
    held = history(span(1, OK, 0, 4, 5), span(2, GONE, 5, 7, 3), span(3, OK, 8, 9, 2))
    assert is_unsettled(back, removed)
    assert wants_probe(held, [removed, restored])
    second = ruling(held, OK, open_=[removed, restored])
    assert told(second) == [("page_restored", "settled")]
    assert second.resolved == (removed.key,)
    later = history(span(1, OK, 0, 4, 5), span(2, GONE, 5, 7, 3), span(3, OK, 8, 20, 12))
    assert ruling(later, open_=second.verdicts) == Ruling(second.verdicts, ())
    assert not wants_probe(later, second.verdicts)


@pytest.mark.parametrize("probe", [None, GONE, Outcome.BLOCKED])
def test_a_return_that_no_second_look_confirms_is_not_settled(probe: Outcome | None) -> None:
    held = history(span(1, OK, 0, 4, 5), span(2, GONE, 5, 7, 3), span(3, OK, 8, 9, 2))
    assert told(ruling(held, probe)) == [("page_restored", "suspected")]


def test_a_page_that_wavers_is_one_suspicion_and_one_return_that_is_taken_back() -> None:
    spans = [span(1, OK, 0, 4, 5), span(2, GONE, 5)]
    (suspected,) = ruling(history(*spans)).verdicts
    spans.append(span(3, OK, 6))
    there = ruling(history(*spans), open_=[suspected])
    assert (told(there), there.resolved) == ([("page_restored", "suspected")], ())
    spans.append(span(4, GONE, 7))
    gone = ruling(history(*spans), open_=[suspected, *there.verdicts])
    assert gone.verdicts == (suspected,), "the same suspicion, word for word"
    assert gone.resolved == (), "a look without it does not end the suspicion that it is back"
    spans.append(span(5, OK, 8))
    again = ruling(history(*spans), open_=[suspected, *there.verdicts])
    assert (again.verdicts, again.resolved) == (there.verdicts, ()), "the same return, word for word"
    spans.append(span(6, GONE, 9, 11, 3))
    assert ruling(history(*spans), open_=[suspected, *there.verdicts]).resolved == (there.verdicts[0].key,)


def test_a_short_absence_that_nobody_was_told_of_is_told_as_a_return() -> None:
    back = history(span(1, OK, 0, 4, 5), span(2, GONE, 5), span(3, OK, 6, 7, 2))
    assert told(ruling(back, OK)) == [("page_restored", "settled")]


def test_what_is_on_its_way_is_looked_at_more_closely_but_not_for_ever() -> None:
    assert is_unsettled(absent(1, 0))
    assert is_unsettled(absent(3, 2)), "no second look has confirmed it yet"
    assert not is_unsettled(absent(20, 20))
    (settled,) = ruling(absent(3, 2), GONE).verdicts
    assert not is_unsettled(absent(4, 3), settled)


def test_a_page_left_behind_by_a_redesign_is_not_called_removed_and_its_suspicion_is_over() -> None:
    (suspected,) = ruling(absent(1, 0)).verdicts
    assert ruling(replace(absent(3, 2), retired=True), GONE, [suspected]) == Ruling((), (suspected.key,))


def test_whether_its_row_still_stands_in_a_column_is_said() -> None:
    for listed, words, also in ((True, "still stands", ()), (False, "gone from its column too", ("entry_removed",))):
        (verdict,) = ruling(replace(absent(3, 2), listed=listed), GONE).verdicts
        assert any(words in reason.text for reason in verdict.reasons)
        assert verdict.also == also


def test_an_absence_in_the_baseline_is_no_return_afterwards() -> None:
    assert told(ruling(history(span(1, OK, 0), span(2, GONE, 1), span(3, OK, 2, 9, 8)))) == []


def test_two_returns_are_two_events() -> None:
    once = history(span(1, OK, 0, 4, 5), span(2, GONE, 5), span(3, OK, 6))
    twice = history(*once.sightings, span(4, GONE, 7), span(5, OK, 8))
    assert ruling(once).verdicts[0].key != ruling(twice).verdicts[0].key


def test_a_blocked_look_resolves_nothing() -> None:
    (removed,) = ruling(absent(3, 2), GONE).verdicts
    blocked = history(span(1, OK, 0, 4, 5), span(2, GONE, 5, 7, 3), span(3, Outcome.BLOCKED, 8))
    assert ruling(blocked, open_=[removed]) == Ruling((removed,), ())


# --- suspect runs


def run(state: RunState) -> Run:
    return Run(7, HOST, "here", START, START + DAY / 24, state, ("3 of 9 columns brought no row",), {"ok": 4})


def test_a_suspect_run_is_news_about_the_site_until_its_runs_have_been_sound_for_a_while() -> None:
    site = Site(HOST, "青禾县人民政府网站", ("qinghe",))
    (verdict,) = judge_run(RULES, RunCase(run(RunState.SUSPECT), site)).verdicts
    assert (verdict.key, verdict.subject, verdict.agency) == (f"run_suspect:site:{HOST}", "site", None)
    assert verdict.reasons[0].text == "3 of 9 columns brought no row"
    open_ = {verdict.key: verdict}
    suspect, sound = run(RunState.SUSPECT), run(RunState.SOUND)
    later = replace(sound, opened=START + DAY)
    for recent, over in (((sound,), False), ((suspect, sound, later), True), ((sound, suspect, later), False)):
        resolved = judge_run(RULES, RunCase(recent[-1], site, open_, recent)).resolved
        assert resolved == ((verdict.key,) if over else ())
    assert judge_run(RULES, RunCase(run(RunState.ABANDONED), site, open_)) == Ruling()


def test_of_two_verdicts_on_one_page_the_one_that_says_since_when_is_kept() -> None:
    state = Verdict("k", "paywalled_section", "page", "a wall")
    event = replace(state, after=START, also=("silent_edit",))
    assert one_per_key([event, state]) == one_per_key([state, event]) == (event,)
